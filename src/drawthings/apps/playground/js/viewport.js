// A field in which something of known size is shown whole, enlarged and moved: by wheel, fingers, buttons and keys.

import { h } from "./dom.js";

const MOST = 16;

/** A window on a scene of a certain size in pixels. */
export class Viewport {
  /**
   * @param {{onpaint?: (phase: "down"|"move"|"up"|"cancel", points: number[][], event: PointerEvent) => void}} how
   *   With `onpaint` one finger (or the first button) paints, and two fingers move.
   */
  constructor({ onpaint } = {}) {
    this.scene = h("div", { class: "scene" });
    this.element = h("div", { class: onpaint ? "viewport paints" : "viewport" }, this.scene);
    this.onpaint = onpaint;
    this.size = [1, 1];
    this.scale = 1;
    this.at = [0, 0];
    this.fitted = true;
    /** @type {Map<number, number[]>} */
    this.fingers = new Map();
    this.painting = 0;
    new ResizeObserver(() => (this.fitted ? this.fit() : this.place())).observe(this.element);
    this.listen();
  }

  listen() {
    const element = this.element;
    element.addEventListener(
      "wheel",
      (/** @type {WheelEvent} */ event) => {
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / (event.ctrlKey ? 100 : 400)), [event.clientX, event.clientY]);
      },
      { passive: false },
    );
    element.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => this.down(event));
    element.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => this.move(event));
    element.addEventListener("pointerup", (/** @type {PointerEvent} */ event) => this.up(event, "up"));
    element.addEventListener("pointercancel", (/** @type {PointerEvent} */ event) => this.up(event, "cancel"));
    element.addEventListener("dblclick", () => !this.onpaint && (this.fitted ? this.actual() : this.fit()));
  }

  /**
   * Show something; the place is kept when the size is the same.
   * @param {number} width
   * @param {number} height
   * @param {...Node} children
   */
  show(width, height, ...children) {
    const same = this.size[0] === width && this.size[1] === height;
    this.size = [width, height];
    this.scene.style.width = `${width}px`;
    this.scene.style.height = `${height}px`;
    this.scene.replaceChildren(...children);
    if (!same || this.fitted) this.fit();
  }

  /** Show all of it; small pictures are enlarged at most twice. */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.element;
    if (!width || !height) return;
    this.scale = Math.min(width / this.size[0], height / this.size[1], 2);
    this.at = [(width - this.size[0] * this.scale) / 2, (height - this.size[1] * this.scale) / 2];
    this.fitted = true;
    this.place();
  }

  /** Show its own pixels. */
  actual() {
    this.zoom(1 / this.scale);
  }

  /** @param {number} by @param {number[]} [where] A point of the page that stays where it is. */
  zoom(by, where) {
    const box = this.element.getBoundingClientRect();
    const [x, y] = where ? [where[0] - box.left, where[1] - box.top] : [box.width / 2, box.height / 2];
    const scale = Math.max(0.02, Math.min(MOST, this.scale * by));
    this.at = [x - ((x - this.at[0]) * scale) / this.scale, y - ((y - this.at[1]) * scale) / this.scale];
    this.scale = scale;
    this.fitted = false;
    this.place();
  }

  place() {
    this.scene.style.transform = `translate(${this.at[0]}px, ${this.at[1]}px) scale(${this.scale})`;
    this.scene.classList.toggle("near", this.scale >= 3);
    this.element.style.setProperty("--scale", String(this.scale));
  }

  /** A point of the page in pixels of the scene. @param {{clientX: number, clientY: number}} event @returns {number[]} */
  point(event) {
    const box = this.element.getBoundingClientRect();
    return [(event.clientX - box.left - this.at[0]) / this.scale, (event.clientY - box.top - this.at[1]) / this.scale];
  }

  /** @param {PointerEvent} event */
  down(event) {
    if (event.target instanceof Element && event.target.closest("button, input, video, audio, [role=slider]")) return;
    if (!this.onpaint && event.pointerType === "touch") return; // The browser's own scrolling and zoom serve a finger here.
    this.element.setPointerCapture(event.pointerId);
    this.fingers.set(event.pointerId, [event.clientX, event.clientY]);
    if (this.fingers.size === 1 && this.onpaint && event.button === 0) {
      this.painting = event.pointerId;
      this.onpaint("down", [this.point(event)], event);
    } else if (this.fingers.size === 2 && this.painting) {
      this.onpaint?.("cancel", [], event); // The second finger says that both were to move.
      this.painting = 0;
    }
  }

  /** @param {PointerEvent} event */
  move(event) {
    const before = this.fingers.get(event.pointerId);
    if (!before) return;
    if (this.painting === event.pointerId) {
      const all = event.getCoalescedEvents?.() ?? [];
      this.onpaint?.(
        "move",
        (all.length ? all : [event]).map((one) => this.point(one)),
        event,
      );
      return;
    }
    const others = [...this.fingers].filter(([id]) => id !== event.pointerId).map(([, point]) => point);
    const now = [event.clientX, event.clientY];
    this.fingers.set(event.pointerId, now);
    if (others.length) this.pinch(before, now, others[0]);
    else this.pan(now[0] - before[0], now[1] - before[1]);
  }

  /** @param {number} x @param {number} y */
  pan(x, y) {
    this.at = [this.at[0] + x, this.at[1] + y];
    this.fitted = false;
    this.place();
  }

  /** @param {number[]} before @param {number[]} now @param {number[]} other */
  pinch(before, now, other) {
    const apart = (/** @type {number[]} */ point) => Math.hypot(point[0] - other[0], point[1] - other[1]) || 1;
    this.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    this.zoom(apart(now) / apart(before), [(now[0] + other[0]) / 2, (now[1] + other[1]) / 2]);
  }

  /** @param {PointerEvent} event @param {"up"|"cancel"} phase */
  up(event, phase) {
    this.fingers.delete(event.pointerId);
    if (this.painting !== event.pointerId) return;
    this.painting = 0;
    this.onpaint?.(phase, [this.point(event)], event);
  }
}
