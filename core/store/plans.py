"""Rows of plans."""

import time
import uuid
from dataclasses import replace
from sqlite3 import Connection

from core.errors import Mistake
from core.plans import Plan, plan_from
from core.store import Database, dump, load


def save_plan(database: Database, plan: Plan) -> Plan:
    """Keeps the plan under a new id, so that its buttons work for ever."""
    plan_id = uuid.uuid4().hex[:12]
    with database.transaction() as connection:
        connection.execute(
            "INSERT INTO plans(id, requested_by, channel, created, plan) VALUES (?,?,?,?,?)",
            (plan_id, plan.request.requested_by, plan.request.channel, time.time(), dump(plan.body())),
        )
    return replace(plan, id=plan_id)


def find_plan(database: Database, plan_id: str) -> Plan:
    """The plan with this id; Mistake when it is unknown."""
    row = database.one("SELECT id, plan, became FROM plans WHERE id = ?", (plan_id,))
    if row is None:
        raise Mistake("This plan is not known here any more. Type the command again.")
    return replace(plan_from(load(row["plan"])), id=row["id"], became=row["became"])


def settle_plan(connection: Connection, plan_id: str, became: str) -> None:
    """Notes what the plan turned into (`R1`, `S2`, or `nothing` when it was put away)."""
    connection.execute("UPDATE plans SET became = ? WHERE id = ?", (became, plan_id))
