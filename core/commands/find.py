"""Finding things on the Hub: search, and details of one or two."""

from collections.abc import Iterator
from typing import Literal, Self

from pydantic import ConfigDict, Field

from core.commands.command import Command, Line, Sharing
from core.commands.fields import Kind, Name, RepoName, Tag
from core.commands.keys import build, split
from core.commands.reading import MODEL, too_little, too_much
from core.commands.repos import read_repo
from core.commands.tokens import BARE, quoted
from core.commands.vocabulary import hub_task, language_code
from core.commands.writing import pairs, repo_at
from core.errors import Mistake
from core.filters import ensure_fits
from core.frozen import key

KINDS = ("models", "datasets", "spaces")
LARGEST = 10**15  # parameters


class Search(Command):
    """Finds models, datasets or Spaces on the Hub, ten a page; alone it opens a form."""

    name, group, usage = "search", "Find and try", "search [datasets|spaces] words… [key=value…]"
    examples = (
        "search sentiment",
        "search bert language=de sort=likes size<=500M gated=no",
        "search base=sentence-transformers/all-MiniLM-L6-v2",
        "search datasets movie reviews",
        "search spaces leaderboard",
    )
    waits = "Searching the Hub; what it has follows."
    sharing = Sharing.ANEW
    kind: Literal["model", "dataset", "space"] = "model"
    words: str = ""
    task: Tag | None = key(None, "what the model is for", "text-classification")
    library: Tag | None = key(None, "what it is made with", "transformers")
    language: Tag | None = key(None, "the language, by its code or its English name", "en")
    license: Tag | None = key(None, "the licence's code", "apache-2.0")
    author: Name | None = key(None, "who published it", "sentence-transformers")
    sort: Literal["downloads", "likes", "trending", "updated"] = key("downloads", "what comes first", "likes")
    size_max: int | None = key(None, "at most so many parameters (models only)", "500M", alias="size", ge=1, le=LARGEST)
    dataset: RepoName | None = key(None, "what it was trained on (models only)", "imdb")
    base: RepoName | None = key(None, "what it was made from (models only)", "google-bert/bert-base-uncased")
    gated: Literal["no", "yes"] | None = key(None, "whether its terms have to be accepted first", "no")
    inference: Literal["yes"] | None = key(None, "only what an inference provider serves (models only)", "yes")
    page: int = Field(1, ge=1)
    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, fields = split(cls, line.rest)
        kind = "model"
        if tokens and not tokens[0].quoted and tokens[0].text.lower() in KINDS:
            kind = tokens.pop(0).text.lower().removesuffix("s")
        ensure_fits(kind, fields)
        words = " ".join(token.text for token in tokens if token.text)
        for name, meaning in (("task", hub_task), ("language", language_code)):
            if name in fields:
                fields[name] = meaning(fields[name])
        return build(cls, {"kind": kind, "words": words, **fields})

    def typed(self) -> Iterator[str]:
        yield from ("search", self._kind_word(), self._quoted_words(), *pairs(self))

    def _kind_word(self) -> str:
        if self.kind != "model":
            return f"{self.kind}s"
        # Without it, a first word that names a kind would be taken for one.
        return "models" if self.words.lower().split()[:1] in ([kind] for kind in KINDS) else ""

    def _quoted_words(self) -> str:
        parts = self.words.split(" ")
        return self.words if not self.words or all(BARE.fullmatch(part) for part in parts) else quoted(self.words)


class Info(Command):
    """Shows a model or a dataset: task, licence, size, files, metrics, last commits; two models side by side."""

    name, group, usage = "info", "Find and try", "info repo[@revision] [other]"
    examples = ("info sentence-transformers/all-MiniLM-L6-v2", "info gpt2@main", "info gpt2 distilgpt2")
    waits = "Asking the Hub; its answer follows."
    sharing = Sharing.ANEW
    repo: str
    revision: str | None = None
    kind: Kind | None = None
    other: str | None = None
    other_revision: str | None = None

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, _ = split(cls, line.rest)
        if not tokens:
            raise too_little(cls, "Which repo?")
        if len(tokens) > 2:
            raise too_much(cls, tokens[2])
        repo, *others = [read_repo(token.text, example=MODEL) for token in tokens]
        if not others:
            return cls(repo=repo.id, revision=repo.revision, kind=repo.kind)
        other = others[0]
        if "dataset" in (repo.kind, other.kind):
            raise Mistake(f"Only models go side by side. Try `info {MODEL} org/other`, or one dataset alone.")
        return cls(repo=repo.id, revision=repo.revision, kind="model", other=other.id, other_revision=other.revision)

    def typed(self) -> Iterator[str]:
        # Two repos are models anyway.
        kind = f"{self.kind}s/" if self.kind and not self.other else ""
        yield f"info {kind}{repo_at(self.repo, self.revision)}"
        yield repo_at(self.other, self.other_revision) if self.other else ""


def fits(field: str, text: str) -> bool:
    """Whether a search takes `text` for its `field`."""
    try:
        build(Search, {field: text})
    except Mistake:
        return False
    return True


def is_name(text: str) -> bool:
    """Whether a person or an organisation on the Hub can be called so."""
    return fits("author", text)


COMMANDS = (Search, Info)
