// How far a job is, in words and as a bar.

import { h } from "./dom.js";
import { spoken } from "./sizes.js";
import { state } from "./store.js";

/**
 * What a job is doing, for people.
 * @param {import("./store.js").Job} job
 * @returns {{short: string, long: string}}
 */
export function words(job) {
  const left = remaining(job);
  const about = left ? `about ${left} left` : "";
  switch (job.state) {
    case "queued": {
      const place =
        job.position === null || job.position === undefined
          ? "Waiting"
          : job.position <= 1
            ? "Next in the queue"
            : `Number ${job.position} in the queue`;
      const wait = job.wait_s ? `starts in about ${spoken(job.wait_s)}` : "every server is busy";
      return { short: place, long: `${place} · ${wait}` };
    }
    case "starting":
      return { short: "Starting", long: "The server is loading the model or reading the prompt" };
    case "running":
      if (!job.steps) return { short: "Working", long: "The server is working" };
      return {
        short: `Step ${job.step} of ${job.steps}`,
        long: [`Step ${job.step} of ${job.steps}`, about].filter(Boolean).join(" · "),
      };
    case "decoding":
      return { short: "Almost there", long: "The steps are done; they become a picture" };
    case "failed":
      return { short: "Failed", long: job.error?.message ?? "Failed" };
    case "cancelled":
      return { short: "Cancelled", long: "Cancelled" };
    default:
      return { short: "Done", long: "Done" };
  }
}

/** @param {import("./store.js").Job} job */
function remaining(job) {
  if (!job.started || job.progress < 0.05) return "";
  const passed = Date.now() / 1000 - job.started;
  return passed > 0 ? spoken((passed / job.progress) * (1 - job.progress)) : "";
}

/** A server's address without the way it is spoken to. @param {string} address */
export const bare = (address) => address.replace(/^\w+:\/\//, "");

/** The bar below the stage. It is made once and then only written to: what a hand is about to press must not be replaced. */
export class Gauge {
  constructor() {
    this.bar = h("progress", { max: 1, "aria-label": "Progress of this job" });
    this.words = h("span", {});
    this.blind = h("span", { class: "muted" }, "This model sends no preview");
    this.server = h("span", { class: "muted" });
    this.element = h(
      "div",
      { class: "stack wide" },
      this.bar,
      h("div", { class: "line small" }, this.words, h("span", { class: "gap" }), this.blind, this.server),
    );
  }

  /** @param {import("./store.js").Job} job */
  show(job) {
    advance(this.bar, ["running", "decoding"].includes(job.state) ? job.progress : 0);
    this.words.textContent = words(job).long;
    this.blind.hidden = !(
      job.state === "running" &&
      job.step > job.steps / 2 &&
      job.steps > 3 &&
      !state.previews.has(job.id)
    );
    this.server.textContent = bare(job.server ?? "");
  }
}

/** Set a bar; nothing done yet is shown as moving. @param {HTMLProgressElement} bar @param {number} part */
export function advance(bar, part) {
  if (part > 0) bar.value = part;
  else bar.removeAttribute("value");
}
