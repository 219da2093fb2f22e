// What the next picture is to be: the draft. It is kept at every change, travels in the URL, and becomes a request.

import { keep, kept, on, state, touch } from "./store.js";
import { aspectOf, sized } from "./sizes.js";
import { fetchKept, store } from "./vault.js";
import { later } from "./dom.js";
import { maskPng } from "./mask.js";

/**
 * @typedef {{data?: string, result?: string, url: string, width: number, height: number, name: string}} Source
 */

/**
 * What can be done: whether it needs a picture and a prompt, whether it looks at references and makes grids.
 * @type {Record<string, {label: string, icon: string, image: boolean, prompt: boolean, looks: boolean, grid: boolean}>}
 */
export const VERBS = {
  generate: { label: "Create", icon: "create", image: false, prompt: true, looks: true, grid: true },
  edit: { label: "Edit", icon: "edit", image: true, prompt: true, looks: true, grid: true },
  inpaint: { label: "Inpaint", icon: "inpaint", image: true, prompt: true, looks: true, grid: false },
  outpaint: { label: "Outpaint", icon: "outpaint", image: true, prompt: true, looks: false, grid: false },
  upscale: { label: "Upscale", icon: "upscale", image: true, prompt: false, looks: false, grid: false },
  video: { label: "Video", icon: "video", image: false, prompt: true, looks: true, grid: false },
};

/** Settings with a control of their own, or none at all; all others are found by the search. */
export const OWN = [
  "width",
  "height",
  "seed",
  "steps",
  "guidance_scale",
  "strength",
  "model",
  "sampler",
  "batch_count",
  "batch_size",
  "upscaler",
  "upscaler_scale_factor",
  "controls",
  "loras",
  "num_frames",
  "name",
  "id",
];

/** @type {Record<string, any>} */
const EMPTY = {
  verb: "generate",
  prompt: "",
  negative_prompt: "",
  model: "",
  aspect: "auto",
  width: 1024,
  height: 1024,
  steps: null,
  guidance_scale: null,
  sampler: "",
  strength: null,
  seed: null,
  locked: false,
  count: 1,
  num_frames: null,
  loras: [],
  settings: {},
  left: 0,
  top: 0,
  right: 0,
  bottom: 0,
  upscaler: "",
  factor: 2,
  grid: { x: null, y: null },
  mask: [],
};

/** The draft of the last visit, or that of the URL. Its pictures come a moment later. */
export function loadDraft() {
  // The address still has the recipe of the last picture made here; what was typed since then is worth more.
  const linked = location.hash === kept("hash", "") ? null : fromHash();
  state.draft = { ...structuredClone(EMPTY), ...sane(kept("draft", {})), ...linked, image: null, references: [] };
  const save = () => keep("draft", slim(state.draft));
  on("draft", later(save, 250));
  addEventListener("pagehide", save);
  void fetchKept("sources").then((sources) => {
    if (!sources || state.draft.image) return;
    change({ image: sources.image, references: sources.references });
  });
  return !!linked;
}

function slim(/** @type {any} */ draft) {
  const { image, references, ...rest } = draft;
  return rest;
}

/**
 * Change some of the draft.
 * @param {Record<string, any>} patch
 */
export function change(patch) {
  state.draft = { ...state.draft, ...patch };
  touch("draft");
  if ("image" in patch || "references" in patch) {
    void store("sources", { image: state.draft.image, references: state.draft.references });
  }
}

/** Begin anew; returns the draft that was left, for "undo". */
export function clear() {
  const before = state.draft;
  change({ ...structuredClone(EMPTY), model: before.model, verb: before.verb, image: null, references: [] });
  return before;
}

/** @param {string} file */
const modelOf = (file) => {
  const models = state.catalogue?.models ?? [];
  const wanted = file || state.plan?.plan?.model || state.gateway?.default_model;
  return models.find((/** @type {any} */ one) => one.file === wanted || one.name === wanted);
};

/** The model that the draft would use, as far as the page can know. */
export function model() {
  return modelOf(state.draft.model);
}

/** The native size of that model. @returns {[number, number]} */
export function native() {
  return model()?.native ?? [1024, 1024];
}

/** The size that is asked for; null: the gateway chooses. @returns {[number, number]|null} */
export function size() {
  const draft = state.draft;
  if (draft.aspect === "auto") return null;
  if (draft.aspect === "custom") return [draft.width, draft.height];
  return sized(draft.aspect, native());
}

/** What the recipe of the model says about a setting. @param {string} name */
export function recipe(name) {
  return state.plan?.plan?.[name] ?? model()?.recipe?.[name] ?? null;
}

/** How many pictures the grid makes. @param {any} grid */
export function cells(grid) {
  const along = (/** @type {any} */ axis) => axis?.values?.length || 1;
  return grid.x || grid.y ? along(grid.x) * along(grid.y) : 0;
}

const sent = (/** @type {Source} */ source) => (source.result ? `result:${source.result}` : source.data);

/**
 * Make the body of a request of the draft.
 * @param {any} draft
 */
