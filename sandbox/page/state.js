// What the page knows: one workspace, seen by one user. Screens read it and listen for what changed.

export const state = {
  me: null,
  users: new Map(),
  channels: new Map(),
  team: {},
  bot: null,
  stoppable: false,
  commands: [],
  shortcuts: [],
  place: { kind: "channel", id: null },
  thread: null,
  messages: new Map(),
  views: [],
  home: null,
};

const bus = new EventTarget();

export function on(name, handler) {
  bus.addEventListener(name, (event) => handler(event.detail));
}

export function emit(name, detail) {
  bus.dispatchEvent(new CustomEvent(name, { detail }));
}

/** A user as the page shows them; an unknown id is shown as it is. */
export function person(id) {
  return state.users.get(id) ?? { id, name: id, label: id ?? "unknown", is_bot: false };
}

export function isBot(id) {
  return Boolean(state.bot) && (id === state.bot.id || id === state.bot.bot_id);
}

/** The messages of a channel as this user sees them, oldest first. */
export function messagesOf(channel) {
  const known = state.messages.get(channel) ?? new Map();
  return [...known.values()].sort((a, b) => (a.ts < b.ts ? -1 : 1));
}

export function keep(channel, message) {
  if (!state.messages.has(channel)) state.messages.set(channel, new Map());
  state.messages.get(channel).set(message.ts, message);
}

export function forget(channel, ts) {
  state.messages.get(channel)?.delete(ts);
}

export function isReply(message) {
  return (
    Boolean(message.thread_ts) && message.thread_ts !== message.ts && message.subtype !== "thread_broadcast"
  );
}

export function channelByName(name) {
  const wanted = String(name).replace(/^#/, "");
  return [...state.channels.values()].find((channel) => channel.id === wanted || channel.name === wanted);
}

export function userByName(name) {
  const wanted = String(name).replace(/^@/, "");
  return [...state.users.values()].find((user) => user.id === wanted || user.name === wanted);
}
