// What the composer offers while one types: commands, people, channels, emoji.

import { emojiFor, emojiNames } from "./emoji.js";
import { state } from "./state.js";

/** Suggestions at the caret: `{start, items: [{insert, title, detail, mark}]}`, or null. */
export function complete(text, caret, { commands = true } = {}) {
  const before = text.slice(0, caret);
  if (commands && /^\/\S*$/.test(before)) return commandItems(before);
  const word = /(?:^|\s)([@#:])([\w.+-]*)$/.exec(before);
  if (!word) return null;
  const [, mark, typed] = word;
  const items = { "@": people, "#": channels, ":": emoji }[mark](typed.toLowerCase());
  return items.length ? { start: caret - typed.length - 1, items } : null;
}

function commandItems(typed) {
  const items = state.commands
    .filter((command) => command.command.startsWith(typed))
    .map((command) => ({
      insert: `${command.command} `,
      title: command.command,
      hint: command.usage_hint,
      detail: command.description,
      mark: "/",
    }));
  return items.length ? { start: 0, items } : null;
}

function people(typed) {
  return [...state.users.values()]
    .filter((user) => user.id !== "USLACKBOT" && `${user.name} ${user.label}`.toLowerCase().includes(typed))
    .slice(0, 8)
    .map((user) => ({
      insert: `@${user.name} `,
      title: user.label,
      detail: user.is_bot ? "app" : user.name,
      mark: "@",
    }));
}

function channels(typed) {
  return [...state.channels.values()]
    .filter((channel) => !channel.is_im && channel.name.includes(typed))
    .slice(0, 8)
    .map((channel) => ({
      insert: `#${channel.name} `,
      title: channel.name,
      detail: channel.topic?.value,
      mark: "#",
    }));
}

function emoji(typed) {
  if (typed.length < 2) return [];
  return emojiNames(typed).map((name) => ({
    insert: `:${name}: `,
    title: `:${name}:`,
    mark: emojiFor(name),
  }));
}

/** The command that a text is an invocation of, if the manifest has it. */
export function commandOf(text) {
  const name = /^\/\S+/.exec(text)?.[0];
  return name && state.commands.find((command) => command.command === name);
}
