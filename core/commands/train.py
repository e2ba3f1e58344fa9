"""Fine-tuning: now, later or repeatedly."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Self, TypedDict

from pydantic import ConfigDict

from core.commands.command import Clock, Command, Line
from core.commands.fields import Label, LearnedColumns, Name, Recurrence
from core.commands.keys import TIMES, build, split
from core.commands.moments import moment
from core.commands.near import Correction, NearMiss, Unclear
from core.commands.reading import DATASET, MODEL, in_field, is_word, too_little, too_much
from core.commands.repos import read_data, read_repo
from core.commands.tokens import FLAG, Token
from core.commands.when import recurrence
from core.commands.writing import pairs, repo_at, word
from core.errors import Mistake
from core.frozen import key
from core.recipe import TrainingTask, TypedParameters


class Train(Command):
    """Fine-tunes a model on a dataset, now, later or repeatedly; shows the plan before anything starts."""

    name, group, usage = "train", "Fine-tune", "train base on dataset [key=value…] [at time | every time]"
    examples = (
        "train sentence-transformers/all-MiniLM-L6-v2 on acme/support-tickets epochs=2 lr=2e-5",
        'train acme/ticket-router on acme/support-tickets at "tomorrow 9:00"',
        'train acme/ticket-router on acme/support-tickets every "mon,thu 9:00"',
        'train acme/ticket-router on acme/support-tickets every "month 1 9:00"',
        'train acme/ticket-router on acme/support-tickets every "6 hours"',
    )
    waits = "Looking at the model and the data; the plan follows."
    base: str
    base_revision: str | None = None
    dataset: str
    dataset_revision: str | None = None
    parameters: TypedParameters = TypedParameters()
    columns: LearnedColumns = LearnedColumns()
    task: TrainingTask | None = key(None, "what to learn; else what the columns are made for", "regression")
    config: Name | None = key(None, "configuration of the dataset", "default")
    title: Label | None = key(None, "what the run is called", '"tickets, second try"', alias="name", max_length=80)
    at: datetime | None = None
    every: Recurrence | None = None
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, times_as_words(line.rest))
        start = next((place for place, token in enumerate(tokens) if place > 2 and is_word(token, *TIMES)), len(tokens))
        parts, time = tokens[:start], tokens[start:]
        if len(parts) < 3 or not is_word(parts[1], "on"):
            raise too_little(cls, "Say which model to fine-tune `on` which data.")
        if len(parts) > 3:
            raise too_much(cls, parts[3])
        with in_field("base"):
            base = read_repo(parts[0].text, example=MODEL)
        with in_field("dataset"):
            data = read_data(parts[2].text, example=DATASET)
        if base.kind == "dataset" or data.kind == "model":
            raise too_little(cls, "The model comes first, then `on` and the dataset.")
        repos = {"base": base.id, "base_revision": base.revision, "dataset": data.id, "dataset_revision": data.revision}
        return build(cls, {**repos, **fields, **_time(time, line.clock)})

    def typed(self) -> Iterator[str]:
        yield f"train {repo_at(self.base, self.base_revision)}"
        yield f"on {word(repo_at(self.dataset, self.dataset_revision))}"
        yield from pairs(self)
        if self.at:
            moment = self.at.astimezone(UTC)
            clock = moment.strftime("%H:%M:%S" if moment.second else "%H:%M")
            yield f'at "{moment.date()} {clock} UTC"'
        if self.every:
            yield f'every "{self.every.text}"'


class _Time(TypedDict, total=False):
    at: datetime
    every: Recurrence


def times_as_words(tokens: Sequence[Token]) -> list[Token]:
    """`at="tomorrow 9:00"` and `--at "tomorrow 9:00"` are read like `at "tomorrow 9:00"`."""
    read: list[Token] = []
    for token in tokens:
        flag = FLAG.fullmatch(token.text) if token.key is None and not token.quoted else None
        if flag and flag[2].lower() in TIMES:
            read.append(replace(token, text=flag[2].lower()))
        elif token.key in TIMES and token.operator == "=":
            read.append(replace(token, key=None, text=token.key, quoted=False))
            read.append(replace(token, key=None, quoted=True))
        else:
            read.append(token)
    return read


def _time(tokens: Sequence[Token], clock: Clock) -> _Time:
    if not tokens:
        return {}
    word, phrase = tokens[0].text.lower(), tokens[1:]
    if any(is_word(token, "every") or (word == "at" and is_word(token, "at")) for token in phrase):
        raise Mistake("Give one time: either `at` for once or `every` for repeatedly.", field="every")
    text = " ".join(token.text for token in phrase)
    try:
        return {"at": moment(text, clock())} if word == "at" else {"every": recurrence(text)}
    except Unclear as error:
        span = (tokens[0].start, tokens[-1].end)
        corrections = [Correction(f'{word} "{words}"', *span, label=f"{word} {words}") for words in error.words]
        raise NearMiss(error.sentence, corrections, field=word) from error


COMMANDS = (Train,)
