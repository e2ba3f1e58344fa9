// Messages that an app streams: drawn while they grow, with the stop button.

import { post, problemOf } from "./api.js";
import { h, notice } from "./dom.js";
import { state } from "./state.js";

export function isStreaming(message) {
  return message.streaming_state === "in_progress";
}

/** The blocks of a message; the marks that its last text has opened and not yet closed count as closed. */
export function blocksNow(message) {
  const last = message.blocks?.at(-1);
  if (!isStreaming(message) || last?.type !== "markdown") return message.blocks;
  return [...message.blocks.slice(0, -1), { ...last, text: closed(last.text) }];
}

const MARKS = ["**", "~~", "`"];

function closed(text) {
  if ((text.match(/^\s*(```|~~~)/gm) ?? []).length % 2) return text;
  const line = text.slice(text.lastIndexOf("\n") + 1);
  const open = MARKS.filter((mark) => (line.split(mark).length - 1) % 2).sort(
    (a, b) => line.lastIndexOf(b) - line.lastIndexOf(a),
  );
  const stem = text.replace(/(\*\*?|~~|`)\s*$/, "");
  // A mark that has nothing behind it yet is not shown at all.
  return stem === text ? text + open.join("") : open.length ? stem : text;
}

/** What stands below a message while it grows. */
export function progress(channel, message) {
  if (!isStreaming(message)) return null;
  const stop = () => post("stop", { user: state.me, channel, ts: message.ts });
  const pressed = async () => {
    const problem = problemOf(await stop());
    if (problem) notice(problem);
  };
  return h(
    "div",
    { class: "streaming", role: "status" },
    h("span", { class: "streaming-mark", "aria-hidden": "true" }),
    h("span", { class: "hint" }, "Writing…"),
    state.stoppable &&
      h("button", { class: "button small", type: "button", data: { tool: "stop" }, on: { click: pressed } }, "Stop"),
  );
}
