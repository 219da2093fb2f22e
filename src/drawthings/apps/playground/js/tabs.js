// On a phone the page has one column and four tabs; wider pages show all parts, and this does nothing to them.

import { byId, fill, h, icon } from "./dom.js";
import { going, on, state } from "./store.js";

const TABS = {
  compose: ["edit", "Compose"],
  stage: ["image", "Stage"],
  history: ["grid", "History"],
  queue: ["queue", "Queue"],
};

/** Build the bar. */
export function tabBar() {
  const draw = () => {
    const waiting = [...state.jobs.values()].filter(going).length;
    fill(
      byId("tabs"),
      Object.entries(TABS).map(([tab, [picture, label]]) => {
        const here = document.body.dataset.tab === tab;
        return h(
          "button",
          {
            type: "button",
            onclick: () => {
              showTab(tab);
              draw();
            },
            "aria-current": here ? "page" : undefined,
            "data-key": tab,
          },
          icon(picture),
          h("span", {}, label),
          tab === "queue" &&
            waiting > 0 &&
            h("span", { class: "dot" }, String(waiting), h("span", { class: "unseen" }, " jobs")),
        );
      }),
    );
  };
  document.addEventListener("tab", draw);
  let waiting = -1;
  on("jobs", () => {
    const now = [...state.jobs.values()].filter(going).length;
    if (now !== waiting) draw();
    waiting = now;
  });
  draw();
}

/** Go to a tab. @param {string} tab */
export function showTab(tab) {
  document.body.dataset.tab = tab;
  document.dispatchEvent(new Event("tab"));
}