export async function wish(draft) {
  const verb = VERBS[draft.verb];
  const [width, height] = size() ?? [];
  const grid = cells(draft.grid) && verb.grid ? draft.grid : null;
  const axis = (/** @type {any} */ one) => (one?.values?.length ? [one.name, one.values] : undefined);
  const given = {
    verb: draft.verb,
    prompt: verb.prompt ? draft.prompt : "",
    negative_prompt: verb.prompt ? draft.negative_prompt || undefined : undefined,
    model: draft.model || undefined,
    seed: draft.locked && draft.seed !== null ? draft.seed : undefined,
    image: draft.image ? sent(draft.image) : undefined,
  };
  if (draft.verb === "upscale") return tidy({ ...given, upscaler: draft.upscaler || undefined, factor: draft.factor });
  return tidy({
    ...given,
    ...(draft.verb === "outpaint" ? {} : { width, height }),
    steps: draft.steps,
    guidance_scale: draft.guidance_scale,
    sampler: draft.sampler || undefined,
    strength: startsFrom(draft) ? draft.strength : undefined,
    count: draft.verb === "video" || grid ? undefined : draft.count,
    num_frames: draft.verb === "video" ? draft.num_frames : undefined,
    loras: draft.loras
      .filter((/** @type {any} */ one) => one.on)
      .map((/** @type {any} */ { file, weight, mode }) => ({ file, weight, ...(mode === undefined ? {} : { mode }) })),
    references: verb.looks ? draft.references.map(sent) : [],
    settings: draft.settings,
    ...(draft.verb === "inpaint" && draft.image && painted(draft.mask)
      ? { mask: await maskPng(draft.mask, draft.image.width, draft.image.height) }
      : {}),
    ...(draft.verb === "outpaint"
      ? { left: draft.left, top: draft.top, right: draft.right, bottom: draft.bottom }
      : {}),
    grid: grid ? tidy({ x: axis(grid.x), y: axis(grid.y) }) : undefined,
  });
}

/** Whether the picture of a draft is what its generation starts from, as far as a strength says. @param {any} draft */
export function startsFrom(draft) {
  return !!draft.image && draft.verb !== "outpaint" && !(draft.verb === "edit" && modelOf(draft.model)?.edit);
}

/** Whether anything of a mask is left after it was cleared. @param {any[]} mask */
export const painted = (mask) => mask.findLastIndex((one) => one.kind === "clear") < mask.length - 1;

/** Leave out what says nothing. @param {Record<string, any>} given */
function tidy(given) {
  const empty = (/** @type {any} */ value) =>
    value === undefined || value === null || (Array.isArray(value) ? !value.length : isBare(value));
  return Object.fromEntries(Object.entries(given).filter(([, value]) => !empty(value)));
}

const isBare = (/** @type {any} */ value) => typeof value === "object" && value !== null && !Object.keys(value).length;

/**
 * Turn the settings of a picture or of a file into changes of the draft.
 * @param {{settings?: any, prompt?: string, negative_prompt?: string, model?: string, seed?: number}} told
 * @param {{seed?: boolean}} [how] Without the seed it is a remix.
 */
export function fromSettings(told, { seed = true } = {}) {
  const settings = { ...(told.settings ?? {}) };
  const chosen = settings.model ?? told.model ?? "";
  const number = seed ? (told.seed ?? settings.seed ?? null) : null;
  const own = Object.fromEntries(
    ["steps", "guidance_scale", "strength", "num_frames"].map((key) => [key, settings[key] ?? null]),
  );
  const [width, height] = [settings.width, settings.height];
  const rest = Object.fromEntries(Object.entries(settings).filter(([key]) => !OWN.includes(key)));
  return {
    prompt: told.prompt ?? "",
    negative_prompt: told.negative_prompt ?? "",
    model: chosen,
    ...own,
    sampler: settings.sampler ?? "",
    loras: (settings.loras ?? []).map((/** @type {any} */ one) => lora(one)),
    settings: rest,
    ...(width && height
      ? { width, height, aspect: aspectOf(width, height, modelOf(chosen)?.native ?? [1024, 1024]) }
      : { aspect: "auto" }),
    ...(number === null ? { locked: false } : { seed: number, locked: true }),
  };
}

const lora = (/** @type {any} */ one) =>
  typeof one === "string" ? { file: one, weight: 1, on: true } : { weight: 1, ...one, on: true };

/** The draft as text for the URL, without its pictures. @param {any} draft */
export function toHash(draft) {
  const rest = Object.entries(slim(draft)).filter(
    ([key, value]) => key !== "mask" && JSON.stringify(value) !== JSON.stringify(EMPTY[key]),
  );
  const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(rest)));
  const text = btoa(String.fromCharCode(...bytes));
  return `#r=${text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "")}`;
}

/** Put the recipe into the address, where it can be copied and kept as a bookmark. */
export function mark() {
  const hash = toHash(state.draft);
  keep("hash", hash);
  history.replaceState(null, "", hash);
}

/** The recipe in the URL, if there is one; only keys that a draft has are taken. */
export function fromHash() {
  const text = /^#r=([\w-]+)$/.exec(location.hash)?.[1];
  if (!text) return null;
  try {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    const told = JSON.parse(new TextDecoder().decode(bytes));
    return { ...structuredClone(EMPTY), ...sane(told) };
  } catch {
    return null;
  }
}

/** What of a link, or of the last visit, a draft can have. @param {Record<string, any>} told */
function sane(told) {
  const axis = (/** @type {any} */ one) => !one || (typeof one.name === "string" && Array.isArray(one.values));
  /** @type {Record<string, (value: any) => boolean>} */
  const checks = {
    verb: (value) => Object.hasOwn(VERBS, value),
    grid: (value) => axis(value.x) && axis(value.y),
  };
  return Object.fromEntries(
    Object.entries(told).filter(
      ([key, value]) => Object.hasOwn(EMPTY, key) && fits(value, EMPTY[key]) && (checks[key]?.(value) ?? true),
    ),
  );
}

/** Whether a value of a link has the form that the draft has there: a link is hostile input. */
function fits(/** @type {any} */ value, /** @type {any} */ like) {
  if (like === null) return value === null || typeof value === "number";
  if (Array.isArray(like)) return Array.isArray(value) && value.every((one) => one && typeof one === "object");
  return typeof value === typeof like && value !== null && !Array.isArray(value);
}
