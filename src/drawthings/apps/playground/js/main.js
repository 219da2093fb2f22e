// Where the page begins.

import { furnish } from "./api.js";
import { compose } from "./compose.js";
import { change, fromHash, loadDraft } from "./draft.js";
import { gallery } from "./gallery.js";
import { listenKeys } from "./keys.js";
import { launch, send } from "./launch.js";
import { watchLock } from "./login.js";
import { panels } from "./panels.js";
import { queue } from "./queue.js";
import { openDoors } from "./sources.js";
import { stage } from "./stage.js";
import { statusBar } from "./status.js";
import { going, on, set, show, state } from "./store.js";
import { attach, watchLink } from "./stream.js";
import { tabBar } from "./tabs.js";
import { complain, copy, toast } from "./toast.js";
import { wishOf } from "./vault.js";

const linked = loadDraft();
tabBar();
panels();
compose();
stage();
queue();
gallery();
statusBar();
listenKeys();
openDoors();
watchLock();
watchLink();
void furnish();
attach();
if (linked) toast("The settings of the link are in the form.");

// A reload shows again what was running: the first of those that still go on.
on("jobs", () => {
  if (state.shown.job || state.shown.picture) return;
  const running = [...state.jobs.values()].filter(going).sort((a, b) => a.created - b.created)[0];
  if (running) show({ job: running.id });
});

// When the picture that was watched is done, the history marks it; who paints a mask meanwhile goes on painting.
on("finished", () => {
  const job = state.finished;
  const last = job.pictures[job.pictures.length - 1];
  if (state.shown.job === job.id && !state.shown.picture && last) set("shown", { job: job.id, picture: last.id });
  if (job.error && state.shown.job !== job.id) complain(job.error);
});

addEventListener("hashchange", () => {
  const told = fromHash();
  if (!told) return;
  const before = state.draft;
  change(told);
  toast("The settings of the link are in the form.", "Undo", () => change(before));
});

document.addEventListener("launch", () => void launch());
document.addEventListener("copytext", (event) => {
  const detail = /** @type {CustomEvent} */ (event).detail;
  if (detail?.text) void copy(detail.text, detail.what);
});
document.addEventListener("again", async (event) => {
  const job = /** @type {CustomEvent} */ (event).detail;
  const asked = await wishOf(job.id);
  try {
    if (asked) await send(asked);
    else toast("This browser does not remember what was asked for. Write it into the form again.");
  } catch (error) {
    complain(error);
  }
});
