// Modals: a stack of views in one dialog, of which the last is shown.

import { drawBlocks } from "./blocks.js";
import { post, problemOf } from "./api.js";
import { clear, h, icon, keepFocus } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { state } from "./state.js";
import { forgetEntered, plainValues, viewSurface } from "./surface.js";

let shown = null;

/** Draws the view on top of the stack, or closes the dialog when there is none. */
export function drawModal() {
  const dialog = document.getElementById("modal");
  const view = state.views.at(-1);
  if (!view) {
    shown = null;
    if (dialog.open) dialog.close();
    return;
  }
  const again = shown?.id === view.id;
  const held = keepFocus(dialog, () => show(dialog, view, {}));
  if (!dialog.open) dialog.showModal();
  if (!again || !held) firstField(dialog).focus();
}

function firstField(dialog) {
  const field =
    dialog.querySelector("[autofocus]") ?? dialog.querySelector(".modal-body .block-input [data-action-id]");
  return field ?? dialog.querySelector("footer .button:last-child");
}

export function wireModal() {
  document.getElementById("modal").addEventListener("cancel", (event) => {
    event.preventDefault();
    closeTop();
  });
}

function show(dialog, view, errors, problem) {
  shown = view;
  const surface = viewSurface(view, { errors, submit: () => submit(dialog, view, surface) });
  const form = h(
    "form",
    {
      class: "modal-form",
      novalidate: true,
      on: {
        submit: (event) => {
          event.preventDefault();
          surface.submit();
        },
      },
    },
    head(view),
    problem && h("div", { class: "modal-problem", role: "alert" }, problem),
    h("div", { class: "modal-body" }, drawBlocks(view.blocks, surface)),
    foot(view),
  );
  dialog.dataset.viewId = view.id;
  dialog.dataset.callbackId = view.callback_id ?? "";
  dialog.setAttribute("aria-labelledby", "modal-title");
  clear(dialog, form);
}

function head(view) {
  const back =
    state.views.length > 1 &&
    h(
      "button",
      { class: "tool", type: "button", "aria-label": "Back", "data-modal": "back", on: { click: closeTop } },
      icon("back"),
    );
  return h(
    "header",
    {},
    back,
    h("h2", { id: "modal-title" }, textObject(view.title)),
    h(
      "button",
      {
        class: "tool",
        type: "button",
        "aria-label": "Close",
        "data-modal": "dismiss",
        on: { click: closeAll },
      },
      icon("close"),
    ),
  );
}

function foot(view) {
  return h(
    "footer",
    {},
    h(
      "button",
      { class: "button", type: "button", "data-modal": "close", on: { click: closeTop } },
      view.close ? textObject(view.close) : "Close",
    ),
    view.submit &&
      h(
        "button",
        { class: "button primary", type: "submit", "data-modal": "submit" },
        textObject(view.submit),
      ),
  );
}

async function submit(dialog, view, surface) {
  const button = dialog.querySelector('[data-modal="submit"]');
  if (!view.submit || button?.getAttribute("aria-busy")) return;
  button.setAttribute("aria-busy", "true");
  const answer = await post("submit", {
    user: state.me,
    view_id: view.id,
    values: plainValues(surface.values()),
  });
  if (shown?.id !== view.id) return;
  button.removeAttribute("aria-busy");
  if (answer.errors && Object.keys(answer.errors).length) fail(dialog, view, answer.errors);
  else if (!answer.ok) fail(dialog, view, {}, problemOf(answer));
}

function fail(dialog, view, errors, problem) {
  show(dialog, view, errors, problem);
  const first = Object.keys(errors)[0];
  dialog
    .querySelector(first ? `[data-block-id="${CSS.escape(first)}"] [data-action-id]` : ".modal-problem")
    ?.focus();
}

function closeTop() {
  close(state.views.slice(-1));
}

function closeAll() {
  close([...state.views], true);
}

/** Takes views off the stack at once, and tells the workspace; `all` is the X, which clears the stack. */
function close(views, all = false) {
  for (const view of views) dropView(view.id);
  drawModal();
  post("close", { user: state.me, view_id: views.at(-1).id, clear: all || undefined });
}

export function dropView(id) {
  state.views = state.views.filter((view) => view.id !== id);
  forgetEntered(id);
}

/** A view as the workspace sends it: new on top, or in place of its older self. */
export function keepView(view) {
  const at = state.views.findIndex((known) => known.id === view.id);
  if (at < 0) state.views.push(view);
  else state.views[at] = view;
}
