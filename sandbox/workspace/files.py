"""Files: uploads by the app (a ticket, then the bytes, then the sharing) and by users."""

import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.documents import Document
from sandbox.workspace.file_types import snippet_of, type_of
from sandbox.workspace.people import BOT_USER, TEAM_ID
from sandbox.workspace.state import WorkspaceState, channel_kind, new_id

SHARE_LISTS = {"channel": ("channels", "public"), "group": ("groups", "private"), "im": ("ims", "private")}


@dataclass
class Upload:
    """An upload that the app has announced."""

    file_id: str
    name: str
    length: int
    alt_text: str = ""
    snippet_type: str = ""
    received: bool = False


class FileShelf:
    """The workspace's files; their bytes lie in the state folder."""

    def __init__(self, workspace: WorkspaceState, base_url: str) -> None:
        self._workspace = workspace
        self._base = base_url
        self._uploads: dict[str, Upload] = {}
        self._submitted: set[str] = set()
        for document in workspace.files.values():
            # The workspace may have come up on another port than the one where the file was made.
            document.update(self._addresses(document["id"], document["name"], document["user"]))

    def path(self, file_id: str) -> Path:
        return self._workspace.files_dir / file_id

    def announce(self, name: str, length: int, alt_text: str = "", snippet_type: str = "") -> tuple[str, str]:
        """The address to upload to, and the file's id."""
        ticket = secrets.token_urlsafe(24)
        self._uploads[ticket] = Upload(new_id("F"), name, length, alt_text, snippet_type)
        return f"{self._base}upload/v1/{ticket}", self._uploads[ticket].file_id

    def receive(self, ticket: str, content: bytes) -> bool:
        """Takes the bytes of an announced upload; False for an unknown ticket or another length."""
        upload = self._uploads.get(ticket)
        if upload is None or upload.received or len(content) != upload.length:
            return False
        self.path(upload.file_id).write_bytes(content)
        upload.received = True
        return True

    def complete(self, file_id: str, title: str | None) -> Document | None:
        """Makes the received upload a file of the app; None where nothing was received under that id."""
        matches = [one for one in self._uploads.items() if one[1].file_id == file_id and one[1].received]
        if not matches:
            return None
        ticket, upload = matches[0]
        del self._uploads[ticket]
        return self._save(upload, title or upload.name, BOT_USER)

    def add(self, user: str, name: str, content: bytes) -> Document:
        """A file that a user uploads."""
        upload = Upload(new_id("F"), name, len(content))
        self.path(upload.file_id).write_bytes(content)
        return self._save(upload, name, user)

    def _addresses(self, file_id: str, name: str, user: str) -> dict[str, str]:
        slug = re.sub(r"[^a-z0-9._-]+", "_", name.lower())
        private = f"{self._base}files-pri/{TEAM_ID}-{file_id}/"
        return {
            "url_private": private + slug,
            "url_private_download": f"{private}download/{slug}",
            "permalink": f"{self._base}files/{user}/{file_id}/{slug}",
        }

    def _save(self, upload: Upload, title: str, user: str) -> Document:
        kind, name, now = type_of(upload.name, upload.snippet_type), upload.name, int(time.time())
        document: Document = {
            "id": upload.file_id,
            "created": now,
            "timestamp": now,
            "name": name,
            "title": title,
            **kind,
            **snippet_of(kind["mimetype"], self.path(upload.file_id).read_bytes()),
            **({"alt_txt": upload.alt_text} if upload.alt_text else {}),
            "user": user,
            "user_team": TEAM_ID,
            "size": self.path(upload.file_id).stat().st_size,
            "is_external": False,
            "external_type": "",
            "is_public": False,
            "public_url_shared": False,
            "display_as_bot": False,
            "username": "",
            **self._addresses(upload.file_id, name, user),
            "channels": [],
            "groups": [],
            "ims": [],
            "shares": {},
            "has_rich_preview": False,
            "file_access": "visible",
        }
        self._workspace.save_file(document)
        return document

    def share(self, document: Document, channel: Document, message: Document) -> None:
        """Notes where the file was posted."""
        kind = channel_kind(channel)
        list_name, shared = SHARE_LISTS[kind]
        if channel["id"] not in document[list_name]:
            document[list_name].append(channel["id"])
        place = {"ts": message["ts"], "channel_name": channel.get("name", ""), "team_id": TEAM_ID}
        document["shares"].setdefault(shared, {}).setdefault(channel["id"], []).append(place)
        document["is_public"] |= kind == "channel"
        self._workspace.save_file(document)

    def submit(self, file_id: str) -> None:
        """What a user hands in with a form of the app, the app may read."""
        self._submitted.add(file_id)

    def visible_to(self, document: Document, user: str) -> bool:
        """Its owner's, everyone's who is in a channel where it was posted, and the app's where it was handed in."""
        if user == BOT_USER and document["id"] in self._submitted:
            return True
        places = [*document["channels"], *document["groups"], *document["ims"]]
        return document["user"] == user or any(user in self._workspace.channels[place]["members"] for place in places)

    def known_to_app(self, reference: Mapping[str, str]) -> bool:
        """Whether an image block's `slack_file` names a file that the app may show."""
        name = reference.get("id") or reference.get("url")
        for document in self._workspace.files.values():
            if name in (document["id"], document["url_private"], document["permalink"]):
                return self.visible_to(document, BOT_USER)
        return False
