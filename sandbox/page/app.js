// Puts the page together: who is looking, where, and what the workspace pushes.

import { get, listen, post, problemOf } from "./api.js";
import { drawPlaceHead, drawThreadHead } from "./heads.js";
import { createComposer } from "./composer.js";
import { clear, h, icon, notice } from "./dom.js";
import { drawHome, tellOpened } from "./home.js";
import { drawModal, dropView, keepView, wireModal } from "./modal.js";
import { messageList } from "./messages.js";
import { stayAtEnd } from "./scroll.js";
import { drawSidebar, drawSwitcher } from "./sidebar.js";
import { channelByName, emit, forget, isBot, isReply, keep, messagesOf, on, person, state } from "./state.js";
import { drawStory, loadStory } from "./story.js";
import { adopt, fetchMessages } from "./sync.js";

const FIRST_USER = "ana";
const $ = (id) => document.getElementById(id);
const drawMain = messageList($("messages"));
const drawThreadList = messageList($("thread-messages"), { inThread: true });
const mainScroll = stayAtEnd($("messages"));
const threadScroll = stayAtEnd($("thread-messages"));
const composer = createComposer($("composer-box"), {
  id: "composer",
  target: () => ({ channel: state.place.id }),
});
const replies = createComposer($("thread-composer-box"), {
  id: "thread-composer",
  thread: true,
  target: () => ({ channel: state.thread.channel, thread_ts: state.thread.ts }),
});

let turn = 0;
// Whether the answer to the reader's own deed is still to come, and the newest message that may be it.
let awaited = false;
let answer = null;

/** Lives the workspace as this user: their channels, messages, open views. */
async function become(user, channelName) {
  const before = state.place;
  const mine = (turn += 1);
  const [bootstrap, views] = await Promise.all([get("bootstrap", { user }), get("views", { user })]);
  if (mine !== turn) return;
  if (!bootstrap.ok) {
    notice(problemOf(bootstrap));
    return;
  }
  adopt(bootstrap, views);
  state.thread = null;
  listen(user, refresh);
  drawSwitcher($("switcher"));
  $("team-name").textContent = state.team.name ?? "Workspace";
  const target =
    channelByName(channelName ?? "") ??
    (before.id && state.channels.get(before.id)) ??
    channelByName("ml") ??
    state.channels.values().next().value;
  drawModal();
  if (before.kind === "home" && !channelName) await go({ home: true });
  else await go({ channel: target.id });
}

/** After the stream was down: everything again, in the same place. */
async function refresh() {
  const { place, thread } = state;
  const bootstrap = await get("bootstrap", { user: state.me });
  if (!bootstrap.ok) return;
  adopt(bootstrap, await get("views", { user: state.me }));
  await fetchMessages(place.id);
  if (thread) await fetchMessages(thread.channel, thread.ts);
  drawModal();
  drawAll();
}

async function go({ channel, home, ts, thread }) {
  state.place = home ? { kind: "home", id: null } : { kind: "channel", id: channel };
  if (!home && state.thread && state.thread.channel !== channel) state.thread = null;
  showMenu(false);
  remember();
  const botDm = state.channels.get(channel)?.is_im && isBot(state.channels.get(channel).user);
  if (home || botDm) tellOpened(home ? "home" : "messages");
  await fetchMessages(state.place.id);
  read();
  drawAll();
  toEnd();
  if (ts) reveal(ts);
  if (thread) await openThread({ channel, ts: thread });
  else if (!isNarrow() && !home && !ts && !$("modal").open) composer.focus();
}

function isNarrow() {
  return matchMedia("(max-width: 720px)").matches;
}

function remember() {
  const query = new URLSearchParams({ user: person(state.me).name });
  const channel = state.channels.get(state.place.id);
  if (state.place.kind === "home") query.set("channel", "app-home");
  else if (channel) query.set("channel", channel.name ?? channel.id);
  const address = `?${query}`;
  if (location.search !== address) history.pushState(null, "", address);
  document.title = `${channel ? placeName(channel) : "Home"} · ${person(state.me).name} · ${state.team.name ?? "Workspace"}`;
}

function placeName(channel) {
  return channel.is_im ? person(channel.user).label : `#${channel.name}`;
}

