"""Views: each user's stack of modals, and the App Home."""

import secrets
import time
from collections import defaultdict

from sandbox.documents import Document
from sandbox.workspace.elements import carry_state, complete_blocks, initial_state
from sandbox.workspace.errors import ApiError, UserSideError
from sandbox.workspace.live import LivePages
from sandbox.workspace.people import APP_ID, BOT_ID, TEAM_ID
from sandbox.workspace.state import WorkspaceState, new_id

MAX_STACK = 3


def new_hash() -> str:
    return f"{int(time.time())}.{secrets.token_hex(4)}"


def build_view(content: Document, view_id: str, root: str, previous: str | None) -> Document:
    """Slack's view object from what the app sent; blocks without ids get some."""
    blocks = complete_blocks(content.get("blocks") or [])
    view: Document = {
        "id": view_id,
        "team_id": TEAM_ID,
        "type": content["type"],
        "blocks": blocks,
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "external_id": content.get("external_id", ""),
        "state": {"values": initial_state(blocks)},
        "hash": new_hash(),
        "title": content.get("title"),
        "close": content.get("close"),
        "submit": content.get("submit"),
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "root_view_id": root,
        "previous_view_id": previous,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
    }
    if content["type"] == "home":
        view |= {"title": {"type": "plain_text", "text": "View Title", "emoji": True}}
    return view


class ViewStacks:
    """The open modals of each user, the last one on top, and each user's App Home."""

    def __init__(self, workspace: WorkspaceState, live: LivePages) -> None:
        self._workspace = workspace
        self._live = live
        self._stacks: dict[str, list[Document]] = defaultdict(list)

    def open_views(self, user: str) -> list[Document]:
        return list(self._stacks[user])

    def find(self, view_id: str) -> tuple[str, Document] | None:
        """The user who sees it and the view, of modals and of homes."""
        stacked = ((user, view) for user, views in self._stacks.items() for view in views)
        homes = self._workspace.homes.items()
        return next((place for place in (*stacked, *homes) if place[1]["id"] == view_id), None)

    def of_user(self, user: str, view_id: str) -> Document:
        """Raises UserSideError `view_not_found`, also for another user's view."""
        place = self.find(view_id)
        if place is None or place[0] != user:
            raise UserSideError("view_not_found")
        return place[1]

    def by_external_id(self, external_id: str) -> tuple[str, Document] | None:
        stacked = ((user, view) for user, views in self._stacks.items() for view in views)
        homes = self._workspace.homes.items()
        return next((place for place in (*stacked, *homes) if place[1]["external_id"] == external_id), None)

    def _check_external_id(self, content: Document, own: Document | None = None) -> None:
        external_id = content.get("external_id")
        place = self.by_external_id(external_id) if external_id else None
        if place is not None and place[1] is not own:
            raise ApiError("duplicate_external_id")

    def open(self, user: str, content: Document) -> Document:
        """Opens a modal as the only one of that user."""
        self._check_external_id(content)
        self.clear(user)
        view_id = new_id("V")
        return self._put(user, build_view(content, view_id, root=view_id, previous=None))

    def push(self, user: str, content: Document) -> Document:
        """Opens a modal on top of the open ones; raises `not_found` or `push_limit_reached`."""
        stack = self._stacks[user]
        if not stack:
            raise ApiError("not_found")
        if len(stack) >= MAX_STACK:
            raise ApiError("push_limit_reached")
        self._check_external_id(content)
        top = stack[-1]
        return self._put(user, build_view(content, new_id("V"), top["root_view_id"], top["id"]))

    def _put(self, user: str, view: Document) -> Document:
        self._stacks[user].append(view)
        self._live.tell([user], {"type": "view_opened", "view": view})
        return view

    def update(self, user: str, view: Document, content: Document) -> Document:
        """Puts new content in a view's place; what the user entered stays where the ids stay."""
        self._check_external_id(content, own=view)
        before = view["state"]["values"]
        view |= build_view(content, view["id"], view["root_view_id"], view["previous_view_id"])
        view["state"]["values"] = carry_state(before, view["blocks"])
        self._live.tell([user], {"type": "view_updated", "view": view})
        return view

    def publish(self, user: str, content: Document) -> Document:
        """Puts up the user's App Home."""
        old = self._workspace.homes.get(user)
        view_id = old["id"] if old else new_id("V")
        view = build_view(content, view_id, root=view_id, previous=None)
        self._workspace.save_home(user, view)
        self._live.tell([user], {"type": "home", "view": view})
        return view

    def close(self, user: str, view: Document) -> None:
        """Takes one modal away; the one below is on top then."""
        self._stacks[user].remove(view)
        self._live.tell([user], {"type": "view_closed", "view": view})

    def clear(self, user: str) -> list[Document]:
        """Takes all modals of the user away, the top one first; answers which they were."""
        views = self._stacks[user][::-1]
        for view in views:
            self.close(user, view)
        return views

    def enter(self, view: Document, block_id: str, action_id: str, state: Document) -> None:
        """Notes what the user entered."""
        view["state"]["values"].setdefault(block_id, {})[action_id] = state
