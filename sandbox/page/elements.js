// Interactive elements. Each is drawn by one function (element, slot) -> node.

import { h, icon, openMenu } from "./dom.js";
import { confirmFirst } from "./dialogs.js";
import { INPUTS } from "./inputs.js";
import { picture } from "./media.js";
import { textObject } from "./mrkdwn.js";
import { SELECTS } from "./selects.js";
import { state } from "./state.js";

/**
 * One element in its place. `use`: `input` (it stands in an input block), `dispatch` (which acts all the same),
 * `labelledBy`, `invalid`.
 */
export function control(element, surface, blockId, use = {}) {
  if (!visible(element)) return null;
  const draw = CONTROLS[element.type];
  if (!draw) return h("span", { class: "unknown-block" }, `An element of type ${element.type}`);
  return draw(element, slotFor(element, surface, blockId, use));
}

function visible(element) {
  return !element.visible_to_user_ids || element.visible_to_user_ids.includes(state.me);
}

/** What an element needs from its place: what was entered, ways to keep it (`begin`: untouched) and to act on it. */
function slotFor(element, surface, blockId, use) {
  const acts = !use.input || use.dispatch;
  const slot = {
    ...use,
    names: { "data-action-id": element.action_id, "data-block-id": blockId },
    entered: () => surface.entered(blockId, element.action_id),
    begin: (value) => surface.begin(blockId, element.action_id, value),
    keep: (value) => surface.keep(blockId, element.action_id, value, acts),
    suggest: (text) => surface.suggest(element, blockId, text),
    act: (value, node) => perform(element, surface, blockId, value, node),
    change: (value, node) => {
      slot.keep(value);
      return acts ? slot.act(value, node) : surface.note?.(element, blockId, value);
    },
    acts,
    submit: use.input ? surface.submit : undefined,
  };
  return slot;
}

async function perform(element, surface, blockId, value, node) {
  if (element.confirm && !(await confirmFirst(element.confirm))) return;
  node?.setAttribute("aria-busy", "true");
  const problem = await surface.act(element, blockId, value);
  node?.removeAttribute("aria-busy");
  if (problem && node?.isConnected) warn(node, problem);
}

function warn(node, problem) {
  node.parentElement.querySelector(":scope > .failed-mark")?.remove();
  node.after(
    h(
      "span",
      { class: "failed-mark", role: "alert", title: problem },
      "⚠",
      h("span", { class: "sr-only" }, problem),
    ),
  );
}

const STYLES = { primary: " primary", danger: " danger" };

function button(element, slot) {
  const props = {
    ...slot.names,
    class: `button${STYLES[element.style] ?? ""}`,
    "aria-label": element.accessibility_label,
  };
  const press = () => slot.act({ type: "button", value: element.value }, node);
  const address = /^https?:\/\//i.test(element.url ?? "") ? element.url : null;
  const node = address
    ? h("a", { ...props, href: address, target: "_blank", rel: "noopener noreferrer", on: { click: press } })
    : h("button", { ...props, type: "button", on: { click: press } });
  node.append(h("span", { class: "button-text" }, textObject(element.text)));
  return node;
}

function overflow(element, slot) {
  const items = element.options.map((option) => ({
    label: textObject(option.text),
    description: option.description && textObject(option.description),
    href: /^https?:\/\//i.test(option.url ?? "") ? option.url : null,
    data: { value: option.value },
    run: () => slot.act({ type: "overflow", selected_option: option }, node),
  }));
  const node = h(
    "button",
    {
      ...slot.names,
      class: "button icon-only",
      type: "button",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      on: {
        click: () =>
          openMenu(
            node,
            items.map((item) => ({ ...item, label: item.label.cloneNode(true) })),
          ),
      },
    },
    icon("more"),
  );
  return node;
}

function feedback(element, slot) {
  const one = (part, name) => {
    const node = h(
      "button",
      {
        ...slot.names,
        class: `quiet ${name}`,
        type: "button",
        "data-value": part.value,
        "aria-label": part.accessibility_label ?? part.text?.text,
        title: part.text?.text,
        on: {
          click: () => {
            node.setAttribute("aria-pressed", "true");
            slot.act({ type: "feedback_buttons", value: part.value }, node);
          },
        },
      },
      icon("up"),
    );
    return node;
  };
  return h(
    "span",
    { class: "feedback" },
    one(element.positive_button, "good"),
    one(element.negative_button, "bad"),
  );
}

function iconButton(element, slot) {
  const node = h(
    "button",
    {
      ...slot.names,
      class: "quiet",
      type: "button",
      title: element.text?.text,
      "aria-label": element.accessibility_label ?? element.text?.text,
      on: { click: () => slot.act({ type: "icon_button", value: element.value }, node) },
    },
    icon("trash"),
  );
  return node;
}

const CONTROLS = {
  button,
  workflow_button: button,
  overflow,
  feedback_buttons: feedback,
  icon_button: iconButton,
  image: (element) => picture(element),
  ...SELECTS,
  ...INPUTS,
};
