"""Where a model may be published to: told by the Hub, remembered, and looked at before anybody is asked."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from core.answers import Caller
from core.blocks.parts import View
from core.blocks.publish_form import build_publish_form, slug
from core.errors import HubError, Refused
from core.hub import Who
from core.namespaces import FRESH_SECONDS, Namespaces
from handlers.forms.publish import open_form
from handlers.parts import Parts
from world.core import ANA, Team, sentence_of

BOT = Who("hugops-bot", ("acme",), "write")


class Account:
    """What the Hub says of a token; counts how often it was asked."""

    def __init__(self, who: Who = BOT) -> None:
        self.who: Who | HubError = who
        self.asked = 0
        self.now = 0.0

    def __call__(self) -> Who:
        self.asked += 1
        if isinstance(self.who, HubError):
            raise self.who
        return self.who


@pytest.mark.parametrize("repo", ["acme/router", "ACME/router", "Acme/router"])
def test_a_name_under_one_of_our_own_is_written_as_the_hub_does(repo: str) -> None:
    assert Namespaces(Account()).own(repo) == "acme/router"


@pytest.mark.parametrize("repo", ["org/router", "dee/router", "acme-labs/router", "acm/router"])
def test_a_name_under_somebody_elses_is_refused_with_those_that_are_ours(repo: str) -> None:
    with pytest.raises(Refused) as refusal:
        Namespaces(Account()).own(repo)
    assert (sentence_of(refusal.value), refusal.value.field) == (
        (
            f"The token I use may not write to `{repo.partition('/')[0]}`, only to `acme` and `hugops-bot`. "
            "Publish to a name there, or give its account write access on the Hub."
        ),
        "repo",
    )


def test_a_token_that_may_only_read_is_told_so() -> None:
    with pytest.raises(Refused, match="The token I use may only read"):
        Namespaces(Account(replace(BOT, role="read"))).own("acme/router")


def test_what_was_told_is_remembered_for_a_while_and_after_it_while_the_hub_is_away() -> None:
    account = Account()
    names = Namespaces(account, lambda: account.now)
    assert (names.known(), names.current(), names.current(), account.asked) == (
        (),
        ("acme", BOT.name),
        names.known(),
        1,
    )
    account.who, account.now = HubError("busy"), FRESH_SECONDS + 1
    assert (names.current(), account.asked) == (("acme", BOT.name), 2)
    assert names.own("acme/router") == "acme/router"


def test_an_organisation_that_let_us_in_a_moment_ago_is_found() -> None:
    account = Account()
    names = Namespaces(account, lambda: account.now)
    names.current()
    account.who = replace(BOT, orgs=("acme", "new-labs"))
    assert (names.own("new-labs/router"), names.known()) == ("new-labs/router", ("acme", "new-labs", BOT.name))


def test_nothing_is_asked_for_under_a_name_that_cannot_be_written(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")
    run = team.finished_run().id
    with pytest.raises(Refused):
        team.releases.request(run, "org/router", ANA, "C-ML", public=True)
    assert (team.releases.newest(), team.hub.repos) == ([], {})


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("all-MiniLM-L6-v2 on rotten_tomatoes", "all-minilm-l6-v2-rotten-tomatoes"),
        ("Qwen2.5 0.5B on tickets (2024)", "qwen2.5-0.5b-tickets-2024"),
        ("a -- b .. c", "a-b.c"),
        ("Überraschung!", "berraschung"),
        ("—", "model"),
        ("x" * 200, "x" * 60),
    ],
)
def test_a_title_becomes_a_name_that_the_hub_takes(title: str, name: str) -> None:
    assert slug(title) == name


@pytest.mark.parametrize(
    ("owners", "last", "line"),
    [
        (("acme", "bot"), {}, "publish R1 to acme/minilm-reviews private"),
        (("acme", "bot"), {"owner": "bot", "visibility": "public"}, "publish R1 to bot/minilm-reviews public"),
        (("acme",), {"owner": "gone"}, "publish R1 to acme/minilm-reviews private"),
        ((), {}, "publish R1 to org/minilm-reviews private"),
    ],
)
def test_the_form_remembers_and_ends_with_the_command(
    tmp_path: Path, owners: tuple[str, ...], last: dict[str, str], line: str
) -> None:
    blocks = build_publish_form(Team(tmp_path).finished_run(), owners, last)["blocks"]
    assert blocks[-1]["elements"][0]["text"] == f"The same as a command: `/hf {line}`"
    assert [block.get("block_id") for block in blocks[1:-1]] == ["owner" if owners else None, "repo", "visibility"]


class Desk:
    """Slack and the Hub behind the form of a publish; notes what was asked, in order."""

    def __init__(self, team: Team, who: Who | HubError) -> None:
        self.asked: list[tuple[str, list[str | None]]] = []
        self.account = Account()
        self.account.who = who
        self.parts = cast(
            "Parts",
            SimpleNamespace(
                runs=team.runs,
                access=team.access,
                database=team.database,
                releases=SimpleNamespace(namespaces=Namespaces(self._whoami)),
                client=SimpleNamespace(views_open=self._show, views_update=self._show),
            ),
        )

    def _whoami(self) -> Who:
        self.asked.append(("whoami", []))
        return self.account()

    def _show(self, view: View, trigger_id: str = "", view_id: str = "") -> dict[str, dict[str, str]]:
        fields = [block.get("block_id") for block in view["blocks"] if block["type"] == "input"]
        self.asked.append(("views_open" if trigger_id else f"views_update {view_id}", fields))
        return {"view": {"id": "V1"}}


@pytest.mark.parametrize("answer", [BOT, HubError("Nobody answers.")], ids=["answers", "is away"])
def test_the_form_opens_before_the_hub_is_asked_and_is_completed_when_it_answers(
    tmp_path: Path, answer: Who | HubError
) -> None:
    team = Team(tmp_path)
    run = team.finished_run()
    desk = Desk(team, answer)
    whole = ["owner", "repo", "visibility"]
    opened, completed = ["repo", "visibility"], whole if answer == BOT else ["repo", "visibility"]
    open_form(desk.parts, Caller(ANA, "C-ML", trigger_id="1.2"), run.id)
    assert desk.asked == [("views_open", opened), ("whoami", []), ("views_update V1", completed)]
    if answer == BOT:
        open_form(desk.parts, Caller(ANA, "C-ML", trigger_id="1.3"), run.id)
        assert desk.asked[3:] == [("views_open", whole)]
