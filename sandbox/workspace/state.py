"""What the workspace knows: people, channels, messages, files. In memory, written through to the store."""

import secrets
import string
import time
from collections import defaultdict
from pathlib import Path

from sandbox.documents import Document
from sandbox.workspace import people
from sandbox.workspace.manifest import Manifest
from sandbox.workspace.store import DocumentStore

ID_ALPHABET = string.ascii_uppercase + string.digits


def new_id(prefix: str) -> str:
    """An id as Slack makes them: a letter or two that say of what, then capitals and digits."""
    return prefix + "0" + "".join(secrets.choice(ID_ALPHABET) for _ in range(9))


class WorkspaceState:
    """The one team with the one installed app. Lookups return the live documents: `save` after a change."""

    def __init__(self, state_dir: Path, manifest: Manifest) -> None:
        self.manifest = manifest
        self.files_dir = state_dir / "files"
        self.files_dir.mkdir(parents=True, exist_ok=True)
        self._store = DocumentStore(state_dir / "workspace.db")
        self.users = people.build_users(manifest.bot_name)
        self.users |= {one["id"]: one for one in self._store.all("user")}
        self.usergroups = [people.LEADS]
        self.channels: dict[str, Document] = {one["id"]: one for one in self._store.all("channel")}
        if not self.channels:
            for row in people.CHANNELS:
                self.save_channel(people.build_channel(*row))
        self.messages: dict[str, dict[str, Document]] = defaultdict(dict)
        for message in self._store.all("message"):
            self.messages[message["channel"]][message["ts"]] = message
        self.files: dict[str, Document] = {one["id"]: one for one in self._store.all("file")}
        self.homes: dict[str, Document] = {one["user"]: one["view"] for one in self._store.all("home")}
        self._reads: dict[str, str] = {one["key"]: one["ts"] for one in self._store.all("read")}
        self._last_ts = max((ts for all_ts in self.messages.values() for ts in all_ts), default="0")

    def close(self) -> None:
        self._store.close()

    def next_ts(self) -> str:
        """Now, as a timestamp that no other message of this workspace has."""
        seconds, micros = divmod(time.time_ns() // 1000, 1_000_000)
        ts = f"{seconds}.{micros:06d}"
        if ts <= self._last_ts:
            whole, fraction = self._last_ts.split(".")
            seconds, micros = divmod(int(whole) * 1_000_000 + int(fraction) + 1, 1_000_000)
            ts = f"{seconds}.{micros:06d}"
        self._last_ts = ts
        return ts

    def user(self, name_or_id: str) -> Document | None:
        """By id, by name, or by @name."""
        name = name_or_id.removeprefix("@")
        return self.users.get(name) or next((u for u in self.users.values() if u["name"] == name), None)

    def channel(self, name_or_id: str) -> Document | None:
        """By id, by name, or by #name; direct conversations by id only."""
        name = name_or_id.removeprefix("#")
        return self.channels.get(name) or next((c for c in self.channels.values() if c.get("name") == name), None)

    def direct(self, user: str) -> Document:
        """The direct conversation between this user and the app, opened when there is none."""
        for channel in self.channels.values():
            if channel.get("is_im") and channel["user"] == user:
                return channel
        direct = people.build_direct(new_id("D"), user, int(time.time()))
        self.save_channel(direct)
        return direct

    def save_user(self, user: Document) -> None:
        self.users[user["id"]] = user
        self._store.put("user", user["id"], user)

    def save_channel(self, channel: Document) -> None:
        self.channels[channel["id"]] = channel
        self._store.put("channel", channel["id"], channel)

    def message(self, channel: str, ts: str) -> Document | None:
        return self.messages[channel].get(ts)

    def save_message(self, message: Document) -> None:
        channel, ts = message["channel"], message["ts"]
        self.messages[channel][ts] = message
        self._store.put("message", f"{channel}:{ts}", message)

    def remove_message(self, message: Document) -> None:
        channel, ts = message["channel"], message["ts"]
        del self.messages[channel][ts]
        self._store.remove("message", f"{channel}:{ts}")

    def replies(self, channel: str, ts: str) -> list[Document]:
        """The replies to that message, oldest first, without the message itself."""
        messages = self.messages[channel].values()
        return [one for one in messages if one.get("thread_ts") == ts and one["ts"] != ts]

    def save_file(self, document: Document) -> None:
        self.files[document["id"]] = document
        self._store.put("file", document["id"], document)

    def save_home(self, user: str, view: Document) -> None:
        self.homes[user] = view
        self._store.put("home", user, {"user": user, "view": view})

    def mark_read(self, user: str, channel: str) -> None:
        latest = max(self.messages[channel], default="0")
        key = f"{user}:{channel}"
        self._reads[key] = latest
        self._store.put("read", key, {"key": key, "ts": latest})

    def unread(self, user: str, channel: str) -> int:
        """Messages of others in the channel itself since the user last read it."""
        since = self._reads.get(f"{user}:{channel}", "0")
        return sum(
            ts > since and one.get("user") != user and one.get("thread_ts", ts) == ts
            for ts, one in self.messages[channel].items()
        )


def channel_kind(channel: Document) -> str:
    """`channel` (public), `group` (private) or `im`, as in events' `channel_type`."""
    if channel.get("is_im"):
        return "im"
    return "group" if channel["is_private"] else "channel"


def present_channel(channel: Document, viewer: str) -> Document:
    """Slack's channel object for this viewer; who is in it is not a part of it."""
    record = {name: value for name, value in channel.items() if name != "members"}
    if channel.get("is_im"):
        return record
    members = channel["members"]
    return {**record, "is_member": viewer in members, "num_members": len(members)}
