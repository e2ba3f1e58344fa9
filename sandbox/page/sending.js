// Sending messages and commands, and saying what went wrong.

import { post, problemOf } from "./api.js";
import { commandOf } from "./completion.js";
import { emit, keep, state } from "./state.js";

const PAGE_TELLS = new Set([
  "unreachable",
  "internal_error",
  "not_in_channel",
  "already_in_channel",
  "user_not_found",
  "method_not_supported_for_channel_type",
]);

export async function sendMessage(body) {
  const problem = problemOf(await post("message", body));
  if (problem) slackbot(body.channel, problem);
}

export async function sendCommand(channel, text, thread) {
  const [, name, rest] = /^(\/\S+)\s*([\s\S]*)$/.exec(text);
  if (thread) return slackbot(channel, `\`${name}\` cannot be used in a thread. Use it in the channel.`);
  if (!commandOf(text))
    return slackbot(channel, `\`${name}\` is not a command here. Type \`/\` to see those that are.`);
  emit("messages", { channel });
  const answer = await post("command", { user: state.me, channel, command: name, text: rest });
  // When the app fails, the workspace's own Slackbot says so.
  return PAGE_TELLS.has(answer.error) && slackbot(channel, `\`${name}\` failed. ${problemOf(answer)}`);
}

/** A note from Slackbot that this page shows to its user alone. */
function slackbot(channel, text) {
  keep(channel, {
    type: "message",
    ts: (Date.now() / 1000).toFixed(6),
    user: "USLACKBOT",
    text,
    is_ephemeral: true,
    local: true,
  });
  emit("messages", { channel });
}
