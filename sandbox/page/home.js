// The app's Home tab.

import { drawBlocks } from "./blocks.js";
import { post, problemOf } from "./api.js";
import { clear, h, notice } from "./dom.js";
import { state } from "./state.js";
import { viewSurface } from "./surface.js";

/** Tells the app that its home or its messages were opened; the view follows as a live event. */
export async function tellOpened(tab) {
  const problem = problemOf(await post("home", { user: state.me, tab }));
  if (problem) notice(problem);
}

export function drawHome(node) {
  if (!state.home)
    clear(
      node,
      h(
        "div",
        { class: "empty" },
        h("h2", {}, "Nothing here yet"),
        h("p", {}, "The app has not published its home."),
      ),
    );
  else
    clear(
      node,
      h(
        "div",
        { class: "home-view", data: { viewId: state.home.id } },
        drawBlocks(state.home.blocks, viewSurface(state.home)),
      ),
    );
}
