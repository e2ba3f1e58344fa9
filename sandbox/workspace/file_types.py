"""What Slack calls a file: its type by the name's ending, and a preview of those that are text."""

import mimetypes
from pathlib import Path

from sandbox.documents import Document

# Ending: (mimetype, filetype, pretty_type), where Slack's word is not the one that the ending suggests.
_KNOWN = {
    "txt": ("text/plain", "text", "Plain Text"),
    "log": ("text/plain", "text", "Plain Text"),
    "jsonl": ("text/plain", "text", "Plain Text"),
    "csv": ("text/csv", "csv", "CSV"),
    "tsv": ("text/tab-separated-values", "tsv", "TSV"),
    "md": ("text/plain", "markdown", "Markdown (raw)"),
    "json": ("text/plain", "json", "JSON"),
    "yml": ("text/plain", "yaml", "YAML"),
    "yaml": ("text/plain", "yaml", "YAML"),
    "py": ("text/plain", "python", "Python"),
    "htm": ("text/html", "html", "HTML"),
    "html": ("text/html", "html", "HTML"),
    "jpg": ("image/jpeg", "jpg", "JPEG"),
    "jpeg": ("image/jpeg", "jpg", "JPEG"),
    "webp": ("image/webp", "webp", "WEBP"),
    "wav": ("audio/wav", "wav", "WAV"),
    "mp3": ("audio/mpeg", "mp3", "MP3"),
    "m4a": ("audio/mp4", "m4a", "MPEG 4 Audio"),
    "ogg": ("audio/ogg", "ogg", "OGG"),
    "flac": ("audio/flac", "flac", "FLAC"),
    "webm": ("video/webm", "webm", "WebM"),
    "mp4": ("video/mp4", "mp4", "MPEG 4 Video"),
}
PREVIEW_LINES, PREVIEW_CHARACTERS = 5, 400
# Text above one megabyte is a file like any other.
SNIPPET_BYTES = 1_000_000


def type_of(name: str, snippet_type: str = "") -> dict[str, str]:
    """`mimetype`, `filetype` and `pretty_type`; a snippet's own type wins over the ending."""
    ending = Path(name).suffix.removeprefix(".").lower()
    guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
    mimetype, filetype, pretty = _KNOWN.get(ending, (guessed, ending or "binary", ending.upper() or "Binary"))
    if snippet_type:
        mimetype, filetype = "text/plain", snippet_type
    return {"mimetype": mimetype, "filetype": filetype, "pretty_type": pretty}


def snippet_of(mimetype: str, content: bytes) -> Document:
    """The fields that a text file has besides: how it is edited and its first lines."""
    if not mimetype.startswith("text/") or len(content) > SNIPPET_BYTES:
        return {"mode": "hosted", "editable": False}
    lines = content.decode("utf-8", "replace").splitlines()
    preview = "\n".join(lines[:PREVIEW_LINES])[:PREVIEW_CHARACTERS]
    return {
        "mode": "snippet",
        "editable": True,
        "preview": preview,
        "lines": len(lines),
        "lines_more": max(0, len(lines) - PREVIEW_LINES),
        "preview_is_truncated": len(preview) < sum(map(len, lines)),
    }
