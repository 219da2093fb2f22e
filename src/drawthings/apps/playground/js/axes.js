// The grid: one or two settings run through several values, every combination becomes a picture.

import { title } from "./advanced.js";
import { fold, fresh } from "./controls.js";
import { h } from "./dom.js";
import { cells, change, OWN, VERBS } from "./draft.js";
import { on, state } from "./store.js";

const FIRST = ["steps", "guidance_scale", "seed", "sampler", "strength", "model", "shift"];

/** The folded part with both axes. */
export function gridPart() {
  const told = h("p", { class: "muted small" });
  const part = fold(
    "Grid",
    { note: () => (cells(state.draft.grid) ? `${cells(state.draft.grid)} pictures` : "") },
    h("p", { class: "muted small" }, "Compare settings side by side: give one or two of them several values."),
    axis("x", "Across"),
    axis("y", "Down"),
    told,
  );
  const show = () => {
    part.hidden = !VERBS[state.draft.verb].grid;
    const count = cells(state.draft.grid);
    told.textContent = count ? `${count} pictures, all with the same seed unless the seed is one of the two.` : "";
  };
  on("draft", show);
  show();
  return part;
}

/** @param {"x"|"y"} which @param {string} label */
function axis(which, label) {
  const id = fresh("axis");
  const names = h("select", { id, onchange: () => write(which, names.value, box.value) });
  const box = h("input", {
    type: "text",
    "aria-label": `Values ${label.toLowerCase()}`,
    placeholder: "10, 20, 30",
    onchange: () => write(which, names.value, box.value),
  });
  const show = () => {
    const open = state.fields.filter(
      (/** @type {any} */ one) =>
        !["parts", "text"].includes(one.kind) && !FIRST.includes(one.name) && !OWN.includes(one.name),
    );
    const wanted = ["", ...FIRST, ...open.map((/** @type {any} */ one) => one.name)];
    if (names.options.length !== wanted.length) {
      names.replaceChildren(...wanted.map((name) => h("option", { value: name }, name ? title(name) : "–")));
    }
    const now = state.draft.grid[which];
    names.value = now?.name ?? "";
    if (document.activeElement !== box) box.value = now?.text ?? now?.values?.join(", ") ?? "";
    box.disabled = !names.value;
  };
  on("draft fields", show);
  show();
  return h("div", { class: "row axis" }, h("label", { for: id }, label), names, box);
}

/** @param {"x"|"y"} which @param {string} name @param {string} text */
function write(which, name, text) {
  const values = parse(name, text);
  change({ grid: { ...state.draft.grid, [which]: name ? { name, values, text } : null } });
}

/**
 * The values of an axis: "10, 20, 30", "1-5", or words with commas.
 * @param {string} name
 * @param {string} text
 */
function parse(name, text) {
  const kind = state.fields.find((/** @type {any} */ one) => one.name === name)?.kind;
  const words = text
    .split(",")
    .map((word) => word.trim())
    .filter(Boolean);
  if (kind === "flag") return words.map((word) => ["on", "true", "yes", "1"].includes(word.toLowerCase()));
  if (kind === "choice" || kind === "text") return words;
  return words.flatMap((word) => {
    const range = /^(\d+)\s*-\s*(\d+)$/.exec(word);
    if (!range) return Number.isFinite(Number(word)) ? [Number(word)] : [];
    const [from, to] = [Number(range[1]), Number(range[2])];
    return Array.from({ length: Math.min(20, Math.max(0, to - from + 1)) }, (_, at) => from + at);
  });
}
