// All other settings, behind a search; each with its sentence of help. What was changed comes first.

import { fold, fresh } from "./controls.js";
import { button, fill, h, icon, later } from "./dom.js";
import { change, OWN } from "./draft.js";
import { on, state } from "./store.js";

const SHOWN = 12;

/** The folded part with the search. */
export function advancedPart() {
  const list = h("div", { class: "settings" });
  const search = h("input", {
    type: "search",
    placeholder: "hires, tile, cache, shift …",
    "aria-label": "Search all settings",
    oninput: later(() => draw(true), 80),
  });
  let all = false;
  const draw = (/** @type {boolean} */ fresh_) => {
    if (fresh_) all = false;
    const found = matching(search.value);
    const shown = all || search.value ? found : found.slice(0, SHOWN);
    const rest = found.length - shown.length;
    fill(
      list,
      shown.map(row),
      !found.length &&
        h(
          "p",
          { class: "empty" },
          state.fields.length ? "No setting fits these words." : "The settings appear when the gateway answers.",
        ),
      rest > 0 &&
        button(
          "plus",
          `Show ${rest} more`,
          () => {
            all = true;
            draw(false);
          },
          { class: "soft" },
        ),
    );
  };
  const made = fold(
    "All settings",
    { onopen: () => draw(true), note: changed },
    h("div", { class: "search" }, icon("search"), search),
    list,
  );
  let keys = "";
  on("draft fields catalogue", () => {
    const now = `${Object.keys(state.draft.settings).join()}|${state.draft.model}|${state.fields.length}`;
    if (made.open && now !== keys && !list.contains(document.activeElement)) draw(false);
    keys = now;
  });
  const show = () => (made.hidden = state.draft.verb === "upscale");
  on("draft", show);
  show();
  return made;
}

function changed() {
  const count = Object.keys(state.draft.settings).length;
  return count ? `${count} changed` : "";
}

/** @param {string} text */
function matching(text) {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const open = state.fields.filter((/** @type {any} */ one) => !OWN.includes(one.name) && one.kind !== "parts");
  const fits = open.filter((/** @type {any} */ one) => {
    const told = `${one.name.replaceAll("_", " ")} ${one.group ?? ""} ${one.help}`.toLowerCase();
    return words.every((word) => told.includes(word));
  });
  const set_ = (/** @type {any} */ one) => Number(one.name in state.draft.settings);
  return fits.sort((/** @type {any} */ a, /** @type {any} */ b) => set_(b) - set_(a));
}

/** A setting's name as words. @param {string} name */
export const title = (name) => (name[0].toUpperCase() + name.slice(1)).replaceAll("_", " ");

/** @param {any} one A row of the table of fields. */
function row(one) {
  const id = fresh("setting");
  const help = `${id}-help`;
  const reset = button(
    "reset",
    `Reset ${title(one.name).toLowerCase()}`,
    () => {
      write(one.name, undefined);
      show();
    },
    { quiet: true, class: "mini" },
  );
  const control = input(one, id, help);
  const made = h(
    "div",
    { class: "setting" },
    h(
      "div",
      { class: "row" },
      h("label", { for: id }, title(one.name), one.unit && h("small", {}, ` ${one.unit.split(" ")[0]}`)),
      control,
      reset,
    ),
    h("p", { id: help, class: "muted small" }, one.help),
  );
  const show = () => {
    const own = state.draft.settings[one.name];
    reset.hidden = own === undefined;
    made.classList.toggle("set", own !== undefined);
    if (document.activeElement === control) return;
    if (control.type === "checkbox") control.checked = own ?? one.default ?? false;
    else control.value = own ?? (one.kind === "choice" ? label(one.default) : "");
  };
  control.addEventListener("change", () => {
    write(one.name, value(one, control));
    show();
  });
  show();
  return made;
}

/** @param {any} one @param {string} id @param {string} help */
function input(one, id, help) {
  const told = { id, "aria-describedby": help };
  if (one.kind === "flag") return h("input", { type: "checkbox", class: "switch", ...told });
  if (one.kind === "choice")
    return h(
      "select",
      told,
      (one.choices ?? []).map((/** @type {any} */ choice) => h("option", { value: label(choice) }, label(choice))),
    );
  if (one.kind === "text") return h("input", { type: "text", ...told });
  const step = one.step ?? (one.kind === "integer" ? 1 : "any");
  return h("input", {
    type: "number",
    min: one.minimum,
    max: one.maximum,
    step,
    placeholder: one.default ?? "",
    ...told,
  });
}

const label = (/** @type {any} */ choice) => String(choice?.name ?? choice?.label ?? choice ?? "");

/** @param {any} one @param {HTMLInputElement} control */
function value(one, control) {
  if (one.kind === "flag") return control.checked === one.default ? undefined : control.checked;
  if (control.value === "") return undefined;
  if (one.kind === "choice") return control.value === label(one.default) ? undefined : control.value;
  if (one.kind === "text") return control.value;
  const number = Math.min(one.maximum ?? Infinity, Math.max(one.minimum ?? -Infinity, Number(control.value)));
  control.value = String(number);
  return number;
}

/** @param {string} name @param {any} given */
function write(name, given) {
  const { [name]: _, ...rest } = state.draft.settings;
  change({ settings: given === undefined ? rest : { ...rest, [name]: given } });
}
