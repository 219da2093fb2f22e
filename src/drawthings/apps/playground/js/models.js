// The model, its recipe and its LoRAs in the form.

import { choose } from "./choose.js";
import { fresh } from "./controls.js";
import { button, fill, h, icon } from "./dom.js";
import { change, model, recipe } from "./draft.js";
import { on, state } from "./store.js";

/** @type {Record<string, (value: any) => string>} */
const TOLD = {
  steps: (/** @type {any} */ n) => `${n} steps`,
  guidance_scale: (/** @type {any} */ n) => `guidance ${n}`,
  sampler: String,
  shift: (/** @type {any} */ n) => `shift ${n}`,
};

/** The button that shows the model and opens the search. */
export function modelPart() {
  const name = h("strong", {});
  const note = h("small", { class: "muted" });
  const open = h(
    "button",
    { type: "button", class: "pick", id: "model", onclick: pickModel, "aria-haspopup": "dialog" },
    h("span", { class: "unseen" }, "Model: "),
    h("span", { class: "stack" }, name, note),
    icon("chevron"),
  );
  const line = h("p", { class: "recipe muted", id: "recipe" });
  const show = () => {
    const chosen = model();
    const reading = !state.catalogue && state.link !== "lost";
    name.textContent = chosen?.name ?? (state.draft.model || (reading ? "Reading the models …" : "Default model"));
    note.textContent = chosen
      ? `${chosen.family} · ${chosen.native.join(" × ")}${state.draft.model ? "" : " · chosen for you"}`
      : state.draft.model
        ? "not on any server that answers"
        : "The gateway chooses";
    fill(line, recipeLine());
  };
  on("draft plan catalogue gateway link", show);
  show();
  return h("div", { class: "part" }, open, line);
}

/** The recipe in words, and what of it was changed. */
function recipeLine() {
  const told = model()?.recipe ?? {};
  const words = Object.entries(TOLD)
    .filter(([key]) => told[key] !== undefined && told[key] !== null)
    .map(([key, word]) =>
      word(typeof told[key] === "number" ? Number(told[key].toFixed(2)) : told[key]).replaceAll(" ", "\u00a0"),
    );
  if (!words.length) return "";
  const changed = ["steps", "guidance_scale", "sampler"].filter(
    (key) => ![null, ""].includes(state.draft[key]) && state.draft[key] !== told[key],
  );
  const back = () => change({ steps: null, guidance_scale: null, sampler: "" });
  return [
    `Recipe: ${words.join(" · ")}`,
    changed.length > 0 &&
      h("button", { type: "button", class: "link", onclick: back, "data-key": "recipe" }, "Use it again"),
  ];
}

/** @type {Record<string, string>} */
const FIT = { edit: "edit", inpaint: "inpaint", outpaint: "inpaint", video: "video" };

async function pickModel() {
  const want = FIT[state.draft.verb];
  const group = (/** @type {any} */ one) =>
    want
      ? one[want]
        ? `Made to ${want === "video" ? "make clips" : want}`
        : "Others"
      : one.video
        ? "Clips"
        : "Pictures";
  const items = (state.catalogue?.models ?? []).map((/** @type {any} */ one) => ({
    id: one.file,
    name: one.name,
    group: group(one),
    note: `${one.family} · ${one.native.join(" × ")} · ${one.file}`,
    badges: [one.few_steps && "few steps", one.edit && "edit", one.inpaint && "inpaint", one.video && "video"].filter(
      Boolean,
    ),
  }));
  items.sort((/** @type {any} */ a, /** @type {any} */ b) => Number(b.group < a.group) - Number(a.group < b.group));
  if (want)
    items.sort(
      (/** @type {any} */ a, /** @type {any} */ b) => Number(a.group === "Others") - Number(b.group === "Others"),
    );
  const empty = "No server has told its models yet. They appear here as soon as one answers.";
  const chosen = await choose({ title: "Model", items, current: model()?.file, empty, memory: "models" });
  if (chosen) change({ model: chosen.id });
}

