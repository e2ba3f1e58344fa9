// Slack's mrkdwn, drawn as DOM nodes. Only & < > arrive escaped; nothing is ever parsed as HTML.

import { h } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { formatDate } from "./dates.js";
import { emit, state } from "./state.js";

export function decode(text) {
  return text.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
}

/** Text with only :emoji: drawn, as in plain_text objects. */
export function plain(text, emoji = true) {
  const nodes = document.createDocumentFragment();
  let rest = 0;
  for (const match of emoji ? text.matchAll(/:([a-z0-9_+'-]+(?:::skin-tone-[2-6])?):/g) : []) {
    const character = emojiFor(match[1]);
    if (!character) continue;
    nodes.append(decode(text.slice(rest, match.index)), emojiNode(match[1], character));
    rest = match.index + match[0].length;
  }
  nodes.append(decode(text.slice(rest)));
  return nodes;
}

export function emojiNode(name, character = emojiFor(name)) {
  if (!character) return document.createTextNode(`:${name}:`);
  return h(
    "span",
    { class: "emoji", role: "img", "aria-label": name.replace(/_/g, " "), title: `:${name}:` },
    character,
  );
}

/** A text object of either type. */
export function textObject(object) {
  if (!object) return null;
  if (typeof object === "string") return plain(object);
  return object.type === "mrkdwn"
    ? mrkdwn(object.text, object.verbatim)
    : plain(object.text, object.emoji !== false);
}

/** mrkdwn as nodes: code blocks first, then quotes, then what stands in a line. */
export function mrkdwn(text, verbatim = false) {
  const nodes = document.createDocumentFragment();
  (text ?? "").split(/```/).forEach((part, index, parts) => {
    const fenced = index % 2 === 1 && index < parts.length - 1;
    if (fenced) nodes.append(codeBlock(preformatted(part.replace(/^\n/, ""))));
    else
      nodes.append(
        paragraphs(index % 2 === 1 ? `\`\`\`${part}` : trimBreaks(part, index, parts.length), verbatim),
      );
  });
  return nodes;
}

/** A block of code; one with aligned columns is scrolled and not wrapped, or its rows could not be told apart. */
export function codeBlock(text) {
  const aligned = /[^\s.!?] {2,}\S/.test(text);
  return h("pre", aligned ? { class: "aligned", tabindex: "0" } : {}, text);
}

function trimBreaks(part, index, count) {
  const start = index > 0 ? part.replace(/^\n/, "") : part;
  return index < count - 1 ? start.replace(/\n$/, "") : start;
}

function preformatted(text) {
  return decode(text.replace(/<(?:[^<>|]+\|)?([^<>]+)>/g, "$1"));
}

function paragraphs(text, verbatim) {
  const nodes = document.createDocumentFragment();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    if (/^(&gt;|>)/.test(lines[at])) {
      const quoted = [];
      while (at < lines.length && /^(&gt;|>)/.test(lines[at]))
        quoted.push(lines[at++].replace(/^(&gt;|>){1,3} ?/, ""));
      nodes.append(h("blockquote", {}, inline(quoted.join("\n"), verbatim)));
      at -= 1;
    } else {
      nodes.append(inline(lines[at], verbatim));
      if (at < lines.length - 1 && !/^(&gt;|>)/.test(lines[at + 1])) nodes.append(h("br"));
    }
  }
  return nodes;
}

const INLINE = new RegExp(
  [
    "`(?<code>[^`\\n]+)`",
    "<(?<angle>[^<>\\n]+)>",
    "(?<![\\p{L}\\p{N}*])\\*(?=[^\\s*])(?<bold>(?:<[^>]*>|`[^`]*`|[^*\\n])*?[^\\s*])\\*(?![\\p{L}\\p{N}*])",
    "(?<![\\p{L}\\p{N}_])_(?=[^\\s_])(?<italic>(?:<[^>]*>|`[^`]*`|:[a-z0-9_+-]+:|[^_\\n])*?[^\\s_])_(?![\\p{L}\\p{N}_])",
    "(?<![\\p{L}\\p{N}~])~(?=[^\\s~])(?<strike>(?:<[^>]*>|`[^`]*`|[^~\\n])*?[^\\s~])~(?![\\p{L}\\p{N}~])",
    ":(?<emoji>[a-z0-9_+'-]+(?:::skin-tone-[2-6])?):",
    "(?<bare>https?://[^\\s<>|]*[^\\s<>|.,;:!?)\\]'\"*_~`])",
  ].join("|"),
  "gu",
);

