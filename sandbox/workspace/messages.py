"""Messages: posting, editing, deleting, reacting; and the ephemeral ones that only one user sees."""

import copy
import time
from collections import defaultdict
from collections.abc import Mapping

from sandbox.documents import Document
from sandbox.workspace import people
from sandbox.workspace.elements import complete_blocks
from sandbox.workspace.events import EventsApi
from sandbox.workspace.live import LivePages
from sandbox.workspace.state import WorkspaceState, channel_kind, new_id
from sandbox.workspace.text import link_urls, links_of, mentions_bot, rich_text

KEPT_EPHEMERALS = 500
# What the workspace itself has to know of a message.
HIDDEN = ("channel", "task_display_mode", "stopped_by")


def present(message: Document, with_metadata: bool = True) -> Document:
    """A message as Slack's API shows it; its metadata only to those who asked for it."""
    hidden = HIDDEN if with_metadata else (*HIDDEN, "metadata")
    return {name: value for name, value in message.items() if name not in hidden}


def bot_profile(name: str) -> Document:
    return {
        "id": people.BOT_ID,
        "app_id": people.APP_ID,
        "name": name,
        "icons": {},
        "deleted": False,
        "updated": people.FOUNDED,
        "team_id": people.TEAM_ID,
    }


class MessageBook:
    """All messages of the workspace. Whoever may see a change is told live; the app gets its events."""

    def __init__(self, workspace: WorkspaceState, events: EventsApi, live: LivePages) -> None:
        self._workspace = workspace
        self._events = events
        self._live = live
        self._ephemerals: dict[str, list[Document]] = defaultdict(list)

    def viewers(self, channel: Document) -> list[str]:
        """Who sees a channel: everyone but guests where it is public, its members elsewhere."""
        if channel_kind(channel) != "channel":
            return list(channel["members"])
        users = self._workspace.users.values()
        return [one["id"] for one in users if not one["is_restricted"] or one["id"] in channel["members"]]

    def from_bot(self, fields: Mapping[str, object]) -> Document:
        """A message of the app with these fields (text, blocks, thread_ts, metadata …), not posted yet."""
        name = self._workspace.users[people.BOT_USER]["real_name"]
        message: Document = {
            "type": "message",
            "user": people.BOT_USER,
            "bot_id": people.BOT_ID,
            "app_id": people.APP_ID,
            "team": people.TEAM_ID,
            "bot_profile": bot_profile(name),
            **{key: value for key, value in fields.items() if value is not None},
        }
        message["text"] = link_urls(message.get("text") or "")
        if message.get("blocks"):
            message["blocks"] = complete_blocks(message["blocks"])
        return message

    def from_user(self, user: str, text: str, fields: Mapping[str, object]) -> Document:
        """A message that a user typed, not posted yet."""
        files = fields.get("files") or []
        return {
            "type": "message",
            "user": user,
            "client_msg_id": new_id("").lower(),
            "team": people.TEAM_ID,
            "text": text,
            "blocks": rich_text(text, new_id("")[:5]),
            **({"thread_ts": fields["thread_ts"]} if fields.get("thread_ts") else {}),
            **({"files": files, "upload": False, "subtype": "file_share"} if files else {}),
        }

    def post(self, channel: Document, message: Document) -> Document:
        """Gives the message its timestamp and its place."""
        ts = self._workspace.next_ts()
        message |= {"ts": ts, "channel": channel["id"]}
        parent = None
        if thread_ts := message.get("thread_ts"):
            parent = self._workspace.message(channel["id"], thread_ts)
            if parent is not None:
                message["parent_user_id"] = parent["user"]
        if message.get("subtype") == "thread_broadcast" and parent:
            message["root"] = present(parent)
        self._workspace.save_message(message)
        self._live.tell(
            self.viewers(channel),
            {"type": "message", "channel": channel["id"], "message": present(message)},
        )
        if parent is not None:
            self._count_replies(channel, parent)
        self._tell_app(channel, message)
        return message

    def _count_replies(self, channel: Document, parent: Document) -> None:
        replies = self._workspace.replies(channel["id"], parent["ts"])
        users = list(dict.fromkeys(one["user"] for one in replies))
        counts = {
            "thread_ts": parent["ts"],
            "reply_count": len(replies),
            "reply_users": users,
            "reply_users_count": len(users),
            "is_locked": False,
            "subscribed": people.BOT_USER in (*users, parent["user"]),
        }
        for name in (*counts, "latest_reply"):
            parent.pop(name, None)
        if replies:
            parent |= {**counts, "latest_reply": replies[-1]["ts"]}
        self._workspace.save_message(parent)
        self._tell_changed(channel, parent)

    def _tell_changed(self, channel: Document, message: Document, kind: str = "changed") -> None:
        event = {"type": kind, "channel": channel["id"], "message": present(message)}
        self._live.tell(self.viewers(channel), event)

    def _tell_app(self, channel: Document, message: Document) -> None:
        event = {**present(message), "channel": channel["id"], "event_ts": message["ts"]}
        self._events.emit_message(event, channel)
        text = message["text"]
        if mentions_bot(text) and channel_kind(channel) != "im" and not message.get("bot_id"):
            mention = {name: value for name, value in event.items() if name != "subtype"}
            self._events.emit("app_mention", {**mention, "type": "app_mention"}, channel)
            if people.BOT_USER not in channel["members"]:
                name = self._workspace.users[people.BOT_USER]["name"]
                # Slack has buttons here; what they do can be typed as well.
                self.notice(
                    channel,
                    message["user"],
                    f"You mentioned <@{people.BOT_USER}>, but they're not in this channel. Type `/invite @{name}` "
                    "to add them.",
                )
        links = links_of(text, self._workspace.manifest.features.unfurl_domains)
        if links and not message.get("bot_id"):
            self._events.emit("link_shared", self._link_event(channel, message, links), channel)

    def _link_event(self, channel: Document, message: Document, links: list[dict[str, str]]) -> Document:
        thread = {"thread_ts": message["thread_ts"]} if message.get("thread_ts") else {}
        return {
            "type": "link_shared",
            "user": message["user"],
            "channel": channel["id"],
            "message_ts": message["ts"],
            **thread,
            "links": links,
            "is_bot_user_member": people.BOT_USER in channel["members"],
            "unfurl_id": f"{channel['id']}-{message['ts']}",
            "source": "conversations_history",
            "event_ts": message["ts"],
        }

    def show(self, message: Document) -> None:
        """Keeps a message that has grown, and shows it; the app has no event of its own stream growing."""
        self._workspace.save_message(message)
        self._tell_changed(self._workspace.channels[message["channel"]], message)

    def edit(self, message: Document, fields: Mapping[str, object], shows_edited: bool) -> Document:
        """Changes these fields; a value of None takes the field away."""
        before = copy.deepcopy(present(message))
        for name, value in fields.items():
            if value is None:
                message.pop(name, None)
            else:
                message[name] = value
        message["text"] = link_urls(message.get("text") or "")
        ts = self._workspace.next_ts()
        if shows_edited:
            message["edited"] = {"user": message["user"], "ts": ts}
        self._workspace.save_message(message)
        channel = self._workspace.channels[message["channel"]]
        self._tell_changed(channel, message)
        self._events.emit_message(
            {
                "type": "message",
                "subtype": "message_changed",
                "hidden": True,
                "message": present(message),
                "previous_message": before,
                "channel": channel["id"],
                "ts": ts,
                "event_ts": ts,
            },
            channel,
        )
        return message

    def delete(self, message: Document) -> None:
        channel = self._workspace.channels[message["channel"]]
        self._workspace.remove_message(message)
        ts = self._workspace.next_ts()
        thread_ts = message.get("thread_ts")
        notice = {"type": "deleted", "channel": channel["id"], "ts": message["ts"], "thread_ts": thread_ts}
        self._live.tell(self.viewers(channel), notice)
        parent = self._workspace.message(channel["id"], thread_ts) if thread_ts else None
        if parent is not None:
            self._count_replies(channel, parent)
        self._events.emit_message(
            {
                "type": "message",
                "subtype": "message_deleted",
                "hidden": True,
                "deleted_ts": message["ts"],
                "previous_message": present(message),
                "channel": channel["id"],
                "ts": ts,
                "event_ts": ts,
            },
            channel,
        )

    def react(self, message: Document, user: str, name: str, add: bool) -> bool:
        """Adds or removes one user's reaction; False where it was so already."""
        reactions: list[Document] = message.setdefault("reactions", [])
        reaction = next((one for one in reactions if one["name"] == name), None)
        if (reaction is not None and user in reaction["users"]) == add:
            return False
        if reaction is None:
            reactions.append({"name": name, "users": [user], "count": 1})
        else:
            (reaction["users"].append if add else reaction["users"].remove)(user)
            reaction["count"] = len(reaction["users"])
        message["reactions"] = [one for one in reactions if one["users"]]
        self._workspace.save_message(message)
        channel = self._workspace.channels[message["channel"]]
        self._tell_changed(channel, message, "reaction")
        event = {
            "type": "reaction_added" if add else "reaction_removed",
            "user": user,
            "reaction": name,
            "item_user": message["user"],
            "item": {"type": "message", "channel": channel["id"], "ts": message["ts"]},
            "event_ts": self._workspace.next_ts(),
        }
        self._events.emit(event["type"], event, channel)
        return True

    def whisper(self, channel: Document, user: str, message: Document) -> Document:
        """Shows a message to that user alone; it is kept in memory only, as Slack keeps it for a session.

        In a thread that has no reply yet it is taken, and shown to nobody.
        """
        message |= {"ts": self._workspace.next_ts(), "channel": channel["id"], "is_ephemeral": True}
        thread_ts = message.get("thread_ts")
        if thread_ts and not self._workspace.replies(channel["id"], thread_ts):
            return message
        mine = self._ephemerals[user]
        mine.append(message)
        del mine[:-KEPT_EPHEMERALS]
        event = {"type": "ephemeral", "channel": channel["id"], "message": present(message)}
        self._live.tell([user], event)
        return message

    def whispered(self, channel: str, user: str, ts: str) -> Document | None:
        """That user's ephemeral message."""
        mine = self._ephemerals[user]
        return next((one for one in mine if one["channel"] == channel and one["ts"] == ts), None)

    def replace_whisper(self, user: str, message: Document, fields: Mapping[str, object]) -> None:
        """Puts new content in its place; what makes it this message stays."""
        lasting = ("ts", "channel", "is_ephemeral", "thread_ts")
        identity = {name: message[name] for name in lasting if name in message}
        message.clear()
        message |= {**self.from_bot(fields), **identity}
        event = {"type": "ephemeral", "channel": message["channel"], "message": present(message)}
        self._live.tell([user], event)

    def unwhisper(self, user: str, message: Document) -> None:
        self._ephemerals[user].remove(message)
        notice = {"type": "deleted", "channel": message["channel"], "ts": message["ts"]}
        self._live.tell([user], {**notice, "thread_ts": message.get("thread_ts")})

    def notice(self, channel: Document, user: str, text: str) -> Document:
        """Slackbot's word to one user."""
        message = {"type": "message", "user": people.SLACKBOT, "text": text, "team": people.TEAM_ID}
        return self.whisper(channel, user, message)

    def seen_by(self, user: str, channel: Document, thread_ts: str | None) -> list[Document]:
        """What a user sees of a channel, or of one thread, oldest first, ephemeral messages included."""
        everything = [
            *self._workspace.messages[channel["id"]].values(),
            *(one for one in self._ephemerals[user] if one["channel"] == channel["id"]),
        ]
        if thread_ts:
            visible = [one for one in everything if thread_ts in (one["ts"], one.get("thread_ts"))]
        else:
            visible = [one for one in everything if in_channel(one)]
        return [present(one) for one in sorted(visible, key=lambda one: one["ts"])]

    def join(self, channel: Document, user: str, inviter: str | None = None) -> None:
        """Makes the user a member, with Slack's message about it and the event."""
        channel["members"].append(user)
        self._workspace.save_channel(channel)
        text = f"<@{user}> has joined the channel"
        subtype = "channel_join" if channel_kind(channel) == "channel" else "group_join"
        message: Document = {"type": "message", "subtype": subtype, "user": user, "text": text}
        event = {
            "type": "member_joined_channel",
            "user": user,
            "channel": channel["id"],
            "channel_type": "G" if channel["is_private"] else "C",
            "team": people.TEAM_ID,
            "event_ts": f"{time.time():.6f}",
        }
        if inviter:
            message["inviter"] = event["inviter"] = inviter
        self.post(channel, message)
        self._events.emit("member_joined_channel", event, channel)


def in_channel(message: Document) -> bool:
    """Stands in the channel itself: no reply, or one that was also sent to the channel."""
    thread_ts = message.get("thread_ts")
    return thread_ts in (None, message["ts"]) or message.get("subtype") == "thread_broadcast"