function reveal(ts) {
  const node = $("messages").querySelector(`[data-ts="${CSS.escape(ts)}"]`);
  node?.scrollIntoView({ block: "center" });
  node?.classList.add("revealed");
}

function read() {
  const channel = state.channels.get(state.place.id);
  if (!channel || document.hidden || !channel.unread) return;
  channel.unread = 0;
  post("read", { user: state.me, channel: channel.id });
}

function drawAll() {
  drawSidebar($("sidebar"));
  drawPlaceHead($("place-head"));
  const home = state.place.kind === "home";
  $("home").hidden = !home;
  $("messages").hidden = home;
  $("composer-box").hidden = home;
  if (home) drawHome($("home"));
  else drawMessages();
  drawThread();
  drawStory($("story"));
}

function drawMessages() {
  const channel = state.channels.get(state.place.id);
  if (!channel) return;
  composer.describe(`Message ${placeName(channel)}${isNarrow() ? "" : ", or type / for commands"}`);
  const list = messagesOf(channel.id).filter(
    (message) => !isReply(message) || (message.is_ephemeral && !message.thread_ts),
  );
  drawMain(channel.id, list);
  if (list.length === 0) $("messages").append(emptyHint(channel));
}

function emptyHint(channel) {
  const commands = state.commands.map((command) => command.command);
  const example = commands.find((command) => command !== "/invite") ?? "/";
  return h(
    "div",
    { class: "empty" },
    h("h2", {}, `This is the start of ${placeName(channel)}`),
    h(
      "p",
      {},
      "Type ",
      h("kbd", {}, "/"),
      " to see what the app can do",
      state.bot ? ", or mention " : "",
      state.bot && h("strong", {}, `@${state.bot.name}`),
      ". New here? Follow the ",
      h("button", { class: "link", type: "button", on: { click: () => emit("story", true) } }, "story"),
      " step by step.",
    ),
    example !== "/" &&
      h(
        "button",
        {
          class: "button",
          type: "button",
          on: {
            click: () => {
              composer.fill(`${example} help`);
              composer.focus();
            },
          },
        },
        `${example} help`,
      ),
  );
}

function drawThread() {
  const { thread } = state;
  $("thread").hidden = !thread;
  $("app").classList.toggle("with-thread", Boolean(thread));
  if (!thread) return;
  drawThreadHead($("thread-head"));
  replies.describe("Reply…");
  const list = messagesOf(thread.channel).filter(
    (message) => message.ts === thread.ts || message.thread_ts === thread.ts,
  );
  drawThreadList(thread.channel, list);
}

async function openThread({ channel, ts }) {
  state.thread = { channel, ts };
  await fetchMessages(channel, ts);
  drawThread();
  threadScroll.toEnd();
  replies.focus();
}

function toEnd() {
  mainScroll.toEnd();
  $("newest").hidden = true;
}

/** Redraws a channel that changed, staying at its end if the reader was there, and showing what they wait for. */
function messagesChanged({ channel, mine = false }) {
  if (channel === state.place.id) {
    const count = $("messages").childElementCount;
    drawMessages();
    if (mine) toEnd();
    else if (!showAnswer() && !mainScroll.follow() && $("messages").childElementCount > count)
      $("newest").hidden = false;
  }
  if (channel === state.thread?.channel) {
    drawThread();
    if (mine) threadScroll.toEnd();
    else threadScroll.follow();
  }
}

/** The answer to one's own deed comes into view from its first line; what comes after a tall one does not take it away. */
function showAnswer() {
  const row = awaited && answer && $("messages").querySelector(`[data-ts="${CSS.escape(answer)}"]`);
  if (!row) return false;
  awaited = !mainScroll.show(row);
  $("newest").hidden = true;
  return true;
}

function expectAnswer() {
  awaited = true;
  answer = null;
}

function posted({ channel, message }) {
  keep(channel, message);
  if (channel === state.place.id && message.user !== state.me && !isReply(message)) answer = message.ts;
  const known = state.channels.get(channel);
  if (known && !isReply(message) && message.user !== state.me && !message.is_ephemeral)
    known.unread = (known.unread ?? 0) + 1;
  if (channel === state.place.id) read();
  drawSidebar($("sidebar"));
  messagesChanged({ channel, mine: message.user === state.me });
}

function changed({ channel, message }) {
  keep(channel, message);
  messagesChanged({ channel });
}

