// Running and waiting jobs, each with its place in the line and its way out.

import { api } from "./api.js";
import { button, byId, h, icon } from "./dom.js";
import { VERBS } from "./draft.js";
import { cancel } from "./launch.js";
import { advance, words } from "./progress.js";
import { going, on, set, show, state } from "./store.js";
import { showTab } from "./tabs.js";
import { takeJob } from "./stream.js";
import { complain } from "./toast.js";

const ENDED_SHOWN = 3;
const TOLD_S = 3600;
const OPENED = Date.now() / 1000;

/** Build the queue. */
export function queue() {
  const list = h("div", { class: "jobs" });
  byId("queue").append(h("h2", {}, "Queue"), list);
  const none = h("p", { class: "empty" });
  const draw = () => {
    const all = [...state.jobs.values()].sort((a, b) => b.created - a.created);
    const open = all.filter(going).sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
    const bad = all.filter((job) => !state.dismissed?.has(job.id) && worthTelling(job)).slice(0, ENDED_SHOWN);
    const wanted = [...open, ...bad].map(rowOf);
    none.textContent = nothing();
    const shown = wanted.length ? wanted : [none];
    if (shown.length !== list.children.length || shown.some((one, at) => one !== list.children[at]))
      list.replaceChildren(...shown);
    byId("queue").classList.toggle("idle", !wanted.length);
  };
  on("jobs gateway shown dismissed", draw);
  on("previews", () => {
    for (const [id, told] of state.previews) {
      const small = list.querySelector(`[data-job="${CSS.escape(id)}"] .glimpse`);
      if (small instanceof HTMLImageElement) {
        small.src = told.data;
        small.hidden = false;
      }
    }
  });
  draw();
}

/**
 * What failed while nobody looked is told for an hour; what was cancelled, only to who was there.
 * @param {import("./store.js").Job} job
 */
function worthTelling(job) {
  if (job.state === "failed") return Date.now() / 1000 - job.ended < TOLD_S;
  return job.state === "cancelled" && job.ended > OPENED;
}

function nothing() {
  const others = state.gateway?.queue ?? 0;
  return others > 0 ? `Nothing of yours is waiting; ${others} of others.` : "Nothing is waiting.";
}

/** @type {Map<string, {form: string, element: HTMLElement, show: (job: import("./store.js").Job) => void}>} */
const rows = new Map();

/** The row of a job; as long as its buttons stay the same, so does it. @param {import("./store.js").Job} job */
function rowOf(job) {
  const form = going(job) ? (job.state === "queued" && (job.position ?? 0) > 1 ? "waiting" : "going") : "ended";
  let row = rows.get(job.id);
  if (row?.form !== form) {
    row = makeRow(job, form);
    rows.set(job.id, row);
  }
  row.show(job);
  return row.element;
}

/** @param {import("./store.js").Job} job @param {string} form */
function makeRow(job, form) {
  const label = job.prompt || VERBS[job.verb]?.label || job.verb;
  const preview = state.previews.get(job.id);
  const says = h("small", { class: "muted cut" });
  const bar = h("progress", { max: 1, "aria-label": `Progress: ${label.slice(0, 40)}`, hidden: form === "ended" });
  const open = () => {
    show({ job: job.id });
    showTab("stage");
  };
  const forget = () => set("dismissed", new Set([...(state.dismissed ?? []), job.id]));
  const element = h(
    "div",
    { class: "job", "data-job": job.id },
    h(
      "button",
      { type: "button", class: "jobopen", onclick: open },
      form === "ended"
        ? icon("warning")
        : h("img", { class: "glimpse", alt: "", src: preview?.data, hidden: !preview }),
      h("span", { class: "stack" }, h("span", { class: "cut" }, label), says),
    ),
    form === "waiting" && button("upscale", "Do this next", () => void first(job.id), { quiet: true, class: "mini" }),
    form === "ended"
      ? button("close", "Dismiss", forget, { quiet: true, class: "mini" })
      : button("close", `Cancel: ${label.slice(0, 40)}`, () => void cancel(job.id), { quiet: true, class: "mini" }),
    bar,
  );
  const write = (/** @type {import("./store.js").Job} */ now) => {
    element.className = `job ${now.state}`;
    bar.classList.toggle("still", now.state === "queued");
    says.textContent = words(now).long;
    advance(bar, now.progress);
  };
  return { form, element, show: write };
}

/** Bring a job to the head of one's own line. @param {string} id */
async function first(id) {
  try {
    const { job } = await api.first(id);
    if (job) takeJob(job);
  } catch (error) {
    complain(error);
  }
}
