// The small dialog that asks before an action.

import { h } from "./dom.js";
import { textObject } from "./mrkdwn.js";

/** Shows a Block Kit confirm object; true when the user agrees. */
export function confirmFirst(confirm) {
  return new Promise((resolve) => {
    const answer = (value) => () => {
      dialog.close();
      resolve(value);
    };
    const style = confirm.style === "danger" ? "danger" : "primary";
    const dialog = h(
      "dialog",
      {
        class: "dialog confirm",
        "aria-labelledby": "confirm-title",
        on: {
          close: () => {
            dialog.remove();
            resolve(false);
          },
        },
      },
      h("h2", { id: "confirm-title" }, textObject(confirm.title)),
      h("div", { class: "text" }, textObject(confirm.text)),
      h(
        "footer",
        {},
        h(
          "button",
          { class: "button", type: "button", "data-confirm": "deny", on: { click: answer(false) } },
          textObject(confirm.deny),
        ),
        h(
          "button",
          {
            class: `button ${style}`,
            type: "button",
            "data-confirm": "accept",
            autofocus: true,
            on: { click: answer(true) },
          },
          textObject(confirm.confirm),
        ),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
