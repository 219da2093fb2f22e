// The one event stream of this tab: jobs, previews, finished pictures, servers. A reload gets a snapshot and goes on.

import { address, api, furnish } from "./api.js";
import { going, set, state, touch, UNUSABLE } from "./store.js";

/** @type {EventSource|null} */
let source = null;
let wait = 500;

/** Listen to signs that the gateway is away before the stream itself notices: some networks die without a word. */
export function watchLink() {
  document.addEventListener("away", () => state.link === "open" && broken());
  addEventListener("offline", () => void api.state().catch(() => {}));
}

/** Open the stream, and open it again whenever it breaks. */
export function attach() {
  source?.close();
  source = new EventSource(address("/api/events"));
  source.addEventListener("open", opened);
  source.addEventListener("error", broken);
  const hear = (/** @type {string} */ name, /** @type {(told: any) => void} */ act) =>
    source?.addEventListener(name, (event) => act(JSON.parse(/** @type {MessageEvent} */ (event).data)));
  hear("state", takeState);
  hear("snapshot", (told) => takeAll(told.jobs));
  hear("job", (told) => takeJob(told.job && typeof told.job === "object" ? told.job : told));
  hear("preview", takePreview);
  hear("picture", (told) => takePicture(told.picture ?? told));
  hear("gone", (told) => dropPicture(told.id ?? told.picture));
}

const usable = () =>
  (state.gateway?.servers ?? [])
    .filter((/** @type {any} */ one) => !UNUSABLE.includes(one.state))
    .map((/** @type {any} */ one) => one.server);

/** Another server may bring other models. */
function takeState(/** @type {any} */ told) {
  const before = state.gateway && usable();
  set("gateway", { ...state.gateway, ...told });
  if (before && usable().some((/** @type {string} */ one) => !before.includes(one))) void furnish();
}

function opened() {
  wait = 500;
  const again = state.link === "lost" || !state.catalogue;
  set("link", "open");
  if (again) void furnish();
}

/** A browser does not try again after a refusal (401, 503), and sleeps long after a lost network: we do it ourselves. */
function broken() {
  source?.close();
  set("link", state.locked ? "connecting" : "lost");
  if (state.locked) return;
  window.setTimeout(async () => {
    try {
      await api.state();
    } catch (error) {
      if (/** @type {any} */ (error).status === 401) return;
    }
    attach();
  }, wait);
  wait = Math.min(wait * 2, 8000);
}

/**
 * Everything at once, after a connection: what still goes on here and is not in it was lost with the gateway.
 * @param {import("./store.js").Job[]} jobs
 */
function takeAll(jobs) {
  const known = new Set(jobs.map((job) => job.id));
  for (const [id, job] of state.jobs) if (going(job) && !known.has(id)) state.jobs.delete(id);
  jobs.forEach(takeJob);
  touch("jobs");
}

/** @param {import("./store.js").Job} job */
export function takeJob(job) {
  const before = state.jobs.get(job.id);
  state.jobs.set(job.id, job);
  for (const one of job.pictures) takePicture(one);
  if (!going(job)) state.previews.delete(job.id);
  if (before && going(before) && !going(job)) {
    state.finished = job;
    touch("finished");
  }
  touch("jobs");
}

/** @type {Map<string, any>} */
const arrived = new Map();

/** Previews come faster than a slow phone paints: only the latest of each job is shown, once per painted frame. */
function takePreview(/** @type {any} */ told) {
  if (!arrived.size) requestAnimationFrame(showPreviews);
  arrived.set(told.job, told);
}

function showPreviews() {
  for (const [id, told] of arrived) {
    if (going(state.jobs.get(id))) state.previews.set(id, told);
  }
  arrived.clear();
  touch("previews");
}

/** @param {import("./store.js").Picture} picture */
function takePicture(picture) {
  const at = state.pictures.findIndex((/** @type {any} */ one) => one.id === picture.id);
  if (at >= 0) state.pictures[at] = picture;
  else {
    const older = state.pictures.findIndex((/** @type {any} */ one) => one.created < picture.created);
    state.pictures.splice(older < 0 ? state.pictures.length : older, 0, picture);
  }
  const job = state.jobs.get(picture.job);
  if (job && !job.pictures.some((/** @type {any} */ one) => one.id === picture.id)) {
    job.pictures = [...job.pictures, picture].sort((one, other) => one.index - other.index);
    touch("jobs");
  }
  touch("pictures");
}

/** @param {string} id */
export function dropPicture(id) {
  state.pictures = state.pictures.filter((/** @type {any} */ one) => one.id !== id);
  state.chosen.delete(id);
  for (const job of state.jobs.values()) {
    job.pictures = job.pictures.filter((/** @type {any} */ one) => one.id !== id);
  }
  touch("pictures", "chosen", "jobs");
}

export { takePicture };
