// Talking to the workspace: requests, and the live stream of what happens.

import { emit, state } from "./state.js";

async function request(path, options) {
  try {
    const response = await fetch(`/sandbox/${path}`, options);
    return await response.json();
  } catch (error) {
    return { ok: false, error: "unreachable", detail: String(error) };
  }
}

export function get(path, query = {}) {
  const wanted = Object.entries(query).filter(([, value]) => value !== undefined && value !== null);
  return request(`${path}?${new URLSearchParams(wanted)}`);
}

// What a person does, and is answered for.
const DEEDS = new Set(["command", "message", "click", "submit", "shortcut"]);

export function post(path, body) {
  if (DEEDS.has(path)) emit("acted");
  return request(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
}

/** What to tell the user about an answer that is not ok; null when it is. */
export function problemOf(answer) {
  if (answer.ok) return null;
  const app = state.bot?.label ?? "The app";
  const known = {
    unreachable: "The workspace cannot be reached. Is the sandbox still running?",
    operation_timeout: `${app} did not answer within 3 seconds. Try again.`,
    dispatch_failed: `${app} cannot be reached. Is it running?`,
    not_in_channel: "You are not in this channel.",
    already_in_channel: "They are in this channel already.",
    user_not_found: "There is nobody of that name here.",
    method_not_supported_for_channel_type: "That does not work in a direct message.",
    messages_tab_disabled: `${app} does not take messages here.`,
    internal_error: "The workspace stumbled over that; its log says why.",
  };
  return known[answer.error] ?? `That did not work (${answer.error}).`;
}

let socket = null;
let delay = 500;

/** Opens this user's stream and replaces the one before; `again` runs after a reconnect. */
export function listen(user, again) {
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  const mine = new WebSocket(`${scheme}://${location.host}/sandbox/live?user=${encodeURIComponent(user)}`);
  socket?.close();
  socket = mine;
  mine.addEventListener("open", () => {
    delay = 500;
    emit("connected", true);
  });
  mine.addEventListener("message", (event) => {
    if (mine === socket) emit("live", JSON.parse(event.data));
  });
  mine.addEventListener("close", () => {
    if (mine !== socket) return;
    emit("connected", false);
    setTimeout(() => mine === socket && reconnect(user, again), delay);
    delay = Math.min(delay * 2, 8000);
  });
}

function reconnect(user, again) {
  listen(user, again);
  socket.addEventListener("open", again, { once: true });
}
