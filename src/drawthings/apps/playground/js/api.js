// The gateway's own HTTP API, as functions. Nothing else in the page knows an address.

import { set, touch, state } from "./store.js";

/** What the gateway refused, in its own words. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {any} body
   */
  constructor(status, body) {
    const told = body?.error ?? {};
    super(told.message ?? `The gateway answered with status ${status}.`);
    this.status = status;
    this.code = told.code ?? String(status);
    this.hint = told.hint ?? "";
    this.field = told.field ?? null;
  }
}

/** The gateway could not be reached. */
class Away extends Error {
  constructor() {
    super("The gateway does not answer.");
    this.hint = "Start it with `drawthings serve`. What you typed is kept, and this page connects again by itself.";
    this.code = "away";
    this.field = null;
  }
}

/** An address of the gateway, also when it lies below a prefix. @param {string} path */
export function address(path) {
  return path.replace(/^\//, "");
}

/**
 * @param {string} method
 * @param {string} path
 * @param {any} [body]
 * @param {AbortSignal} [signal]
 */
async function call(method, path, body, signal) {
  const form = body instanceof FormData;
  /** @type {Record<string, string>} */
  const headers = body === undefined || form ? {} : { "Content-Type": "application/json" };
  let answer;
  try {
    answer = await fetch(address(path), {
      method,
      headers,
      body: body === undefined || form ? body : JSON.stringify(body),
      signal,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    document.dispatchEvent(new Event("away"));
    throw new Away();
  }
  if (answer.status === 204) return {};
  const told = await answer.json().catch(() => ({}));
  if (answer.status === 401) set("locked", true);
  if (!answer.ok) throw new Refused(answer.status, told);
  return told;
}

export const api = {
  state: () => call("GET", "/api/state"),
  models: () => call("GET", "/api/models"),
  fields: () => call("GET", "/api/fields"),
  /** @param {any} wish @param {AbortSignal} signal */
  plan: (wish, signal) => call("POST", "/api/plan", wish, signal),
  /** @param {any} wish */
  submit: (wish) => call("POST", "/api/jobs", wish),
  /** @param {string} id */
  cancel: (id) => call("DELETE", `/api/jobs/${id}`),
  /** @param {string} id */
  first: (id) => call("POST", `/api/jobs/${id}/first`),
  /** @param {{limit?: number, before?: string, query?: string}} asked */
  pictures: (asked) => {
    const words = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
    return call("GET", `/api/pictures?${new URLSearchParams(words.map(([key, value]) => [key, String(value)]))}`);
  },
  /** @param {string} id */
  remove: (id) => call("DELETE", `/api/pictures/${id}`),
  /** @param {string} id */
  restore: (id) => call("POST", `/api/pictures/${id}/restore`),
  /** @param {string} id @param {boolean} starred */
  star: (id, starred) => call("PATCH", `/api/pictures/${id}`, { starred }),
  /** @param {Blob} file */
  inspect: (file) => {
    const form = new FormData();
    form.append("file", file);
    return call("POST", "/api/inspect", form);
  },
  /** @param {string} key */
  login: (key) => call("POST", "/api/login", { key }),
};

/** Ask for everything that the page needs once; what fails is asked again when the link or a server is back. */
export async function furnish() {
  const [gateway, catalogue, fields] = await Promise.allSettled([api.state(), api.models(), api.fields()]);
  if (gateway.status === "fulfilled") set("gateway", gateway.value);
  if (catalogue.status === "fulfilled") set("catalogue", catalogue.value);
  if (fields.status === "fulfilled") set("fields", fields.value.fields);
  if (gateway.status === "fulfilled" && state.locked && !gateway.value.key_needed) set("locked", false);
  touch("draft");
}
