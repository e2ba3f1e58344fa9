// The guided tour: steps that type for the reader, or say what to press.

import { clear, h, icon } from "./dom.js";
import { emit, state } from "./state.js";

const DONE = "story-done";
let steps = [];

export async function loadStory() {
  steps = await (await fetch("/page/story.json")).json();
}

const done = () => new Set(JSON.parse(sessionStorage.getItem(DONE) ?? "[]"));

export function drawStory(node) {
  const finished = done();
  const next = steps.findIndex((_, index) => !finished.has(index));
  clear(
    node,
    h(
      "header",
      {},
      h("h2", {}, "Try the story"),
      h(
        "button",
        {
          class: "tool",
          type: "button",
          "aria-label": "Close the story",
          on: { click: () => emit("story", false) },
        },
        icon("close"),
      ),
    ),
    h(
      "p",
      { class: "hint" },
      "Press a step: it switches to the right person and channel and types for you. Or type anything yourself.",
    ),
    h(
      "ol",
      { class: "steps" },
      steps.map((step, index) => stepNode(node, step, index, finished.has(index), index === next)),
    ),
    finished.size > 0 &&
      h(
        "button",
        {
          class: "button small",
          type: "button",
          on: {
            click: () => {
              sessionStorage.removeItem(DONE);
              drawStory(node);
            },
          },
        },
        "Start over",
      ),
  );
}

function stepNode(node, step, index, finished, next) {
  const who = state.users.size ? [...state.users.values()].find((user) => user.name === step.user) : null;
  const run = () => {
    const finishedNow = done().add(index);
    sessionStorage.setItem(DONE, JSON.stringify([...finishedNow]));
    drawStory(node);
    emit("step", step);
  };
  return h(
    "li",
    { class: `step${finished ? " done" : ""}${next ? " next" : ""}`, data: { step: index + 1 } },
    h(
      "button",
      { type: "button", "aria-current": next ? "step" : null, on: { click: run } },
      h("span", { class: "step-mark" }, finished ? icon("check") : String(index + 1)),
      h(
        "span",
        { class: "step-text" },
        h("strong", {}, step.title),
        step.type === "hint" ? h("span", {}, step.text) : h("code", {}, step.text),
        step.files && h("span", {}, `with ${step.files.join(", ")}`),
        h("small", {}, `${who?.name ?? step.user} ${step.channel ? `in #${step.channel}` : `to ${state.bot?.label}`}`),
      ),
    ),
  );
}
