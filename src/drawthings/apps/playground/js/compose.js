// The form, put together.

import { advancedPart } from "./advanced.js";
import { gridPart } from "./axes.js";
import { fold } from "./controls.js";
import { button, byId, h } from "./dom.js";
import { change, clear, VERBS } from "./draft.js";
import { launchPart } from "./launch.js";
import { loraPart, modelPart } from "./models.js";
import { edgePart, seamPart, sizePart, tuningPart, upscalePart } from "./numbers.js";
import { negativePart, promptPart, sourcePart, verbPart } from "./prompt.js";
import { pick } from "./sources.js";
import { on, state } from "./store.js";
import { toast } from "./toast.js";

/** Fill the form and its foot. */
export function compose() {
  const form = byId("form");
  form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
  const loras = fold(
    "LoRAs",
    {
      note: () => (state.draft.loras.length ? String(state.draft.loras.length) : ""),
      open: state.draft.loras.length > 0,
    },
    loraPart(),
  );
  const model = h("div", {}, modelPart());
  form.append(
    verbPart(),
    sourcePart(),
    promptPart(),
    negativePart(),
    model,
    edgePart(),
    upscalePart(),
    sizePart(),
    tuningPart(),
    loras,
    seamPart(),
    gridPart(),
    advancedPart(),
    foot(),
  );
  const show = () => {
    model.hidden = state.draft.verb === "upscale";
    loras.hidden = state.draft.verb === "upscale";
    form.dataset.verb = VERBS[state.draft.verb].label;
  };
  on("draft", show);
  show();
  launchPart();
}

function foot() {
  const anew = () => {
    const before = clear();
    toast("The form is empty.", "Undo", () => change(before));
  };
  return h(
    "div",
    { class: "line foot" },
    button("image", "Settings from a file", () => pick("settings"), { class: "soft" }),
    button("trash", "Clear", anew, { class: "soft" }),
  );
}
