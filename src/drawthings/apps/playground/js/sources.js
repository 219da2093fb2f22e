// Pictures on their way in: dropped, pasted, chosen, or sent over from the gallery.

import { api } from "./api.js";
import { h } from "./dom.js";
import { change, fromSettings, VERBS } from "./draft.js";
import { set, state } from "./store.js";
import { complain, toast } from "./toast.js";

const MOST_PIXELS = 16_000_000;
const MOST_BYTES = 12_000_000;
const MOST_REFERENCES = 15;

/**
 * Read a file as a source; one that is too large to send is made smaller.
 * @param {Blob & {name?: string}} file
 * @returns {Promise<import("./draft.js").Source>}
 */
async function read(file) {
  if (!file.type.startsWith("image/")) throw new Error(`${file.name ?? "This"} is no picture.`);
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Error(`${file.name ?? "This picture"} cannot be read. PNG, JPEG, WebP and GIF can.`);
  });
  const scale = Math.min(1, Math.sqrt(MOST_PIXELS / (bitmap.width * bitmap.height)));
  const small = scale === 1 && file.size <= MOST_BYTES;
  const [width, height] = [bitmap.width, bitmap.height].map((side) => Math.round(side * scale));
  const data = small ? await dataUrl(file) : redraw(bitmap, width, height);
  bitmap.close();
  if (!small) toast(`The picture was brought to ${width} × ${height} before it is sent.`);
  return { data, url: data, width, height, name: file.name || "Pasted picture" };
}

/** @param {Blob} file @returns {Promise<string>} */
function dataUrl(file) {
  return new Promise((done, failed) => {
    const reader = new FileReader();
    reader.onload = () => done(String(reader.result));
    reader.onerror = () => failed(reader.error);
    reader.readAsDataURL(file);
  });
}

/** @param {ImageBitmap} bitmap @param {number} width @param {number} height */
function redraw(bitmap, width, height) {
  const canvas = h("canvas", { width, height });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, width, height);
  return canvas.toDataURL("image/jpeg", 0.95);
}

/**
 * A picture of the gallery as a source; its bytes stay where they are.
 * @param {import("./store.js").Picture} picture
 * @returns {import("./draft.js").Source}
 */
export const fromPicture = (picture) => ({
  result: picture.id,
  url: picture.url.replace(/^\//, ""),
  width: picture.width,
  height: picture.height,
  name: picture.prompt.slice(0, 60) || "Picture",
});

/**
 * Take a source into the draft.
 * @param {"image"|"reference"} what
 * @param {import("./draft.js").Source} source
 */
export function take(what, source) {
  if (what === "image") {
    change({ image: source, mask: [], left: 0, top: 0, right: 0, bottom: 0 });
    if (["inpaint", "outpaint"].includes(state.draft.verb)) set("view", "editor");
  } else if (state.draft.references.length >= MOST_REFERENCES) {
    toast(`A request takes ${MOST_REFERENCES} references; remove one first.`);
  } else change({ references: [...state.draft.references, source] });
}

/** Let files be chosen. @param {"image"|"reference"|"settings"} what */
export function pick(what) {
  const input = h("input", { type: "file", accept: "image/*", class: "unseen", "aria-hidden": "true", tabindex: -1 });
  input.multiple = what === "reference";
  input.addEventListener("change", async () => {
    for (const file of input.files ?? []) await receive(file, what);
    input.remove();
  });
  input.addEventListener("cancel", () => input.remove());
  document.body.append(input);
  input.click();
}

/**
 * Do with a file what it was brought for.
 * @param {File} file
 * @param {"image"|"reference"|"settings"} what
 */
async function receive(file, what) {
  try {
    if (what === "settings") await restore(file);
    else take(what, await read(file));
  } catch (error) {
    complain(error);
  }
}

/** Get all settings back from a file that was made here, by the app, or by other programs. @param {File} file */
async function restore(file) {
  const told = await api.inspect(file);
  const before = state.draft;
  change({ ...fromSettings(told), verb: "generate" });
  toast(`All settings of ${file.name} are back${told.source ? ` (${told.source})` : ""}.`, "Undo", () =>
    change(before),
  );
}

/** What an element needs to take dropped pictures. @param {"image"|"reference"} what */
export function drop(what) {
  return {
    ondragover: (/** @type {DragEvent} */ event) => event.preventDefault(),
    ondrop: (/** @type {DragEvent} */ event) => {
      const file = event.dataTransfer?.files[0];
      if (!file) return;
      event.preventDefault();
      event.stopPropagation();
      void receive(file, what);
    },
  };
}

/** A file dropped somewhere on the page, or pasted: its settings if it has some, else the picture itself. @param {File} file */
async function arrive(file) {
  const told = await api.inspect(file).catch(() => null);
  const settings = told && (told.prompt || Object.keys(told.settings ?? {}).length);
  try {
    if (!settings) return asImage(await read(file));
    const before = state.draft;
    change({ ...fromSettings(told), verb: "generate" });
    const use = async () => {
      change(before);
      asImage(await read(file));
    };
    toast(`The settings of ${file.name || "this picture"} are back.`, "Use it as a picture instead", use);
  } catch (error) {
    complain(error);
  }
}

/** @param {import("./draft.js").Source} source */
function asImage(source) {
  if (state.draft.image && ["generate", "edit"].includes(state.draft.verb)) return take("reference", source);
  if (!VERBS[state.draft.verb].image && state.draft.verb !== "video") change({ verb: "edit" });
  take("image", source);
}

/** Take what is dropped or pasted anywhere. */
export function openDoors() {
  const veil = h(
    "div",
    { class: "veil", hidden: true },
    h("strong", {}, "Drop it"),
    h("span", {}, "to edit the picture, or to get its settings back"),
  );
  document.body.append(veil);
  let inside = 0;
  const files = (/** @type {DragEvent} */ event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragenter", (event) => files(event) && (veil.hidden = ++inside < 1));
  addEventListener("dragleave", (event) => files(event) && (veil.hidden = --inside < 1));
  addEventListener("dragover", (event) => files(event) && event.preventDefault());
  addEventListener("drop", (event) => {
    inside = 0;
    veil.hidden = true;
    if (event.defaultPrevented || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    void arrive(event.dataTransfer.files[0]);
  });
  addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])].find((one) => one.type.startsWith("image/"));
    if (!file) return;
    event.preventDefault();
    void arrive(file);
  });
}
