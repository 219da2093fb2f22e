// The dialog in which one thing of many is chosen: models, LoRAs, control nets. Type to search, arrows, Enter.

import { button, fill, h, icon } from "./dom.js";
import { keep, kept } from "./store.js";

/**
 * @typedef {{id: string, name: string, note?: string, badges?: string[], group?: string, words?: string}} Item
 */

/**
 * Let one of the items be chosen.
 * @param {{title: string, items: Item[], current?: string, empty: string, memory?: string}} asked
 * @returns {Promise<Item|null>}
 */
export function choose(asked) {
  return new Promise((done) => {
    const dialog = h("dialog", { class: "choose", "aria-labelledby": "choose-title" });
    const end = (/** @type {Item|null} */ item) => {
      if (item && asked.memory)
        keep(asked.memory, [item.id, ...recents(asked.memory).filter((id) => id !== item.id)].slice(0, 4));
      dialog.close();
      dialog.remove();
      done(item);
    };
    const list = new List(asked, end);
    const close = button("close", "Close", () => end(null), { quiet: true });
    dialog.append(
      h("header", {}, h("h2", { id: "choose-title" }, asked.title), close),
      h("div", { class: "search" }, icon("search"), list.input),
      list.element,
    );
    dialog.addEventListener("cancel", () => end(null));
    dialog.addEventListener("click", (/** @type {MouseEvent} */ event) => event.target === dialog && end(null));
    document.body.append(dialog);
    dialog.showModal();
    list.input.focus();
    list.draw();
  });
}

/** @param {string} memory @returns {string[]} */
const recents = (memory) => kept(memory, []);

class List {
  /**
   * @param {any} asked
   * @param {(item: Item) => void} end
   */
  constructor(asked, end) {
    this.asked = asked;
    this.end = end;
    /** @type {Item[]} */
    this.found = [];
    this.at = 0;
    this.element = h("div", {
      class: "options",
      role: "listbox",
      id: "options",
      "aria-label": asked.title,
      tabindex: -1,
    });
    this.input = h("input", {
      type: "search",
      placeholder: "Search by name, file or family",
      role: "combobox",
      "aria-expanded": "true",
      "aria-controls": "options",
      "aria-autocomplete": "list",
      "aria-label": `Search: ${asked.title}`,
      oninput: () => this.draw(),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    });
  }

  draw() {
    const words = this.input.value.toLowerCase().split(/\s+/).filter(Boolean);
    const text = (/** @type {Item} */ item) =>
      `${item.name} ${item.id} ${item.note} ${item.badges?.join(" ")}`.toLowerCase();
    const found = this.asked.items.filter((/** @type {Item} */ item) =>
      words.every((/** @type {string} */ word) => text(item).includes(word)),
    );
    const last = this.asked.memory && !words.length ? recents(this.asked.memory) : [];
    const rank = (/** @type {Item} */ item) => (last.includes(item.id) ? last.indexOf(item.id) : last.length);
    this.found = found.sort((/** @type {Item} */ a, /** @type {Item} */ b) => rank(a) - rank(b));
    const current = this.found.findIndex((item) => item.id === this.asked.current);
    this.at = words.length ? 0 : Math.max(0, current);
    const empty = this.asked.items.length ? "Nothing fits these words. Search for less." : this.asked.empty;
    fill(this.element, this.found.length ? this.options(last) : h("p", { class: "empty" }, empty));
    this.mark();
  }

  /** @param {string[]} last */
  options(last) {
    let group = "";
    return this.found.flatMap((item, at) => {
      const heading = last.includes(item.id) ? "Used last" : (item.group ?? "");
      const head = heading !== group ? [h("div", { class: "group", role: "presentation" }, heading)] : [];
      group = heading;
      return [...head, this.option(item, at)];
    });
  }

  /** @param {Item} item @param {number} at */
  option(item, at) {
    const chosen = item.id === this.asked.current;
    return h(
      "div",
      {
        class: "option",
        role: "option",
        id: `option-${at}`,
        "aria-selected": String(chosen),
        onclick: () => this.end(item),
      },
      h("span", { class: "name" }, item.name, chosen && icon("check")),
      h("span", { class: "note" }, item.note ?? ""),
      h(
        "span",
        { class: "badges" },
        item.badges?.map((badge) => h("span", { class: "badge" }, badge)),
      ),
    );
  }

  mark() {
    this.element.querySelectorAll(".at").forEach((/** @type {Element} */ one) => one.classList.remove("at"));
    const option = this.element.querySelector(`#option-${this.at}`);
    option?.classList.add("at");
    option?.scrollIntoView({ block: "nearest" });
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    else this.input.removeAttribute("aria-activedescendant");
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 }[event.key];
    if (step) {
      this.at = Math.max(0, Math.min(this.found.length - 1, this.at + step));
      this.mark();
    } else if (event.key === "Enter") {
      if (this.found[this.at]) this.end(this.found[this.at]);
    } else return;
    event.preventDefault();
  }
}
