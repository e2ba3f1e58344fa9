"""Webhooks: who wants to hear of what, and the deliveries."""

import ipaddress
import json
import logging
import secrets
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx

from sandbox.documents import Document
from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import BadRequest, NotFound
from sandbox.hub.people import Directory
from sandbox.hub.records import StoredRepo

logger = logging.getLogger(__name__)
_TYPES = ("model", "dataset", "space", "user", "org", "bucket")
_DOMAINS = {"repo", "discussion"}


@dataclass(frozen=True)
class Webhook:
    id: str
    account: str
    url: str
    watched: list[dict[str, str]]
    domains: list[str]
    secret: str | None
    disabled: bool

    def wants(self, repo: StoredRepo, domain: str) -> bool:
        named = ((repo.kind, repo.id.lower()), ("user", repo.namespace.lower()), ("org", repo.namespace.lower()))
        watches = any((item["type"], item["name"].lower()) in named for item in self.watched)
        return watches and not self.disabled and domain in (self.domains or _DOMAINS)

    def described(self) -> dict[str, object]:
        keys = ("id", "url", "watched", "domains", "secret", "disabled")
        return {key: getattr(self, key) for key in keys}


class Webhooks:
    def __init__(self, database: HubDatabase, people: Directory) -> None:
        self._database = database
        self._people = people
        # One sender, so that what happened first is told first.
        self._sender = ThreadPoolExecutor(max_workers=1, thread_name_prefix="webhook")

    def close(self) -> None:
        self._sender.shutdown(wait=False, cancel_futures=True)

    def of(self, account: str) -> list[Webhook]:
        with self._database.reading() as db:
            rows = db.execute("SELECT * FROM webhooks WHERE account = ?", (account,)).fetchall()
        return [_webhook(row) for row in rows]

    def get(self, account: str, webhook_id: str) -> Webhook:
        for webhook in self.of(account):
            if webhook.id == webhook_id:
                return webhook
        raise NotFound("Webhook not found")

    def save(self, account: str, body: Document, webhook_id: str | None = None) -> Webhook:
        """Creates a webhook, or changes the one of that id; what `body` leaves out stays."""
        known = self.get(account, webhook_id) if webhook_id else None
        webhook = Webhook(
            id=known.id if known else secrets.token_hex(12),
            account=account,
            url=_checked_url(body.get("url") or (known.url if known else None)),
            watched=_checked_watched(body.get("watched") or (known.watched if known else [])),
            domains=_checked_domains(body.get("domains") or (known.domains if known else [])),
            secret=body.get("secret") or (known.secret if known else None),
            disabled=known.disabled if known else False,
        )
        with self._database.writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO webhooks VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    *(webhook.id, account, webhook.url, json.dumps(webhook.watched)),
                    *(json.dumps(webhook.domains), webhook.secret, webhook.disabled),
                ),
            )
        return webhook

    def set_disabled(self, account: str, webhook_id: str, disabled: bool) -> Webhook:
        self.get(account, webhook_id)
        with self._database.writing() as db:
            db.execute("UPDATE webhooks SET disabled = ? WHERE id = ?", (disabled, webhook_id))
        return self.get(account, webhook_id)

    def delete(self, account: str, webhook_id: str) -> None:
        self.get(account, webhook_id)
        with self._database.writing() as db:
            db.execute("DELETE FROM webhooks WHERE id = ?", (webhook_id,))

    def deliver(self, repo: StoredRepo, payload: Document) -> None:
        """Sends the payload, in the background, to every webhook that watches the repo and may see it."""
        domain = "discussion" if payload["event"]["scope"].startswith("discussion") else "repo"
        with self._database.reading() as db:
            webhooks = [_webhook(row) for row in db.execute("SELECT * FROM webhooks").fetchall()]
        for webhook in webhooks:
            if webhook.wants(repo, domain) and self._may_see(webhook, repo):
                body = {**payload, "webhook": {"id": webhook.id, "version": 3}}
                self._sender.submit(_post, webhook, body)

    def _may_see(self, webhook: Webhook, repo: StoredRepo) -> bool:
        return not repo.private or self._people.is_member(self._people.by_name(webhook.account), repo.namespace)


def _post(webhook: Webhook, body: Document) -> None:
    if not _is_loopback(webhook.url):
        logger.warning("Webhook %s is not delivered: this Hub calls loopback addresses only.", webhook.id)
        return
    headers = {"X-Webhook-Secret": webhook.secret} if webhook.secret else {}
    try:
        # trust_env off: a proxy must not see what was meant for this machine.
        response = httpx.post(webhook.url, json=body, headers=headers, timeout=10, trust_env=False)
    except httpx.HTTPError as error:
        logger.warning("Webhook %s was not delivered: %s", webhook.id, error)
        return
    if response.is_error:
        logger.warning("Webhook %s was answered with status %d.", webhook.id, response.status_code)


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_url(url: object) -> str:
    if not isinstance(url, str) or urlsplit(url).scheme not in ("http", "https"):
        raise BadRequest("A webhook needs an http(s) url.")
    return url


def _checked_watched(watched: object) -> list[dict[str, str]]:
    items = watched if isinstance(watched, list) else []
    for item in items:
        if not isinstance(item, dict) or item.get("type") not in _TYPES or not isinstance(item.get("name"), str):
            raise BadRequest('"watched" must be a list of {type, name}.')
    return [{"type": item["type"], "name": item["name"]} for item in items]


def _checked_domains(domains: object) -> list[str]:
    if not isinstance(domains, list) or not set(domains) <= _DOMAINS:
        raise BadRequest('"domains" may hold "repo" and "discussion".')
    return domains


def _webhook(row: sqlite3.Row) -> Webhook:
    values: Document = dict(row)
    decoded = {key: json.loads(values[key]) for key in ("watched", "domains")}
    return Webhook(**{**values, **decoded, "disabled": bool(values["disabled"])})
