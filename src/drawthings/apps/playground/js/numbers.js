// Size, count, steps, guidance, sampler, strength and seed in the form.

import { choiceRow, field, fold, fresh, numberRow } from "./controls.js";
import { button, fill, h } from "./dom.js";
import { change, native, recipe, size, startsFrom } from "./draft.js";
import { ASPECTS, sized, snap } from "./sizes.js";
import { on, state } from "./store.js";

const MOST_SEED = 4294967295;

/** Chips with the exact pixels of each aspect. */
export function sizePart() {
  const chips = h("div", { class: "chips", role: "group", "aria-label": "Size" });
  const own = h("div", { class: "line own" });
  const hint = h("p", { class: "muted small" });
  const made = h("div", { class: "part" }, h("span", { class: "heading" }, "Size"), chips, own, hint);
  own.append(
    side("width", "Width"),
    h("span", { "aria-hidden": "true" }, "×"),
    side("height", "Height"),
    button("compare", "Swap width and height", swap, { quiet: true, class: "mini" }),
  );
  const show = () => {
    const { verb, aspect } = state.draft;
    made.hidden = ["upscale", "outpaint"].includes(verb);
    fill(chips, ["auto", ...ASPECTS].map(chip), custom());
    own.hidden = aspect !== "custom";
    const follows = aspect === "auto" && state.draft.image && verb !== "generate";
    hint.textContent = follows ? "Auto follows the shape of the picture." : "";
  };
  on("draft catalogue gateway", show);
  show();
  return made;
}

/** @param {string} aspect */
function chip(aspect) {
  const [width, height] = aspect === "auto" ? native() : sized(aspect, native());
  const words = aspect === "auto" ? (state.draft.image ? "by picture" : `${width}×${height}`) : `${width}×${height}`;
  const name = aspect === "auto" ? "Auto" : aspect;
  return h(
    "button",
    {
      type: "button",
      class: "chip",
      "aria-pressed": String(state.draft.aspect === aspect),
      "data-key": `aspect-${aspect}`,
      onclick: () => change({ aspect }),
    },
    h("strong", {}, name),
    h("small", {}, words),
  );
}

function custom() {
  const enter = () => {
    const [width, height] = size() ?? native();
    change({ aspect: "custom", width, height });
  };
  return h(
    "button",
    {
      type: "button",
      class: "chip wide",
      "aria-pressed": String(state.draft.aspect === "custom"),
      "data-key": "aspect-custom",
      onclick: enter,
    },
    h("strong", {}, "Custom"),
    h("small", {}, "multiples of 64"),
  );
}

/** @param {"width"|"height"} key @param {string} label */
function side(key, label) {
  const box = h("input", {
    type: "number",
    min: 128,
    max: 8192,
    step: 64,
    "aria-label": label,
    onchange: () => change({ [key]: snap(Number(box.value) || 1024) }),
  });
  const show = () => (box.value = String(state.draft[key]));
  on("draft", show);
  show();
  return box;
}

const swap = () => change({ width: state.draft.height, height: state.draft.width });

/** How many pictures. */
function countPart() {
  const most = () => state.gateway?.limits?.pictures ?? 4;
  const group = h("div", { class: "counts", role: "group", "aria-label": "How many pictures" });
  const made = h("div", { class: "row" }, h("span", { class: "heading" }, "Pictures"), group);
  const show = () => {
    made.hidden = ["upscale", "video"].includes(state.draft.verb);
    fill(
      group,
      Array.from({ length: Math.min(4, most()) }, (_, at) => at + 1).map((count) =>
        h(
          "button",
          {
            type: "button",
            class: "chip",
            "aria-pressed": String(state.draft.count === count),
            "data-key": `count-${count}`,
            "aria-label": count === 1 ? "1 picture" : `${count} pictures`,
            onclick: () => change({ count }),
          },
          String(count),
        ),
      ),
    );
  };
  on("draft gateway", show);
  show();
  return made;
}

/** The seed, with its lock and its dice. */
function seedPart() {
  const id = fresh("seed");
  const box = h("input", {
    id,
    type: "text",
    inputmode: "numeric",
    pattern: "[0-9]*",
    placeholder: "a new one each time",
    onchange: () => take(box.value),
  });
  const lock = button(
    "unlock",
    "Keep this seed",
    () => change({ locked: !state.draft.locked && state.draft.seed !== null }),
    { quiet: true, class: "mini" },
  );
  const dice = button("dice", "Roll a seed and keep it", () => change({ seed: roll(), locked: true }), {
    quiet: true,
    class: "mini",
  });
  const show = () => {
    const { seed, locked } = state.draft;
    if (document.activeElement !== box) box.value = seed === null || !locked ? "" : String(seed);
    lock.setAttribute("aria-pressed", String(locked));
    lock
      .querySelector("path")
      ?.setAttribute("d", locked ? "M6 11h12v9H6zM9 11V7a3 3 0 0 1 6 0v4" : "M6 11h12v9H6zM9 11V7a3 3 0 0 1 6-1");
    lock.disabled = seed === null;
  };
  on("draft", show);
  show();
  return h("div", { class: "row seed" }, h("label", { for: id }, "Seed"), box, lock, dice);
}