function viewChanged({ view }) {
  keepView(view);
  drawModal();
}

const LIVE = {
  message: posted,
  ephemeral: posted,
  changed,
  reaction: changed,
  deleted: ({ channel, ts }) => {
    forget(channel, ts);
    messagesChanged({ channel });
  },
  view_opened: viewChanged,
  view_updated: viewChanged,
  view_closed: ({ view }) => {
    dropView(view.id);
    drawModal();
  },
  home: ({ view }) => {
    state.home = view;
    if (state.place.kind === "home") drawHome($("home"));
  },
  channel: async ({ channel }) => {
    state.channels.set(channel.id, { ...state.channels.get(channel.id), ...channel });
    drawAll();
  },
};

/** A step without a channel is a direct message to the app; its files lie beside this page. */
async function runStep(step) {
  if (!storyHasRoom()) showStory(false);
  if (person(state.me).name !== step.user) await become(step.user, step.channel);
  const direct = () => [...state.channels.values()].find((channel) => channel.is_im && isBot(channel.user));
  await go({ channel: (step.channel ? channelByName(step.channel) : direct()).id });
  if (step.type === "hint") return;
  composer.fill(step.text);
  await composer.attach(await Promise.all((step.files ?? []).map(sample)));
  await composer.send();
}

async function sample(name) {
  const answer = await fetch(`/page/${name}`);
  return new File([await answer.blob()], name);
}

function showMenu(open) {
  $("app").classList.toggle("menu-open", open);
  $("menu-button").setAttribute("aria-expanded", String(open));
}

function showStory(open) {
  $("story").hidden = !open;
  $("story-button").setAttribute("aria-expanded", String(open));
  $("app").classList.toggle("with-story", open);
  localStorage.setItem("story-open", open ? "yes" : "no");
}

/** Escape closes what lies on top: the list of channels, the thread, the story where it covers the channel. */
function escape(event) {
  if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog[open], :popover-open"))
    return;
  if ($("app").classList.contains("menu-open")) showMenu(false);
  else if (state.thread) emit("close-thread");
  else if (!storyHasRoom()) showStory(false);
}

/** Whether the story stands beside the channel, and not over it. */
function storyHasRoom() {
  return matchMedia("(min-width: 1101px)").matches;
}

function wire() {
  on("go", go);
  on("become", ({ user }) => become(user));
  on("thread", openThread);
  on("close-thread", () => {
    state.thread = null;
    drawThread();
    if (!isNarrow()) composer.focus();
  });
  on("messages", (detail) => messagesChanged({ ...detail, mine: true }));
  on("live", (event) => LIVE[event.type]?.(event));
  on("step", runStep);
  on("acted", expectAnswer);
  on("story", showStory);
  on("connected", (up) => {
    $("connection").textContent = up ? "" : "Reconnecting…";
  });
  clear($("menu-button"), icon("menu"));
  clear($("story-button"), icon("book"), h("span", {}, "Story"));
  $("menu-button").addEventListener("click", () => showMenu(!$("app").classList.contains("menu-open")));
  $("story-button").addEventListener("click", () => showStory($("story").hidden));
  $("main").addEventListener("click", () => showMenu(false));
  document.addEventListener("keydown", escape);
  $("newest").addEventListener("click", toEnd);
  $("messages").addEventListener("scroll", () => {
    if (mainScroll.pinned()) $("newest").hidden = true;
  });
  // Who begins to read elsewhere is not called away.
  for (const moved of ["wheel", "touchmove", "keydown"])
    $("messages").addEventListener(moved, () => (awaited = false), { passive: true });
  document.addEventListener("visibilitychange", () => {
    read();
    drawSidebar($("sidebar"));
  });
  window.addEventListener("popstate", () => start());
  wireModal();
}

async function start() {
  const query = new URLSearchParams(location.search);
  if (query.get("channel") === "app-home") state.place = { kind: "home", id: null };
  await become(
    query.get("user") ?? FIRST_USER,
    query.get("channel") === "app-home" ? undefined : (query.get("channel") ?? undefined),
  );
  if (!state.me) await become(FIRST_USER);
}

wire();
await loadStory();
showStory(localStorage.getItem("story-open") !== "no" && matchMedia("(min-width: 1000px)").matches);
await start();
$("app").dataset.ready = "true";
