// Select menus, single and multiple, with type-ahead. Values are Slack's state objects.

import { clear, h, icon, openPopover } from "./dom.js";
import { textObject } from "./mrkdwn.js";
import { isBot, state } from "./state.js";

const label = (text) => ({ type: "plain_text", text });
const entity = (items, mark) =>
  items.map((item) => ({ value: item.id, text: label(`${mark(item)}${item.label ?? item.name}`) }));
const channelMark = (item) => (item.is_im ? "" : "#");

/** How each kind of select finds its options and names what was chosen. */
const KINDS = {
  static: {
    one: "selected_option",
    many: "selected_options",
    initial: ["initial_option", "initial_options"],
    groups: staticGroups,
  },
  external: {
    one: "selected_option",
    many: "selected_options",
    initial: ["initial_option", "initial_options"],
    remote: true,
  },
  users: {
    one: "selected_user",
    many: "selected_users",
    initial: ["initial_user", "initial_users"],
    ids: true,
    groups: () => [{ options: entity([...state.users.values()], () => "@") }],
  },
  channels: {
    one: "selected_channel",
    many: "selected_channels",
    initial: ["initial_channel", "initial_channels"],
    ids: true,
    groups: () => [
      {
        options: entity(
          [...state.channels.values()].filter((item) => !item.is_im && !item.is_private),
          channelMark,
        ),
      },
    ],
  },
  conversations: {
    one: "selected_conversation",
    many: "selected_conversations",
    initial: ["initial_conversation", "initial_conversations"],
    ids: true,
    groups: (element) => [{ options: entity(conversations(element.filter), channelMark) }],
  },
};

function staticGroups(element) {
  return element.option_groups ?? [{ options: element.options ?? [] }];
}

function conversations(filter = {}) {
  const kind = (item) => (item.is_mpim ? "mpim" : item.is_im ? "im" : item.is_private ? "private" : "public");
  return [...state.channels.values()].filter(
    (item) =>
      (!filter.include || filter.include.includes(kind(item))) &&
      !(filter.exclude_bot_users && item.is_im && isBot(item.user)),
  );
}

/** The entered or initial choice as a list of options. */
function chosenAtStart(element, slot, kind, many) {
  const entered = slot.entered();
  const raw = entered ? entered[many ? kind.many : kind.one] : element[kind.initial[many ? 1 : 0]];
  const items = (many ? (raw ?? []) : [raw]).filter((item) => item !== null && item !== undefined);
  if (!kind.ids) return items;
  const known = kind.groups(element).flatMap((group) => group.options);
  return items.map((id) => known.find((option) => option.value === id) ?? { value: id, text: label(id) });
}

function stateOf(element, kind, many, chosen) {
  const values = kind.ids ? chosen.map((option) => option.value) : chosen;
  return many
    ? { type: element.type, [kind.many]: values }
    : { type: element.type, [kind.one]: values[0] ?? null };
}

function select(element, slot) {
  const many = element.type.startsWith("multi_");
  const kind = KINDS[element.type.replace("multi_", "").replace("_select", "")];
  let chosen = chosenAtStart(element, slot, kind, many);
  const node = h("button", {
    ...slot.names,
    class: "select",
    type: "button",
    role: "combobox",
    "aria-haspopup": "listbox",
    "aria-expanded": "false",
    "aria-labelledby": slot.labelledBy,
    "aria-invalid": slot.invalid ? "true" : null,
    autofocus: element.focus_on_load,
  });
  const show = () => {
    const shown = chosen.map((option) =>
      many ? h("span", { class: "chip" }, textObject(option.text)) : textObject(option.text),
    );
    clear(
      node,
      h(
        "span",
        { class: chosen.length ? "select-value" : "select-value placeholder" },
        chosen.length ? shown : (element.placeholder?.text ?? (many ? "Select options" : "Select an option")),
      ),
      icon("down"),
    );
    if (!slot.labelledBy) node.setAttribute("aria-label", element.placeholder?.text ?? element.action_id);
  };
  const toggle = (option) => {
    const picked = chosen.some((item) => item.value === option.value);
    if (!many) chosen = [option];
    else if (picked) chosen = chosen.filter((item) => item.value !== option.value);
    else if (chosen.length < (element.max_selected_items ?? Infinity)) chosen = [...chosen, option];
    show();
    slot.keep(stateOf(element, kind, many, chosen));
  };
  const finish = () => slot.change(stateOf(element, kind, many, chosen), node);
  node.addEventListener("click", () =>
    openList({ node, element, slot, kind, many, toggle, finish, chosen: () => chosen }),
  );
  show();
  slot.begin(stateOf(element, kind, many, chosen));
  return node;
}

