// The settings of a picture in the forms that other tools take: the app's JSON, a command line, a Python program.

import { toHash, fromSettings } from "./draft.js";

const SKIP = [
  "prompt",
  "negative_prompt",
  "batch_count",
  "batch_size",
  "name",
  "id",
  "references",
  "image",
  "mask",
  "verb",
];
/** @type {Record<string, string>} */
const FLAGS = {
  model: "-m",
  width: "--width",
  height: "--height",
  steps: "--steps",
  guidance_scale: "--cfg",
  seed: "--seed",
  sampler: "--sampler",
  strength: "--strength",
};

/** @param {import("./store.js").Picture} picture */
function settings(picture) {
  /** @type {Record<string, any>} */
  const all = {
    model: picture.model,
    width: picture.width,
    height: picture.height,
    ...picture.settings,
    seed: picture.seed,
  };
  return Object.entries(all).filter(
    ([key, value]) => !SKIP.includes(key) && value !== null && value !== "" && !(Array.isArray(value) && !value.length),
  );
}

/** A word that a shell takes as one. @param {any} word */
function quoted(word) {
  const text = String(word);
  return /^[\w.,:/=+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

const onOff = (/** @type {any} */ value) => (value === true ? "on" : value === false ? "off" : value);

/** @param {import("./store.js").Picture} picture */
export function commandLine(picture) {
  const words = ["drawthings", picture.kind === "video" ? "video" : "generate", quoted(picture.prompt)];
  if (picture.negative_prompt) words.push("--negative", quoted(picture.negative_prompt));
  for (const [key, value] of settings(picture)) {
    if (key === "loras")
      value.forEach((/** @type {any} */ one) => words.push("--lora", quoted(`${one.file}:${one.weight ?? 1}`)));
    else if (FLAGS[key]) words.push(FLAGS[key], quoted(value));
    else if (typeof value !== "object") words.push("--set", quoted(`${key}=${onOff(value)}`));
  }
  return words.join(" ");
}

/** A value as Python writes it. @param {any} value @returns {string} */
function python(value) {
  if (value === true || value === false) return value ? "True" : "False";
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
  if (value && typeof value === "object") return `(${[value.file, value.weight ?? 1].map(python).join(", ")})`;
  return JSON.stringify(value);
}

/** @param {import("./store.js").Picture} picture */
export function pythonProgram(picture) {
  const lines = [python(picture.prompt)];
  if (picture.negative_prompt) lines.push(`negative_prompt=${python(picture.negative_prompt)}`);
  for (const [key, value] of settings(picture)) {
    const plain = typeof value !== "object" || key === "loras";
    if (plain) lines.push(`${key}=${python(value)}`);
  }
  const file = picture.kind === "video" ? "clip.mp4" : "picture.png";
  return [
    "from drawthings import DrawThings",
    "",
    "with DrawThings() as server:",
    "    result = server.generate(",
    ...lines.map((line) => `        ${line},`),
    "    )",
    `    result.save("${file}")`,
    "",
  ].join("\n");
}

/** @param {import("./store.js").Picture} picture */
export const appJson = (picture) => JSON.stringify(picture.configuration, null, 2);

/** A link that opens this page with the same settings. @param {import("./store.js").Picture} picture */
export const link = (picture) =>
  location.href.split("#")[0] + toHash({ verb: picture.kind === "video" ? "video" : "generate", ...fromSettings(picture) });
