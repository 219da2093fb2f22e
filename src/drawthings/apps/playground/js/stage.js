// The middle of the page: the picture or what it is becoming, the editors, the comparison.

import { details } from "./details.js";
import { button, byId, fill, h, icon } from "./dom.js";
import { Edges } from "./edges.js";
import { Editor } from "./editor.js";
import { comparison } from "./compare.js";
import { change, VERBS } from "./draft.js";
import { cancel } from "./launch.js";
import { Gauge } from "./progress.js";
import { sheet } from "./sheet.js";
import { going, kept, on, picture, set, show, state, UNUSABLE } from "./store.js";
import { Viewport } from "./viewport.js";

const EXAMPLES = [
  "A lighthouse at dusk, calm sea, long exposure",
  "Paper-cut landscape, layered hills in warm colours",
  "A red fox asleep in the snow, soft morning light",
];

/** Build the stage; it draws itself from then on. */
export function stage() {
  const view = new Viewport();
  const editor = new Editor();
  const edges = new Edges();
  const bar = h("div", { class: "stagebar" });
  const body = h("div", { class: "stagebody" });
  const strip = h("div", { class: "strip", role: "group", "aria-label": "Pictures of this job" });
  const gauge = new Gauge();
  const stop = button("close", "Cancel", () => void cancel(seen().job?.id ?? ""), { class: "soft" });
  const state_ = h("div", { class: "progress" }, gauge.element, stop);
  const about = h("div", { class: "about" });
  byId("stage").append(bar, body, strip, state_, about);
  const parts = { view, editor, edges, bar, body, strip, gauge, state: state_, about };
  on("shown view jobs pictures draft gateway link catalogue", () => draw(parts));
  on("previews", () => preview(parts));
  let verb = state.draft.verb;
  on("draft", () => {
    if (verb !== state.draft.verb) set("view", edits() ? "editor" : "result");
    verb = state.draft.verb;
  });
  on("draft", () => state.draft.image || (state.view === "editor" && set("view", "result")));
  if (edits()) set("view", "editor");
  draw(parts);
}

/** Whether the draft has something to paint on or to pull. */
const edits = () => ["inpaint", "outpaint"].includes(state.draft.verb) && !!state.draft.image;

/** The job and the picture that are to be seen. */
export function seen() {
  const one = picture(state.shown.picture);
  const job = state.jobs.get(state.shown.job ?? one?.job ?? "");
  const last = job?.pictures?.[job.pictures.length - 1];
  return { job, picture: one ?? (going(job) ? undefined : last) };
}

let drawn = "";

/** @param {any} parts */
function draw(parts) {
  const { job, picture: one } = seen();
  const current = {
    view: state.view,
    job: job?.id,
    state: job && going(job),
    picture: one?.id,
    star: one?.starred,
    chosen: [...state.chosen].join(),
    verb: state.draft.verb,
    edits: edits(),
    reach: reach(),
    many: job?.pictures.length,
  };
  const now = JSON.stringify(current);
  if (job && going(job)) parts.gauge.show(job);
  if (now === drawn) return;
  drawn = now;
  parts.state.hidden = state.view !== "result" || !job || !going(job);
  fill(parts.bar, tools(parts, one, job));
  const inside =
    state.view === "editor" && edits()
      ? [state.draft.verb === "inpaint" ? parts.editor.element : parts.edges.element]
      : state.view === "compare" && comparison()
        ? [comparison()]
        : state.view === "sheet" && job
          ? [sheet(job)]
          : middle(parts, job, one);
  if (inside[0] !== parts.body.firstElementChild || inside.length !== parts.body.children.length)
    parts.body.replaceChildren(...inside);
  strip(parts.strip, job, one);
  const told = state.view === "result" && one && !(job && going(job) && !state.shown.picture);
  fill(parts.about, told ? details(one) : "");
  parts.about.hidden = !told;
  if (state.view === "editor") (state.draft.verb === "inpaint" ? parts.editor : parts.edges).follow();
}

