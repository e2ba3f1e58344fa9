"""Files that people attach in Slack: fetched with the app's token, from Slack's own host alone, within stated sizes."""

import re
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from core.errors import HugopsError, Mistake
from core.kinds import HEAD, LIMITS, claimed, kind_of
from core.words import quote, size

MOST_FILES = 10
# Without a word from Slack, and for one file altogether.
SILENCE_SECONDS, FILE_SECONDS = 15, 90.0
CHUNK = 64 * 1024
SIGN_IN = (
    "Slack sends me no files: the app lacks the scope `files:read`. An admin can add it by reinstalling the app from "
    "manifest.yml."
)


@dataclass(frozen=True)
class Attachment:
    """A file as Slack describes it: `kind` is what Slack takes it for, `url` where its bytes are."""

    id: str
    name: str
    kind: str | None
    size: int
    url: str


@dataclass(frozen=True)
class Fetched:
    """A file on this machine; `kind` is what its bytes say, `name` is what people call it."""

    path: Path
    name: str
    kind: str


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """Slack leads a token without the scope to its sign-in page; nobody else may see the token."""

    def redirect_request(self, *_arguments: object) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirects)


def read_attachment(client: WebClient, file: Mapping[str, Any]) -> Attachment:
    """The attachment that an event, a form or a bare `{"id": …}` tells of. Mistake when it is not to be had."""
    found = dict(file)
    if not found.get("url_private") and found.get("mode") not in ("tombstone", "hidden_by_limit"):
        try:
            found |= client.files_info(file=str(found.get("id")))["file"]
        except SlackApiError as error:
            if error.response.get("error") not in ("file_not_found", "file_deleted"):
                raise
    name = str(found.get("name") or found.get("title") or "the file")
    url = str(found.get("url_private_download") or found.get("url_private") or "")
    if not url:
        raise Mistake(
            f"I cannot see {quote(name)}: it is deleted, or in a channel that I am not in. "
            "Invite me there, or attach it anew."
        )
    if found.get("is_external"):
        raise Mistake(f"{quote(name)} lies outside of Slack. Download it and attach the file itself.")
    return Attachment(str(found["id"]), name, claimed(str(found.get("mimetype"))), int(found.get("size") or 0), url)


def fetch(client: WebClient, file: Attachment, folder: Path, limits: Mapping[str, int] = LIMITS) -> Fetched:
    """Downloads it under its own, harmless name. Where it may not or cannot be, Mistake says why and nothing stays.

    `limits` are the most bytes of each kind.
    """
    _ensure_within(file.name, file.kind, file.size, limits)
    _ensure_slack(client, file)
    path = _place(folder, file.name)
    try:
        kind = _download(client, file, path, limits)
    except urllib.error.HTTPError as error:
        error.close()
        path.unlink(missing_ok=True)
        if 300 <= error.code < 400:
            raise HugopsError(SIGN_IN) from error
        raise Mistake(f"Slack does not hand out {quote(file.name)} ({error.code}). Attach it anew.") from error
    except (OSError, HTTPException) as error:
        path.unlink(missing_ok=True)
        raise HugopsError(f"{quote(file.name)} did not come over from Slack. Try again in a minute.") from error
    except HugopsError:
        path.unlink(missing_ok=True)
        raise
    return Fetched(path, file.name, kind)


def _download(client: WebClient, file: Attachment, path: Path, limits: Mapping[str, int]) -> str:
    """Writes the bytes to `path` as they come, and tells their kind."""
    request = urllib.request.Request(file.url, headers={"Authorization": f"Bearer {client.token}"})  # noqa: S310  # checked by _ensure_slack
    until = time.monotonic() + FILE_SECONDS
    with OPENER.open(request, timeout=SILENCE_SECONDS) as answer, path.open("wb") as out:
        head = answer.read(HEAD)
        if not head:
            raise Mistake(f"{quote(file.name)} is empty. Attach one with something in it.")
        if _is_sign_in(answer, file):
            raise HugopsError(SIGN_IN)
        kind = kind_of(head)
        if kind is None:
            raise Mistake(
                f"{quote(file.name)} is of no kind that I can read. Attach a text, a CSV or JSON file, a picture, "
                "a sound, a video or a PDF."
            )
        got, chunk = 0, head
        while chunk:
            got += len(chunk)
            _ensure_within(file.name, kind, got, limits)
            if time.monotonic() > until:
                raise TimeoutError(f"more than {FILE_SECONDS:.0f} s")
            out.write(chunk)
            chunk = answer.read(CHUNK)
    if file.size and got != file.size:
        raise OSError(f"{got} of {file.size} bytes")
    return kind


def _ensure_within(name: str, kind: str | None, length: int, limits: Mapping[str, int]) -> None:
    most = limits[kind] if kind else max(limits.values())
    if length > most:
        what = f"a {kind}" if kind else "a file"
        raise Mistake(f"{quote(name)} has more than {size(most)}, the most that I take of {what}. Send a smaller one.")


def _ensure_slack(client: WebClient, file: Attachment) -> None:
    """The token goes to Slack's own hosts alone: those of files, and that of the Web API."""
    ours, its = urlsplit(client.base_url), urlsplit(file.url)
    if (its.scheme, its.netloc) not in ((ours.scheme, ours.netloc), ("https", f"files.{ours.hostname}")):
        raise Mistake(f"{quote(file.name)} lies outside of Slack. Download it and attach the file itself.")


def _is_sign_in(answer: HTTPResponse, file: Attachment) -> bool:
    is_page = (answer.headers.get_content_type() or "") == "text/html"
    return is_page and not file.name.lower().endswith((".html", ".htm"))


def _place(folder: Path, name: str) -> Path:
    """Where the file goes: answers name it, so people should know it again; it can neither ping nor lead elsewhere."""
    plain = re.sub(r"[^\w.\- ]+", "_", Path(name).name).strip("._- ")[-60:] or "file"
    return folder / (f"{uuid.uuid4().hex[:6]}-{plain}" if (folder / plain).exists() else plain)
