"""One request to the Hub: who asks, about which repo, and what that caller may do with it."""

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.accounts import Account
from sandbox.documents import Document
from sandbox.hub.billing import Billing
from sandbox.hub.collections import CollectionShelf
from sandbox.hub.discussions import Discussions
from sandbox.hub.downloads import Downloads
from sandbox.hub.errors import BadRequest, Forbidden, GatedRepo, HubRefusal, RepoNotFound, Unauthorized
from sandbox.hub.facts import FactsReader
from sandbox.hub.file_host import FileHost
from sandbox.hub.limits import RequestLimits
from sandbox.hub.people import Directory
from sandbox.hub.providers import OfferBook
from sandbox.hub.records import Kind, StoredCommit, StoredRepo
from sandbox.hub.signing import Signer
from sandbox.hub.store import HubStore
from sandbox.hub.webhooks import Webhooks
from sandbox.hub.xet import XetStore

T = TypeVar("T")
PLURALS: Mapping[Kind, str] = {"model": "models", "dataset": "datasets", "space": "spaces"}


@dataclass(frozen=True)
class HubParts:
    """The parts that every request is answered with."""

    store: HubStore
    facts: FactsReader
    downloads: Downloads
    discussions: Discussions
    people: Directory
    webhooks: Webhooks
    signer: Signer
    xet: XetStore
    limits: RequestLimits
    providers: OfferBook
    billing: Billing
    collections: CollectionShelf
    file_host: FileHost


class Moved(HubRefusal):
    """The repo has another name, under which the same request is to be made; the message is the new path."""

    status = 307


_OWNERLESS = re.compile(
    r"(?P<before>/api/(?P<api>models|datasets|spaces)/|/(?P<web>datasets|spaces)/|/)(?P<name>[^/]+)"
)


