// The message box: completion, files, sending, history.

import { complete, commandOf } from "./completion.js";
import { post, problemOf } from "./api.js";
import { clear, h, icon, notice, openMenu } from "./dom.js";
import { fileSize, readFile } from "./inputs.js";
import { sendCommand, sendMessage } from "./sending.js";
import { state } from "./state.js";

const history = [];

/** A message box in `root`; `target()` says where it sends to: {channel, thread_ts}. */
export function createComposer(root, { id, target, thread = false }) {
  const box = { target, thread, files: [], recalled: 0 };
  box.chips = h("div", { class: "chips" });
  box.hint = h("div", { class: "command-hint", "aria-live": "polite" });
  box.list = h("div", { class: "completion", role: "listbox", id: `${id}-list`, hidden: true });
  box.area = h("textarea", {
    id,
    rows: 1,
    "aria-label": "Message",
    "aria-controls": `${id}-list`,
    "aria-autocomplete": "list",
    on: {
      input: () => typed(box),
      keydown: (event) => pressed(event, box),
      blur: () => setTimeout(() => (box.list.hidden = true), 150),
      paste: (event) => addFiles(box, event.clipboardData.files),
    },
  });
  box.picker = h("input", {
    type: "file",
    multiple: true,
    hidden: true,
    on: {
      change: () => {
        addFiles(box, box.picker.files);
        box.picker.value = "";
      },
    },
  });
  box.send = h(
    "button",
    {
      class: "send",
      type: "button",
      "aria-label": "Send",
      title: "Send (Enter)",
      disabled: true,
      on: { click: () => send(box) },
    },
    icon("send"),
  );
  const frame = h("div", { class: "composer-box" }, box.area, box.chips, tools(box));
  clear(root, box.list, box.hint, frame);
  takeDrops(root, frame, box);
  return {
    focus: () => box.area.focus(),
    describe: (text) => box.area.setAttribute("placeholder", text),
    fill: (text) => fill(box, text),
    attach: (files) => addFiles(box, files),
    send: () => send(box),
  };
}

function tools(box) {
  const tool = (name, label, run) => {
    const node = h(
      "button",
      { class: "tool", type: "button", "aria-label": label, title: label, on: { click: () => run(node) } },
      icon(name),
    );
    return node;
  };
  return h(
    "div",
    { class: "composer-tools" },
    tool("clip", "Attach a file", () => box.picker.click()),
    box.picker,
    tool("at", "Mention someone", () => insert(box, "@")),
    !box.thread && tool("plus", "Shortcuts", (node) => openMenu(node, shortcutItems(box))),
    h("span", { class: "composer-keys" }, "Enter sends · Shift+Enter new line"),
    box.send,
  );
}

function shortcutItems(box) {
  const run = async (shortcut) => {
    const problem = problemOf(await post("shortcut", { user: state.me, callback_id: shortcut.callback_id }));
    if (problem) notice(problem);
  };
  const global = state.shortcuts
    .filter((item) => item.type === "global")
    .map((item) => ({
      label: item.name,
      description: item.description,
      data: { callbackId: item.callback_id },
      run: () => run(item),
    }));
  const commands = state.commands.map((item) => ({
    label: `${item.command} ${item.usage_hint ?? ""}`,
    description: item.description,
    run: () => {
      fill(box, `${item.command} `);
      box.area.focus();
    },
  }));
  return [...global, ...commands];
}

function fill(box, text) {
  box.area.value = text;
  box.area.setSelectionRange(text.length, text.length);
  typed(box);
}

function insert(box, text) {
  const { selectionStart: at, value } = box.area;
  const spaced = at > 0 && !/\s$/.test(value.slice(0, at)) ? ` ${text}` : text;
  box.area.setRangeText(spaced, at, at, "end");
  box.area.focus();
  typed(box);
}

/** After every change: height, the send button, the usage hint, the suggestions. */
function typed(box) {
  const { area } = box;
  area.style.height = "auto";
  area.style.height = `${Math.min(area.scrollHeight, 220)}px`;
  box.send.disabled = !area.value.trim() && box.files.length === 0;
  const command = !box.thread && / /.test(area.value) && commandOf(area.value);
  clear(
    box.hint,
    command
      ? [
          h("code", {}, `${command.command} ${command.usage_hint ?? ""}`),
          h("span", {}, command.description ?? ""),
        ]
      : [],
  );
  const found = complete(area.value, area.selectionStart, { commands: !box.thread });
  box.found = found;
  box.active = 0;
  box.list.hidden = !found;
  if (found) drawList(box);
}

