"""files.getUploadURLExternal, completeUploadExternal, files.info."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments, missing
from sandbox.workspace.content import read_content
from sandbox.workspace.errors import ApiError
from sandbox.workspace.file_types import SNIPPET_BYTES
from sandbox.workspace.methods.access import find_channel, require_postable
from sandbox.workspace.methods.chat import identity, thread
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.people import BOT_USER

MAX_ALT_TEXT = 1000


def announce_upload(parts: WorkspaceParts, args: Arguments) -> Document:
    name = args.required("filename")
    length = args.integer("length", 0)
    if length <= 0:
        raise missing("length")
    alt_text, snippet_type = args.text("alt_txt"), args.text("snippet_type")
    if len(alt_text) > MAX_ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    if snippet_type and length > SNIPPET_BYTES:
        raise ApiError("snippet_too_large")
    url, file_id = parts.files.announce(name, length, alt_text, snippet_type)
    return {"upload_url": url, "file_id": file_id}


def _channels(parts: WorkspaceParts, args: Arguments) -> list[Document]:
    names = args.names("channels") or args.names("channel_id")
    channels = [find_channel(parts, one) for one in names]
    for channel in channels:
        if BOT_USER not in channel["members"]:
            raise ApiError("not_in_channel")
        require_postable(parts, channel)
    return channels


def complete_upload(parts: WorkspaceParts, args: Arguments) -> Document:
    uploads = args.structure("files")
    if not isinstance(uploads, list) or not uploads or not all(isinstance(one, dict) for one in uploads):
        raise missing("files")
    channels = _channels(parts, args)
    comment = args.text("initial_comment")
    content = {"text": comment} if comment else read_content(parts, args)
    threads = [thread(parts, args, channel) for channel in channels]
    documents = [parts.files.complete(str(one.get("id")), one.get("title")) for one in uploads]
    files = [one for one in documents if one is not None]
    if len(files) < len(uploads):
        raise ApiError("file_not_found")
    for channel, place in zip(channels, threads, strict=True):
        fields = {**content, **place, **identity(parts, args), "files": files}
        message = parts.messages.post(channel, parts.messages.from_bot(fields))
        for one in files:
            parts.files.share(one, channel, message)
    return {"files": [{"id": one["id"], "title": one["title"]} for one in files]}


def info(parts: WorkspaceParts, args: Arguments) -> Document:
    document = parts.workspace.files.get(args.required("file"))
    if document is None or not parts.files.visible_to(document, BOT_USER):
        raise ApiError("file_not_found")
    return {"file": document, "comments": [], "response_metadata": {"next_cursor": ""}}
