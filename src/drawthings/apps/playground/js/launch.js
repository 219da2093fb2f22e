// The foot of the form: what would go wrong, what it will be, and the big button.

import { api, Refused } from "./api.js";
import { button, byId, fill, h, icon, later } from "./dom.js";
import { cells, change, mark, painted, size, VERBS, wish } from "./draft.js";
import { going, keep, kept, on, set, show, state, touch } from "./store.js";
import { takeJob } from "./stream.js";
import { complain, say, toast } from "./toast.js";
import { keepWish } from "./vault.js";
import { showTab } from "./tabs.js";

const PLAN_MS = 350;

/** Build the foot and keep it true. */
export function launchPart() {
  const notes = h("div", { class: "findings", id: "findings" });
  const sum = h("p", { class: "muted small sum" });
  const go = h(
    "button",
    { type: "button", class: "go", id: "go", onclick: () => launch() },
    icon("send"),
    h("span", {}, "Generate"),
    h("kbd", {}, mac() ? "⌘↵" : "Ctrl ↵"),
  );
  byId("launch").append(notes, go, sum);
  const show_ = () => {
    fill(notes, findings());
    go.querySelector("span").textContent =
      VERBS[state.draft.verb].label === "Create" ? "Generate" : VERBS[state.draft.verb].label;
    go.classList.toggle("blocked", !!missing());
    sum.textContent = missing() ?? summary();
  };
  on("draft plan catalogue jobs gateway", show_);
  on(
    "draft catalogue link",
    later(() => void plan(), PLAN_MS),
  );
  show_();
}

export const mac = () => /Mac|iPhone|iPad/.test(navigator.platform);

/** What is still missing, as a sentence; the gateway would say it too, but later. */
function missing() {
  const { verb, image, prompt, mask } = state.draft;
  if (VERBS[verb].image && !image) return "Choose a picture first.";
  if (["generate", "edit", "inpaint", "video"].includes(verb) && !prompt.trim() && !(verb === "inpaint" && painted(mask)))
    return "Write a prompt first.";
  if (verb === "inpaint" && !painted(mask)) return "Paint over what is to change.";
  const { left, top, right, bottom } = state.draft;
  if (verb === "outpaint" && !(left + top + right + bottom)) return "Pull an edge of the picture outwards.";
  return null;
}

/** What will be made, in one line. */
function summary() {
  const planned = state.plan?.plan;
  const { verb, count, grid } = state.draft;
  const many = cells(grid) && VERBS[verb].grid ? cells(grid) : verb === "video" ? 1 : count;
  const [width, height] = planned ? [planned.width, planned.height] : (size() ?? []);
  const waiting = [...state.jobs.values()].filter((job) => job.state === "queued").length;
  return [
    many > 1 && `${many} pictures`,
    width && `${width} × ${height}`,
    planned?.steps && verb !== "upscale" && `${planned.steps} steps`,
    waiting > 0 && `${waiting} waiting`,
  ]
    .filter(Boolean)
    .join(" · ");
}

function findings() {
  const { refused, warnings = [] } = state.plan ?? {};
  if (missing()) return [];
  return [refused && finding(refused, "refused"), ...warnings.map((/** @type {any} */ one) => finding(one, "warned"))];
}

/** @param {any} told @param {string} grade */
function finding(told, grade) {
  const repair = mend(told);
  return h(
    "div",
    { class: `finding ${grade}`, role: grade === "refused" ? "alert" : "note" },
    icon("warning"),
    h("div", { class: "stack" }, h("strong", {}, told.message), told.hint && h("span", {}, told.hint)),
    repair &&
      h("button", { type: "button", class: "link", onclick: repair.act, "data-key": `fix-${told.code}` }, repair.label),
  );
}

/** The way out of a finding, where the page can go it. @param {any} told */
function mend(told) {
  const { field } = told;
  if (told.code === "edit-model-without-picture")
    return { label: "Edit a picture", act: () => change({ verb: "edit" }) };
  if (!field) return null;
  if (
    ["steps", "guidance_scale", "sampler", "strength", "num_frames"].includes(field) &&
    ![null, ""].includes(state.draft[field])
  ) {
    return { label: "Use the recipe", act: () => change({ [field]: field === "sampler" ? "" : null }) };
  }
  if (["width", "height"].includes(field) && state.draft.aspect !== "auto")
    return { label: "Use the model's size", act: () => change({ aspect: "auto" }) };
  if (field === "negative_prompt" && state.draft.negative_prompt)
    return { label: "Remove it", act: () => change({ negative_prompt: "" }) };
  if (field in state.draft.settings) {
    const { [field]: _, ...rest } = state.draft.settings;
    return { label: "Reset it", act: () => change({ settings: rest }) };
  }
  return null;
}

/** @type {AbortController|null} */
let asking = null;

/** Ask the gateway what would be made, and what would go wrong. */
async function plan() {
  asking?.abort();
  if (missing() || state.link !== "open") return set("plan", null);
  asking = new AbortController();
  try {
    set("plan", await api.plan(await wish(state.draft), asking.signal));
  } catch (error) {
    if (error instanceof Refused && error.status < 500 && error.status !== 401) {
      set("plan", {
        plan: null,
        warnings: [],
        refused: { code: error.code, message: error.message, hint: error.hint, field: error.field },
      });
    }
  }
}

let busy = false;

/** Send the draft. */
export async function launch() {
  const lacks = missing();
  if (lacks) {
    toast(lacks);
    if (lacks.includes("prompt")) byId("prompt").focus();
    return;
  }
  if (busy) return;
  busy = true;
  byId("go").setAttribute("aria-busy", "true");
  try {
    const asked = await wish(state.draft);
    await send(asked);
    mark();
  } catch (error) {
    complain(error);
  } finally {
    busy = false;
    byId("go").removeAttribute("aria-busy");
  }
}

/** Send a wish, and follow its job. @param {any} asked */
export async function send(asked) {
  const { job } = await api.submit(asked);
  const grids = { ...kept("grids", {}), ...(asked.grid ? { [job.id]: asked.grid } : {}) };
  keep("grids", Object.fromEntries(Object.entries(grids).slice(-40)));
  void keepWish(job.id, asked);
  const planned = state.plan?.plan;
  const shape = asked.width ? [asked.width, asked.height] : planned?.width ? [planned.width, planned.height] : null;
  if (shape) state.sizes = { ...state.sizes, [job.id]: shape };
  takeJob(job);
  show({ job: job.id });
  showTab("stage");
  say("Sent.");
  return job;
}

/** Stop a job; what has arrived is kept. @param {string} id */
export async function cancel(id) {
  const job = state.jobs.get(id);
  if (!going(job)) return;
  try {
    const told = await api.cancel(id);
    if (told.job) takeJob(told.job);
    touch("jobs");
  } catch (error) {
    complain(error);
  }
}