function drawList(box) {
  clear(
    box.list,
    box.found.items.map((item, index) =>
      h(
        "div",
        {
          class: index === box.active ? "suggestion active" : "suggestion",
          role: "option",
          id: `${box.list.id}-${index}`,
          "aria-selected": String(index === box.active),
          on: {
            mousedown: (event) => {
              event.preventDefault();
              accept(box, item);
            },
          },
        },
        h("span", { class: "suggestion-mark" }, item.mark),
        h(
          "span",
          { class: "suggestion-text" },
          h(
            "span",
            {},
            h("strong", {}, item.title),
            item.hint && h("span", { class: "suggestion-hint" }, ` ${item.hint}`),
          ),
          item.detail && h("small", {}, item.detail),
        ),
      ),
    ),
  );
  box.area.setAttribute("aria-activedescendant", `${box.list.id}-${box.active}`);
}

function accept(box, item) {
  box.area.setRangeText(item.insert, box.found.start, box.area.selectionStart, "end");
  typed(box);
}

function pressed(event, box) {
  if (event.isComposing) return;
  if (!box.list.hidden && chosen(event, box)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    send(box);
  } else if (event.key === "ArrowUp" && (box.area.value === "" || box.recalled > 0)) recall(event, box, 1);
  else if (event.key === "ArrowDown" && box.recalled > 0) recall(event, box, -1);
}

/** Keys that belong to the open list; Enter on a complete command sends it instead. */
function chosen(event, box) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const { items } = box.found;
  if (step) {
    box.active = (box.active + step + items.length) % items.length;
    drawList(box);
  } else if (
    event.key === "Tab" ||
    (event.key === "Enter" &&
      items[box.active].insert.trim() !== box.area.value.slice(box.found.start).trim())
  ) {
    accept(box, items[box.active]);
  } else if (event.key === "Escape") box.list.hidden = true;
  else return false;
  event.preventDefault();
  return true;
}

function recall(event, box, step) {
  event.preventDefault();
  box.recalled = Math.max(0, Math.min(history.length, box.recalled + step));
  fill(box, box.recalled ? history[history.length - box.recalled] : "");
  box.list.hidden = true;
}

/** Files may be dropped anywhere on the channel or thread that the box belongs to. */
function takeDrops(root, frame, box) {
  const place = root.parentElement;
  const over = (event, on) => {
    if (root.hidden || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    frame.classList.toggle("dropping", on);
  };
  place.addEventListener("dragover", (event) => over(event, true));
  place.addEventListener("dragleave", (event) => over(event, place.contains(event.relatedTarget)));
  place.addEventListener("drop", (event) => {
    over(event, false);
    if (!root.hidden) addFiles(box, event.dataTransfer.files);
  });
}

async function addFiles(box, files) {
  box.files.push(...(await Promise.all([...files].map(readFile))));
  drawChips(box);
}

function drawChips(box) {
  clear(
    box.chips,
    box.files.map((file, index) =>
      h(
        "span",
        { class: "chip" },
        preview(file),
        file.name,
        h("small", {}, fileSize(Math.floor(file.content_base64.length * 0.75))),
        h(
          "button",
          {
            type: "button",
            class: "quiet",
            "aria-label": `Remove ${file.name}`,
            on: {
              click: () => {
                box.files.splice(index, 1);
                drawChips(box);
              },
            },
          },
          icon("close"),
        ),
      ),
    ),
  );
  typed(box);
}

const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;

function preview(file) {
  if (!PICTURE.test(file.name)) return icon("file");
  return h("img", { src: `data:image/*;base64,${file.content_base64}`, alt: "" });
}

async function send(box) {
  const text = box.area.value.trim();
  const files = box.files;
  if (!text && files.length === 0) return;
  if (text) history.push(text);
  box.recalled = 0;
  box.files = [];
  box.area.value = "";
  drawChips(box);
  box.list.hidden = true;
  const { channel, thread_ts } = box.target();
  if (text.startsWith("/") && files.length === 0) await sendCommand(channel, text, box.thread);
  else
    await sendMessage({ user: state.me, channel, text, thread_ts, files: files.length ? files : undefined });
}
