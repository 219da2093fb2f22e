// Short messages with a way back, and what a screen reader hears.

import { button, byId, h } from "./dom.js";

const SHOWN_MS = 8000;
let said = "";
let last = 0;
let timer = 0;

/**
 * Tell something for a few seconds.
 * @param {string} text
 * @param {string} [act] What can be done about it.
 * @param {() => void} [perform]
 * @param {string} [more] A second sentence.
 */
export function toast(text, act, perform, more) {
  const close = () => made.remove();
  const made = h(
    "div",
    { class: "toast", role: "status" },
    h("div", { class: "stack" }, h("span", {}, text), more && h("small", {}, more)),
    act &&
      h(
        "button",
        {
          type: "button",
          class: "link",
          onclick: () => {
            close();
            perform?.();
          },
        },
        act,
      ),
    button("close", "Dismiss", close, { quiet: true, class: "mini" }),
  );
  const shelf = byId("toasts");
  while (shelf.children.length > 2) shelf.firstElementChild?.remove();
  shelf.append(made);
  let left = window.setTimeout(close, SHOWN_MS);
  made.addEventListener("pointerenter", () => clearTimeout(left));
  made.addEventListener("focusin", () => clearTimeout(left));
  made.addEventListener("pointerleave", () => (left = window.setTimeout(close, SHOWN_MS)));
}

/** Tell an error in its own words. @param {any} error */
export function complain(error) {
  toast(error.message ?? String(error), undefined, undefined, error.hint);
}

/**
 * Let a screen reader say something; at most every two seconds, the latest wins.
 * @param {string} text
 */
export function say(text) {
  said = text;
  clearTimeout(timer);
  timer = window.setTimeout(
    () => {
      last = Date.now();
      byId("live").textContent = said;
    },
    Math.max(100, last + 2000 - Date.now()),
  );
}

/** Put text on the clipboard. @param {string} text @param {string} what */
export async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`${what} copied.`);
  } catch {
    show(text, what);
  }
}

/** Where the browser forbids the clipboard (plain HTTP on another machine) the text is shown to be copied by hand. */
function show(/** @type {string} */ text, /** @type {string} */ what) {
  const box = h("textarea", { rows: 12, value: text, "aria-label": what });
  const dialog = h(
    "dialog",
    { class: "plain" },
    h("h2", {}, what),
    box,
    button("close", "Close", () => {
      dialog.close();
      dialog.remove();
    }),
  );
  document.body.append(dialog);
  dialog.showModal();
  box.select();
}
