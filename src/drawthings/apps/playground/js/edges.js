// Outpaint: the picture with its four edges, each of which can be pulled outwards, also by the keyboard.

import { button, h } from "./dom.js";
import { change } from "./draft.js";
import { on, state } from "./store.js";
import { Viewport } from "./viewport.js";

const STEP = 64;
const MOST = 1024;
/** @type {Record<string, number[]>} */
const EDGES = { left: [-1, 0], top: [0, -1], right: [1, 0], bottom: [0, 1] };

/** The picture and the room around it. */
export class Edges {
  constructor() {
    this.image = h("img", { alt: "The picture that gets more room", draggable: "false" });
    this.room = h("div", { class: "room" });
    this.sum = h("p", { class: "muted small" });
    this.handles = Object.fromEntries(Object.keys(EDGES).map((edge) => [edge, this.handle(edge)]));
    this.view = new Viewport();
    this.element = h(
      "div",
      { class: "editor" },
      h(
        "div",
        { class: "tools", role: "toolbar", "aria-label": "Room to add" },
        h("span", { class: "small" }, "Pull the edges outwards."),
        this.sum,
        h("span", { class: "gap" }),
        button("fit", "Show all", () => this.view.fit(), { quiet: true }),
      ),
      this.view.element,
    );
    on("draft", () => this.follow());
  }

  /** @param {string} edge */
  handle(edge) {
    const made = h("div", {
      class: `edge ${edge}`,
      role: "slider",
      tabindex: 0,
      "aria-label": `Room to add: ${edge}`,
      "aria-valuemin": 0,
      "aria-valuemax": MOST,
      "aria-orientation": EDGES[edge][0] ? "horizontal" : "vertical",
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(edge, event),
    });
    let from = 0;
    let start = [0, 0];
    made.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      made.setPointerCapture(event.pointerId);
      from = state.draft[edge];
      start = [event.clientX, event.clientY];
      this.held = this.view.scale;
      event.stopPropagation();
    });
    made.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
      if (!made.hasPointerCapture(event.pointerId)) return;
      const [x, y] = EDGES[edge];
      const pulled = (x * (event.clientX - start[0]) + y * (event.clientY - start[1])) / this.held;
      this.write(edge, from + pulled);
    });
    return made;
  }

  held = 1;

  /** @param {string} edge @param {number} px */
  write(edge, px) {
    const value = Math.max(0, Math.min(MOST, Math.round(px / STEP) * STEP));
    if (value !== state.draft[edge]) change({ [edge]: value });
  }

  /** @param {string} edge @param {KeyboardEvent} event */
  key(edge, event) {
    const [x, y] = EDGES[edge];
    const out = { ArrowLeft: -x, ArrowRight: x, ArrowUp: -y, ArrowDown: y }[event.key];
    if (event.key === "Home" || event.key === "0") this.write(edge, 0);
    else if (out) this.write(edge, state.draft[edge] + out * STEP);
    else return;
    event.preventDefault();
  }

  /** Draw what the draft says. */
  follow() {
    const { image, left, top, right, bottom } = state.draft;
    if (!image || state.draft.verb !== "outpaint") return;
    if (this.image.getAttribute("src") !== image.url) this.image.src = image.url;
    const [width, height] = [image.width + left + right, image.height + top + bottom];
    Object.assign(this.image.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${image.width}px`,
      height: `${image.height}px`,
    });
    for (const [edge, made] of Object.entries(this.handles)) {
      made.setAttribute("aria-valuenow", state.draft[edge]);
      made.setAttribute("aria-valuetext", `${state.draft[edge]} pixels`);
    }
    this.sum.textContent = `${image.width} × ${image.height} becomes ${width} × ${height}`;
    const held = document.activeElement;
    if (!this.room.isConnected || this.view.size[0] !== width || this.view.size[1] !== height) {
      if (!this.room.children.length) this.room.append(this.image, ...Object.values(this.handles));
      this.view.size = [width, height];
      Object.assign(this.view.scene.style, { width: `${width}px`, height: `${height}px` });
      if (!this.room.isConnected || this.room.parentElement !== this.view.scene)
        this.view.scene.replaceChildren(this.room);
      this.view.fit();
    }
    if (held instanceof HTMLElement && held !== document.activeElement && held.classList.contains("edge")) held.focus();
  }
}
