"""Who is who on the Hub, who may write where, and who was let into a gated repo."""

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sandbox.accounts import Account
from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import BadRequest, NotFound
from sandbox.hub.records import StoredRepo, now

AccessStatus = Literal["pending", "accepted", "rejected"]


@dataclass(frozen=True)
class AccessRequest:
    id: str
    account: str
    status: AccessStatus
    at: str


class Directory:
    def __init__(self, database: HubDatabase, accounts: Sequence[Account]) -> None:
        self._database = database
        self._accounts = tuple(accounts)

    def by_token(self, token: str) -> Account | None:
        owner = None
        for account in self._accounts:
            if hmac.compare_digest(account.token.encode(), token.encode()):
                owner = account
        return owner

    def by_name(self, name: str) -> Account | None:
        return next((account for account in self._accounts if account.name.lower() == name.lower()), None)

    def orgs_of(self, account: Account) -> list[str]:
        """The organisations that the account was given, then those that it has founded here."""
        with self._database.reading() as db:
            rows = db.execute("SELECT org FROM members WHERE account = ? ORDER BY org", (account.name,)).fetchall()
        founded = (row["org"] for row in rows if self.by_name(row["org"]) is None)
        return list(dict.fromkeys((*account.orgs, *founded)))

    def is_member(self, account: Account | None, namespace: str) -> bool:
        """Whether it is the account's own namespace or an organisation that it belongs to."""
        if account is None:
            return False
        return namespace.lower() in {account.name.lower(), *(org.lower() for org in self.orgs_of(account))}

    def is_free(self, namespace: str) -> bool:
        """Whether no account and no organisation has this name yet."""
        with self._database.reading() as db:
            taken = db.execute("SELECT 1 FROM members WHERE org = ?", (namespace,)).fetchone()
        orgs = {org.lower() for account in self._accounts for org in account.orgs}
        return not taken and self.by_name(namespace) is None and namespace.lower() not in orgs

    def members(self, org: str) -> list[Account]:
        """Empty for a name that is no organisation with members here."""
        return [account for account in self._accounts if account.name != org and self.is_member(account, org)]

    def may_open(self, account: Account | None, repo: StoredRepo) -> bool:
        """Whether the files of a gated repo are open to the account."""
        if not repo.gated or self.is_member(account, repo.namespace):
            return True
        request = self._request(repo, account.name) if account else None
        return request is not None and request.status == "accepted"

    def ask_access(self, repo: StoredRepo, account: Account) -> AccessStatus:
        """An account asks to be let in; where the gate is automatic it is open at once."""
        if not repo.gated:
            raise BadRequest("This repo is not gated.")
        status: AccessStatus = "accepted" if repo.gated == "auto" else "pending"
        known = self._request(repo, account.name)
        return known.status if known else self._set(repo, account.name, status)

    def requests(self, repo: StoredRepo, status: str) -> list[AccessRequest]:
        with self._database.reading() as db:
            rows = db.execute(
                "SELECT id, account, status, at FROM access_requests WHERE repo = ? AND status = ? ORDER BY at",
                (repo.number, status),
            ).fetchall()
        return [AccessRequest(**dict(row)) for row in rows]

    def decide(self, repo: StoredRepo, account: str, status: AccessStatus, *, asked: bool) -> None:
        """Answers a request, or (`asked` false) lets in somebody who never asked."""
        if not repo.gated:
            raise BadRequest("This repo is not gated.")
        if self.by_name(account) is None:
            raise NotFound(f"User not found: {account}")
        known = self._request(repo, account)
        if asked and (known is None or known.status == status):
            raise NotFound(f"No request of {account} to change to {status}.")
        if not asked and known is not None and known.status == "accepted":
            raise BadRequest(f"{account} has access already.")
        self._set(repo, account, status)

    def status_of(self, repo: StoredRepo, account: Account) -> AccessStatus | None:
        request = self._request(repo, account.name)
        return request.status if request else None

    def _request(self, repo: StoredRepo, account: str) -> AccessRequest | None:
        with self._database.reading() as db:
            row = db.execute(
                "SELECT id, account, status, at FROM access_requests WHERE repo = ? AND account = ?",
                (repo.number, account),
            ).fetchone()
        return AccessRequest(**dict(row)) if row else None

    def _set(self, repo: StoredRepo, account: str, status: AccessStatus) -> AccessStatus:
        with self._database.writing() as db:
            db.execute(
                "INSERT INTO access_requests VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT(repo, account) DO UPDATE SET status = excluded.status",
                (secrets.token_hex(12), repo.number, account, status, now()),
            )
        return status
