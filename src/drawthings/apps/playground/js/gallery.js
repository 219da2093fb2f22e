// The history: newest first, with filter, stars, and several at once.

import { api } from "./api.js";
import { button, byId, fill, h, icon, later } from "./dom.js";
import { compare } from "./compare.js";
import { remove, star } from "./details.js";
import { on, picture, set, show, state, touch } from "./store.js";
import { takePicture } from "./stream.js";
import { showTab } from "./tabs.js";
import { complain } from "./toast.js";

const PAGE = 60;
const asked = { words: "", starred: false, several: false, done: false, busy: false };
/** @type {Set<string>} */
let fits = new Set();

/** Build the gallery and fetch its first page. */
export function gallery() {
  const search = h("input", {
    type: "search",
    placeholder: "Search",
    "aria-label": "Search the history",
    oninput: later(() => {
      asked.words = search.value;
      void again();
    }, 250),
  });
  const starred = button(
    "star",
    "Only with a star",
    () => {
      asked.starred = !asked.starred;
      draw();
    },
    { quiet: true, "aria-pressed": "false" },
  );
  const several = button(
    "check",
    "Choose several",
    () => {
      asked.several = !asked.several;
      if (!asked.several) clear();
      draw();
    },
    { quiet: true, "aria-pressed": "false" },
  );
  const bar = h("div", { class: "line chosenbar" });
  const list = h("div", { class: "thumbs", role: "list", "aria-label": "Pictures, newest first", onkeydown: keys });
  const more = h("div", { class: "more" });
  byId("gallery").append(
    h("div", { class: "line head" }, h("h2", {}, "History"), h("span", { class: "gap" }), starred, several),
    h("div", { class: "search" }, icon("search"), search),
    bar,
    list,
    more,
  );
  let shape = "";
  const draw = () => {
    starred.setAttribute("aria-pressed", String(asked.starred));
    several.setAttribute("aria-pressed", String(asked.several));
    const all = visible();
    const ids = all.map((/** @type {any} */ one) => one.id + one.starred);
    const now = [ids, state.shown.picture, [...state.chosen], asked.several, asked.words, asked.busy].join("|");
    if (now === shape) return;
    shape = now;
    fill(list, all.map(thumb));
    fill(more, !all.length && h("p", { class: "empty" }, none()));
    bar.hidden = !asked.several;
    if (asked.several) fill(bar, chosenBar(all));
  };
  on("pictures shown chosen link", draw);
  new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && state.pictures.length && void page(), {
    root: byId("gallery"),
    rootMargin: "300px",
  }).observe(more);
  on("link", () => state.link === "open" && void again());
  draw();
}

function none() {
  if (asked.busy || state.link === "connecting") return "Reading the history …";
  if (asked.words) return "No picture fits these words.";
  if (asked.starred) return "No picture has a star yet.";
  return "Your pictures will be kept here.";
}

function visible() {
  return state.pictures.filter(
    (/** @type {any} */ one) => (!asked.starred || one.starred) && (!asked.words || fits.has(one.id) || matches(one)),
  );
}

const matches = (/** @type {any} */ one) =>
  asked.words
    .toLowerCase()
    .split(/\s+/)
    .every((word) => `${one.prompt} ${one.model}`.toLowerCase().includes(word));

async function again() {
  asked.done = false;
  fits = new Set();
  await page(true);
}

/** Fetch older pictures. @param {boolean} [first] */
async function page(first = false) {
  if (asked.busy || (asked.done && !first)) return;
  asked.busy = true;
  touch("pictures");
  const last = first ? undefined : state.pictures[state.pictures.length - 1]?.id;
  try {
    const { pictures } = await api.pictures({ limit: PAGE, before: last, query: asked.words });
    asked.done = pictures.length < PAGE;
    for (const one of pictures) {
      fits.add(one.id);
      takePicture(one);
    }
  } catch (error) {
    if (state.link === "open" && !state.locked) complain(error);
    asked.done = true;
  } finally {
    asked.busy = false;
    touch("pictures");
  }
}

