// The `markdown` block: standard Markdown, drawn as DOM nodes.

import { h } from "./dom.js";
import { emojiFor } from "./emoji.js";
import { codeBlock, emojiNode, link } from "./mrkdwn.js";

/** Headings, paragraphs, lists, quotes, fences, rules and tables. */
export function markdown(text) {
  const root = h("div", { class: "markdown" });
  const lines = text.replace(/\r/g, "").split("\n");
  for (let at = 0; at < lines.length;) at = block(lines, at, root);
  return root;
}

function block(lines, at, root) {
  const line = lines[at];
  if (!line.trim()) return at + 1;
  const fence = /^\s*(```|~~~)\s*(\w*)/.exec(line);
  if (fence) return fenced(lines, at, root, fence[1]);
  const heading = /^(#{1,6})\s+(.*?)\s*#*$/.exec(line);
  if (heading) {
    root.append(
      h(`h${Math.min(6, heading[1].length + 2)}`, { class: `md-h${heading[1].length}` }, inline(heading[2])),
    );
    return at + 1;
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) {
    root.append(h("hr"));
    return at + 1;
  }
  if (/^\s*>/.test(line)) return quote(lines, at, root);
  if (ITEM.test(line)) return list(lines, at, root, indentOf(line));
  if (line.includes("|") && /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/.test(lines[at + 1] ?? ""))
    return table(lines, at, root);
  return paragraph(lines, at, root);
}

function fenced(lines, at, root, mark) {
  const end = lines.findIndex((line, index) => index > at && line.trim().startsWith(mark));
  const last = end < 0 ? lines.length : end;
  root.append(codeBlock(lines.slice(at + 1, last).join("\n")));
  return last + 1;
}

function quote(lines, at, root) {
  const quoted = [];
  for (; at < lines.length && /^\s*>/.test(lines[at]); at += 1) quoted.push(lines[at].replace(/^\s*> ?/, ""));
  root.append(h("blockquote", {}, markdown(quoted.join("\n"))));
  return at;
}

const ITEM = /^(\s*)([-*+]|\d+[.)])\s+(.*)$/;

function indentOf(line) {
  return /^\s*/.exec(line)[0].length;
}

function list(lines, at, root, indent) {
  const ordered = /\d/.test(ITEM.exec(lines[at])[2]);
  const node = h(ordered ? "ol" : "ul", { start: ordered ? parseInt(ITEM.exec(lines[at])[2], 10) : null });
  while (at < lines.length && ITEM.test(lines[at])) {
    const depth = indentOf(lines[at]);
    if (depth < indent) break;
    if (depth > indent + 1 && node.lastElementChild) {
      at = list(lines, at, node.lastElementChild, depth);
      continue;
    }
    node.append(item(ITEM.exec(lines[at])[3]));
    at += 1;
  }
  root.append(node);
  return at;
}

function item(text) {
  const task = /^\[([ xX])\]\s+(.*)$/.exec(text);
  if (!task) return h("li", {}, inline(text));
  const done = task[1] !== " ";
  return h(
    "li",
    { class: "task" },
    h("input", { type: "checkbox", disabled: true, checked: done, "aria-label": done ? "done" : "open" }),
    inline(task[2]),
  );
}

function cells(line) {
  return line
    .trim()
    .replace(/^\||\|$/g, "")
    .split("|")
    .map((cell) => cell.trim());
}

function table(lines, at, root) {
  const align = cells(lines[at + 1]).map((mark) =>
    mark.endsWith(":") ? (mark.startsWith(":") ? "center" : "right") : "left",
  );
  const row = (tag, line) =>
    h(
      "tr",
      {},
      cells(line).map((cell, index) => {
        const node = h(tag, {}, inline(cell));
        node.style.textAlign = align[index] ?? "left";
        return node;
      }),
    );
  const head = h("thead", {}, row("th", lines[at]));
  const body = h("tbody");
  for (at += 2; at < lines.length && lines[at].includes("|"); at += 1) body.append(row("td", lines[at]));
  root.append(
    h(
      "div",
      { class: "table-box", tabindex: "0", role: "region", "aria-label": "Table" },
      h("table", {}, head, body),
    ),
  );
  return at;
}

function paragraph(lines, at, root) {
  const text = [];
  do text.push(lines[at++]);
  while (
    at < lines.length &&
    lines[at].trim() &&
    !/^\s*(#{1,6}\s|>|```|~~~)/.test(lines[at]) &&
    !ITEM.test(lines[at])
  );
  const node = h("p");
  text.forEach((line, index) => node.append(...(index ? [h("br")] : []), inline(line)));
  root.append(node);
  return at;
}

const INLINE = new RegExp(
  [
    "`+(?<code>[^`]+)`+",
    '!?\\[(?<label>[^\\]]*)\\]\\((?<url>[^\\s)]+)(?:\\s+"[^"]*")?\\)',
    "<(?<auto>https?:[^>\\s]+)>",
    "\\*\\*(?<bold>\\S(?:.*?\\S)?)\\*\\*|__(?<bold2>\\S(?:.*?\\S)?)__",
    "\\*(?<italic>[^\\s*](?:[^*]*[^\\s*])?)\\*|(?<![\\p{L}\\p{N}])_(?<italic2>[^\\s_](?:[^_]*[^\\s_])?)_(?![\\p{L}\\p{N}])",
    "~~(?<strike>.+?)~~",
    ":(?<emoji>[a-z0-9_+-]+):",
    "(?<bare>https?://[^\\s<>]*[^\\s<>.,;:!?)\\]'\"])",
  ].join("|"),
  "gu",
);

const STYLES = { bold: "strong", bold2: "strong", italic: "em", italic2: "em", strike: "s" };

function inline(text) {
  const nodes = document.createDocumentFragment();
  let rest = 0;
  for (const match of text.matchAll(INLINE)) {
    const node = inlineNode(match.groups);
    if (!node) continue;
    nodes.append(unescape(text.slice(rest, match.index)), node);
    rest = match.index + match[0].length;
  }
  nodes.append(unescape(text.slice(rest)));
  return nodes;
}

function unescape(text) {
  return text.replace(/\\([\\`*_{}[\]()#+.!|>~-])/g, "$1");
}

function inlineNode(found) {
  if (found.code) return h("code", {}, found.code);
  if (found.url) return link(found.url, found.label || found.url);
  if (found.auto ?? found.bare) return link(found.auto ?? found.bare, found.auto ?? found.bare);
  if (found.emoji) return emojiFor(found.emoji) && emojiNode(found.emoji);
  const [style, content] = Object.entries(found).find(([, value]) => value !== undefined);
  return h(STYLES[style], {}, inline(content));
}