/** The open list: a filter field, options under their groups, arrow keys, Enter. */
function openList(menu) {
  const { node, element, slot, kind, many } = menu;
  const before = JSON.stringify(menu.chosen());
  const list = h("div", {
    class: "options",
    role: "listbox",
    id: `list-${crypto.randomUUID()}`,
    "aria-multiselectable": many || null,
  });
  const filter = h("input", {
    class: "field",
    type: "text",
    placeholder: "Type to filter",
    autocomplete: "off",
    "aria-label": "Filter options",
    "aria-controls": list.id,
    role: "searchbox",
  });
  const { close } = openPopover(node, [filter, list], {
    onClose: () => {
      if (node.isConnected) node.focus();
      if (many && JSON.stringify(menu.chosen()) !== before) menu.finish();
    },
  });
  const pick = (option) => {
    menu.toggle(option);
    if (many) return draw();
    close();
    return JSON.stringify(menu.chosen()) === before ? undefined : menu.finish();
  };
  let groups = kind.remote ? [] : kind.groups(element);
  const draw = (message) =>
    drawOptions(list, matching(groups, kind.remote ? "" : filter.value), menu.chosen(), pick, message);
  const ask = kind.remote
    ? remoteOptions(element, slot, (found, message) => {
        groups = found;
        draw(message);
      })
    : null;
  filter.addEventListener("input", () => (ask ? ask(filter.value) : draw()));
  filter.addEventListener("keydown", (event) => moveAndPick(event, list));
  if (ask) ask("");
  else draw();
  filter.focus();
}

function matching(groups, typed) {
  const wanted = typed.trim().toLowerCase();
  return groups
    .map((group) => ({
      ...group,
      options: group.options.filter((option) =>
        `${option.text.text} ${option.description?.text ?? ""}`.toLowerCase().includes(wanted),
      ),
    }))
    .filter((group) => group.options.length);
}

function drawOptions(list, groups, chosen, pick, message) {
  const picked = new Set(chosen.map((option) => option.value));
  const rows = groups.flatMap((group) => [
    group.label && h("div", { class: "group-label", role: "presentation" }, textObject(group.label)),
    ...group.options.map((option) =>
      h(
        "div",
        {
          class: "option",
          role: "option",
          data: { value: option.value },
          "aria-selected": String(picked.has(option.value)),
          on: { click: () => pick(option) },
        },
        h(
          "span",
          {},
          textObject(option.text),
          option.description && h("small", {}, textObject(option.description)),
        ),
        picked.has(option.value) && icon("check"),
      ),
    ),
  ]);
  clear(list, rows.length ? rows : h("div", { class: "hint" }, message ?? "No matching options"));
  activate(list, list.querySelector('[aria-selected="true"]') ?? list.querySelector(".option"));
}

function activate(list, option) {
  list.querySelector(".active")?.classList.remove("active");
  option?.classList.add("active");
  option?.scrollIntoView({ block: "nearest" });
}

function moveAndPick(event, list) {
  const options = [...list.querySelectorAll(".option")];
  const at = options.findIndex((option) => option.classList.contains("active"));
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) activate(list, options[(at + step + options.length) % options.length]);
  else if (event.key === "Enter") options[at]?.click();
  else return;
  event.preventDefault();
}

/** Asks the app for options a moment after the last key; an answer that was overtaken is dropped. */
function remoteOptions(element, slot, show) {
  const least = element.min_query_length ?? 3;
  let timer = null;
  let newest = 0;
  return (typed) => {
    clearTimeout(timer);
    newest += 1;
    const mine = newest;
    if (typed.length < least) {
      show([], `Type at least ${least} character${least === 1 ? "" : "s"}`);
      return;
    }
    show([], "Loading…");
    timer = setTimeout(async () => {
      const answer = await slot.suggest(typed);
      if (mine === newest) show(answer.groups, answer.problem);
    }, 200);
  };
}

export const SELECTS = Object.fromEntries(
  Object.keys(KINDS).flatMap((kind) => [
    [`${kind}_select`, select],
    [`multi_${kind}_select`, select],
  ]),
);