/** @param {any} one */
function thumb(one) {
  const chosen = state.chosen.has(one.id);
  const here = state.shown.picture === one.id;
  const open = (/** @type {MouseEvent} */ event) => {
    if (asked.several || event.ctrlKey || event.metaKey || event.shiftKey) {
      asked.several = true;
      return choose(one, event.shiftKey);
    }
    show({ picture: one.id });
    showTab("stage");
  };
  const label = `${one.kind === "video" ? "Clip" : "Picture"}: ${one.prompt.slice(0, 80) || "no prompt"}, seed ${one.seed}`;
  return h(
    "div",
    { class: "cell", role: "listitem" },
    h(
      "button",
      {
        type: "button",
        class: "thumb",
        "aria-label": label,
        "aria-current": here ? "true" : undefined,
        "aria-pressed": asked.several ? String(chosen) : undefined,
        "data-key": one.id,
        "data-id": one.id,
        onclick: open,
        title: one.prompt,
      },
      h("img", {
        src: one.thumbnail.replace(/^\//, ""),
        alt: "",
        loading: "lazy",
        decoding: "async",
        width: one.width,
        height: one.height,
      }),
      one.kind === "video" && h("span", { class: "mark" }, icon("video")),
      one.starred && h("span", { class: "mark star" }, icon("star")),
      asked.several && h("span", { class: chosen ? "mark tickmark on" : "mark tickmark" }, chosen && icon("check")),
    ),
  );
}

/** @param {any} one @param {boolean} range */
function choose(one, range) {
  const all = visible().map((/** @type {any} */ each) => each.id);
  const chosen = new Set(state.chosen);
  const from = all.indexOf(state.anchor);
  const to = all.indexOf(one.id);
  if (range && from >= 0)
    all.slice(Math.min(from, to), Math.max(from, to) + 1).forEach((/** @type {string} */ id) => chosen.add(id));
  else if (!chosen.delete(one.id)) chosen.add(one.id);
  state.anchor = one.id;
  set("chosen", chosen);
}

const clear = () => set("chosen", new Set());

/** @param {any[]} all */
function chosenBar(all) {
  const chosen = all.filter((one) => state.chosen.has(one.id));
  const few = chosen.length === 0;
  const stars = () => chosen.filter((one) => !one.starred).forEach((one) => void star(one));
  const fetchAll = () =>
    chosen.forEach((one, at) =>
      window.setTimeout(() => h("a", { href: one.url.replace(/^\//, ""), download: "" }).click(), at * 200),
    );
  const gone = () => {
    void remove(chosen);
    clear();
  };
  const pair = () => {
    compare(chosen[1].id, chosen[0].id);
    showTab("stage");
  };
  return [
    h("span", { class: "small" }, `${chosen.length} chosen`),
    h("span", { class: "gap" }),
    button("compare", "Compare two", pair, { quiet: true, disabled: chosen.length !== 2, "data-key": "compare" }),
    button("star", "Star them", stars, { quiet: true, disabled: few, "data-key": "stars" }),
    button("download", "Download them", fetchAll, { quiet: true, disabled: few, "data-key": "downloads" }),
    button("trash", "Delete them", gone, { quiet: true, disabled: few, "data-key": "deletes" }),
  ];
}

/** Arrows walk through the thumbnails; Delete deletes. @param {KeyboardEvent} event */
function keys(event) {
  const all = [...byId("gallery").querySelectorAll(".thumbs .thumb")];
  const at = all.indexOf(/** @type {any} */ (document.activeElement));
  if (at < 0) return;
  const columns = getComputedStyle(byId("gallery").querySelector(".thumbs")).gridTemplateColumns.split(" ").length;
  const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns }[event.key];
  const one = picture(all[at].dataset.id);
  if (step && all[at + step]) {
    all[at + step].focus();
    if (!asked.several) show({ picture: all[at + step].dataset.id });
  } else if ((event.key === "Delete" || event.key === "Backspace") && one) void remove([one]);
  else if (event.key === "s" && one) void star(one);
  else if (!step) return;
  event.preventDefault();
}
