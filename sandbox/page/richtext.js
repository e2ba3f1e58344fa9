// rich_text blocks: sections, lists, quotes, code.

import { h } from "./dom.js";
import { formatDate } from "./dates.js";
import { broadcast, channelMention, codeBlock, emojiNode, groupMention, link, userMention } from "./mrkdwn.js";

const BULLETS = ["disc", "circle", "square"];
const NUMBERS = ["decimal", "lower-alpha", "lower-roman"];

export function richText(block) {
  return h("div", { class: "rich-text" }, (block.elements ?? []).map(part));
}

function part(element) {
  const children = element.elements ?? [];
  if (element.type === "rich_text_list") return list(element, children);
  if (element.type === "rich_text_quote") return h("blockquote", {}, children.map(piece));
  if (element.type === "rich_text_preformatted")
    return codeBlock(children.map((item) => item.text ?? item.url ?? "").join(""));
  return h("div", { class: "rich-section" }, children.map(piece));
}

function list(element, children) {
  const ordered = element.style === "ordered";
  const indent = element.indent ?? 0;
  const node = h(
    ordered ? "ol" : "ul",
    { start: ordered && element.offset ? element.offset + 1 : null },
    children.map((item) => h("li", {}, (item.elements ?? []).map(piece))),
  );
  node.style.listStyleType = (ordered ? NUMBERS : BULLETS)[indent % 3];
  node.style.marginLeft = `${indent * 24}px`;
  return node;
}

const PIECES = {
  text: (item) => lines(item.text),
  link: (item) => link(item.url, item.text || item.url),
  user: (item) => userMention(item.user_id),
  channel: (item) => channelMention(item.channel_id),
  usergroup: (item) => groupMention(item.usergroup_id),
  emoji: (item) => emojiNode(item.name),
  broadcast: (item) => broadcast(item.range),
  date: (item) => formatDate(item.timestamp, item.format) ?? item.fallback ?? "",
  color: (item) => [swatch(item.value), item.value],
};

function swatch(colour) {
  const node = h("span", { class: "swatch" });
  node.style.background = colour;
  return node;
}

function lines(text) {
  return text.split("\n").flatMap((line, index) => (index ? [h("br"), line] : [line]));
}

const STYLES = { bold: "strong", italic: "em", strike: "s", underline: "u", code: "code" };

function piece(item) {
  const drawn = PIECES[item.type]?.(item) ?? item.text ?? "";
  return Object.entries(STYLES).reduce(
    (inner, [style, tag]) => (item.style?.[style] ? h(tag, {}, inner) : inner),
    drawn,
  );
}
