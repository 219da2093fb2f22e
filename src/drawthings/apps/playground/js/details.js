// What is told about a picture, and what can be done with it.

import { api } from "./api.js";
import { button, h, icon } from "./dom.js";
import { change, fromSettings, VERBS } from "./draft.js";
import { send } from "./launch.js";
import { fromPicture, take } from "./sources.js";
import { set, state, touch } from "./store.js";
import { dropPicture, takePicture } from "./stream.js";
import { appJson, commandLine, link, pythonProgram } from "./snippets.js";
import { complain, copy, toast } from "./toast.js";
import { showTab } from "./tabs.js";
import { wishOf } from "./vault.js";

/** @typedef {import("./store.js").Picture} Picture */

/** Everything below a picture. @param {Picture} one */
export function details(one) {
  return [
    h(
      "div",
      { class: "line acts", role: "toolbar", "aria-label": "With this picture" },
      button("star", one.starred ? "Remove the star" : "Star", () => star(one), {
        quiet: true,
        "aria-pressed": String(one.starred),
        class: "starred",
        "data-key": "star",
      }),
      h(
        "a",
        { class: "button soft", href: one.url.replace(/^\//, ""), download: fileName(one), "data-key": "download" },
        icon("download"),
        h("span", {}, "Download"),
      ),
      one.kind !== "video" && menu("send", "Send to", sends(one)),
      menu("reset", "Use", uses(one)),
      button("reset", "Replay", () => void replay(one), {
        class: "soft",
        title: "Make exactly this picture again",
        "data-key": "replay",
      }),
      menu("copy", "Copy", copies(one)),
      h("span", { class: "gap" }),
      button("trash", "Delete", () => void remove([one]), { quiet: true, "data-key": "delete" }),
    ),
    one.prompt && h("p", { class: "says" }, one.prompt),
    one.negative_prompt && h("p", { class: "small muted" }, `Not: ${one.negative_prompt}`),
    facts(one),
  ];
}

/** @param {Picture} one */
function facts(one) {
  const told = one.settings;
  const rows = [
    ["Model", one.model],
    ["Size", `${one.width} × ${one.height}`],
    ["Seed", one.seed],
    ["Steps", told.steps],
    ["Guidance", told.guidance_scale],
    ["Sampler", told.sampler],
    ["Strength", told.strength !== 1 ? told.strength : null],
    ["Made", new Date(one.created * 1000).toLocaleString()],
  ].filter(([, value]) => value !== undefined && value !== null && value !== "");
  const known = [
    "model",
    "width",
    "height",
    "seed",
    "steps",
    "guidance_scale",
    "sampler",
    "strength",
    "prompt",
    "negative_prompt",
  ];
  const rest = Object.entries(told).filter(
    ([key, value]) => !known.includes(key) && value !== null && !(Array.isArray(value) && !value.length),
  );
  const text = (/** @type {any} */ value) =>
    typeof value === "object"
      ? (value
          .map?.((/** @type {any} */ one_) => (one_.file ? `${one_.file} × ${one_.weight ?? 1}` : String(one_)))
          .join(", ") ?? JSON.stringify(value))
      : String(value);
  const pair = (/** @type {any[]} */ [key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, text(value)));
  return [
    h("dl", { class: "facts" }, rows.map(pair)),
    rest.length > 0 &&
      h(
        "details",
        { class: "fold plainfold" },
        h("summary", {}, h("span", {}, "All other settings"), h("small", { class: "muted" }, String(rest.length))),
        h(
          "dl",
          { class: "facts folded" },
          rest.map(([key, value]) => pair([key.replaceAll("_", " "), value])),
        ),
      ),
  ];
}

/** @param {Picture} one */
const fileName = (one) =>
  `${
    one.prompt
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, "-")
      .slice(0, 48)
      .replace(/^-|-$/g, "") || "picture"
  }-${one.seed}.${one.url.split(".").pop()}`;

let menus = 0;

/**
 * A button that opens a list of deeds.
 * @param {string} picture @param {string} label @param {{label: string, act: () => void}[]} deeds
 */
function menu(picture, label, deeds) {
  const id = `menu-${++menus}`;
  const list = h(
    "div",
    { id, popover: "auto", class: "menulist", role: "menu", "aria-label": label },
    deeds.map(({ label: words, act }) =>
      h(
        "button",
        {
          type: "button",
          role: "menuitem",
          onclick: () => {
            list.hidePopover();
            act();
          },
        },
        words,
      ),
    ),
  );
  const open = button(picture, label, () => {}, {
    class: "soft",
    popovertarget: id,
    "aria-haspopup": "menu",
    "data-key": `menu-${label}`,
  });
  list.addEventListener("toggle", (/** @type {any} */ event) => {
    if (event.newState !== "open") return;
    const box = open.getBoundingClientRect();
    const under = innerHeight - box.bottom > list.offsetHeight + 8;
    list.style.left = `${Math.max(8, Math.min(box.left, innerWidth - list.offsetWidth - 8))}px`;
    list.style.top = `${under ? box.bottom + 4 : Math.max(8, box.top - list.offsetHeight - 4)}px`;
    list.querySelector("button")?.focus();
  });
  list.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    const all = [...list.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    all[(all.indexOf(document.activeElement) + step + all.length) % all.length].focus();
  });
  return h("span", { class: "menuhold" }, open, list);
}

/** @param {Picture} one */
function sends(one) {
  const to = (/** @type {string} */ verb) => () => {
    change({ verb });
    take("image", fromPicture(one));
    showTab(["inpaint", "outpaint"].includes(verb) ? "stage" : "compose");
  };
  const reference = () => {
    take("reference", fromPicture(one));
    toast("Added as a reference.");
  };
  return [
    { label: "Edit", act: to("edit") },
    { label: "Inpaint", act: to("inpaint") },
    { label: "Outpaint", act: to("outpaint") },
    { label: "Upscale", act: to("upscale") },
    { label: "Video, as first frame", act: to("video") },
    { label: "References", act: reference },
  ];
}

/** Use some of a picture's settings; the draft before can be had back. @param {Record<string, any>} patch @param {string} what */
function reuse(patch, what) {
  const before = state.draft;
  change(patch);
  toast(what, "Undo", () => change(before));
}

/** @param {Picture} one */
function uses(one) {
  const all = (/** @type {boolean} */ seed) => ({
    verb: one.kind === "video" ? "video" : "generate",
    ...fromSettings(one, { seed }),
  });
  return [
    { label: "All settings", act: () => reuse(all(true), "All settings are in the form.") },
    { label: "Everything but the seed", act: () => reuse(all(false), "All settings but the seed are in the form.") },
    {
      label: "Prompt",
      act: () => reuse({ prompt: one.prompt, negative_prompt: one.negative_prompt }, "The prompt is in the form."),
    },
    { label: "Seed", act: () => reuse({ seed: one.seed, locked: true }, "The seed is kept.") },
    { label: "Four variations of it", act: () => void vary(one) },
  ];
}

/** @param {Picture} one */
function copies(one) {
  return [
    { label: "Settings for the app (JSON)", act: () => void copy(appJson(one), "The app's JSON is") },
    { label: "Command line", act: () => void copy(commandLine(one), "The command is") },
    { label: "Python", act: () => void copy(pythonProgram(one), "The Python program is") },
    { label: "Link to this recipe", act: () => void copy(link(one), "The link is") },
    { label: "Prompt", act: () => void copy(one.prompt, "The prompt is") },
  ];
}

/** What made a picture, as a request. @param {Picture} one */
async function wishFor(one) {
  const asked = await wishOf(one.job);
  if (asked && !asked.grid) return { ...asked, count: 1 };
  if (!asked && VERBS[one.verb]?.image)
    throw new Error("Only the browser that asked for it has the picture that it was made from.");
  const { width, height, model, steps, guidance_scale, sampler, strength, num_frames, loras, ...rest } = one.settings;
  const known = new Set(state.fields.map((/** @type {any} */ field) => field.name));
  const settings = Object.fromEntries(
    Object.entries(rest).filter(([key]) => known.has(key) && !["seed", "batch_count", "batch_size"].includes(key)),
  );
  return {
    // A place of a grid: what all of them share, and what this one has.
    ...(asked ? { ...asked, grid: undefined, count: 1, strength } : {}),
    verb: one.verb,
    prompt: one.prompt,
    negative_prompt: one.negative_prompt || undefined,
    model: model ?? one.model,
    width: width ?? one.width,
    height: height ?? one.height,
    steps,
    guidance_scale,
    sampler,
    num_frames,
    loras,
    settings,
  };
}

/** Make exactly this picture again. @param {Picture} one */
async function replay(one) {
  try {
    await send({ ...(await wishFor(one)), seed: one.seed });
  } catch (error) {
    complain(error);
  }
}

/** @param {Picture} one */
async function vary(one) {
  try {
    const { seed: _, ...asked } = await wishFor(one);
    await send({ ...asked, count: one.kind === "video" ? undefined : 4 });
  } catch (error) {
    complain(error);
  }
}

/** @param {Picture} one */
export async function star(one) {
  takePicture({ ...one, starred: !one.starred });
  touch("jobs");
  try {
    await api.star(one.id, !one.starred);
  } catch (error) {
    takePicture(one);
    complain(error);
  }
}

/** Delete pictures; for a while they can be had back. @param {Picture[]} all */
export async function remove(all) {
  /** @type {Picture[]} */
  const gone = [];
  for (const one of all) {
    try {
      await api.remove(one.id);
      gone.push(one);
      dropPicture(one.id);
    } catch (error) {
      complain(error);
    }
  }
  if (state.shown.picture && gone.some((one) => one.id === state.shown.picture))
    set("shown", state.pictures[0] ? { picture: state.pictures[0].id } : {});
  if (!gone.length) return;
  const back = async () => {
    for (const one of gone) {
      try {
        await api.restore(one.id);
        takePicture(one);
      } catch (error) {
        complain(error);
      }
    }
  };
  toast(
    gone.length === 1 ? "The picture is deleted." : `${gone.length} pictures are deleted.`,
    "Undo",
    () => void back(),
  );
}
