"""chat.unfurl: what an app shows under a message for the links in it."""

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments
from sandbox.workspace.errors import ApiError
from sandbox.workspace.methods.access import find_channel
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.rules.messages import check_attachments
from sandbox.workspace.text import links_of


def unfurl(parts: WorkspaceParts, args: Arguments) -> Document:
    """Takes `unfurls` for links of the app's own domains that stand in the message, and for no others."""
    channel = find_channel(parts, args.required("channel"))
    message = parts.workspace.message(channel["id"], args.required("ts"))
    if message is None:
        raise ApiError("cannot_unfurl_message")
    unfurls = args.structure("unfurls", "invalid_unfurls_format")
    if not unfurls:
        raise ApiError("missing_unfurls")
    if not isinstance(unfurls, dict) or not all(isinstance(one, dict) for one in unfurls.values()):
        raise ApiError("invalid_unfurls_format")
    links = {link["url"] for link in links_of(message["text"], parts.manifest.features.unfurl_domains)}
    if not unfurls.keys() <= links:
        raise ApiError("cannot_unfurl_url")
    check_attachments(list(unfurls.values()), parts.files.known_to_app)
    others = [one for one in message.get("attachments") or [] if one.get("from_url") not in unfurls]
    attachments = [*others, *(_attachment(url, content) for url, content in unfurls.items())]
    numbered = [{**one, "id": number} for number, one in enumerate(attachments, start=1)]
    parts.messages.edit(message, {"attachments": numbered}, shows_edited=False)
    return {}


def _attachment(url: str, content: Document) -> Document:
    fallback = content.get("fallback") or content.get("title") or url
    return {**content, "from_url": url, "app_unfurl_url": url, "is_app_unfurl": True, "fallback": fallback}
