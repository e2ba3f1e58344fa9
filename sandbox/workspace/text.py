"""Users' text as Slack's server rewrites it: escapes, mentions, links, and the rich_text block beside it."""

import re

from sandbox.documents import Document
from sandbox.workspace.people import BOT_USER
from sandbox.workspace.state import WorkspaceState

URL = re.compile(r"(?<![<|])\bhttps?://[^\s<>|]+[^\s<>|.,;:!?)\]'\"]")
CODE = re.compile(r"(```.*?```|`[^`\n]*`)", re.DOTALL)
TOKEN = re.compile(r"<(?:[@#!][^<>]+|https?://[^<>]+|mailto:[^<>]+)>")
NAME = re.compile(r"(?<![\w<])([@#])([a-z0-9][a-z0-9._-]*)")


def _link_names(workspace: WorkspaceState, text: str, labelled: bool) -> str:
    def link(match: re.Match[str]) -> str:
        sign, name = match.groups()
        name = name.rstrip(".")
        rest = match.group(2)[len(name) :]
        if sign == "@" and (user := workspace.user(name)):
            label = f"|{user['name']}" if labelled else ""
            return f"<@{user['id']}{label}>{rest}"
        if sign == "@":
            group = next((one for one in workspace.usergroups if one["handle"] == name), None)
            return f"<!subteam^{group['id']}|@{name}>{rest}" if group else match.group()
        channel = workspace.channel(name)
        return f"<#{channel['id']}|{name}>{rest}" if channel else match.group()

    return NAME.sub(link, text)


def link_urls(text: str) -> str:
    """Bare URLs as Slack writes them, in angle brackets; not in code."""
    parts = CODE.split(text)
    parts[::2] = [URL.sub(lambda match: f"<{match.group()}>", part) for part in parts[::2]]
    return "".join(parts)


def escape_command(workspace: WorkspaceState, text: str) -> str:
    """A command's text with `should_escape`: names become ids with labels, URLs stand in brackets."""
    return link_urls(_link_names(workspace, text, labelled=True))


def rewrite(workspace: WorkspaceState, typed: str) -> str:
    """What a user typed, as it is stored: `& < >` escaped, tokens kept, @names, #channels and URLs linked."""
    parts: list[str] = []
    position = 0
    for token in [*TOKEN.finditer(typed), None]:
        end = token.start() if token else len(typed)
        plain = typed[position:end].replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        parts.append(_link_names(workspace, link_urls(plain), labelled=False))
        if token:
            parts.append(token.group())
            position = token.end()
    return "".join(parts)


def unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _element(token: str) -> Document:
    inner, _, label = token[1:-1].partition("|")
    if inner.startswith("@"):
        return {"type": "user", "user_id": inner[1:]}
    if inner.startswith("#"):
        return {"type": "channel", "channel_id": inner[1:]}
    if inner.startswith("!subteam^"):
        return {"type": "usergroup", "usergroup_id": inner.removeprefix("!subteam^")}
    if inner in ("!here", "!channel", "!everyone"):
        return {"type": "broadcast", "range": inner[1:]}
    if inner.startswith("!"):
        return {"type": "text", "text": label or inner}
    return {"type": "link", "url": unescape(inner), **({"text": label} if label else {})}


def rich_text(text: str, block_id: str) -> list[Document]:
    """The rich_text block that Slack adds to a user's message."""
    elements: list[Document] = []
    position = 0
    for token in TOKEN.finditer(text):
        if token.start() > position:
            elements.append({"type": "text", "text": unescape(text[position : token.start()])})
        elements.append(_element(token.group()))
        position = token.end()
    if position < len(text):
        elements.append({"type": "text", "text": unescape(text[position:])})
    section = {"type": "rich_text_section", "elements": elements}
    return [{"type": "rich_text", "block_id": block_id, "elements": [section]}]


def mentions_bot(text: str) -> bool:
    return f"<@{BOT_USER}>" in text or f"<@{BOT_USER}|" in text


def links_of(text: str, domains: list[str]) -> list[dict[str, str]]:
    """The links of a message whose host is one of the app's unfurl domains, or below one."""
    links: list[dict[str, str]] = []
    for token in TOKEN.findall(text):
        url = unescape(token[1:-1].partition("|")[0])
        host = re.match(r"https?://([^/:?#]+)", url)
        links += [
            {"domain": domain, "url": url}
            for domain in domains
            if host and (host[1] == domain or host[1].endswith("." + domain))
        ]
    return links
