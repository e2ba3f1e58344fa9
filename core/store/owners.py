"""Who waits for what a message tells of."""

from core.ids import ANY, RELEASE, RUN, SCHEDULE, WATCH
from core.store import Database
from core.store.deliveries import Delivery

TABLES = {RUN.letter: "runs", SCHEDULE.letter: "schedules", RELEASE.letter: "releases", WATCH.letter: "watches"}


def owner_of(database: Database, delivery: Delivery) -> str | None:
    """Who asked for the run, schedule, release or watch, or asked the model; None where nobody is known."""
    first, _, rest = delivery.message.partition("/")
    if thing := ANY.fullmatch(first):
        table = TABLES[thing[1].upper()]
        row = database.one(f"SELECT requested_by AS who FROM {table} WHERE id = ?", (thing[2],))  # noqa: S608  # four fixed names
    elif first == "answer":
        channel, _, message = rest.partition("/")
        row = database.one("SELECT who FROM tries WHERE channel = ? AND message = ?", (channel, message))
    else:
        sql = "SELECT requested_by AS who FROM watches WHERE channel = ? AND target IN (?, ?) AND ended IS NULL"
        row = database.one(sql, (delivery.channel, delivery.about, delivery.about.partition("/")[0]))
    return str(row["who"]) if row else None
