// Sizes in exact pixels: what an aspect ratio means for a model's native area. Pure arithmetic.

const BLOCK = 64;

export const ASPECTS = ["1:1", "4:3", "3:2", "16:9", "3:4", "2:3", "9:16"];

/** @param {number} pixels */
export const snap = (pixels) => Math.max(2 * BLOCK, Math.min(8192, Math.round(pixels / BLOCK) * BLOCK));

/**
 * The size nearest to a ratio whose area is that of the model.
 * @param {string} aspect Such as "16:9".
 * @param {[number, number]} native
 * @returns {[number, number]}
 */
export function sized(aspect, native) {
  const [across, down] = aspect.split(":").map(Number);
  const area = native[0] * native[1];
  const ratio = across / down;
  const width = snap(Math.sqrt(area * ratio));
  // Of the two neighbouring heights the one with the truer ratio is taken.
  const near = [width / ratio - BLOCK / 2, width / ratio + BLOCK / 2].map(snap);
  const height = near.sort((a, b) => Math.abs(width / a - ratio) - Math.abs(width / b - ratio))[0];
  return [width, height];
}

/**
 * The ratio whose size this is, or "custom".
 * @param {number} width
 * @param {number} height
 * @param {[number, number]} native
 */
export function aspectOf(width, height, native) {
  return (
    ASPECTS.find((aspect) => {
      const [w, h] = sized(aspect, native);
      return w === width && h === height;
    }) ?? "custom"
  );
}

/** Seconds as people say them. @param {number} seconds */
export function spoken(seconds) {
  if (!Number.isFinite(seconds) || seconds < 0) return "";
  if (seconds < 1) return "under a second";
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${(seconds / 3600).toFixed(1)} h`;
}
