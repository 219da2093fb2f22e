// Two pictures one above the other, with a line between them that can be dragged.

import { h } from "./dom.js";
import { picture, set, state } from "./store.js";

/** @type {{key: string, element: HTMLElement}|null} */
let made = null;

/** Compare two pictures on the stage. @param {string} first @param {string} second */
export function compare(first, second) {
  state.pair = [first, second];
  set("view", "result");
  set("view", "compare");
}

/** The comparison of the two chosen pictures, if both are still there. */
export function comparison() {
  const [a, b] = (state.pair ?? []).map(picture);
  if (!a || !b) return null;
  const key = `${a.id} ${b.id}`;
  if (made?.key !== key) made = { key, element: build(a, b) };
  return made.element;
}

/** @param {import("./store.js").Picture} a @param {import("./store.js").Picture} b */
function build(a, b) {
  const image = (/** @type {import("./store.js").Picture} */ one, /** @type {string} */ name) =>
    h("img", {
      src: one.url.replace(/^\//, ""),
      alt: `${name}: ${one.prompt}`,
      class: name === "A" ? "below" : "above",
    });
  const line = h("input", {
    type: "range",
    min: 0,
    max: 100,
    step: 0.5,
    value: 50,
    class: "wiper",
    "aria-label": "Line between the two pictures",
    oninput: () => frame.style.setProperty("--cut", `${line.value}%`),
  });
  const frame = h(
    "div",
    { class: "pair" },
    image(a, "A"),
    image(b, "B"),
    h("span", { class: "cutline", "aria-hidden": "true" }),
    line,
  );
  frame.style.setProperty("--cut", "50%");
  frame.style.aspectRatio = `${a.width} / ${a.height}`;
  frame.style.setProperty("--ratio", String(a.width / a.height));
  return h(
    "div",
    { class: "compare" },
    frame,
    h("div", { class: "line small captions" }, caption("A", a, b), caption("B", b, a)),
  );
}

/** What distinguishes one from the other. @param {string} name @param {any} one @param {any} other */
function caption(name, one, other) {
  const keys = [...new Set([...Object.keys(one.settings), "seed", "model"])];
  const value = (/** @type {any} */ from, /** @type {string} */ key) => from.settings[key] ?? from[key];
  const differ = keys.filter(
    (key) =>
      JSON.stringify(value(one, key)) !== JSON.stringify(value(other, key)) && typeof value(one, key) !== "object",
  );
  const words = differ.slice(0, 4).map((key) => `${key.replaceAll("_", " ")} ${value(one, key) ?? "–"}`);
  return h("span", {}, h("strong", {}, `${name} `), words.join(" · ") || "same settings");
}
