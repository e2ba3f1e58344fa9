"""What inference costs whom: credits, permissions, and every call that was paid for."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sandbox.accounts import Account
from sandbox.hub.database import HubDatabase
from sandbox.hub.errors import Forbidden, PaymentRequired
from sandbox.hub.people import Directory
from sandbox.hub.records import now

# What a PRO account has every month, in US dollars.
MONTHLY_CREDITS = 2.0
DEPLETED = (
    "You have depleted your monthly included credits. "
    "Purchase pre-paid credits to continue using Inference Providers with pay-as-you-go."
)
NOT_PERMITTED = (
    "This authentication method does not have sufficient permissions to call Inference Providers on behalf of user {}"
)


@dataclass(frozen=True)
class PaidCall:
    """One call: whose token, who pays, what for; the cost in US dollars."""

    account: str
    billed_to: str
    model: str
    provider: str
    task: str
    input_tokens: int
    output_tokens: int
    cost: float


@dataclass(frozen=True)
class BillingState:
    """US dollars left to spend (None: without end) and spent so far, and whether inference is allowed at all."""

    credits: float | None
    permitted: bool
    spent: float


class Billing:
    def __init__(self, database: HubDatabase, people: Directory) -> None:
        self._database, self._people = database, people

    def set(self, name: str, fields: Mapping[str, float | bool | None]) -> None:
        """Changes `credits` (None: without end) or `permitted` of an account or an organisation."""
        with self._database.writing() as db:
            db.execute("INSERT OR IGNORE INTO inference_accounts VALUES (?, ?, 1)", (name, MONTHLY_CREDITS))
            if "credits" in fields:
                db.execute("UPDATE inference_accounts SET credits = ? WHERE name = ?", (fields["credits"], name))
            if "permitted" in fields:
                db.execute("UPDATE inference_accounts SET permitted = ? WHERE name = ?", (fields["permitted"], name))

    def state(self, name: str) -> BillingState:
        with self._database.reading() as db:
            row = db.execute("SELECT credits, permitted FROM inference_accounts WHERE name = ?", (name,)).fetchone()
            spent = db.execute("SELECT TOTAL(cost) FROM inference_calls WHERE billed_to = ?", (name,)).fetchone()[0]
        known = dict(row) if row else {"credits": MONTHLY_CREDITS, "permitted": 1}
        return BillingState(credits=known["credits"], permitted=bool(known["permitted"]), spent=spent)

    def payer(self, account: Account, bill_to: str | None) -> str:
        """Who pays for this account's call; raises Forbidden or PaymentRequired."""
        if not self.state(account.name).permitted:
            raise Forbidden(NOT_PERMITTED.format(account.name))
        name = bill_to or account.name
        if bill_to and not self._people.is_member(account, bill_to):
            raise Forbidden(f"{account.name} cannot bill {bill_to}: not a member of this organization.")
        state = self.state(name)
        if state.credits is not None and state.spent >= state.credits:
            raise PaymentRequired(DEPLETED)
        return name

    def record(self, call: PaidCall) -> None:
        columns = (*asdict(call).values(), now())
        with self._database.writing() as db:
            db.execute("INSERT INTO inference_calls VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)", columns)

    def calls(self) -> list[dict[str, object]]:
        """Every call that was paid for, oldest first."""
        with self._database.reading() as db:
            return [dict(row) for row in db.execute("SELECT * FROM inference_calls ORDER BY number").fetchall()]
