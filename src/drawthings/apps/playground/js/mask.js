// The mask of an inpaint as a list of what was done: undo takes the last away, redo puts it back, any size can be drawn.

/**
 * @typedef {{kind: "stroke", erase: boolean, size: number, points: number[][]}} Stroke
 * @typedef {{kind: "box", erase: boolean, x: number, y: number, width: number, height: number}} Box
 * @typedef {Stroke|Box|{kind: "invert"}|{kind: "clear"}} Deed
 */

/** What has been done, and what has been taken back. */
export class Deeds {
  /** @param {Deed[]} done */
  constructor(done = []) {
    this.done = [...done];
    /** @type {Deed[]} */
    this.undone = [];
  }

  /** @param {Deed} deed */
  add(deed) {
    this.done.push(deed);
    this.undone = [];
  }

  undo() {
    const last = this.done.pop();
    if (last) this.undone.push(last);
    return !!last;
  }

  redo() {
    const next = this.undone.pop();
    if (next) this.done.push(next);
    return !!next;
  }
}

/**
 * Draw one deed.
 * @param {CanvasRenderingContext2D} pen
 * @param {Deed} deed
 */
function paint(pen, deed) {
  const { width, height } = pen.canvas;
  pen.save();
  pen.globalCompositeOperation = "source-over";
  if (deed.kind === "clear") pen.clearRect(0, 0, width, height);
  else if (deed.kind === "invert") {
    pen.globalCompositeOperation = "xor"; // With an opaque source: opaque becomes clear, and clear opaque.
    pen.fillRect(0, 0, width, height);
  } else {
    if (deed.erase) pen.globalCompositeOperation = "destination-out";
    if (deed.kind === "box") pen.fillRect(deed.x, deed.y, deed.width, deed.height);
    else line(pen, deed.points, deed.size);
  }
  pen.restore();
}

/**
 * Draw a part of a stroke; a single point is a dot.
 * @param {CanvasRenderingContext2D} pen
 * @param {number[][]} points
 * @param {number} size
 */
export function line(pen, points, size) {
  if (!points.length) return;
  pen.lineWidth = size;
  pen.lineCap = "round";
  pen.lineJoin = "round";
  pen.beginPath();
  pen.moveTo(points[0][0], points[0][1]);
  if (points.length === 1) pen.lineTo(points[0][0] + 0.01, points[0][1]);
  for (const [x, y] of points.slice(1)) pen.lineTo(x, y);
  pen.stroke();
}

/**
 * Draw everything anew.
 * @param {CanvasRenderingContext2D} pen
 * @param {Deed[]} deeds
 */
export function paintAll(pen, deeds) {
  pen.clearRect(0, 0, pen.canvas.width, pen.canvas.height);
  const from = deeds.findLastIndex((deed) => deed.kind === "clear");
  for (const deed of deeds.slice(from + 1)) paint(pen, deed);
}

/**
 * The mask as a PNG whose clear parts are repainted.
 * @param {Deed[]} deeds
 * @param {number} width
 * @param {number} height
 * @returns {Promise<string>} A data URL.
 */
export async function maskPng(deeds, width, height) {
  const selection = canvas(width, height);
  paintAll(selection, deeds);
  const kept = canvas(width, height);
  kept.fillRect(0, 0, width, height);
  kept.globalCompositeOperation = "destination-out";
  kept.drawImage(selection.canvas, 0, 0);
  return kept.canvas.toDataURL("image/png");
}

/** How much of the picture is selected, 0 to 1, judged on a small copy. @param {HTMLCanvasElement} selection */
export function share(selection) {
  const side = 64;
  const small = canvas(side, side);
  small.drawImage(selection, 0, 0, side, side);
  const pixels = small.getImageData(0, 0, side, side).data;
  let sum = 0;
  for (let at = 3; at < pixels.length; at += 4) sum += pixels[at];
  return sum / 255 / (side * side);
}

/** @param {number} width @param {number} height @returns {CanvasRenderingContext2D} */
function canvas(width, height) {
  const made = document.createElement("canvas");
  made.width = width;
  made.height = height;
  const pen = made.getContext("2d");
  if (!pen) throw new Error("this browser has no canvas");
  return pen;
}
