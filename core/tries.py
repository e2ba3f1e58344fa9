"""Tries: every question to a model is kept for a while, so that it can be asked again, compared and judged."""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.access import Access
from core.answers import Caller, Input
from core.archive import Archive, file_name, hash_of, originals, with_hashes, without_hash
from core.errors import Conflict, Mistake
from core.store import Database
from core.store import tries as store
from core.store.tries import TRY, Inquiry, Response, Tally, Try, name_of
from core.words import quote

# A conversation is looked back on this far; the model reads less anyway.
MOST_TURNS = 40
DAY = 86_400
# Who presses a button twice within this means it once.
DOUBLE_SECONDS = 1.0


@dataclass
class StopSwitch:
    """How a question that is being answered can be stopped, and who did."""

    cancel: Callable[[], None]
    stopped_by: str = ""


class Tries:
    """What was asked of models here; `days` is how long texts, files and answers are kept."""

    def __init__(
        self, database: Database, access: Access, archive: Archive, days: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._database = database
        self._access = access
        self._archive = archive
        self._days = days
        self._clock = clock
        self._lock = threading.Lock()
        self._running: dict[int, StopSwitch] = {}
        self._stopped: deque[int] = deque(maxlen=100)
        self._asked_again: dict[tuple[str, str], float] = {}
        self._pruned = 0.0

    def begin(self, inquiry: Inquiry, caller: Caller, folder: Path | None = None) -> Try:
        """A new question, not answered yet; in `folder` are the files that it is about."""
        now = self._clock()
        files = originals(inquiry.inputs, folder) if folder else {}
        with self._database.transaction() as connection:
            if now - self._pruned > DAY:
                store.forget(connection, now - self._days * DAY)
                self._archive.sweep(connection)
                self._pruned = now
            number = store.insert(connection, inquiry, caller, now)
            if hashes := self._archive.keep(connection, number, files):
                store.update(connection, number, inputs=with_hashes(inquiry.inputs, hashes))
        return self.get(TRY.write(number))

    def answered(self, number: int, response: Response) -> None:
        """Keeps the answer."""
        with self._database.transaction() as connection:
            store.answer(connection, number, response)

    def failed(self, number: int) -> None:
        """There was no answer; nothing of the question is kept."""
        with self._database.transaction() as connection:
            store.update(connection, number, state="failed", inputs=None, options="{}")
            self._archive.release(connection, number)

    def interrupt(self, number: int) -> None:
        """There will be no answer, but what was asked can be asked again."""
        with self._database.transaction() as connection:
            store.update(connection, number, state="interrupted")

    def interrupted(self) -> list[Try]:
        """Questions that a bot which is gone was answering."""
        return [each for each in store.in_state(self._database, "open") if each.number not in self._running]

    def get(self, try_id: str) -> Try:
        """The try with this id; Mistake when there is none."""
        number = TRY.number(try_id)
        past = store.find(self._database, number) if number else None
        if past is None:
            raise Mistake(f"I do not know {quote(try_id)} any more. Run it again.")
        return past

    def repeatable(self, try_id: str) -> Try:
        """The same, where what was asked is still there; Mistake otherwise."""
        past = self.get(try_id)
        if past.inputs is None:
            raise Mistake(f"Texts and files are kept for {self._days} days, and these are older. Send them again.")
        for each in past.inputs:
            if file_name(each) and not self._archive.has(hash_of(each)):
                raise _gone(name_of(each))
        return past

    def lay_out(self, value: Input, folder: Path) -> Input:
        """The input as it was asked about, its file in this folder. Mistake where the file has left."""
        name = file_name(value)
        if not name:
            return value
        if not self._archive.lay_out(hash_of(value), folder / name):
            raise _gone(name_of(value))
        return without_hash(value)

    def other_model(self, user: str, model: str) -> str:
        """The model that this person tried last, other than this one; empty where there is none."""
        return store.other_model(self._database, user, model) or ""

    # Stopping

    def running(self, number: int, cancel: Callable[[], None]) -> StopSwitch:
        """From now until `ended` it can be stopped by calling `cancel`."""
        with self._lock:
            running = self._running[number] = StopSwitch(cancel)
        return running

    def ended(self, number: int) -> None:
        with self._lock:
            running = self._running.pop(number, None)
            if running and running.stopped_by:
                self._stopped.append(number)

    def stop(self, try_id: str, user: str) -> Try:
        """Ends the writing; Refused for others than the asker and admins, Conflict when it had ended by itself."""
        past = self.get(try_id)
        self._access.ensure_owner(user, past.who, "This answer")
        with self._lock:
            running = self._running.get(past.number)
            is_stopped = past.number in self._stopped
        if is_stopped:
            return past  # a second press, on its way while the first one did it
        if running is None:
            raise Conflict("It had ended already, so there is nothing to stop.")
        running.stopped_by = running.stopped_by or user
        running.cancel()
        return past

    def is_double(self, try_id: str, user: str) -> bool:
        """Whether this person asked for the same again a moment ago, as a double click does."""
        now = self._clock()
        with self._lock:
            last = self._asked_again.get((try_id, user), 0.0)
            self._asked_again = {key: at for key, at in self._asked_again.items() if now - at < DOUBLE_SECONDS}
            self._asked_again[try_id, user] = now
        return now - last < DOUBLE_SECONDS

    # Votes

    def vote(self, try_id: str, user: str, *, up: bool) -> Try:
        """One vote a person and try, which can be changed."""
        past = self.get(try_id)
        if past.state != "answered":
            raise Conflict("There is no answer to judge yet.")
        with self._database.transaction() as connection:
            store.vote(connection, past.number, user, up=up, at=self._clock())
        return past

    def tally(self, model: str, revision: str | None = None) -> Tally:
        """How often it was tried here and what people thought."""
        return store.tally(self._database, model, revision)

    # Conversations

    def last_in_thread(self, channel: str, thread: str) -> Try | None:
        """The newest answered try of the thread that begins with this message, a person's or mine."""
        row = self._database.one("SELECT message FROM messages WHERE channel = ? AND ts = ?", (channel, thread))
        question = row["message"].rpartition("/")[2] if row and row["message"].startswith("answer/") else thread
        last = store.newest_in_thread(self._database, channel, (thread, question))
        return last if last and last.inputs is not None else None

    def end_conversation(self, number: int) -> None:
        """What comes next in the thread begins anew."""
        with self._database.transaction() as connection:
            store.update(connection, number, over=1)

    def turns(self, last: Try) -> list[dict[str, str]]:
        """The conversation up to and with this try, as messages of user and assistant, the oldest first."""
        chain: list[Try] = []
        at: Try | None = last
        while at is not None and at.inputs is not None and len(chain) < MOST_TURNS:
            chain.append(at)
            at = store.find(self._database, at.follows) if at.follows else None
        messages = []
        for each in reversed(chain):
            messages.append({"role": "user", "content": str((each.inputs or [""])[0])})
            if each.said is not None:
                messages.append({"role": "assistant", "content": each.said})
        return messages


def _gone(name: str) -> Mistake:
    return Mistake(f"{quote(name)} is not kept any more. Send it again with the command.")
