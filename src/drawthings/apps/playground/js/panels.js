// The widths of the outer columns: dragged, or moved with the arrow keys; remembered.

import { byId } from "./dom.js";
import { keep, kept } from "./store.js";

const SIDES = {
  left: { first: 352, least: 300, most: 520, way: 1 },
  right: { first: 288, least: 200, most: 560, way: -1 },
};

/** Make the dividers movable. */
export function panels() {
  for (const [side, { first, least, most, way }] of Object.entries(SIDES)) {
    const divider = byId(`divider-${side}`);
    let width = kept(`width-${side}`, first);
    const write = (/** @type {number} */ wanted) => {
      width = Math.round(Math.max(least, Math.min(most, wanted)));
      document.documentElement.style.setProperty(`--${side}`, `${width}px`);
      divider.setAttribute("aria-valuenow", String(width));
      keep(`width-${side}`, width);
    };
    divider.setAttribute("aria-valuemin", String(least));
    divider.setAttribute("aria-valuemax", String(most));
    let from = 0;
    divider.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      divider.setPointerCapture(event.pointerId);
      from = width - way * event.clientX;
    });
    divider.addEventListener(
      "pointermove",
      (/** @type {PointerEvent} */ event) =>
        divider.hasPointerCapture(event.pointerId) && write(from + way * event.clientX),
    );
    divider.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowLeft: -16, ArrowRight: 16 }[event.key];
      if (!step) return;
      event.preventDefault();
      write(width + way * step);
    });
    divider.addEventListener("dblclick", () => write(first));
    write(width);
  }
}