const STYLES = { bold: "strong", italic: "em", strike: "s" };

function inline(text, verbatim) {
  const nodes = document.createDocumentFragment();
  let rest = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = inlineNode(match.groups, verbatim);
    if (!node) continue;
    appendLines(nodes, text.slice(rest, match.index));
    nodes.append(node);
    rest = match.index + match[0].length;
  }
  appendLines(nodes, text.slice(rest));
  return nodes;
}

function appendLines(nodes, text) {
  text.split("\n").forEach((line, index) => nodes.append(...(index ? [h("br")] : []), decode(line)));
}

function inlineNode(found, verbatim) {
  if (found.code) return h("code", {}, preformatted(found.code));
  if (found.angle) return angle(found.angle);
  if (found.emoji) return emojiFor(found.emoji) && emojiNode(found.emoji);
  if (found.bare) return verbatim ? null : link(found.bare, found.bare);
  const [style, content] = Object.entries(found).find(([, value]) => value !== undefined);
  return h(STYLES[style], {}, inline(content, verbatim));
}

function angle(content) {
  const [target, label] = split(content);
  if (/^#C/.test(target)) return channelMention(target.slice(1), label);
  if (/^@[UW]/.test(target)) return userMention(target.slice(1));
  if (/^!subteam\^/.test(target)) return groupMention(target.slice(9), label);
  if (/^!(here|channel|everyone)$/.test(target)) return broadcast(target.slice(1));
  if (target.startsWith("!date^")) return date(target, label);
  if (target.startsWith("!")) return document.createTextNode(label || target.slice(1));
  return link(target, label || target);
}

function split(content) {
  const bar = content.indexOf("|");
  return bar < 0 ? [content, ""] : [content.slice(0, bar), content.slice(bar + 1)];
}

export function userMention(id) {
  const user = state.users.get(id);
  return h(
    "span",
    { class: id === state.me ? "mention mention-me" : "mention", data: { mention: id } },
    `@${user?.label ?? id}`,
  );
}

export function channelMention(id, label) {
  const channel = state.channels.get(id);
  if (!channel) return h("span", { class: "mention" }, label ? `#${label}` : "private channel");
  return h(
    "a",
    {
      class: "mention",
      href: `?channel=${channel.name}`,
      on: {
        click: (event) => {
          event.preventDefault();
          emit("go", { channel: id });
        },
      },
    },
    `#${channel.name}`,
  );
}

export function groupMention(id, label) {
  const name = state.groups?.get(id) ?? label ?? id;
  return h("span", { class: "mention" }, name.startsWith("@") ? name : `@${name}`);
}

export function broadcast(range) {
  return h("span", { class: "mention mention-me" }, `@${range}`);
}

function date(target, label) {
  const [, unix, format, url] = target.split("^");
  const shown = formatDate(unix, format ?? "") ?? decode(label);
  const node = h("time", { title: new Date(Number(unix) * 1000).toString() }, shown);
  return url ? link(url, node) : node;
}

/** A link to http, https or mailto; any other address stays plain text. Links to this workspace stay in the page. */
export function link(address, label) {
  const url = decode(address);
  const shown = typeof label === "string" ? plain(label) : label;
  if (!/^(https?:\/\/|mailto:)/i.test(url))
    return typeof label === "string" ? document.createTextNode(decode(label)) : label;
  const inside = /\/archives\/([CDG][A-Z0-9]+)(?:\/p(\d{10})(\d{6}))?/.exec(url);
  const known = inside && state.channels.has(inside[1]);
  const go = (event) => {
    event.preventDefault();
    const thread = /[?&]thread_ts=(\d+\.\d+)/.exec(url)?.[1];
    emit("go", { channel: inside[1], ts: thread ?? (inside[2] && `${inside[2]}.${inside[3]}`), thread });
  };
  return h(
    "a",
    { href: url, target: "_blank", rel: "noopener noreferrer", on: known ? { click: go } : {} },
    shown,
  );
}