@dataclass(frozen=True)
class Call:
    hub: HubParts
    request: Request
    body: bytes
    kind: Kind

    @property
    def base_url(self) -> str:
        """The address that the caller reached the Hub under; links must lead back to it."""
        return f"{self.request.url.scheme}://{self.request.headers.get('host', '')}"

    def url(self, repo: StoredRepo) -> str:
        return self.base_url + repo.web_path

    def api_url(self, repo: StoredRepo) -> str:
        return f"{self.base_url}/api/{PLURALS[repo.kind]}/{repo.id}"

    def param(self, name: str) -> str:
        """A part of the path, decoded: routes match the path as it was sent."""
        return unquote(str(self.request.path_params[name]))

    def number(self, name: str) -> int:
        text = self.param(name)
        if not text.isdecimal():
            raise BadRequest(f"Not a number: {text}")
        return int(text)

    @property
    def query(self) -> Mapping[str, str]:
        return self.request.query_params

    def flag(self, name: str) -> bool:
        return self.query.get(name, "").lower() in ("1", "true")

    def json(self) -> Document:
        try:
            body = json.loads(self.body or b"{}")
        except ValueError as error:
            raise BadRequest("The body is not valid JSON.") from error
        if not isinstance(body, dict):
            raise BadRequest("The body must be a JSON object.")
        return body

    def objects(self, name: str, *keys: str) -> list[Document]:
        """A list of objects in the JSON body, each with these keys; BadRequest when it is not one."""
        entries = self.json().get(name)
        if not isinstance(entries, list) or not all(
            isinstance(item, dict) and item.keys() >= {*keys} for item in entries
        ):
            raise BadRequest(f'"{name}" must be a list of objects with {", ".join(keys)}.')
        return entries

    def text(self, name: str) -> str:
        """A string in the JSON body; BadRequest when it is missing."""
        value = self.json().get(name)
        if not isinstance(value, str):
            raise BadRequest(f'"{name}" must be a string.')
        return value

    def check_token(self) -> None:
        """Refuses a token that is nobody's."""
        _ = self.account

    @cached_property
    def account(self) -> Account | None:
        """Whose token came along; Unauthorized for a token that is nobody's."""
        scheme, _, token = self.request.headers.get("authorization", "").partition(" ")
        if not token:
            return None
        account = self.hub.people.by_token(token.strip()) if scheme.lower() == "bearer" else None
        if account is None:
            raise Unauthorized("Invalid credentials in Authorization header")
        return account

    def signed_in(self) -> Account:
        account = self.account
        if account is None:
            raise Unauthorized("Invalid username or password.")
        return account

    def writer(self) -> Account:
        """The caller, with a token that may write at all."""
        account = self.signed_in()
        if account.role != "write":
            raise Forbidden("You don't have the required permissions to perform this action: use a write token.")
        return account

    def repo(self) -> StoredRepo:
        """The repo in the path, if the caller may know of it; raises Moved when it has another name now."""
        repo_id = f"{self.param('ns')}/{self.param('name')}"
        repo = self.hub.store.find_repo(self.kind, repo_id)
        if repo is None or not self.may_see(repo):
            self.follow_ownerless_name()
            raise RepoNotFound("Repository not found", status=404 if self.account else 401)
        if repo.id.lower() != repo_id.lower():
            old = f"/{self.request.path_params['ns']}/{self.request.path_params['name']}"
            raise Moved(self.request.scope["path"].replace(old, f"/{repo.id}", 1))
        return repo

    def follow_ownerless_name(self) -> None:
        """Raises Moved where the path begins with a name like `gpt2` that leads to a repo with an owner."""
        path: str = self.request.scope["path"]
        if match := _OWNERLESS.match(path):
            plural = match["api"] or match["web"] or "models"
            kind = next(kind for kind, name in PLURALS.items() if name == plural)
            repo = self.hub.store.find_repo(kind, unquote(match["name"]))
            if repo is not None and self.may_see(repo):
                raise Moved(f"{match['before']}{repo.id}{path[match.end() :]}")

    def may_see(self, repo: StoredRepo) -> bool:
        return not repo.private or self.hub.people.is_member(self.account, repo.namespace)

    def open_repo(self) -> StoredRepo:
        """The repo in the path, if its files are open to the caller; raises GatedRepo."""
        repo = self.repo()
        self.require_open(repo)
        return repo

    def require_open(self, repo: StoredRepo) -> None:
        account = self.account
        if self.hub.people.may_open(account, repo):
            return
        restricted = f"Access to {repo.kind} {repo.id} is restricted"
        if account is None:
            text = f"{restricted}. You must have access to it and be authenticated to access it. Please log in."
            raise GatedRepo(text, status=401)
        status = self.hub.people.status_of(repo, account)
        if status == "pending":
            raise GatedRepo(f"Your request to access {repo.kind} {repo.id} is awaiting a review from the repo authors.")
        if status == "rejected":
            raise GatedRepo(f"Your request to access {repo.kind} {repo.id} has been rejected by the repo's authors.")
        where = f"Visit {self.url(repo)} to ask for access."
        raise GatedRepo(f"{restricted} and you are not in the authorized list. {where}")

    def own_repo(self) -> StoredRepo:
        """The repo in the path, if the caller may write to it; raises Forbidden."""
        repo = self.repo()
        self.require_member(self.writer(), repo.namespace)
        return repo

    def require_member(self, account: Account, namespace: str) -> None:
        if not self.hub.people.is_member(account, namespace):
            raise Forbidden(f'You don\'t have the rights to write in the namespace "{namespace}".')

    def commit(self, repo: StoredRepo) -> StoredCommit:
        """The commit that the `rev` of the path names."""
        return self.hub.store.resolve(repo, self.param("rev"))

    def page(self, items: Sequence[T], default: int) -> tuple[Sequence[T], dict[str, str]]:
        """One page of the items, and the `Link` header that leads to the next."""
        start = _cursor(self.query.get("cursor"))
        limit = self.query.get("limit", "")
        size = min(int(limit), 1000) if limit.isdecimal() and int(limit) > 0 else default
        if start + size >= len(items):
            return items[start:], {}
        query_items = [(key, value) for key, value in self.request.query_params.multi_items() if key != "cursor"]
        following = base64.urlsafe_b64encode(str(start + size).encode()).decode()
        path = self.request.scope["path"]
        query = urlencode([*query_items, ("cursor", following)], quote_via=quote)
        link = f'<{self.base_url}{path}?{query}>; rel="next"'
        return items[start : start + size], {"Link": link}


def _cursor(text: str | None) -> int:
    try:
        return int(base64.urlsafe_b64decode(text)) if text else 0
    except (binascii.Error, ValueError) as error:
        raise BadRequest("Invalid cursor.") from error


def repo_kind(value: object) -> Kind:
    """A repo type as clients write it; a model's may be left out. BadRequest for any other."""
    match value or "model":
        case "model" | "dataset" | "space" as kind:
            return kind
    raise BadRequest(f"Unknown repo type: {value}")


def done(fields: Mapping[str, object] | None = None) -> Response:
    return JSONResponse({"success": True, **(fields or {})})
