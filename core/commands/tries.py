"""Trying models: one, two against each other, and how they cut a text."""

from collections.abc import Iterator
from typing import Self

from pydantic import Field

from core.commands.command import Command, Line, Sharing
from core.commands.fields import Label, Provider, RepoRef, RunOptions, Sample, Tag, Text
from core.commands.keys import Fields, build, split
from core.commands.reading import DATASET, MODEL, MOST_TEXTS, in_field, is_word, read_model, texts, too_little
from core.commands.repos import read_repo
from core.commands.tokens import quoted
from core.commands.vocabulary import own_task
from core.commands.writing import pairs, repo_at
from core.errors import Mistake
from core.frozen import key
from core.words import quote

COLUMN = "column of an attached CSV or JSON file that has the texts"


class RunModel(Command):
    """Tries a model on texts (each quoted text and each line is one) or on attached files; alone it opens a form."""

    name, group, usage = "run", "Find and try", 'run model ["text"…] [key=value…]'
    examples = (
        'run acme/ticket-router "my parcel never came"',
        'run gpt2 "Once upon a time" max_new_tokens=50 seed=1',
        'run deepset/roberta-base-squad2 question="Who wrote it?" context="The book was written by Ana."',
        'run facebook/bart-large-mnli "The match ended 2:1." labels="sport, politics, music"',
        'run google-t5/t5-small "The film is lovely." source=en target=de',
        "run acme/ticket-router column=message",
        'run meta-llama/Llama-3.3-70B-Instruct "Why is the sky blue?" via=auto',
    )
    waits = "Running the model; its answer follows."
    sharing = Sharing.AS_IT_WAS
    model: str
    revision: str | None = None
    inputs: tuple[str, ...] = Field((), max_length=MOST_TEXTS)
    task: Tag | None = key(None, "what to use the model for, where it can do several things", "text-classification")
    column: Label | None = key(None, COLUMN, "message")
    via: Provider | None = key(None, "run it at this inference provider; auto takes the first", "auto")
    question: Text | None = key(
        None, "what is asked about texts or files; the first text is it as well", '"Who wrote it?"'
    )
    context: Text | None = key(None, "the text that answers the question", '"Ana wrote the book."')
    options: RunOptions = RunOptions()

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, line.rest)
        if not tokens:
            raise too_little(cls, "Which model, and on what text?")
        model = read_model(tokens[0])
        _ensure_task(fields)
        inputs = _with_question(fields, texts(tokens[1:], line.plain))
        return build(cls, {"model": model.id, "revision": model.revision, "inputs": inputs, **fields})

    def typed(self) -> Iterator[str]:
        yield f"run {repo_at(self.model, self.revision)}"
        yield from map(quoted, self.inputs)
        yield from pairs(self)


class Compare(Command):
    """Tries two models on the same texts or files, or on rows of a dataset: answers, times, agreement, accuracies."""

    name, group, usage = "compare", "Find and try", 'compare model model ["text"…]|on dataset [key=value…]'
    examples = (
        'compare acme/ticket-router distilbert/distilbert-base-uncased "my parcel never came"',
        "compare acme/ticket-router R12 on acme/support-tickets rows=200",
    )
    waits = "Running both models; their answers follow."
    sharing = Sharing.AS_IT_WAS
    models: tuple[RepoRef, RepoRef]
    inputs: tuple[str, ...] = Field((), max_length=MOST_TEXTS)
    dataset: RepoRef | None = None
    sample: Sample = Sample()
    task: Tag | None = key(None, "what to use the models for", "text-classification")
    column: Label | None = key(None, COLUMN, "message")
    options: RunOptions = RunOptions()

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, line.rest)
        if len(tokens) < 2:
            raise too_little(cls, "Which two models, and on what text?")
        models = (read_model(tokens[0]), read_model(tokens[1], "other"))
        _ensure_task(fields)
        # `on` and one word more is a dataset; a text that begins so has more words, or quotes.
        if len(tokens) == 4 and is_word(tokens[2], "on") and not tokens[3].quoted:
            return build(cls, {"models": models, "dataset": _rows_of(tokens[3].text), **fields})
        if stray := fields.pop("sample", None):
            name = next(iter(stray))
            raise Mistake(
                f"`{name}=` goes with rows of a dataset. Write `compare {MODEL} org/other on {DATASET}`.", field=name
            )
        return build(cls, {"models": models, "inputs": texts(tokens[2:], line.plain, "inputs"), **fields})

    def typed(self) -> Iterator[str]:
        yield "compare"
        yield from (repo_at(model.id, model.revision) for model in self.models)
        yield from map(quoted, self.inputs)
        yield f"on {repo_at(self.dataset.id, self.dataset.revision)}" if self.dataset else ""
        yield from pairs(self)


class Tokenize(Command):
    """Shows how a model cuts a text into tokens: pieces, ids, places, count; two models side by side."""

    name, group, usage = "tokenize", "Find and try", 'tokenize model [model] "text" ["another text"…]'
    examples = ('tokenize gpt2 "unbelievably good"', 'tokenize gpt2 google-bert/bert-base-uncased "unbelievably good"')
    waits = "Asking the Hub for the tokenizer; the tokens follow."
    sharing = Sharing.ANEW
    models: tuple[RepoRef, ...] = Field(min_length=1, max_length=2)
    inputs: tuple[str, ...] = Field(min_length=1, max_length=MOST_TEXTS)

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, _ = split(cls, line.rest)
        if not tokens:
            raise too_little(cls, "Which model, and on what text?")
        # A second model is told from text by its slash, or by the quotes around what follows it.
        has_two = (
            len(tokens) > 1 and not tokens[1].quoted and ("/" in tokens[1].text or any(t.quoted for t in tokens[2:3]))
        )
        number = 1 + has_two
        models = tuple(read_model(token) for token in tokens[:number])
        inputs = texts(tokens[number:], line.plain)
        if not inputs:
            raise too_little(cls, "On what text?")
        return build(cls, {"models": models, "inputs": inputs})

    def typed(self) -> Iterator[str]:
        yield "tokenize"
        yield from (repo_at(model.id, model.revision) for model in self.models)
        yield from map(quoted, self.inputs)


def _ensure_task(fields: Fields) -> None:
    """Mistake, with the nearest one, for a task that nothing here can be asked for."""
    if "task" in fields:
        own_task(fields["task"])


def _with_question(fields: Fields, typed: tuple[str, ...]) -> tuple[str, ...]:
    """The texts with `question=… context=…`, which are taken out as the first two; a question may be a text too."""
    question, context = fields.pop("question", None), fields.pop("context", None)
    inputs = (question, *typed) if question else typed
    if context is None:
        return inputs
    if not inputs:
        raise Mistake('What is asked about it? Add `question="Who wrote it?"`.', field="question")
    fields.setdefault("task", "question-answering")
    return (inputs[0], context, *inputs[1:])


def _rows_of(text: str) -> RepoRef:
    with in_field("dataset"):
        data = read_repo(text, example=DATASET)
        if data.kind == "model":
            raise Mistake(f"{quote(data.id)} is a model; rows to compare on come from a dataset, as in `on {DATASET}`.")
    return RepoRef(id=data.id, revision=data.revision)


COMMANDS = (RunModel, Compare, Tokenize)
