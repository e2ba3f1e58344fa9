// Messages: one drawn message, and the keyed list of a channel or thread.

import { drawBlocks } from "./blocks.js";
import { react, toolbar } from "./actions.js";
import { avatar, h, icon, keepFocus } from "./dom.js";
import { drawFiles } from "./files.js";
import { ago, clock, dayKey, dayName, fullTime, shortClock } from "./dates.js";
import { picture } from "./media.js";
import { emojiNode, mrkdwn, plain } from "./mrkdwn.js";
import { emit, person, state } from "./state.js";
import { blocksNow, progress } from "./streaming.js";
import { messageSurface } from "./surface.js";

const GROUP_SECONDS = 300;

/** Who wrote a message, as it is shown. */
export function authorOf(message) {
  const known = person(message.user ?? message.bot_id);
  const bot = Boolean(message.bot_id) || known.is_bot;
  const label =
    message.username ??
    (message.bot_profile?.name && !state.users.has(message.user) ? message.bot_profile.name : known.label);
  return { ...known, id: known.id ?? label, label, is_bot: bot };
}

function follows(before, message) {
  return (
    before &&
    !before.subtype?.startsWith("channel_") &&
    authorOf(before).label === authorOf(message).label &&
    // Each answer that is for one's eyes alone says so: one could not be told from the next.
    !before.is_ephemeral &&
    !message.is_ephemeral &&
    dayKey(before.ts) === dayKey(message.ts) &&
    message.ts - before.ts < GROUP_SECONDS
  );
}

/** A list of messages that redraws only what changed, so that a menu or field in another message stays open. */
export function messageList(node, { inThread = false } = {}) {
  let drawn = new Map();
  return (channel, messages) => {
    const next = new Map();
    const rows = [];
    messages.forEach((message, index) => {
      const before = messages[index - 1];
      if (!inThread && (!before || dayKey(before.ts) !== dayKey(message.ts)))
        rows.push(divider(next, drawn, message));
      const grouped = follows(before, message) && !(inThread && index === 1);
      const known = drawn.get(`${channel}${message.ts}`);
      const keepIt = known && known.message === message && known.grouped === grouped;
      const entry = keepIt
        ? known
        : { message, grouped, node: drawMessage(channel, message, { grouped, inThread }) };
      next.set(`${channel}${message.ts}`, entry);
      rows.push(entry.node);
      if (inThread && index === 0 && messages.length > 1) rows.push(repliesLine(messages.length - 1));
    });
    drawn = next;
    keepFocus(node, () => place(node, rows));
  };
}

function divider(next, drawn, message) {
  const key = `day${dayKey(message.ts)}`;
  const entry = drawn.get(key) ?? {
    node: h("div", { class: "day", role: "separator" }, h("span", {}, dayName(message.ts))),
  };
  next.set(key, entry);
  return entry.node;
}

function repliesLine(count) {
  return h("div", { class: "replies-line" }, count === 1 ? "1 reply" : `${count} replies`);
}

/** Puts the rows in order with the fewest moves: a moved node would lose its focus. */
function place(node, rows) {
  const wanted = new Set(rows);
  [...node.childNodes].filter((child) => !wanted.has(child)).forEach((child) => child.remove());
  rows.forEach((row, index) => {
    if (node.childNodes[index] !== row) node.insertBefore(row, node.childNodes[index] ?? null);
  });
}

function drawMessage(channel, message, { grouped, inThread }) {
  if (message.subtype?.startsWith("channel_")) return systemLine(message);
  const author = authorOf(message);
  const time = h(
    "time",
    { class: "time", title: fullTime(message.ts) },
    grouped ? shortClock(message.ts) : clock(message.ts),
  );
  const head =
    !grouped &&
    h(
      "div",
      { class: "message-head" },
      h("span", { class: "author" }, author.label),
      author.is_bot && author.id !== "USLACKBOT" && h("span", { class: "badge" }, "APP"),
      time,
      editedMark(message),
    );
  return h(
    "article",
    {
      class: ["message", grouped && "grouped", message.is_ephemeral && "ephemeral"].filter(Boolean).join(" "),
      data: { ts: message.ts, channel, threadTs: message.thread_ts },
      "aria-label": `${author.label}, ${clock(message.ts)}`,
    },
    h("div", { class: "gutter" }, grouped ? time : avatar(author)),
    h(
      "div",
      { class: "message-body" },
      message.is_ephemeral && h("div", { class: "only-you" }, icon("eye"), "Only visible to you"),
      head,
      content(channel, message),
      progress(channel, message),
      attachments(channel, message),
      drawFiles(message),
      reactions(channel, message),
      !inThread && summary(channel, message),
    ),
    toolbar(channel, message, inThread),
  );
}

