// The mask editor: brush, eraser, box, by mouse, finger and keyboard; every deed can be undone.

import { button, fill, h } from "./dom.js";
import { change } from "./draft.js";
import { Deeds, line, paintAll, share } from "./mask.js";
import { on, state } from "./store.js";
import { say } from "./toast.js";
import { Viewport } from "./viewport.js";

/** @type {Record<string, string>} */
const TOOLS = { b: "brush", e: "erase", m: "box" };
const HELP =
  "Paint over what is to change. Box: drag, or arrows to move it, Shift and arrows to size it, Enter to add it, " +
  "Backspace to erase it.";

/** The editor; made once, shown when there is a picture to mask. */
export class Editor {
  constructor() {
    this.tool = "brush";
    this.brush = 0;
    this.deeds = new Deeds();
    /** @type {number[][]} */
    this.points = [];
    /** @type {{x: number, y: number, width: number, height: number}|null} */
    this.box = null;
    this.canvas = h("canvas", { class: "mask", "aria-hidden": "true" });
    this.pen = this.canvas.getContext("2d");
    this.image = h("img", { alt: "", draggable: "false" });
    this.frame = h("div", { class: "boxframe", hidden: true });
    this.ring = h("div", { class: "ring", hidden: true });
    this.view = new Viewport({ onpaint: (phase, points, event) => this.pointer(phase, points, event) });
    this.view.element.tabIndex = 0;
    this.view.element.setAttribute("role", "application");
    this.view.element.setAttribute("aria-label", `Mask editor. ${HELP}`);
    this.view.element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.hover(event));
    this.view.element.addEventListener("pointerleave", () => (this.ring.hidden = true));
    this.tools = h("div", { class: "tools", role: "toolbar", "aria-label": "Mask tools" });
    this.element = h("div", { class: "editor" }, this.tools, this.view.element);
    // Also while one of the tools has the focus.
    this.element.addEventListener(
      "keydown",
      (/** @type {KeyboardEvent} */ event) => event.target instanceof HTMLInputElement || this.key(event),
    );
    on("draft", () => this.follow());
  }

  /** Take over the picture and the mask of the draft. */
  follow() {
    const { image, mask } = state.draft;
    if (!image) return;
    if (this.image.getAttribute("src") !== image.url) {
      this.image.src = image.url;
      [this.canvas.width, this.canvas.height] = [image.width, image.height];
      this.brush = Math.round(Math.max(image.width, image.height) / 14);
      this.box = null;
      this.view.show(image.width, image.height, this.image, this.canvas, this.frame, this.ring);
      this.deeds = new Deeds(mask);
      this.redraw();
    } else if (mask !== this.deeds.done) {
      this.deeds = new Deeds(mask);
      this.redraw();
    }
  }

  redraw() {
    this.pen.fillStyle = this.pen.strokeStyle = "#000";
    paintAll(this.pen, this.deeds.done);
    this.drawTools();
    this.drawBox();
  }

  drawTools() {
    const tool = (/** @type {string} */ name, /** @type {string} */ picture, /** @type {string} */ label) =>
      button(picture, label, () => this.take(name), {
        quiet: true,
        "aria-pressed": String(this.tool === name),
        "data-key": name,
      });
    const size = h("input", {
      type: "range",
      min: 2,
      max: Math.max(64, Math.round(this.canvas.width / 3)),
      value: this.brush,
      "aria-label": "Brush size",
      class: "brushsize",
      "data-key": "size",
      oninput: () => (this.brush = Number(size.value)),
    });
    fill(
      this.tools,
      tool("brush", "brush", "Brush"),
      tool("erase", "erase", "Eraser"),
      tool("box", "select", "Box"),
      h("label", { class: "line" }, h("span", { class: "small muted" }, "Size"), size),
      h("span", { class: "gap" }),
      button("undo", "Undo", () => this.undo(), { quiet: true, disabled: !this.deeds.done.length, "data-key": "undo" }),
      button("redo", "Redo", () => this.redo(), {
        quiet: true,
        disabled: !this.deeds.undone.length,
        "data-key": "redo",
      }),
      button("invert", "Invert", () => this.commit({ kind: "invert" }), { quiet: true, "data-key": "invert" }),
      button("trash", "Clear the mask", () => this.commit({ kind: "clear" }), {
        quiet: true,
        disabled: !this.deeds.done.length,
        "data-key": "clear",
      }),
      h("span", { class: "gap" }),
      button("plus", "Zoom in", () => this.view.zoom(1.4), { quiet: true, "data-key": "in" }),
      button("minus", "Zoom out", () => this.view.zoom(1 / 1.4), { quiet: true, "data-key": "out" }),
      button("fit", "Show all", () => this.view.fit(), { quiet: true, "data-key": "fit" }),
    );
  }

  /** @param {string} tool */
  take(tool) {
    this.tool = tool;
    if (tool === "box") {
      const [width, height] = this.view.size;
      this.box ??= {
        x: Math.round(width / 4),
        y: Math.round(height / 4),
        width: Math.round(width / 2),
        height: Math.round(height / 2),
      };
      this.view.element.focus();
      say("Box. Arrows move it, Shift and arrows size it, Enter adds it to the mask.");
    }
    this.drawTools();
    this.drawBox();
  }

  drawBox() {
    const shown = this.tool === "box" && this.box;
    this.frame.hidden = !shown;
    if (!shown || !this.box) return;
    const { x, y, width, height } = this.box;
    Object.assign(this.frame.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  }

  /** @param {import("./mask.js").Deed} deed */
  commit(deed) {
    this.deeds.add(deed);
    this.keep();
  }

  undo() {
    if (this.deeds.undo()) this.keep();
  }

  redo() {
    if (this.deeds.redo()) this.keep();
  }

  keep() {
    const deeds = this.deeds;
    this.redraw();
    deeds.done = [...deeds.done];
    change({ mask: deeds.done });
    const part = Math.round(share(this.canvas) * 100);
    say(deeds.done.length ? `${part} percent of the picture is marked.` : "The mask is empty.");
  }

  /**
   * @param {"down"|"move"|"up"|"cancel"} phase
   * @param {number[][]} points
   * @param {PointerEvent} event
   */
  pointer(phase, points, event) {
    if (this.tool === "box") return this.drag(phase, points);
    const erase = this.tool === "erase" || event.buttons === 32;
    if (phase === "cancel") {
      this.points = [];
      return this.redraw();
    }
    if (phase === "down") this.points = points;
    const from = this.points.length - 1;
    if (phase === "move") this.points.push(...points);
    this.pen.save();
    if (erase) this.pen.globalCompositeOperation = "destination-out";
    line(this.pen, this.points.slice(Math.max(0, from)), this.brush);
    this.pen.restore();
    if (phase !== "up" || !this.points.length) return;
    const thinned = this.points.map(([x, y]) => [Math.round(x * 10) / 10, Math.round(y * 10) / 10]);
    this.points = [];
    this.commit({ kind: "stroke", erase, size: this.brush, points: thinned });
  }

  /** @param {"down"|"move"|"up"|"cancel"} phase @param {number[][]} points */
  drag(phase, points) {
    if (phase === "down") this.points = points;
    if (phase === "cancel" || !this.points.length) return;
    const [[x0, y0], [x1, y1]] = [this.points[0], points[points.length - 1]].map(([x, y]) => [
      Math.round(Math.max(0, Math.min(this.view.size[0], x))),
      Math.round(Math.max(0, Math.min(this.view.size[1], y))),
    ]);
    this.box = { x: Math.min(x0, x1), y: Math.min(y0, y1), width: Math.abs(x1 - x0), height: Math.abs(y1 - y0) };
    this.drawBox();
    if (phase === "up" && this.box.width > 2 && this.box.height > 2) this.addBox(false);
  }

  /** @param {boolean} erase */
  addBox(erase) {
    if (this.box) this.commit({ kind: "box", erase, ...this.box });
  }

  /** Where the brush would paint, and how large. @param {PointerEvent} event */
  hover(event) {
    this.ring.hidden = this.tool === "box" || event.pointerType === "touch";
    const [x, y] = this.view.point(event);
    Object.assign(this.ring.style, {
      left: `${x - this.brush / 2}px`,
      top: `${y - this.brush / 2}px`,
      width: `${this.brush}px`,
      height: `${this.brush}px`,
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key.toLowerCase() === "z") event.shiftKey ? this.redo() : this.undo();
    else if (command && event.key.toLowerCase() === "y") this.redo();
    else if (command || event.altKey) return;
    else if (event.key === "[" || event.key === "]") this.resize(event.key === "]" ? 1.2 : 1 / 1.2);
    else if (event.key in TOOLS) this.take(TOOLS[event.key]);
    else if (event.key === "i") this.commit({ kind: "invert" });
    else if (this.tool === "box" && this.box && event.target === this.view.element) {
      if (!this.boxKey(event)) return;
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} by */
  resize(by) {
    this.brush = Math.max(2, Math.round(this.brush * by));
    this.drawTools();
  }

  /** The box by keyboard. @param {KeyboardEvent} event */
  boxKey(event) {
    const box = this.box;
    if (!box) return false;
    if (event.key === "Enter") this.addBox(false);
    else if (event.key === "Backspace" || event.key === "Delete") this.addBox(true);
    else {
      const [across, down] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ] ?? [0, 0];
      if (!across && !down) return false;
      const step = Math.max(4, Math.round(this.view.size[0] / 64));
      if (event.shiftKey) {
        box.width = Math.max(step, Math.min(this.view.size[0] - box.x, box.width + across * step));
        box.height = Math.max(step, Math.min(this.view.size[1] - box.y, box.height + down * step));
      } else {
        box.x = Math.max(0, Math.min(this.view.size[0] - box.width, box.x + across * step));
        box.y = Math.max(0, Math.min(this.view.size[1] - box.height, box.y + down * step));
      }
      say(`Box at ${box.x}, ${box.y}; ${box.width} by ${box.height}.`);
    }
    this.drawBox();
    return true;
  }
}
