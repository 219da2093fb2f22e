// What the page knows, in one place, and who wants to hear when it changes.

/**
 * @typedef {{code: string, message: string, hint: string, field: string|null}} Trouble
 * @typedef {{id: string, job: string, index: number, kind: "image"|"video", seed: number, width: number, height: number,
 *   url: string, thumbnail: string, prompt: string, negative_prompt: string, model: string,
 *   settings: Record<string, any>, configuration: Record<string, any>, created: number, starred: boolean}} Picture
 * @typedef {{id: string, state: string, position: number|null, wait_s: number|null, verb: string, prompt: string,
 *   model: string, server: string, step: number, steps: number, progress: number, created: number, started: number,
 *   ended: number, warnings: any[], notes: string[], error: Trouble|null, pictures: Picture[]}} Job
 * @typedef {{job: string, index: number, step: number, data: string}} Preview
 */

/** @type {Record<string, any>} */
export const state = {
  /** @type {any} */ draft: null,
  /** @type {any} */ catalogue: null,
  /** @type {any[]} */ fields: [],
  /** @type {any} */ gateway: null,
  /** @type {"connecting"|"open"|"lost"} */ link: "connecting",
  /** @type {Map<string, Job>} */ jobs: new Map(),
  /** @type {Map<string, Preview>} */ previews: new Map(),
  /** @type {Picture[]} */ pictures: [],
  /** @type {any} */ plan: null,
  /** @type {{job?: string, picture?: string}} */ shown: {},
  /** @type {"result"|"editor"|"compare"|"sheet"} */ view: "result",
  /** @type {Set<string>} */ chosen: new Set(),
};

/** A finger's click comes a moment after it was lifted. */
const RELEASE_MS = 80;

/** @type {Map<string, Set<() => void>>} */
const listeners = new Map();
/** @type {Set<string>} */
const dirty = new Set();

/**
 * Listen to changes; several at once are told once.
 * @param {string} keys Names in `state`, with spaces between them.
 * @param {() => void} hear
 */
export function on(keys, hear) {
  for (const key of keys.split(" ")) {
    if (!listeners.has(key)) listeners.set(key, new Set());
    listeners.get(key)?.add(hear);
  }
}

/**
 * Tell that something in the state has changed.
 * @param {...string} keys
 */
export function touch(...keys) {
  if (!dirty.size) queueMicrotask(tell);
  keys.forEach((key) => dirty.add(key));
}

/**
 * Whether a button is held down. To leave a field for a button changes the draft; were the button drawn anew then, its
 * click would be lost.
 */
let held = false;
const release = () => {
  if (!held) return;
  held = false;
  if (dirty.size) tell();
};
addEventListener(
  "pointerdown",
  (event) =>
    (held = event.target instanceof Element && !!event.target.closest("button, a, summary, label, [role=option]")),
  true,
);
addEventListener("click", () => setTimeout(release));
for (const end of ["pointerup", "pointercancel", "dragend"])
  addEventListener(end, () => setTimeout(release, RELEASE_MS), true);
// The window's own blur only, not caught on the way down: the field that the press leaves loses the focus as well.
addEventListener("blur", release);

function tell() {
  if (held) return;
  const called = new Set();
  for (const key of dirty) listeners.get(key)?.forEach((hear) => called.add(hear));
  dirty.clear();
  called.forEach((hear) => {
    try {
      hear();
    } catch (error) {
      reportError(error); // The others are to hear of it all the same.
    }
  });
}

/**
 * Change one thing.
 * @param {string} key
 * @param {any} value
 */
export function set(key, value) {
  if (state[key] === value) return;
  state[key] = value;
  touch(key);
}

/**
 * Find a picture by its id.
 * @param {string|undefined} id
 * @returns {Picture|undefined}
 */
export function picture(id) {
  if (!id) return undefined;
  for (const job of state.jobs.values()) {
    const found = job.pictures.find((/** @type {Picture} */ one) => one.id === id);
    if (found) return state.pictures.find((/** @type {Picture} */ one) => one.id === id) ?? found;
  }
  return state.pictures.find((/** @type {Picture} */ one) => one.id === id);
}

/** Show another picture or job on the stage. @param {{job?: string, picture?: string}} shown */
export function show(shown) {
  set("shown", shown);
  set("view", "result");
}

/** States of a server that takes no jobs. */
export const UNUSABLE = ["down", "aside"];

/** Whether a job still goes on. @param {Job|undefined} job */
export function going(job) {
  return !!job && !["done", "failed", "cancelled"].includes(job.state);
}

/**
 * Read what was kept from the last visit.
 * @param {string} key
 * @param {any} fallback
 */
export function kept(key, fallback) {
  try {
    const text = localStorage.getItem(`drawthings.${key}`);
    return text === null ? fallback : JSON.parse(text);
  } catch {
    return fallback;
  }
}

/**
 * Keep something for the next visit; a browser that keeps nothing is no reason to stop.
 * @param {string} key
 * @param {any} value
 */
export function keep(key, value) {
  try {
    localStorage.setItem(`drawthings.${key}`, JSON.stringify(value));
  } catch {
    // Full, or forbidden in a private window: the page works on, it only forgets.
  }
}
