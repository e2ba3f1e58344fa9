// The list of channels, messages and apps, and the switch between users.

import { avatar, clear, h, icon } from "./dom.js";
import { emit, isBot, person, state } from "./state.js";

export function drawSidebar(node) {
  const channels = [...state.channels.values()];
  const dms = channels.filter((item) => item.is_im && !isBot(item.user));
  const bot = channels.find((item) => item.is_im && isBot(item.user));
  clear(
    node,
    group(
      "Channels",
      channels
        .filter((item) => !item.is_im)
        .sort(byName)
        .map((item) => row(item, icon(item.is_private ? "lock" : "hash"), item.name)),
    ),
    state.bot && group("Apps", [appRow(bot)]),
    dms.length > 0 &&
      group(
        "Direct messages",
        dms.map((item) => row(item, avatar(person(item.user), 20), person(item.user).label)),
      ),
  );
}

const byName = (a, b) => a.name.localeCompare(b.name);

function group(title, rows) {
  return h(
    "section",
    {},
    h("h2", {}, title),
    h(
      "ul",
      {},
      rows.map((item) => h("li", {}, item)),
    ),
  );
}

function row(channel, mark, label) {
  const here = state.place.id === channel.id;
  const unread = channel.unread ?? 0;
  return h(
    "button",
    {
      class: `place${here ? " here" : ""}${unread ? " unread" : ""}`,
      type: "button",
      data: { channel: channel.id, name: channel.name },
      "aria-current": here ? "page" : null,
      on: { click: () => emit("go", { channel: channel.id }) },
    },
    mark,
    h("span", { class: "place-name" }, label),
    unread > 0 &&
      h("span", { class: "count", "aria-label": `${unread} unread` }, unread > 99 ? "99+" : unread),
  );
}

function appRow(channel) {
  const here = state.place.kind === "home" || (channel && state.place.id === channel.id);
  const unread = channel?.unread ?? 0;
  return h(
    "button",
    {
      class: `place${here ? " here" : ""}${unread ? " unread" : ""}`,
      type: "button",
      data: { channel: channel?.id, name: state.bot.label, app: true },
      "aria-current": here ? "page" : null,
      on: { click: () => emit("go", unread ? { channel: channel.id } : { home: true }) },
    },
    avatar(state.bot, 20),
    h("span", { class: "place-name" }, state.bot.label),
    unread > 0 && h("span", { class: "count" }, unread),
  );
}

/** One button for each person of the workspace: the page is lived as the pressed one. */
export function drawSwitcher(node) {
  const people = [...state.users.values()].filter((user) => !user.is_bot && user.id !== "USLACKBOT");
  clear(
    node,
    h("span", { class: "switcher-label" }, "You are"),
    people.map((user) =>
      h(
        "button",
        {
          class: user.id === state.me ? "who here" : "who",
          type: "button",
          data: { user: user.name },
          "aria-pressed": String(user.id === state.me),
          title: user.title ? `${user.label}, ${user.title}` : user.label,
          on: { click: () => emit("become", { user: user.name }) },
        },
        avatar(user, 24),
        h("span", {}, user.name),
      ),
    ),
  );
}
