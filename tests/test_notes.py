"""Notes for one person that Slack does not take at once: none is lost, and the newest is read first."""

import time
from pathlib import Path

import pytest
from test_slack_sender import refusal

from core.notes import LONGEST_WAIT, Note, Notes
from core.outbox import Outbox
from core.store import Database, load
from world import driver


class Slack:
    """Takes notes, each after the refusals that come before it."""

    def __init__(self, *refusals: Exception) -> None:
        self.refusals = list(refusals)
        self.notes: list[tuple[str, str]] = []

    def chat_postEphemeral(self, user: str, text: str, **_where: object) -> None:  # noqa: N802  # Slack's own name
        if self.refusals:
            raise self.refusals.pop(0)
        self.notes.append((user, text))


def busy(seconds: float) -> Exception:
    return refusal("ratelimited", 429, **{"Retry-After": str(seconds)})


def send(tmp_path: Path, slack: Slack, *notes: tuple[str, str], awaited: int) -> list[tuple[str, str, str]]:
    """Sends these notes; who got what as a direct message."""
    database = Database(tmp_path / "hugops.db")
    sender = Notes(slack, Outbox(database))  # type: ignore[arg-type]
    for user, text in notes:
        sender.send(Note("C1", user, text, []))
    driver.wait_for(lambda: len(slack.notes) == awaited, 5, "the notes")
    rows = database.all("SELECT channel, body, about FROM deliveries")
    return [(row["channel"], load(row["body"])["text"], row["about"]) for row in rows]


@pytest.mark.parametrize("refused", [busy(0.2), refusal("internal_error", 500)], ids=["429", "500"])
def test_what_slack_takes_later_is_sent_later_in_order_and_for_one_person_the_newest_first(
    tmp_path: Path, refused: Exception
) -> None:
    slack = Slack(refused)
    written = send(tmp_path, slack, ("U1", "one"), ("U2", "two"), ("U1", "three"), awaited=3)
    assert (slack.notes, written) == ([("U1", "three"), ("U1", "one"), ("U2", "two")], [])


def test_who_sends_does_not_wait_for_slacks_rate(tmp_path: Path) -> None:
    slack, begun = Slack(busy(1)), time.monotonic()
    sender = Notes(slack, Outbox(Database(tmp_path / "hugops.db")))  # type: ignore[arg-type]
    sender.send(Note("C1", "U1", "one", []))
    assert time.monotonic() - begun < 0.5
    driver.wait_for(lambda: slack.notes, 5, "the note")


@pytest.mark.parametrize(
    "refused",
    [
        refusal("not_in_channel"),
        refusal("channel_not_found"),
        refusal("user_not_in_channel"),
        refusal("is_archived"),
        busy(LONGEST_WAIT + 1),
    ],
    ids=str,
)
def test_what_slack_never_takes_there_or_too_late_is_a_direct_message(tmp_path: Path, refused: Exception) -> None:
    slack = Slack(refused)
    assert send(tmp_path, slack, ("U1", "one"), awaited=0) == [("U1", "one", "answer")]
