// The prompt, the negative prompt, and the pictures that go with them.

import { fold } from "./controls.js";
import { button, fill, h } from "./dom.js";
import { change, VERBS } from "./draft.js";
import { readsNegative } from "./models.js";
import { drop, pick } from "./sources.js";
import { on, state } from "./store.js";

/** @type {Record<string, string>} */
const SAYS = {
  generate: "What the picture shows",
  edit: "What is to change: “make it winter”",
  inpaint: "What is to be where you paint",
  outpaint: "What the whole picture shows",
  video: "What happens in the clip",
};

/** The tabs for what is to be done. */
export function verbPart() {
  const buttons = Object.entries(VERBS).map(([verb, { label, icon }]) =>
    button(icon, label, () => change({ verb }), { "data-verb": verb, class: "verb" }),
  );
  const show = () =>
    buttons.forEach((one) => one.setAttribute("aria-pressed", String(one.dataset.verb === state.draft.verb)));
  on("draft", show);
  show();
  return h("div", { class: "verbs", role: "group", "aria-label": "What to do" }, buttons);
}

/** A field of text that grows with what is in it, and keeps the undo of the browser. @param {string} key @param {any} props */
function area(key, props) {
  const text = h("textarea", {
    ...props,
    value: state.draft[key],
    spellcheck: "true",
    oninput: () => change({ [key]: text.value }),
  });
  on("draft", () => {
    if (text.value !== state.draft[key]) text.value = state.draft[key];
  });
  return text;
}

/** The prompt. */
export function promptPart() {
  const text = area("prompt", { id: "prompt", rows: 4 });
  const label = h("label", { for: "prompt", class: "heading" }, "Prompt");
  const made = h("div", { class: "part" }, label, text);
  const show = () => {
    text.placeholder = SAYS[state.draft.verb] ?? "";
    made.hidden = !VERBS[state.draft.verb].prompt;
  };
  on("draft", show);
  show();
  return made;
}

/** The negative prompt; folded away where the model makes nothing of it. */
export function negativePart() {
  const text = area("negative_prompt", {
    id: "negative",
    rows: 2,
    "aria-label": "Negative prompt",
    placeholder: "What the picture must not show",
  });
  const why = h("p", { class: "muted small" });
  const part = fold(
    "Negative prompt",
    { open: false, note: () => (state.draft.negative_prompt ? "set" : "") },
    text,
    why,
  );
  let read = readsNegative();
  part.open = read;
  const show = () => {
    const now = readsNegative();
    why.textContent = now
      ? ""
      : "This model (or guidance 1) makes nothing of a negative prompt. Say in the prompt what you want instead.";
    if (now !== read) part.open = now;
    read = now;
    part.hidden = !VERBS[state.draft.verb].prompt;
  };
  on("draft plan catalogue", show);
  show();
  return part;
}

/** @type {Record<string, string>} */
const FIRST = {
  generate: "Start from a picture",
  edit: "Picture to edit",
  inpaint: "Picture to repaint",
  outpaint: "Picture to enlarge",
  upscale: "Picture to enlarge",
  video: "First frame",
};

/** The picture that is worked on, and further ones to look at. */
export function sourcePart() {
  const main = h("div", {});
  const more = h("div", { class: "references" });
  const made = h("div", { class: "part sources" }, main, more);
  const show = () => {
    const { verb, image, references } = state.draft;
    const wanted = VERBS[verb].image;
    fill(main, image ? chosen(image) : slot(FIRST[verb], "image", wanted));
    more.hidden = !VERBS[verb].looks || (!image && !references.length && verb !== "edit");
    fill(
      more,
      references.map(reference),
      button("plus", references.length ? "More" : "Reference", () => pick("reference"), {
        class: "soft",
        "data-key": "add-reference",
      }),
    );
  };
  let seen = "";
  on("draft", () => {
    const { verb, image, references } = state.draft;
    const now = [verb, image?.url?.slice(-80), ...references.map((/** @type {any} */ one) => one.url.slice(-80))].join(
      "|",
    );
    if (now !== seen) show();
    seen = now;
  });
  show();
  return made;
}

/** @param {string} label @param {"image"|"reference"} what @param {boolean} large */
function slot(label, what, large) {
  return h(
    "button",
    {
      type: "button",
      class: large ? "slot" : "slot low",
      onclick: () => pick(what),
      "data-key": `slot-${what}`,
      ...drop(what),
    },
    h("strong", {}, label),
    h("small", {}, large ? "Drop, paste or choose one" : "optional"),
  );
}

/** @param {import("./draft.js").Source} image */
function chosen(image) {
  return h(
    "div",
    { class: "chosen", ...drop("image") },
    h("img", { src: image.url, alt: `Chosen picture: ${image.name}` }),
    h(
      "div",
      { class: "stack" },
      h("strong", { class: "cut" }, image.name),
      h("small", { class: "muted" }, `${image.width} × ${image.height}`),
      h(
        "div",
        { class: "line" },
        button("image", "Change", () => pick("image"), { class: "soft" }),
        button("close", "Remove", () => change({ image: null, mask: [] }), { class: "soft", "data-key": "slot-image" }),
      ),
    ),
  );
}

function reference(/** @type {import("./draft.js").Source} */ one, /** @type {number} */ at) {
  const { references } = state.draft;
  const without = references.filter((/** @type {any} */ _, /** @type {number} */ i) => i !== at);
  const forward = () =>
    change({ references: [...references.slice(0, at - 1), one, references[at - 1], ...references.slice(at + 1)] });
  return h(
    "div",
    { class: "reference" },
    h("img", { src: one.url, alt: `Reference ${at + 1}: ${one.name}` }),
    at > 0 && button("previous", `Move reference ${at + 1} forward`, forward, { quiet: true, class: "mini" }),
    button("close", `Remove reference ${at + 1}`, () => change({ references: without }), {
      quiet: true,
      class: "mini",
    }),
  );
}
