// The key of the gateway, asked for once; the browser then holds a cookie that no script can read.

import { api, furnish } from "./api.js";
import { h } from "./dom.js";
import { on, set, state } from "./store.js";
import { attach } from "./stream.js";

/** Ask for the key whenever the gateway wants one. */
export function watchLock() {
  on("locked", () => state.locked && ask());
}

function ask() {
  if (document.getElementById("login")) return;
  const box = h("input", { type: "password", id: "key", required: true, autocomplete: "current-password" });
  const told = h("p", { class: "wrong", role: "alert" });
  const enter = async (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      await api.login(box.value);
    } catch (error) {
      told.textContent =
        /** @type {any} */ (error).status === 401
          ? "That is not a key of this gateway."
          : /** @type {any} */ (error).message;
      box.select();
      return;
    }
    set("locked", false);
    dialog.close();
    dialog.remove();
    attach();
    void furnish();
  };
  const dialog = h(
    "dialog",
    { id: "login", class: "plain", "aria-labelledby": "login-title" },
    h(
      "form",
      { onsubmit: enter },
      h("h2", { id: "login-title" }, "This gateway wants a key"),
      h("p", { class: "muted" }, "Whoever runs it has one for you. This browser keeps it for thirty days at most."),
      h("label", { for: "key" }, "Key"),
      box,
      told,
      h("button", { type: "submit", class: "go" }, "Open"),
    ),
  );
  dialog.addEventListener("cancel", (/** @type {Event} */ event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
}
