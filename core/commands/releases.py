"""Asking for a release, and looking at what was released."""

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import StringConstraints

from core import ids
from core.commands.command import Command, Line, Sharing
from core.commands.keys import split
from core.commands.reading import MODEL, OneThing, in_field, is_word, one_word, read_id, too_little, too_much
from core.commands.repos import read_name, read_repo
from core.commands.runs import RunId
from core.errors import Mistake
from core.words import quote

ReleaseId = Annotated[str, StringConstraints(to_upper=True, pattern=ids.RELEASE.pattern)]


class Publish(Command):
    """Asks the approvers to let a run's model onto the Hub; private unless said otherwise."""

    name, group, usage = "publish", "Publish", "publish R12 to org/name [private|public]"
    examples = ("publish R12 to acme/ticket-router", "publish R12 to acme/ticket-router public")
    waits = "Asking the Hub whether I may write there; the answer follows."
    run: RunId
    repo: str
    public: bool = False

    @classmethod
    def read(cls, line: Line) -> Self:
        tokens, _ = split(cls, line.rest)
        visibility = tokens.pop().text.lower() if len(tokens) > 2 and is_word(tokens[-1], "private", "public") else ""
        tokens = [token for place, token in enumerate(tokens) if place != 1 or not is_word(token, "to")]
        if len(tokens) < 2:
            raise too_little(cls, "Which run, and `to` which name?")
        if len(tokens) > 2:
            raise too_much(cls, tokens[2])
        run = read_id("publish", tokens[0], (ids.RUN,), line.commands)
        with in_field("repo"):
            repo = read_repo(tokens[1].text, example=MODEL)
            if "/" not in repo.id or repo.revision or repo.kind == "dataset":
                raise Mistake(f"{quote(tokens[1].text)} is no place to publish to. Try `publish {run} to org/name`.")
        return cls(run=run, repo=repo.id, public=visibility == "public")

    def typed(self) -> Iterator[str]:
        yield f"publish {self.run} to {self.repo} {'public' if self.public else 'private'}"


class ListReleases(Command):
    """Lists what was published, by whom, and who approved it."""

    name, group, usage = "releases", "Publish", "releases [repo]"
    examples = ("releases", "releases acme/ticket-router")
    sharing = Sharing.ANEW
    repo: str | None = None

    @classmethod
    def read(cls, line: Line) -> Self:
        if not line.rest:
            return cls()
        return cls(repo=read_name(one_word(cls, line, "Which repo?").text, example=MODEL))

    def typed(self) -> Iterator[str]:
        yield from ("releases", self.repo or "")


class OneRelease(OneThing):
    """A command about one release."""

    group, thing = "Publish", ids.RELEASE
    release: ReleaseId


class ShowRelease(OneRelease):
    """Shows one release as it stands."""

    name, usage, examples = "P3", "P3", ("P3",)


class WithdrawRelease(OneRelease):
    """Takes back a request to publish."""

    name, usage, examples = "withdraw", "withdraw P3", ("withdraw P3",)


COMMANDS = (Publish, ListReleases, ShowRelease, WithdrawRelease)
