"""From a submitted form to the answer: mistakes stand at their field where nobody has to be asked first."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

from core.commands import Command
from core.errors import HugopsError, Misfilled, Mistake
from core.words import plain
from core.workspace import WouldWait
from handlers.capabilities import read
from handlers.listeners import Ack, Answer, Body, Caller, Parts, SlackFile, Work, later, recall
from handlers.sharing import answer_to

T = TypeVar("T")


class Submission:
    """A form that was filled in: `values` stand in its fields, `filled` are those that are not empty.

    `line` is the command that it stands for, once that was read.
    """

    def __init__(self, parts: Parts, ack: Ack, body: Body) -> None:
        self.parts = parts
        self.user = str(body["user"]["id"])
        self.values = values_of(body)
        self.filled = {field: value for field, value in self.values.items() if value}
        self.files = files_of(body)
        self.line = ""
        self._ack = ack
        self._body = body

    def recall(self) -> tuple[Caller, str]:
        """Who filled it in and where the answer belongs, and what it was opened for."""
        return recall(self._body)

    def read(self, text: str) -> Command:
        """The command that the form stands for."""
        return read(self.parts, self.user, text)

    def read_line(
        self,
        line: Callable[[Mapping[str, str]], str],
        beside: Mapping[str, str],
        lacking: Mapping[str, str] = MappingProxyType({}),
    ) -> tuple[str, Command]:
        """The line that stands for the form, and its command. Misfilled, with all that is wrong, each at its field.

        For that each field is read alone, `beside` what a line needs; `lacking` are sentences about what is not there.
        """
        wrong = dict(lacking)
        for field, value in self.filled.items():
            try:
                self.read(line({**beside, field: value}))
            except Mistake as error:
                is_elsewhere = error.field in self.values and error.field not in self.filled
                wrong.setdefault(str(error.field) if is_elsewhere else field, error.sentence)
        if wrong:
            raise Misfilled(wrong)
        self.line = line(self.filled)
        return self.line, self.read(self.line)

    def answer(self, caller: Caller, command: Command, text: str, *, learn: bool = False) -> Answer:
        """What the command answers, with the command itself to be learnt."""
        return answer_to(self.parts, caller, command, text, learn=learn)

    def take(self, caller: Caller, look: Callable[[], T], answer: Callable[[T], Answer | None], field: str) -> None:
        """Acknowledges, and answers what `look` makes of the form.

        A mistake stands at the field that it is about, or at `field`. Where Slack has to be asked the form closes
        first, and a mistake is told afterwards.
        """
        try:
            with self.parts.workspace.without_waiting():
                filled = look()
        except WouldWait:
            self._ack()
            later(self.parts, caller, lambda: self._told_back(lambda: answer(look())))
        except HugopsError as error:
            self.refuse(error, field)
        else:
            self._ack()
            later(self.parts, caller, lambda: self._told_back(lambda: answer(filled)))

    def _told_back(self, work: Work) -> Answer | None:
        """The answer; what goes wrong after the form was closed knows the way back to it."""
        try:
            return work()
        except HugopsError as error:
            error.form = self.line
            raise

    def refuse(self, error: HugopsError, field: str) -> None:
        """Shows each sentence at the field that it is about, or at `field`."""
        place = error.field if error.field in self.values else field
        sentences = error.sentences if isinstance(error, Misfilled) else {place: error.sentence}
        errors = {name: plain(sentence) for name, sentence in sentences.items()}
        self._ack(response_action="errors", errors=errors)


def values_of(body: Body) -> dict[str, str]:
    """What was typed or chosen, by field; empty texts for what was not."""
    values: dict[str, str] = {}
    for block, fields in body["view"]["state"]["values"].items():
        state = next(iter(fields.values()))
        chosen = (state.get("selected_option") or {}).get("value")
        values[block] = str(chosen or state.get("value") or "").strip()
    return values


def files_of(body: Body) -> tuple[SlackFile, ...]:
    """The files that were put into the form."""
    return tuple(body["view"]["state"]["values"].get("files", {}).get("files", {}).get("files") or ())


def lines_of(text: str) -> list[str]:
    """The texts of a field, each of which stands on a line of its own."""
    return [line.strip() for line in text.splitlines() if line.strip()]
