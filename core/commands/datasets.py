"""A look into a dataset before anything is trained on it."""

from collections.abc import Iterator
from typing import Self

from core.commands.command import Command, Line, Sharing
from core.commands.fields import Columns, Name, RepoName
from core.commands.keys import build, split
from core.commands.reading import DATASET, in_field, too_little, too_much
from core.commands.repos import read_data
from core.commands.writing import pairs, repo_at, word
from core.errors import Mistake
from core.frozen import key
from core.words import quote


class InspectDataset(Command):
    """Looks into a dataset: columns, rows, label balance, lengths, first rows, and what is wrong with them."""

    name, group, usage = "dataset", "Find and try", "dataset repo[@revision]|file [key=value…]"
    examples = (
        "dataset cornell-movie-review-data/rotten_tomatoes",
        "dataset acme/support-tickets split=test base=sentence-transformers/all-MiniLM-L6-v2",
    )
    waits = "Reading the data; what is in it follows."
    sharing = Sharing.ANEW
    dataset: str
    revision: str | None = None
    config: Name | None = key(None, "configuration of the dataset", "default")
    split: Name | None = key(None, "split to show; the training rows without it", "test")
    base: RepoName | None = key(None, "model whose tokens are counted", "google-bert/bert-base-uncased")
    columns: Columns = Columns()

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, line.rest)
        if not tokens:
            raise too_little(cls, "Which dataset?")
        if len(tokens) > 1:
            raise too_much(cls, tokens[1])
        with in_field("dataset"):
            repo = read_data(tokens[0].text, example=DATASET)
        if repo.kind == "model":
            raise Mistake(f"{quote(repo.id)} is a model. `/hf info {repo.id}` shows it.", field="dataset")
        return build(cls, {"dataset": repo.id, "revision": repo.revision, **fields})

    def typed(self) -> Iterator[str]:
        yield from ("dataset", word(repo_at(self.dataset, self.revision)), *pairs(self))


COMMANDS = (InspectDataset,)
