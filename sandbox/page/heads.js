// The head lines of a channel, an app and a thread.

import { avatar, clear, h, icon } from "./dom.js";
import { plain } from "./mrkdwn.js";
import { emit, isBot, person, state } from "./state.js";

export function drawPlaceHead(node) {
  const channel = state.channels.get(state.place.id);
  if (state.place.kind === "home" || (channel?.is_im && isBot(channel.user))) clear(node, appHead());
  else if (channel?.is_im)
    clear(node, h("h1", {}, avatar(person(channel.user), 24), person(channel.user).label));
  else if (channel) clear(node, channelHead(channel));
}

function channelHead(channel) {
  const about = channel.topic?.value || channel.purpose?.value;
  const people = channel.num_members ?? channel.members?.length;
  return [
    h("h1", {}, icon(channel.is_private ? "lock" : "hash"), channel.name),
    about && h("span", { class: "about" }, plain(about)),
    people !== undefined &&
      h(
        "span",
        { class: "members", title: (channel.members ?? []).map((id) => person(id).label).join(", ") },
        `${people} members`,
      ),
  ];
}

function appHead() {
  const channel = [...state.channels.values()].find((item) => item.is_im && isBot(item.user));
  const tab = (label, here, target) =>
    h(
      "button",
      {
        class: here ? "tab here" : "tab",
        type: "button",
        role: "tab",
        "aria-selected": String(here),
        data: { tab: label.toLowerCase() },
        on: { click: () => emit("go", target) },
      },
      label,
    );
  const home = state.place.kind === "home";
  return [
    h("h1", {}, avatar(state.bot, 24), state.bot.label),
    h("span", { class: "badge" }, "APP"),
    h(
      "div",
      { class: "tabs", role: "tablist" },
      tab("Home", home, { home: true }),
      channel && tab("Messages", !home, { channel: channel.id }),
    ),
  ];
}

export function drawThreadHead(node) {
  const channel = state.channels.get(state.thread.channel);
  clear(
    node,
    h("h2", {}, "Thread"),
    h("span", { class: "about" }, channel?.is_im ? person(channel.user).label : `#${channel?.name}`),
    h(
      "button",
      {
        class: "tool",
        type: "button",
        "aria-label": "Close thread",
        on: { click: () => emit("close-thread") },
      },
      icon("close"),
    ),
  );
}
