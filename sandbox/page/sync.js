// What the workspace answers, brought into the shape that the page works with.

import { get } from "./api.js";
import { keep, state } from "./state.js";

const APP_COLOUR = "#c8501e";
const COLOURS = ["#1f7a5c", "#2d6cb5", "#a8447b", "#b4632a", "#5b4bb7", "#8a6d1c"];

function personOf(user, index) {
  const profile = user.profile ?? {};
  const label =
    user.id === "USLACKBOT" ? user.real_name : profile.display_name || user.real_name || user.name;
  return { ...user, label, title: profile.title, colour: COLOURS[index % COLOURS.length] };
}

/** Takes over bootstrap and views: one user's workspace, without messages. */
export function adopt(bootstrap, views) {
  const bot = bootstrap.bot ?? {};
  state.me = bootstrap.me.id;
  state.team = bootstrap.team ?? {};
  state.users = new Map(bootstrap.users.map((user, index) => [user.id, personOf(user, index)]));
  const botUser = state.users.get(bot.user_id);
  if (botUser)
    Object.assign(botUser, {
      is_bot: true,
      colour: APP_COLOUR,
      bot_id: bot.bot_id,
      label: bot.name ?? botUser.label,
    });
  state.bot = botUser ?? null;
  state.stoppable = Boolean(bot.stoppable);
  state.groups = new Map((bootstrap.usergroups ?? []).map((group) => [group.id, `@${group.handle}`]));
  state.channels = new Map([...bootstrap.channels, ...bootstrap.dms].map((channel) => [channel.id, channel]));
  state.commands = bootstrap.commands ?? [];
  state.shortcuts = bootstrap.shortcuts ?? [];
  state.messages = new Map();
  state.views = views.views ?? [];
  state.home = views.home ?? null;
}

/** Fetches a channel, or one thread of it, into the page's state; what only this page knows stays. */
export async function fetchMessages(channel, threadTs) {
  if (!channel) return;
  const asked = state.me;
  const answer = await get("messages", { channel, user: state.me, thread_ts: threadTs });
  if (asked !== state.me) return;
  for (const message of answer.messages ?? []) keep(channel, message);
}
