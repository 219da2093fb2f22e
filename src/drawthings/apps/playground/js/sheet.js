// The pictures of a grid in rows and columns, with the values at the edges.

import { title } from "./advanced.js";
import { h } from "./dom.js";
import { kept, show } from "./store.js";

/** @param {import("./store.js").Job} job */
export function sheet(job) {
  const { x, y } = kept("grids", {})[job.id] ?? {};
  const across = x?.[1] ?? [""];
  const down = y?.[1] ?? [""];
  const cell = (/** @type {number} */ column, /** @type {number} */ row) => {
    const one = job.pictures.find((picture) => picture.index === row * across.length + column);
    if (!one) return h("td", {}, h("span", { class: "hole" }, "–"));
    const says = [x && `${title(x[0])} ${across[column]}`, y && `${title(y[0])} ${down[row]}`]
      .filter(Boolean)
      .join(", ");
    return h(
      "td",
      {},
      h(
        "button",
        { type: "button", class: "thumb", "aria-label": says, onclick: () => show({ picture: one.id, job: job.id }) },
        h("img", { src: one.thumbnail.replace(/^\//, ""), alt: "" }),
      ),
    );
  };
  const caption = [x && `${title(x[0])} across`, y && `${title(y[0])} down`].filter(Boolean).join(", ");
  return h(
    "div",
    { class: "sheet", tabindex: 0, role: "region", "aria-label": "Grid" },
    h(
      "table",
      {},
      h("caption", {}, caption),
      h(
        "thead",
        {},
        h(
          "tr",
          {},
          y && h("td", {}),
          across.map((/** @type {any} */ value) => h("th", { scope: "col" }, String(value))),
        ),
      ),
      h(
        "tbody",
        {},
        down.map((/** @type {any} */ value, /** @type {number} */ row) =>
          h(
            "tr",
            {},
            y && h("th", { scope: "row" }, String(value)),
            across.map((/** @type {any} */ _, /** @type {number} */ column) => cell(column, row)),
          ),
        ),
      ),
    ),
  );
}
