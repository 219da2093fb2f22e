// Keys that work everywhere, and the page of help that lists them.

import { button, byId, h } from "./dom.js";
import { star } from "./details.js";
import { cancel, launch, mac } from "./launch.js";
import { going, picture, show, state } from "./store.js";
import { seen } from "./stage.js";
import { showTab } from "./tabs.js";

const KEYS = [
  ["Ctrl or ⌘ + Enter", "Generate, from anywhere"],
  ["Escape", "Cancel the job on the stage"],
  ["P", "Go to the prompt"],
  ["H", "Go to the history"],
  ["← →", "The picture before, the next one"],
  ["S", "Star the picture"],
  ["B, E, M", "In the mask editor: brush, eraser, box"],
  ["[ and ]", "Smaller and larger brush"],
  ["I", "Invert the mask"],
  ["Ctrl or ⌘ + Z", "Undo a stroke (with Shift: redo)"],
  ["Arrows, Shift + arrows", "Move and size the box; Enter adds it, Backspace erases it"],
];

/** Show what the keys do. */
export function help() {
  const dialog = h("dialog", { class: "plain", "aria-labelledby": "help-title" });
  const end = () => {
    dialog.close();
    dialog.remove();
  };
  dialog.append(
    h("header", {}, h("h2", { id: "help-title" }, "Keys and help"), button("close", "Close", end, { quiet: true })),
    h(
      "dl",
      { class: "keys" },
      KEYS.map(([key, does]) =>
        h(
          "div",
          {},
          h("dt", {}, h("kbd", {}, mac() ? key.replace("Ctrl or ", "") : key.replace(" or ⌘", ""))),
          h("dd", {}, does),
        ),
      ),
    ),
    h(
      "p",
      { class: "muted small" },
      "Drop a picture anywhere to edit it; drop one that was made here and all its settings are back. ",
      "Everything this page does goes through the gateway's own API: ",
      h("a", { href: "openapi.json" }, "its description"),
      ".",
    ),
    h("p", { class: "muted small" }, state.gateway?.version ? `Version ${state.gateway.version}` : ""),
  );
  dialog.addEventListener("cancel", end);
  dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === dialog && end());
  document.body.append(dialog);
  dialog.showModal();
}

/** Listen to the keys. */
export function listenKeys() {
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") {
      event.preventDefault();
      void launch();
      return;
    }
    const target = /** @type {Element} */ (event.target);
    if (
      event.defaultPrevented ||
      event.ctrlKey ||
      event.metaKey ||
      event.altKey ||
      document.querySelector("dialog[open], [popover]:popover-open")
    )
      return;
    if (event.key === "Escape" && !target.closest("[type=search]")) return stop();
    if (target.closest("input, textarea, select, [role=application], [role=slider], [role=separator], .thumbs")) return;
    act(event);
  });
}

function stop() {
  const { job } = seen();
  if (job && going(job)) void cancel(job.id);
}

/** @param {KeyboardEvent} event */
function act(event) {
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const { picture: one } = seen();
  if (event.key === "p") {
    showTab("compose");
    byId("prompt").focus();
  } else if (event.key === "h") {
    showTab("history");
    /** @type {any} */ (document.querySelector(".thumbs .thumb"))?.focus();
  } else if (event.key === "s" && one) void star(one);
  else if (event.key === "?") help();
  else if (step && state.view === "result") {
    const at = state.pictures.findIndex((/** @type {any} */ each) => each.id === one?.id);
    const next = picture(state.pictures[at + step]?.id);
    if (next) show({ picture: next.id });
  } else return;
  event.preventDefault();
}