/** The LoRAs of the draft, each with a switch and a weight. */
export function loraPart() {
  const list = h("div", { class: "loras" });
  const show = () => fill(list, state.draft.loras.map(loraRow));
  on("catalogue", show);
  let shape = "";
  on("draft", () => {
    const now = JSON.stringify(state.draft.loras.map((/** @type {any} */ one) => one.file));
    if (now !== shape) show();
    else refresh(list);
    shape = now;
  });
  show();
  return h(
    "div",
    { class: "part" },
    list,
    button("plus", "Add a LoRA", pickLora, { class: "soft", "data-key": "add-lora" }),
  );
}

const alter = (/** @type {number} */ at, /** @type {any} */ patch) =>
  change({
    loras: state.draft.loras.map((/** @type {any} */ one, /** @type {number} */ i) =>
      i === at ? { ...one, ...patch } : one,
    ),
  });

function loraRow(/** @type {any} */ one, /** @type {number} */ at) {
  const entry = state.catalogue?.loras.find((/** @type {any} */ lora) => lora.file === one.file);
  const name = entry?.name ?? one.file;
  const id = fresh("lora");
  const slider = h("input", {
    type: "range",
    min: -1,
    max: 2,
    step: 0.05,
    value: one.weight,
    "aria-label": `Weight of ${name}, slider`,
    class: "weigh",
    oninput: () => alter(at, { weight: Number(slider.value) }),
  });
  const box = h("input", {
    type: "number",
    min: -10,
    max: 10,
    step: 0.05,
    value: one.weight,
    "aria-label": `Weight of ${name}`,
    class: "weight",
    onchange: () => alter(at, { weight: Math.max(-10, Math.min(10, Number(box.value))) }),
  });
  const remove = () =>
    change({ loras: state.draft.loras.filter((/** @type {any} */ _, /** @type {number} */ i) => i !== at) });
  return h(
    "div",
    { class: "lora" },
    h(
      "span",
      { class: "tick" },
      h("input", {
        type: "checkbox",
        id,
        checked: one.on,
        onchange: (/** @type {any} */ event) => alter(at, { on: event.target.checked }),
      }),
      h("label", { for: id, title: one.file }, name),
    ),
    slider,
    box,
    button("close", `Remove ${name}`, remove, { quiet: true, class: "mini" }),
    entry?.prefix && h("small", { class: "muted" }, `Its words: ${entry.prefix}`),
  );
}

/** Show changed weights without making the rows anew: a slider that is being dragged must stay. @param {Element} list */
function refresh(list) {
  [...list.children].forEach((row, at) => {
    const one = state.draft.loras[at];
    row.classList.toggle("off", !one.on);
    row.querySelectorAll("input").forEach((input) => {
      if (input.type === "checkbox") input.checked = one.on;
      else if (input !== document.activeElement) input.value = String(one.weight);
    });
  });
}

async function pickLora() {
  const family = model()?.family;
  const used = new Set(state.draft.loras.map((/** @type {any} */ one) => one.file));
  const items = (state.catalogue?.loras ?? [])
    .filter((/** @type {any} */ one) => !used.has(one.file))
    .map((/** @type {any} */ one) => ({
      id: one.file,
      name: one.name,
      note: `${one.family ?? "any family"} · ${one.file}`,
      group: one.family === family ? "For this model" : "For other models",
    }));
  items.sort(
    (/** @type {any} */ a, /** @type {any} */ b) =>
      Number(a.group !== "For this model") - Number(b.group !== "For this model"),
  );
  const chosen = await choose({
    title: "LoRA",
    items,
    empty: "The servers have no LoRAs (or none that is not used already).",
    memory: "loras",
  });
  if (!chosen) return;
  const entry = state.catalogue.loras.find((/** @type {any} */ one) => one.file === chosen.id);
  change({ loras: [...state.draft.loras, { file: chosen.id, weight: entry?.weight ?? 1, on: true }] });
}

/** Whether the model makes anything of a negative prompt. */
export function readsNegative() {
  const chosen = model();
  if (!chosen) return true;
  if ((chosen.cannot ?? []).some((/** @type {string} */ word) => /negative/.test(word))) return false;
  const guidance = state.draft.guidance_scale ?? recipe("guidance_scale");
  return guidance === null || guidance !== 1;
}
