// Small words for making elements. Text goes in as text, never as markup: prompts from dropped files are hostile input.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Lines of the icons, on a field of 24 by 24.
 * @type {Record<string, string>}
 */
const LINES = {
  bell: "M6 17V11a6 6 0 0 1 12 0v6l2 1H4zM10 20h4",
  brush: "M4 20c3 0 5-1 5-4a2.5 2.5 0 0 0-5 0c0 2 0 3-1 4zM9 14 19 4l2 2L11 16",
  check: "M5 12l5 5 9-10",
  chevron: "M6 9l6 6 6-6",
  close: "M6 6l12 12M18 6L6 18",
  compare: "M12 3v18M4 6h5v12H4zM15 6h5v12h-5z",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  create: "M12 4v16M4 12h16",
  dice: "M5 5h14v14H5zM9 9h.01M15 15h.01M15 9h.01M9 15h.01",
  download: "M12 4v11M7 11l5 5 5-5M5 20h14",
  edit: "M4 20l1-5L16 4l4 4L9 19zM14 6l4 4",
  erase: "M8 20h12M4 15l9-9 6 6-8 8H8z",
  expand: "M4 9V4h5M20 9V4h-5M4 15v5h5M20 15v5h-5",
  fit: "M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M9 9h6v6H9z",
  grid: "M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z",
  help: "M9 9a3 3 0 1 1 4 3c-1 .5-1 1-1 2M12 17h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  history: "M4 12a8 8 0 1 0 3-6L4 8M4 4v4h4M12 8v4l3 2",
  image: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M9 9h.01",
  info: "M12 11v6M12 7h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18z",
  inpaint: "M4 4h16v16H4zM8 13c2-5 4 3 8-3",
  invert: "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18",
  link: "M10 14a4 4 0 0 0 6 0l3-3a4 4 0 0 0-6-6l-1 1M14 10a4 4 0 0 0-6 0l-3 3a4 4 0 0 0 6 6l1-1",
  lock: "M6 11h12v9H6zM9 11V7a3 3 0 0 1 6 0v4",
  menu: "M4 7h16M4 12h16M4 17h16",
  minus: "M5 12h14",
  moon: "M20 14A8 8 0 1 1 10 4a7 7 0 0 0 10 10z",
  next: "M9 5l7 7-7 7",
  outpaint: "M8 8h8v8H8zM4 12H2M22 12h-2M12 4V2M12 22v-2",
  plus: "M12 5v14M5 12h14",
  previous: "M15 5l-7 7 7 7",
  queue: "M4 6h16M4 12h10M4 18h7M18 14v6M15 17h6",
  redo: "M20 8v5h-5M20 13a8 8 0 1 0-2 5",
  reset: "M4 8v5h5M4 13a8 8 0 1 1 2 5",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14zM16 16l4 4",
  select: "M4 8V4h4M20 8V4h-4M4 16v4h4M20 16v4h-4M11 4h2M11 20h2M4 11v2M20 11v2",
  send: "M4 12h15M13 6l6 6-6 6",
  star: "M12 4l2.5 5.2 5.5.8-4 4 1 5.7-5-2.7-5 2.7 1-5.7-4-4 5.5-.8z",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M5 5l1 1M18 18l1 1M5 19l1-1M18 6l1-1",
  trash: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  undo: "M4 8v5h5M4 13a8 8 0 1 1 2 5",
  unlock: "M6 11h12v9H6zM9 11V7a3 3 0 0 1 6-1",
  upscale: "M4 20h6v-6M20 4h-6v6M4 20l7-7M20 4l-7 7",
  video: "M3 6h12v12H3zM15 11l6-4v10l-6-4z",
  warning: "M12 4L2.5 20h19zM12 10v5M12 17.500h.01",
};

/**
 * Make an element.
 * @param {string} name Its tag.
 * @param {Record<string, any>} [props] Attributes; `onclick` and the like are listened to; `class`, `value` and
 *   `checked` are set.
 * @param {...(Node|string|number|null|undefined|false|Array<any>)} children What is in it.
 * @returns {any}
 */
export function h(name, props = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else if (["value", "checked", "disabled", "hidden", "indeterminate"].includes(key))
      /** @type {any} */ (element)[key] = value;
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  element.append(...tidy(children));
  return element;
}

/** @param {Array<any>} children */
function tidy(children) {
  return children
    .flat(3)
    .filter((child) => child !== null && child !== undefined && child !== false)
    .map((child) => (child instanceof Node ? child : String(child)));
}

/**
 * Put other children into an element, and keep the keyboard where it was.
 * @param {Element} element
 * @param {...any} children
 */
export function fill(element, ...children) {
  const held = element.contains(document.activeElement) ? document.activeElement?.getAttribute("data-key") : null;
  element.replaceChildren(...tidy(children));
  if (held) {
    const again = element.querySelector(`[data-key="${CSS.escape(held)}"]`);
    if (again instanceof HTMLElement) again.focus({ preventScroll: true });
  }
}

/**
 * Draw an icon; it says nothing to a screen reader.
 * @param {string} name
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.classList.add("icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", LINES[name] ?? LINES.info);
  svg.append(path);
  return svg;
}

/**
 * Make a button with an icon.
 * @param {string} picture The icon's name.
 * @param {string} label What it does; shown unless `quiet`.
 * @param {(event: any) => void} act
 * @param {Record<string, any>} [props] `quiet` leaves the words to the tooltip and the screen reader.
 */
export function button(picture, label, act, { quiet = false, ...props } = {}) {
  const words = quiet ? { "aria-label": label, title: label } : {};
  return h(
    "button",
    { type: "button", onclick: act, ...words, ...props, class: `${props.class ?? ""}${quiet ? " quiet" : ""}` },
    picture && icon(picture),
    !quiet && h("span", {}, label),
  );
}

/**
 * Find an element that the page has from the start.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no #${id}`);
  return found;
}

/**
 * Call something once it has been quiet for a while.
 * @template {any[]} A
 * @param {(...given: A) => void} act
 * @param {number} ms
 * @returns {(...given: A) => void}
 */
export function later(act, ms) {
  let timer = 0;
  return (...given) => {
    clearTimeout(timer);
    timer = window.setTimeout(() => act(...given), ms);
  };
}