const roll = () => crypto.getRandomValues(new Uint32Array(1))[0];

/** @param {string} text */
function take(text) {
  const seed = Number(text);
  const good = text.trim() !== "" && Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED;
  change(good ? { seed, locked: true } : { seed: null, locked: false });
}

/** A setting that is a part of the draft. @param {string} name */
const own = (name) => ({
  name,
  read: () => state.draft[name],
  auto: () => recipe(name),
  write: (/** @type {number|null} */ value) => change({ [name]: value }),
});

/** Steps, guidance, sampler, strength, frames: what most pictures are tuned with. */
export function tuningPart() {
  const steps = numberRow({
    label: "Steps",
    minimum: 1,
    maximum: 60,
    step: 1,
    ...own("steps"),
    write: (value) => change({ steps: value === null ? null : Math.round(value) }),
  });
  const guidance = numberRow({ label: "Guidance", minimum: 0, maximum: 20, step: 0.1, ...own("guidance_scale") });
  const strength = numberRow({
    label: "Strength",
    minimum: 0,
    maximum: 1,
    step: 0.01,
    ...own("strength"),
    help: "How much of the picture may change: 0 keeps it, 1 forgets it.",
  });
  const frames = numberRow({ label: "Frames", minimum: 1, maximum: 161, step: 4, ...own("num_frames") });
  const sampler = choiceRow({
    label: "Sampler",
    options: samplers,
    read: () => state.draft.sampler,
    write: (value) => change({ sampler: value }),
  });
  const made = h("div", { class: "part" }, countPart(), frames, steps, guidance, sampler, strength, seedPart());
  const show = () => {
    const { verb } = state.draft;
    made.hidden = verb === "upscale";
    frames.hidden = verb !== "video";
    strength.hidden = !startsFrom(state.draft);
  };
  on("draft catalogue", show);
  show();
  return made;
}

function samplers() {
  const choices = field("sampler")?.choices ?? [];
  const told = recipe("sampler");
  return [
    { value: "", label: told ? `Auto (${told})` : "Auto" },
    ...choices.map((/** @type {any} */ one) => {
      const name = typeof one === "string" ? one : (one.name ?? one.label ?? String(one.value));
      return { value: name, label: name };
    }),
  ];
}

/** Upscaler and factor. */
export function upscalePart() {
  const factor = choiceRow({
    label: "Factor",
    read: () => String(state.draft.factor),
    write: (value) => change({ factor: Number(value) }),
    options: () => [2, 4].map((one) => ({ value: String(one), label: `${one} times${result(one)}` })),
  });
  const upscaler = choiceRow({
    label: "Upscaler",
    read: () => state.draft.upscaler,
    write: (value) => change({ upscaler: value }),
    options: () => [
      { value: "", label: "Auto" },
      ...(state.catalogue?.upscalers ?? []).map((/** @type {any} */ one) => ({ value: one.file, label: one.name })),
    ],
  });
  const made = h("div", { class: "part" }, factor, upscaler);
  const show = () => (made.hidden = state.draft.verb !== "upscale");
  on("draft", show);
  show();
  return made;
}

/** @param {number} factor */
function result(factor) {
  const image = state.draft.image;
  return image ? `: ${image.width * factor} × ${image.height * factor}` : "";
}

/** How much is added at each edge. */
export function edgePart() {
  const row = (/** @type {"left"|"top"|"right"|"bottom"} */ edge) =>
    numberRow({
      label: edge[0].toUpperCase() + edge.slice(1),
      minimum: 0,
      maximum: 1024,
      step: 64,
      unit: "px",
      read: () => state.draft[edge],
      write: (value) => change({ [edge]: Math.round(value ?? 0) }),
    });
  const all = (/** @type {number} */ px) => () => change({ left: px, top: px, right: px, bottom: px });
  const made = h(
    "div",
    { class: "part" },
    h("span", { class: "heading" }, "Room to add"),
    ["left", "top", "right", "bottom"].map((edge) => row(/** @type {any} */ (edge))),
    h(
      "div",
      { class: "line" },
      button("", "128 all around", all(128), { class: "soft" }),
      button("", "None", all(0), { class: "soft" }),
    ),
  );
  const show = () => (made.hidden = state.draft.verb !== "outpaint");
  on("draft", show);
  show();
  return made;
}

/** How the painted part meets the rest. */
export function seamPart() {
  const setting = (/** @type {string} */ name, /** @type {any} */ row) =>
    numberRow({
      ...row,
      read: () => state.draft.settings[name] ?? null,
      auto: () => field(name)?.default ?? 0,
      write: (value) => {
        const { [name]: _, ...rest } = state.draft.settings;
        change({ settings: value === null ? rest : { ...rest, [name]: value } });
      },
    });
  const made = fold(
    "How the parts meet",
    {},
    setting("mask_blur", { label: "Soft edge", minimum: 0, maximum: 25, step: 0.5, unit: "px" }),
    setting("mask_blur_outset", { label: "Grow", minimum: -100, maximum: 200, step: 1, unit: "px" }),
  );
  const show = () => (made.hidden = !["inpaint", "outpaint"].includes(state.draft.verb));
  on("draft", show);
  show();
  return made;
}
