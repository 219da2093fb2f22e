// Rows of the form: a label, a control, and the way back to "auto".

import { button, h } from "./dom.js";
import { on, state } from "./store.js";

let count = 0;
/** A fresh id, for a label and its control. @param {string} stem */
export const fresh = (stem) => `${stem}-${++count}`;

/**
 * A number with a slider; empty means that the recipe decides.
 * @param {{label: string, name?: string, minimum: number, maximum: number, step: number, help?: string, unit?: string,
 *   read: () => number|null, auto?: () => number|null, write: (value: number|null) => void, watch?: string}} row
 */
export function numberRow(row) {
  const id = fresh("number");
  const slider = h("input", {
    type: "range",
    min: row.minimum,
    max: row.maximum,
    step: row.step,
    "aria-label": `${row.label}, slider`,
    tabindex: -1,
    oninput: () => row.write(Number(slider.value)),
  });
  const box = h("input", {
    id,
    type: "number",
    min: row.minimum,
    max: row.maximum,
    step: row.step,
    inputmode: "decimal",
    onchange: () => row.write(box.value === "" ? null : limit(Number(box.value), row)),
  });
  const reset = button("reset", `Reset ${row.label.toLowerCase()}`, () => row.write(null), {
    quiet: true,
    class: "mini",
  });
  const label = h("label", { for: id }, row.label, row.unit && h("small", {}, ` ${row.unit}`));
  const made = h("div", { class: "row" }, label, slider, box, reset);
  const show = () => {
    const help = row.help ?? field(row.name ?? "")?.help ?? "";
    if (made.title !== help) {
      made.title = help;
      box.setAttribute("aria-description", help);
    }
    const own = row.read();
    const shown = own ?? row.auto?.() ?? null;
    if (document.activeElement !== box) box.value = own === null ? "" : String(own);
    box.placeholder = shown === null ? "auto" : String(round(shown));
    slider.value = String(shown ?? row.minimum);
    made.classList.toggle("set", own !== null);
    reset.hidden = !row.auto || own === null;
  };
  on(row.watch ?? "draft plan catalogue fields", show);
  show();
  return made;
}

/** @param {number} value @param {{minimum: number, maximum: number}} row */
const limit = (value, row) => Math.min(row.maximum, Math.max(row.minimum, value));

/** A number without the noise of 32-bit floats. @param {number} value */
const round = (value) => Number(value.toFixed(3));

/**
 * A choice from a few words.
 * @param {{label: string, options: () => {value: string, label: string}[], read: () => string,
 *   write: (value: string) => void, watch?: string}} row
 */
export function choiceRow(row) {
  const id = fresh("choice");
  const list = h("select", { id, onchange: () => row.write(list.value) });
  let drawn = "";
  const show = () => {
    const options = row.options();
    const text = JSON.stringify(options);
    if (text !== drawn) {
      list.replaceChildren(...options.map((one) => h("option", { value: one.value }, one.label)));
      drawn = text;
    }
    list.value = row.read();
  };
  on(row.watch ?? "draft plan catalogue fields", show);
  show();
  return h("div", { class: "row" }, h("label", { for: id }, row.label), list);
}

/**
 * A part of the form that can be folded; it remembers whether it was open.
 * @param {string} title
 * @param {{open?: boolean, note?: () => string, class?: string, onopen?: () => void}} how
 * @param {...any} children
 */
export function fold(title, how, ...children) {
  const note = h("small", { class: "muted" });
  const made = h(
    "details",
    { class: `fold ${how.class ?? ""}`, open: how.open ?? false, ontoggle: () => made.open && how.onopen?.() },
    h("summary", {}, h("span", {}, title), note),
    h("div", { class: "folded" }, children),
  );
  if (how.note) {
    const tell = () => (note.textContent = how.note?.() ?? "");
    on("draft plan catalogue fields", tell);
    tell();
  }
  return made;
}

/** What the table of fields says about a setting. @param {string} name */
export const field = (name) => state.fields.find((/** @type {any} */ one) => one.name === name);