function systemLine(message) {
  return h(
    "article",
    { class: "message system", data: { ts: message.ts } },
    h("div", { class: "gutter" }),
    h("div", { class: "message-body" }, mrkdwn(message.text)),
  );
}

function editedMark(message) {
  return message.edited && h("span", { class: "edited", title: fullTime(message.edited.ts) }, "(edited)");
}

function content(channel, message) {
  // What people write is drawn from its text: there, unlike in the block beside it, *marks* and :emoji: are kept.
  if (message.blocks?.length && (message.bot_id || !message.text))
    return drawBlocks(blocksNow(message), messageSurface(channel, message));
  if (!message.text) return null;
  return h("div", { class: "text" }, message.mrkdwn === false ? plain(message.text) : mrkdwn(message.text));
}

const COLOURS = { good: "#2eb886", warning: "#daa038", danger: "#a30200" };

function attachments(channel, message) {
  return (message.attachments ?? []).map((item) => {
    const node = h(
      "div",
      { class: "attachment" },
      item.pretext && h("div", { class: "text" }, mrkdwn(item.pretext)),
      item.author_name && h("div", { class: "hint" }, item.author_name),
      item.title &&
        h(
          "div",
          { class: "attachment-title" },
          item.title_link ? mrkdwn(`<${item.title_link}|${item.title}>`) : mrkdwn(item.title),
        ),
      item.blocks
        ? drawBlocks(item.blocks, messageSurface(channel, message))
        : item.text && h("div", { class: "text" }, mrkdwn(item.text)),
      item.fields &&
        h(
          "div",
          { class: "fields" },
          item.fields.map((field) =>
            h("div", { class: "text" }, h("strong", {}, field.title), h("br"), mrkdwn(field.value)),
          ),
        ),
      item.image_url && picture({ image_url: item.image_url, alt_text: item.fallback }),
      item.footer && h("div", { class: "hint" }, mrkdwn(item.footer)),
    );
    node.style.borderColor = COLOURS[item.color] ?? (item.color ? `#${item.color.replace("#", "")}` : "");
    return node;
  });
}

function reactions(channel, message) {
  if (!message.reactions?.length) return null;
  return h(
    "div",
    { class: "reactions" },
    message.reactions.map((reaction) => {
      const mine = reaction.users.includes(state.me);
      const who = reaction.users.map((id) => person(id).label).join(", ");
      return h(
        "button",
        {
          class: mine ? "reaction mine" : "reaction",
          type: "button",
          "aria-pressed": String(mine),
          data: { reaction: reaction.name },
          title: `${who} reacted with :${reaction.name}:`,
          on: { click: () => react(channel, message, reaction.name) },
        },
        emojiNode(reaction.name),
        h("span", {}, reaction.count ?? reaction.users.length),
      );
    }),
  );
}

function summary(channel, message) {
  if (!message.reply_count) return null;
  const last = message.latest_reply && `Last reply ${ago(new Date(parseFloat(message.latest_reply) * 1000))}`;
  return h(
    "button",
    {
      class: "thread-summary",
      type: "button",
      on: { click: () => emit("thread", { channel, ts: message.ts }) },
    },
    (message.reply_users ?? []).slice(0, 4).map((id) => avatar(person(id), 20)),
    h("strong", {}, message.reply_count === 1 ? "1 reply" : `${message.reply_count} replies`),
    h("span", { class: "hint" }, last),
  );
}
