"""The few calls that put a message into Slack, with its pictures."""

import copy
import logging
import threading
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any, TypedDict

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.blocks.parts import Blocks, without_pictures

log = logging.getLogger(__name__)
# Seconds between looks at an upload that Slack has not read yet; after them its message is sent all the same.
READINESS_PAUSES = (0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
# What Slack answers to who looks for a message in a conversation that is not open to the bot, or not open yet.
UNREADABLE = ("channel_not_found", "not_in_channel", "thread_not_found")

# Errors of Slack's own making pass; what it refuses it will refuse again.
PASSING = {
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "request_timeout",
    "ratelimited",
    "rate_limited",
}


class Content(TypedDict):
    """A message as Slack takes it; `pictures` are file ids by the names that its blocks use, None for those gone."""

    text: str
    blocks: Blocks
    pictures: dict[str, str | None]
    metadata: dict[str, object]


class NotPossible(Exception):
    """This delivery can never be sent."""


class Sender:
    """Posts, edits, uploads and finds messages through one WebClient."""

    def __init__(self, client: WebClient) -> None:
        self._client = client

    def post(self, channel: str, thread: str | None, content: Content) -> tuple[str, str]:
        """Posts; returns channel and ts. To a person it goes as a direct message, whose channel is told here alone."""
        try:
            return self._post(channel, thread, content)
        except SlackApiError as error:
            if error.response.get("error") != "invalid_blocks" or not _has_pictures(content):
                raise
            log.warning("Slack refused the pictures of a message; it is posted without them")
            return self._post(channel, thread, _bare(content))

    def join(self, channel: str) -> None:
        """Makes the bot a member of a public channel."""
        self._client.conversations_join(channel=channel)

    def edit(self, channel: str, ts: str, content: Content) -> None:
        """Makes the message look like `content`; a message that people deleted stays deleted."""
        update = partial(
            self._client.chat_update, channel=channel, ts=ts, text=content["text"], metadata=content["metadata"]
        )
        try:
            update(blocks=_with_pictures(content))
        except SlackApiError as error:
            reason = error.response.get("error")
            if reason == "message_not_found":
                raise NotPossible("the message is gone") from error
            if reason != "invalid_blocks" or not _has_pictures(content):
                raise
            log.warning("Slack refused the pictures of a message; it is edited without them")
            update(blocks=_with_pictures(_bare(content)))

    def upload(self, file: Path, alt: str) -> str:
        """Uploads a picture that only messages of the bot refer to; returns its file id once Slack can show it."""
        answer = self._client.files_upload_v2(file=str(file), filename=file.name, title=file.name, alt_txt=alt[:1000])
        uploaded = str(answer["file"]["id"])
        self._await_readiness(uploaded)
        return uploaded

    def _await_readiness(self, uploaded: str) -> None:
        """Until Slack has read a file it refuses blocks with it: github.com/slackapi/python-slack-sdk/issues/1521."""
        for pause in READINESS_PAUSES:
            try:
                if self._client.files_info(file=uploaded)["file"].get("mimetype"):
                    return
            except SlackApiError:
                log.warning("an upload cannot be looked at; its message is sent as it is", exc_info=True)
                return
            threading.Event().wait(pause)

    def direct(self, user: str) -> str | None:
        """The channel of the direct messages to this person, if there have been any."""
        cursor: str | None = None
        while True:
            page = self._client.conversations_list(types="im", limit=999, cursor=cursor)
            for channel in page["channels"]:
                if channel.get("user") == user:
                    return str(channel["id"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    def find(self, channel: str, thread: str | None, delivery: str, since: float) -> str | None:
        """The ts of the message that carries this delivery id, if Slack has it.

        It is not there where the bot may not read: nothing of it stands in a channel that it is not in.
        """
        try:
            return self._find(channel, thread, delivery, since)
        except SlackApiError as error:
            if error.response.get("error") in UNREADABLE:
                return None
            raise

    def _find(self, channel: str, thread: str | None, delivery: str, since: float) -> str | None:
        cursor: str | None = None
        arguments: dict[str, Any] = {"channel": channel, "include_all_metadata": True, "limit": 200}
        if since:
            arguments["oldest"] = f"{since - 60:.6f}"
        while True:
            if thread:
                page = self._client.conversations_replies(ts=thread, cursor=cursor, **arguments)
            else:
                page = self._client.conversations_history(cursor=cursor, **arguments)
            for message in page["messages"]:
                payload = (message.get("metadata") or {}).get("event_payload") or {}
                if payload.get("delivery") == delivery:
                    return str(message["ts"])
            cursor = (page.get("response_metadata") or {}).get("next_cursor")
            if not cursor:
                return None

    def _post(self, channel: str, thread: str | None, content: Content) -> tuple[str, str]:
        answer = self._client.chat_postMessage(
            channel=channel,
            thread_ts=thread,
            text=content["text"],
            blocks=_with_pictures(content),
            metadata=content["metadata"],
            unfurl_links=False,
            unfurl_media=False,
        )
        return str(answer["channel"]), str(answer["ts"])


def _has_pictures(content: Content) -> bool:
    return any("slack_file" in block for block in content["blocks"])


def _bare(content: Content) -> Content:
    """Without the pictures that wait for their upload, and with the others told in words."""
    waiting = [block.get("slack_file", {}).get("id", "").startswith("@") for block in content["blocks"]]
    blocks = [block for block, waits in zip(content["blocks"], waiting, strict=True) if not waits]
    return {**content, "blocks": without_pictures(blocks), "pictures": {}}


def _with_pictures(content: Content) -> Blocks:
    """The blocks with `@name` replaced by the uploaded file; pictures that could not be had are left out."""
    shown = []
    for block in copy.deepcopy(content["blocks"]):
        reference = block.get("slack_file", {}).get("id", "")
        if reference.startswith("@"):
            file = content["pictures"].get(reference[1:])
            if file is None:
                continue
            block["slack_file"]["id"] = file
        shown.append(block)
    return shown


def is_final(error: SlackApiError) -> bool:
    """Whether Slack will say the same next time."""
    status = error.response.status_code
    is_passing = status == HTTPStatus.TOO_MANY_REQUESTS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return not is_passing and error.response.get("error") not in PASSING
