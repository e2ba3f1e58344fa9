"""What hugops needs to know of the Slack workspace: people, channels, user groups. Cached, never listed whole."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.errors import HugopsError, Refused

T = TypeVar("T")
CACHE_SECONDS = 300.0
SHORTEST_CHANNEL_ID = 9
PAGE = 1000  # people; Slack gives no more at a time
# What Slack calls a group DM begins so, and the scopes for one are not asked for.
GROUP_DM, GROUP_DM_SCOPE = "mpdm-", "mpim:read"
NOT_IN_GROUP_DMS = "I do not work in group DMs. Ask me in a channel, or in a direct message to me alone."
# Whether this thread may wait for Slack.
_may_wait: ContextVar[bool] = ContextVar("may_wait", default=True)


class WouldWait(Exception):
    """Slack would have to be asked where nothing may wait; ask again where it may."""


@dataclass(frozen=True)
class Person:
    """A user of the workspace; `zone` is the time zone set in their Slack profile."""

    id: str
    name: str
    zone: ZoneInfo
    is_admin: bool


@dataclass(frozen=True)
class Channel:
    """A channel or DM; `is_member` tells whether the bot is in it."""

    id: str
    name: str
    is_private: bool
    is_member: bool
    is_dm: bool
    is_archived: bool = False


class Workspace:
    """Reads people, channels and groups through one WebClient; answers are kept for five minutes."""

    def __init__(self, client: WebClient) -> None:
        self.client = client
        self._kept: dict[tuple[str, str], tuple[float, object]] = {}
        self._lock = threading.Lock()

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        """Within it nothing asks Slack: what is not known raises WouldWait, as before an acknowledgement."""
        before = _may_wait.set(False)
        try:
            yield
        finally:
            _may_wait.reset(before)

    def person(self, user: str) -> Person:
        """The person with this id; UTC where Slack tells no time zone."""
        return self._cached("person", user, lambda: self._read_person(user))

    def team(self) -> str:
        """The id of the workspace that the bot is installed in."""
        return self._cached("team", "", lambda: str(self.client.auth_test()["team_id"]))

    def channel(self, channel: str) -> Channel:
        """The channel with this id, read afresh: membership changes at any time."""
        _ensure_may_wait()
        try:
            answer: dict[str, Any] = self.client.conversations_info(channel=channel)["channel"]
        except SlackApiError as error:
            if GROUP_DM_SCOPE in str(error.response.get("needed", "")).split(","):
                raise Refused(NOT_IN_GROUP_DMS) from error
            if error.response.get("error") == "channel_not_found":
                # A private channel that the bot is not in looks missing to it.
                return Channel(channel, "this channel", is_private=True, is_member=False, is_dm=False)
            raise
        is_dm = bool(answer.get("is_im") or answer.get("is_mpim"))
        return Channel(
            id=answer["id"],
            name=answer.get("name") or "this conversation",
            is_private=bool(answer.get("is_private")),
            is_member=is_dm or bool(answer.get("is_member")),
            is_dm=is_dm,
            is_archived=bool(answer.get("is_archived")),
        )

    def may_read(self, user: str, channel: str) -> bool:
        """Whether this person can read what stands in the channel: everybody a public one, members the others."""
        return self.is_open(channel) or user in self._members(channel)

    def is_open(self, channel: str) -> bool:
        """Whether everybody in the workspace can read it."""
        place = self.channel(channel)
        return not (place.is_private or place.is_dm)

    def channel_id(self, name_or_id: str) -> str | None:
        """The id of a channel given by name (with or without #) or id; None when there is no such channel."""
        name = name_or_id.removeprefix("#")
        if name[:1] in "CGD" and name.isupper() and name.isalnum() and len(name) >= SHORTEST_CHANNEL_ID:
            return name
        return self._cached("channel", name, lambda: self._find_channel(name))

    def members_of(self, handle: str) -> frozenset[str]:
        """User ids of the user group with this handle; empty when there is none."""
        return self._cached("group", handle.removeprefix("@"), lambda: self._read_group(handle.removeprefix("@")))

    def admins(self) -> frozenset[str] | None:
        """User ids of the workspace's admins; None in a workspace of more people than Slack tells of at once."""
        return self._cached("admins", "", self._read_admins)

    def permalink(self, channel: str, ts: str) -> str:
        """The address of a message."""

        def read() -> str:
            return str(self.client.chat_getPermalink(channel=channel, message_ts=ts)["permalink"])

        return self._cached("permalink", f"{channel}/{ts}", read)

    def ensure_can_post(self, channel: str, then: str) -> Channel:
        """Joins a public channel; Refused with the invitation to type where only people can let the bot in."""
        place = self.channel(channel)
        if place.is_member:
            return place
        if not place.is_private:
            self.client.conversations_join(channel=channel)
            return place
        raise Refused(
            f"I am not in {'#' + place.name if place.name != 'this channel' else place.name}. "
            f"Invite me with `/invite @hugops`, then {then}."
        )

    def posting_obstacle(self, key: str, name: str) -> str:
        """Why nothing can be posted in the channel that the setting `key` names; empty when it can, or by joining."""
        channel = self.channel_id(name)
        if channel is None:
            return f"{key}: there is no channel {name} that I can see. Create it, or invite me with `/invite @hugops`."
        place = self.channel(channel)
        if place.is_archived:
            return f"{key}: #{place.name} is archived. Restore it, or set another channel and restart me."
        if place.is_private and not place.is_member:
            return (
                f"{key}: {name} is no channel that I am in. Invite me there with `/invite @hugops`, or correct the "
                "setting and restart me."
            )
        return ""

    def _cached(self, kind: str, key: str, read: Callable[[], T]) -> T:
        with self._lock:
            known = self._kept.get((kind, key))
        if known is not None and time.monotonic() - known[0] < CACHE_SECONDS:
            return cast("T", known[1])
        _ensure_may_wait()
        value = read()
        if value is not None:
            with self._lock:
                self._kept[kind, key] = (time.monotonic(), value)
        return value

    def _read_person(self, user: str) -> Person:
        profile: dict[str, Any] = self.client.users_info(user=user)["user"]
        try:
            zone = ZoneInfo(profile.get("tz") or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            zone = ZoneInfo("UTC")
        is_admin = bool(profile.get("is_admin") or profile.get("is_owner"))
        return Person(profile["id"], profile.get("name") or profile["id"], zone, is_admin)

    def _members(self, channel: str) -> set[str]:
        members: set[str] = set()
        cursor: str | None = None
        while True:
            try:
                page = self.client.conversations_members(channel=channel, limit=PAGE, cursor=cursor)
            except SlackApiError as error:
                if error.response.get("error") == "channel_not_found":
                    return members
                raise
            members.update(page["members"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return members

    def _find_channel(self, name: str) -> str | None:
        cursor: str | None = None
        while True:
            page = self.client.conversations_list(
                types="public_channel,private_channel", exclude_archived=True, limit=999, cursor=cursor
            )
            for channel in page["channels"]:
                if channel.get("name") == name:
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    def _read_group(self, handle: str) -> frozenset[str]:
        groups: list[dict[str, Any]] = self.client.usergroups_list()["usergroups"]
        for group in groups:
            if handle in (group.get("handle"), group.get("id")):
                return frozenset(self.client.usergroups_users_list(usergroup=group["id"])["users"])
        return frozenset()

    def _read_admins(self) -> frozenset[str] | None:
        page = self.client.users_list(limit=PAGE)
        if (page.get("response_metadata") or {}).get("next_cursor"):
            return None
        return frozenset(
            user["id"]
            for user in page["members"]
            if not user.get("deleted") and (user.get("is_admin") or user.get("is_owner"))
        )


def _ensure_may_wait() -> None:
    if not _may_wait.get():
        raise WouldWait


def ensure_served(channel_name: str) -> None:
    """Refused in a group DM, by the name that Slack gives it."""
    if channel_name.startswith(GROUP_DM):
        raise Refused(NOT_IN_GROUP_DMS)


def slack_sentence(error: SlackApiError) -> HugopsError:
    """What a person should know of a refusal by Slack."""
    reason = error.response.get("error", "unknown_error")
    if reason == "missing_scope":
        return HugopsError(
            f"Slack wants the scope `{error.response.get('needed')}` for that. "
            "An admin can add it by reinstalling the app from manifest.yml."
        )
    if reason in ("not_in_channel", "channel_not_found"):
        return Refused("I am not in that channel. Invite me with `/invite @hugops`, then try again.")
    return HugopsError(f"Slack refused that ({reason}). Try again in a minute.")
