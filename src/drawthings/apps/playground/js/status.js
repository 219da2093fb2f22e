// The top of the page: servers, theme, help, and the banner for what concerns everything.

import { button, byId, fill, h } from "./dom.js";
import { help } from "./keys.js";
import { going, keep, kept, on, state, UNUSABLE } from "./store.js";
import { say, toast } from "./toast.js";
import { bare, words } from "./progress.js";

/** @type {Record<string, string>} */
const STATES = {
  idle: "ready",
  working: "working",
  down: "does not answer",
  aside: "resting after failures",
  draining: "gets no more jobs",
  unknown: "not asked yet",
};

/** Build the top bar and everything that follows jobs from afar. */
export function statusBar() {
  on("gateway", () => {
    // What is being read stays open; the next change brings it up to date.
    if (byId("servers").querySelector("[popover]:popover-open")) return;
    fill(byId("servers"), (state.gateway?.servers ?? []).map(chip));
  });
  menu();
  on("gateway link locked", banner);
  on("jobs", title);
  on("jobs shown", tell);
  on("finished", finished);
}

/** @param {any} server */
function chip(server) {
  const id = `server-${server.server.replace(/\W/g, "-")}`;
  const works = server.state === "working";
  const now = works ? "working" : (STATES[server.state] ?? server.state);
  const lines = [
    ["State", now],
    ["Model", server.model],
    ["Step", server.steps ? `${server.step ?? 0} of ${server.steps}` : null],
    ["Trouble", server.trouble],
  ].filter(([, value]) => value);
  const sheet = h(
    "div",
    { id, popover: "auto", class: "serversheet" },
    h("strong", {}, server.server),
    h(
      "dl",
      { class: "facts" },
      lines.map(([key, value]) => h("div", {}, h("dt", {}, key), h("dd", {}, String(value)))),
    ),
  );
  const bad = UNUSABLE.includes(server.state);
  const open = h(
    "button",
    { type: "button", class: `server ${works ? "busy" : bad ? "down" : "up"}`, popovertarget: id, "data-key": id },
    h("span", { class: "lamp", "aria-hidden": "true" }),
    h("span", { class: "cut" }, bare(server.server)),
    h("small", {}, works && server.steps ? `${server.step ?? 0}/${server.steps}` : now),
  );
  sheet.addEventListener("beforetoggle", () => {
    const box = open.getBoundingClientRect();
    sheet.style.left = `${Math.min(box.left, innerWidth - 300)}px`;
    sheet.style.top = `${box.bottom + 6}px`;
  });
  return h("span", { class: "menuhold" }, open, sheet);
}

/** @type {Record<string, string>} */
const NEXT = { auto: "light", light: "dark", dark: "auto" };
/** @type {Record<string, string>} */
const THEMES = { auto: "sun", light: "sun", dark: "moon" };

function menu() {
  const draw = () => {
    const theme = kept("theme", "auto");
    const next = NEXT[theme];
    const turn = () => {
      keep("theme", next);
      if (next === "auto") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = next;
      draw();
    };
    const chime = kept("chime", false);
    const bell = async () => {
      if (!chime && "Notification" in window && Notification.permission === "default")
        await Notification.requestPermission();
      keep("chime", !chime && messages());
      if (chime) toast("No more messages when pictures are done.");
      else if (messages()) toast("You will be told when pictures are done.");
      else toast("This browser allows no messages here; they need HTTPS, or this machine itself, and your consent.");
      draw();
    };
    fill(
      byId("menu"),
      button(THEMES[theme], `Theme: ${theme}`, turn, { quiet: true, "data-key": "theme" }),
      button("bell", `Tell me when pictures are done: ${chime ? "on" : "off"}`, bell, {
        quiet: true,
        "aria-pressed": String(chime),
        "data-key": "chime",
      }),
      button("help", "Keys and help", help, { quiet: true, "data-key": "help" }),
      button("history", "History", () => document.body.classList.toggle("drawer"), {
        quiet: true,
        class: "drawerbutton",
        "data-key": "drawer",
      }),
    );
  };
  draw();
}

const messages = () => "Notification" in window && Notification.permission === "granted";

function banner() {
  const bar = byId("banner");
  const servers = state.gateway?.servers ?? [];
  const down = servers.length > 0 && servers.every((/** @type {any} */ one) => UNUSABLE.includes(one.state));
  const text =
    state.link === "lost" && !state.locked
      ? "The gateway does not answer. What you typed is kept; this page connects again by itself."
      : down
        ? `No Draw Things server answers. ${servers[0].trouble ?? ""} Jobs wait until one is back.`
        : "";
  bar.hidden = !text;
  if (bar.textContent !== text) bar.textContent = text;
}

function title() {
  const running = [...state.jobs.values()].find((job) => going(job) && job.state !== "queued");
  document.title = running ? `${Math.round(running.progress * 100)} % · Draw Things` : "Draw Things";
}

let told = "";

/** States and quarters are spoken; steps would be chatter. */
function tell() {
  const job = state.jobs.get(state.shown.job ?? "");
  if (!job) return;
  const quarter = job.state === "running" ? Math.floor(job.progress * 4) * 25 : 0;
  const now = `${job.id} ${job.state} ${quarter} ${job.state === "queued" ? job.position : ""}`;
  if (now === told) return;
  told = now;
  say(
    job.state === "running"
      ? quarter
        ? `${quarter} percent`
        : "It is being made."
      : job.state === "done"
        ? "The picture is done."
        : words(job).long,
  );
}

/** A message for those who look at another page. */
function finished() {
  const job = state.finished;
  if (!kept("chime", false) || !document.hidden || job.state === "cancelled") return;
  if (!messages()) return;
  try {
    new Notification(job.state === "done" ? "The picture is done" : "A picture failed", {
      body: job.prompt.slice(0, 120),
      tag: job.id,
    });
  } catch {
    // Some browsers of phones have the name and refuse the use.
  }
}
