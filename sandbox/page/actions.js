// What one can do with a message: react, reply, run a shortcut on it, copy its address.

import { post, problemOf } from "./api.js";
import { h, icon, notice, openMenu } from "./dom.js";
import { COMMON, emojiFor } from "./emoji.js";
import { emit, forget, state } from "./state.js";

/** Adds this user's reaction, or takes it back. */
export async function react(channel, message, name) {
  const mine = message.reactions?.some(
    (reaction) => reaction.name === name && reaction.users.includes(state.me),
  );
  const problem = problemOf(
    await post("react", { user: state.me, channel, ts: message.ts, name, remove: Boolean(mine) }),
  );
  if (problem) notice(problem);
}

/** The row of buttons that a message shows under the pointer or with focus inside. */
export function toolbar(channel, message, inThread) {
  if (message.local) return dismissOnly(channel, message);
  const tool = (name, label, run, more = {}) => {
    const node = h(
      "button",
      {
        class: "tool",
        type: "button",
        title: label,
        "aria-label": label,
        ...more,
        on: { click: () => run(node) },
      },
      icon(name),
    );
    return node;
  };
  const root = message.thread_ts ?? message.ts;
  return h(
    "div",
    { class: "toolbar", role: "toolbar", "aria-label": "Message actions" },
    !message.is_ephemeral &&
      tool("emoji", "Add reaction", (node) =>
        openMenu(
          node,
          COMMON.map((name) => ({
            label: `${emojiFor(name)}  ${name.replace(/_/g, " ")}`,
            run: () => react(channel, message, name),
          })),
        ),
      ),
    !message.is_ephemeral &&
      !inThread &&
      tool("reply", "Reply in thread", () => emit("thread", { channel, ts: root })),
    tool("more", "More actions", (node) => openMenu(node, actionsFor(channel, message)), {
      "aria-haspopup": "menu",
    }),
  );
}

function dismissOnly(channel, message) {
  return h(
    "div",
    { class: "toolbar" },
    h(
      "button",
      {
        class: "tool",
        type: "button",
        "aria-label": "Dismiss",
        title: "Dismiss",
        on: { click: () => dismiss(channel, message) },
      },
      icon("close"),
    ),
  );
}

function dismiss(channel, message) {
  forget(channel, message.ts);
  emit("messages", { channel });
}

function actionsFor(channel, message) {
  if (message.is_ephemeral) return [{ label: "Dismiss message", run: () => dismiss(channel, message) }];
  const shortcuts = state.shortcuts
    .filter((shortcut) => shortcut.type === "message")
    .map((shortcut) => ({
      label: shortcut.name,
      description: shortcut.description,
      data: { callbackId: shortcut.callback_id },
      run: async () => {
        const problem = problemOf(
          await post("shortcut", {
            user: state.me,
            callback_id: shortcut.callback_id,
            channel,
            ts: message.ts,
          }),
        );
        if (problem) notice(problem);
      },
    }));
  return [
    ...shortcuts,
    { label: "Copy link", data: { tool: "permalink" }, run: () => copy(permalink(channel, message)) },
  ];
}

/** The message's address as Slack writes it. */
export function permalink(channel, message) {
  const base = (state.team.url ?? `${location.origin}/`).replace(/\/?$/, "/");
  const reply = message.thread_ts && message.thread_ts !== message.ts;
  return `${base}archives/${channel}/p${message.ts.replace(".", "")}${reply ? `?thread_ts=${message.thread_ts}&cid=${channel}` : ""}`;
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    notice("Link copied");
  } catch {
    notice(text);
  }
}
