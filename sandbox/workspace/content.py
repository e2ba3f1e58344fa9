"""What an app may put into a message: read from arguments and checked, wherever it is sent."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.rules.checks import MARKDOWN_LIMIT
from sandbox.workspace.rules.messages import MAX_TEXT, check_attachments, check_message_blocks, check_metadata


def read_content(parts: WorkspaceParts, args: Arguments) -> Document:
    """`text`, `blocks`, `attachments`, each only where given; raises as Slack does."""
    content: Document = {}
    blocks = args.structure("blocks", "invalid_blocks_format")
    attachments = args.structure("attachments", "invalid_attachments")
    markdown = args.text("markdown_text")
    if markdown:
        if blocks or args.text("text"):
            raise ApiError("markdown_text_conflict")
        if len(markdown) > MARKDOWN_LIMIT:
            raise ApiError("msg_too_long")
        blocks = [{"type": "markdown", "text": markdown}]
        content["text"] = markdown
    if "text" in args:
        content["text"] = args.text("text")
    if blocks is not None:
        check_message_blocks(blocks, parts.files.known_to_app)
        content["blocks"] = blocks
    if attachments is not None:
        check_attachments(attachments, parts.files.known_to_app)
        content["attachments"] = attachments
    return content


def require_content(content: Document) -> None:
    """Raises `no_text` for a message with nothing to show."""
    if not any(content.get(name) for name in ("text", "blocks", "attachments")):
        raise ApiError("no_text")


def read_metadata(args: Arguments) -> Document | None:
    """The checked metadata: None when left out, `{}` to take it away."""
    metadata: Document | None = args.structure("metadata", "invalid_metadata_format")
    if metadata:
        check_metadata(metadata)
    elif metadata not in (None, {}):
        raise ApiError("invalid_metadata_format")
    return metadata


def truncate(content: Document) -> Document:
    """Cuts a text above Slack's maximum; answers the warning that goes with it."""
    if len(content.get("text", "")) <= MAX_TEXT:
        return {}
    content["text"] = content["text"][:MAX_TEXT]
    return {"warning": "message_truncated", "response_metadata": {"warnings": ["message_truncated"]}}
