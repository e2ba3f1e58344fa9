"""Answers that one person saw, kept for a day so that exactly they can be posted for everybody."""

import time
import uuid

from core.answers import Answer
from core.store import Database, dump, load

# How a button's value says that the answer is kept as it was.
KEPT = "kept:"
KEPT_SECONDS = 24 * 3600.0


def keep(database: Database, user: str, answer: Answer, now: float | None = None) -> str:
    """Keeps its text, blocks and sounds for this person and returns its id; those that are too old go."""
    name, now = uuid.uuid4().hex, time.time() if now is None else now
    with database.transaction() as connection:
        connection.execute("DELETE FROM answers WHERE at < ?", (now - KEPT_SECONDS,))
        connection.execute(
            "INSERT INTO answers(id, user, at, text, blocks, sounds) VALUES (?,?,?,?,?,?)",
            (name, user, now, answer.text, dump(answer.blocks), dump(answer.sounds)),
        )
    return name


def find(database: Database, user: str, name: str) -> Answer | None:
    """The answer of this id, if it was this person's and is not gone."""
    row = database.one("SELECT text, blocks, sounds FROM answers WHERE id = ? AND user = ?", (name, user))
    if row is None:
        return None
    sounds = tuple((path, alt) for path, alt in load(row["sounds"]))
    return Answer(row["text"], load(row["blocks"]), sounds=sounds)