const reach = () =>
  `${state.link}${state.gateway?.servers?.some((/** @type {any} */ one) => !UNUSABLE.includes(one.state))}${!!state.catalogue}`;

/** @param {any} parts @param {any} job @param {any} one @returns {Node[]} */
function middle(parts, job, one) {
  if (job && going(job) && !state.shown.picture) {
    parts.image = null;
    preview(parts);
    return [parts.view.element];
  }
  if (one) {
    shown(parts, one);
    return [parts.view.element];
  }
  if (job) return [ended(job)];
  return [empty()];
}

/** @param {any} parts @param {import("./store.js").Picture} one */
function shown(parts, one) {
  const source = one.url.replace(/^\//, "");
  if (one.kind === "video") {
    const clip = h("video", {
      src: source,
      controls: true,
      loop: true,
      playsinline: true,
      "aria-label": `Clip: ${one.prompt}`,
      poster: one.thumbnail.replace(/^\//, ""),
    });
    parts.view.show(one.width, one.height, clip);
    void clip.play().catch(() => {}); // A browser that wants a touch first shows its own button.
    return;
  }
  const image = h("img", { alt: one.prompt || "Picture without a prompt", width: one.width, height: one.height });
  const last = parts.last?.job === one.job ? parts.last.data : null;
  parts.view.show(one.width, one.height, ...(last ? [h("img", { src: last, alt: "", class: "under" })] : []), image);
  image.addEventListener("load", () => image.parentElement?.querySelector(".under")?.remove());
  image.src = source;
}

/** The preview of the running job, in place of the picture that it will be. @param {any} parts */
function preview(parts) {
  const { job } = seen();
  if (!job || !going(job) || state.view !== "result" || state.shown.picture) return;
  const told = state.previews.get(job.id);
  const [width, height] = state.sizes?.[job.id] ?? [1024, 1024];
  if (!told) {
    if (parts.image !== "waiting") parts.view.show(width, height, waiting(job));
    parts.image = "waiting";
    return;
  }
  parts.last = { job: job.id, data: told.data };
  if (!(parts.image instanceof HTMLImageElement)) {
    parts.image = h("img", { alt: "", "aria-hidden": "true", class: "preview" });
    parts.image.addEventListener("load", () => fitPreview(parts));
    parts.view.show(width, height, parts.image);
  }
  parts.image.src = told.data;
  parts.image.dataset.step = told.step;
  parts.image.dataset.count = String(Number(parts.image.dataset.count ?? 0) + 1);
}

/** A preview is small; its shape is that of the picture. @param {any} parts */
function fitPreview(parts) {
  const { job } = seen();
  const { naturalWidth: width, naturalHeight: height } = parts.image;
  const [w, h_] = parts.view.size;
  if (!job || Math.abs(width / height - w / h_) < 0.02) return;
  const scale = 1024 / Math.max(width, height);
  state.sizes = { ...state.sizes, [job.id]: [Math.round(width * scale), Math.round(height * scale)] };
  parts.view.show(...state.sizes[job.id], parts.image);
}

function waiting(/** @type {any} */ job) {
  return h(
    "div",
    { class: "waiting", "aria-hidden": "true" },
    h("span", {}, job.state === "queued" ? "In the queue" : "Before the first step"),
  );
}

/** @param {any} job */
function ended(job) {
  const again = () => document.dispatchEvent(new CustomEvent("again", { detail: job }));
  if (job.state === "cancelled") {
    return h(
      "div",
      { class: "state" },
      h("h2", {}, "Cancelled"),
      h("p", {}, "Nothing had arrived yet."),
      button("reset", "Start it again", again, { class: "soft" }),
    );
  }
  if (job.state === "done")
    return h("div", { class: "state" }, h("h2", {}, "Deleted"), h("p", {}, "The pictures of this job were deleted."));
  const { message, hint, code } = job.error ?? {};
  const report = () =>
    document.dispatchEvent(
      new CustomEvent("copytext", { detail: { text: JSON.stringify(job, null, 2), what: "Details" } }),
    );
  return h(
    "div",
    { class: "state failed", role: "alert" },
    icon("warning"),
    h("h2", {}, "This one failed"),
    h("p", {}, message ?? "The gateway gave no reason."),
    hint && h("p", { class: "muted" }, hint),
    h(
      "div",
      { class: "line" },
      button("reset", "Try again", again, { class: "soft" }),
      button("copy", "Copy details", report, { class: "soft" }),
    ),
    h("small", { class: "muted" }, [code, job.server].filter(Boolean).join(" · ")),
  );
}

/** What a new visitor sees. */
function empty() {
  if (state.link === "lost") {
    return h(
      "div",
      { class: "state" },
      h("h2", {}, "The gateway does not answer"),
      h(
        "p",
        {},
        "Start it with ",
        h("code", {}, "drawthings serve"),
        ". What you typed is kept; this page connects again by itself.",
      ),
    );
  }
  const servers = state.gateway?.servers ?? [];
  if (state.gateway && !servers.some((/** @type {any} */ one) => !UNUSABLE.includes(one.state))) {
    return h(
      "div",
      { class: "state" },
      h("h2", {}, "No Draw Things server answers"),
      h("p", {}, "In the app: Settings → Advanced → API Server, protocol gRPC. Or start gRPCServerCLI."),
      h("p", {}, "To try this page without either: ", h("code", {}, "drawthings serve --server embedded")),
    );
  }
  const use = (/** @type {string} */ prompt) => () => {
    change({ prompt, verb: VERBS[state.draft.verb].image ? "generate" : state.draft.verb });
    document.dispatchEvent(new Event("launch"));
  };
  return h(
    "div",
    { class: "state welcome" },
    icon("image"),
    h("h2", {}, "What shall it be?"),
    h("p", { class: "muted" }, "Write a prompt, drop a picture to edit it, or try one of these."),
    h(
      "div",
      { class: "examples" },
      EXAMPLES.map((prompt) => h("button", { type: "button", class: "example", onclick: use(prompt) }, prompt)),
    ),
  );
}

/** @param {HTMLElement} row @param {any} job @param {any} one */
function strip(row, job, one) {
  const many = job?.pictures ?? [];
  row.hidden = many.length < 2 || state.view !== "result";
  fill(
    row,
    many.map((/** @type {any} */ each, /** @type {number} */ at) =>
      h(
        "button",
        {
          type: "button",
          class: "thumb",
          "aria-pressed": String(each.id === one?.id),
          "aria-label": `Picture ${at + 1} of ${many.length}, seed ${each.seed}`,
          "data-key": each.id,
          onclick: () => show({ picture: each.id, job: job.id }),
        },
        h("img", { src: each.thumbnail.replace(/^\//, ""), alt: "", loading: "lazy" }),
      ),
    ),
  );
}

/** @param {any} parts @param {any} one @param {any} job */
function tools(parts, one, job) {
  const at = (/** @type {any} */ view) => ({
    "aria-pressed": String(state.view === view),
    class: "soft",
    "data-key": view,
  });
  const grid = job && kept("grids", {})[job.id] && job.pictures.length > 1;
  const result = one || job;
  const views = [
    edits() &&
      button(
        state.draft.verb === "inpaint" ? "brush" : "outpaint",
        state.draft.verb === "inpaint" ? "Mask" : "Edges",
        () => set("view", "editor"),
        at("editor"),
      ),
    (edits() || grid || state.view !== "result") &&
      result &&
      button("image", "Result", () => set("view", "result"), at("result")),
    grid && button("grid", "Grid", () => set("view", "sheet"), at("sheet")),
    state.view === "compare" && button("compare", "Compare", () => {}, at("compare")),
  ].filter(Boolean);
  const zoom = result &&
    state.view === "result" && [
      button("minus", "Zoom out", () => parts.view.zoom(1 / 1.4), { quiet: true, "data-key": "out" }),
      button("fit", "Show all", () => parts.view.fit(), { quiet: true, "data-key": "fit" }),
      button("plus", "Zoom in", () => parts.view.zoom(1.4), { quiet: true, "data-key": "in" }),
    ];
  return [...views, h("span", { class: "gap" }), zoom];
}
