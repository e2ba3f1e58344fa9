"""Every listener acknowledges before it asks anybody: commands, presses, forms, menus, events and the shortcut."""

import json
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from shutil import copytree
from types import SimpleNamespace
from typing import Any, cast

import pytest
from test_slack_sender import refusal

import handlers
from core.access import Access
from core.answers import Answer, Caller
from core.archive import Archive
from core.blocks import fields, try_form
from core.commands import CATALOGUE, GRAMMAR
from core.errors import HubError, Refused
from core.namespaces import Namespaces
from core.releases import Releases, Rules
from core.runs import Runs
from core.schedules import Schedules
from core.tries import Tries
from core.watches import Watches
from core.workspace import NOT_IN_GROUP_DMS, Workspace, WouldWait
from handlers import capabilities
from world.core import ANA, BO, Team

CHANNEL = "C0000000ML"
Listener = Callable[..., None]
COMMANDS = [entry.examples[0] for entry in CATALOGUE] + [
    *(
        "",
        "nonsense",
        "run",
        "run a/b",
        "compare",
        "train",
        "train a/b",
        "tokenize",
        "watch",
        "search",
        "R99",
        "cancel R1",
        "P1",
        "withdraw P1",
    ),
    'train acme/minilm on acme/reviews at "tomorrow 9:00"',
    "publish R1 to acme/router",
]


class Network:
    """Slack and the Hub on the day when nobody answers; notes what was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def url(self, _kind: str, repo: str) -> str:
        return f"https://hub.test/{repo}"

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def ask(*_: object, **__: object) -> Any:
            self.asked.append(name)
            raise HubError("Nobody answers.")

        return ask


class Desk:
    """All listeners, on the real rules, with work that waits in `pool` until it is let go."""

    def __init__(self, home: Path) -> None:
        self.network = Network()
        self.listeners: dict[str, Listener] = {}
        self.work: list[Callable[[], None]] = []
        self.sent: list[Answer] = []
        team = Team(home, HUGOPS_APPROVERS="@ml-leads")
        self.database = team.database
        network = cast("Any", self.network)
        workspace = Workspace(network)
        access = Access(team.settings, workspace)
        runs = Runs(team.database, team.outbox, access, team.clock)
        channel = partial(self._channel, workspace)
        rules = Rules(channel, channel, 1, partial(self.network.url, "model"), Namespaces(network.whoami))
        tries = Tries(team.database, access, Archive(team.database, team.home / "archive"), 7)
        parts = SimpleNamespace(
            settings=team.settings,
            database=team.database,
            client=network,
            workspace=workspace,
            access=access,
            hub=network,
            authors=SimpleNamespace(find=lambda typed: ()),
            models=SimpleNamespace(find=lambda typed: ()),
            datasets=SimpleNamespace(find=lambda typed: ()),
            data_files=SimpleNamespace(names=lambda user: ()),
            outbox=team.outbox,
            replies=SimpleNamespace(send=self._send),
            runs=runs,
            releases=Releases(team.database, team.outbox, access, runs, rules, team.clock),
            schedules=Schedules(team.database, team.outbox, access, runs, team.clock),
            watches=Watches(team.database, team.outbox, access, network, team.clock),
            tries=tries,
            planner=network,
            supervisor=team.supervisor,
            scheduler=network,
            workbench=SimpleNamespace(hub=network, tries=tries, database=team.database, workspace=workspace),
            pool=SimpleNamespace(submit=lambda work, *args: self.work.append(lambda: work(*args))),
            bot_user="U0000BOT",
        )
        handlers.register(cast("Any", self), cast("Any", parts))

    def __getattr__(self, kind: str) -> Callable[[Any], Callable[[Listener], None]]:
        """Takes registrations as Bolt's App does."""

        def register(key: Any) -> Callable[[Listener], None]:
            return lambda listener: self.listeners.update({f"{kind} {getattr(key, 'pattern', key)}": listener})

        return register

    def hear(self, key: str, body: Mapping[str, Any]) -> list[Any]:
        """What was acknowledged, at once; then all the work that was put off is done."""
        acks: list[Any] = []

        def ack(response: Any = "", **more: Any) -> None:
            assert self.network.asked == []
            acks.append(more or response)

        self.listeners[key](ack=ack, body=body)
        for work in self.work:
            work()
        return acks

    def _channel(self, workspace: Workspace) -> str:
        return workspace.channel_id("ml-approvals") or ""

    def _send(self, _caller: Caller, answer: Answer) -> None:
        self.sent.append(answer)


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What was there before: a finished run, and another one that asks to be released."""
    home = tmp_path_factory.mktemp("before")
    team = Team(home)
    team.finished_run()
    team.asked("acme/asked")
    team.database.close()
    return home


@pytest.fixture
def desk(before: Path, tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(copytree(before, tmp_path / "home"))
    yield desk
    desk.database.close()


def typed(text: str, user: str = BO) -> dict[str, str]:
    return {"user_id": user, "channel_id": CHANNEL, "text": text, "trigger_id": "1.2.3"}


def form(about: str, values: Mapping[str, str], *, plain: bool = False) -> dict[str, Any]:
    """What Slack tells of a form that was filled in; `plain` where it keeps nothing but what it is about."""
    metadata = about if plain else json.dumps({"repo": about, "channel": CHANNEL, "url": "", "thread": None})
    state = {"values": {field: {field: {"value": value}} for field, value in values.items()}}
    return {"user": {"id": BO}, "view": {"id": "V1", "private_metadata": metadata, "state": state}}


def registered(kind: str) -> list[str]:
    """The keys of all listeners of this kind."""
    seen: list[str] = []

    class Recorder:
        def __getattr__(self, each: str) -> Callable[[Any], Callable[[Any], None]]:
            def register(key: Any) -> Callable[[Any], None]:
                if each == kind:
                    seen.append(getattr(key, "pattern", key))
                return lambda _listener: None

            return register

    handlers.register(cast("Any", Recorder()), cast("Any", None))
    return seen


SUBMITTED: dict[str, dict[str, Any]] = {
    "search.form": form("", {"words": "bert", "kind": "model", "author": "", "sort": "likes"}),
    "model.try": form("", {"model": "a/b", "text": "good", "seed": "1", "task": ""}),
    "model.tune": form("", {"base": "a/b", "dataset": "c/d", "epochs": "2", "at": "tomorrow 9:00"}),
    "watch.form": form("", {"target": "acme"}),
    "dataset.form": form("", {"dataset": "c/d", "base": "a/b", "split": ""}),
    "tokenize.form": form("", {"model": "a/b", "other": "", "text": "good"}),
    "compare.try": form("", {"model": "a/b", "other": "c/d", "inputs": "good", "rows": "", "dataset": ""}),
    "try.compare": form("T1", {"model": "a/b"}),
    "run.publish": form("R1", {"repo": "acme/router", "visibility": "private"}, plain=True),
    "release.reject": form("P1", {"reason": "Not good enough."}, plain=True),
    "release.ask": form("P1", {"question": "Which data?"}, plain=True),
}
VALUES = {
    "run": "R1",
    "train": "R1",
    "plan": "1",
    "release": "P1",
    "try": "T1",
    "model": "acme/minilm",
    "compare": "a/b c/d",
    "dataset": "5 dataset a/b",
    "watch": "W1",
}


def test_every_command_that_can_be_typed_has_its_function_and_nothing_else_has_one() -> None:
    assert set(capabilities.COMMANDS) == set(GRAMMAR.commands)


@pytest.mark.parametrize("text", COMMANDS)
def test_a_command_is_acknowledged_before_anybody_is_asked(desk: Desk, text: str) -> None:
    (first,) = desk.hear("command /hf", typed(text))
    # Either that was the answer, or it came later, or a form was to be opened.
    assert first != "" or desk.network.asked == ["views_open"]
    assert len(desk.sent) == len(desk.work) + (first == "")
    assert "incident" not in str([first, *desk.sent])


@pytest.mark.parametrize("action", registered("action"))
def test_a_press_is_acknowledged_before_anybody_is_asked(desk: Desk, action: str) -> None:
    body = {
        "user": {"id": BO},
        "channel": {"id": CHANNEL},
        "container": {"type": "message", "message_ts": "1.0"},
        "actions": [{"action_id": action, "value": VALUES.get(action.partition(".")[0], "x")}],
    }
    assert desk.hear(f"action {action}", body) == [""]


@pytest.mark.parametrize("callback", registered("view"))
def test_a_form_is_acknowledged_before_anybody_is_asked(desk: Desk, callback: str) -> None:
    assert len(desk.hear(f"view {callback}", SUBMITTED[callback])) == 1


@pytest.mark.parametrize("field", registered("options"))
def test_a_menu_is_answered_before_anybody_is_asked(desk: Desk, field: str) -> None:
    of_names = (fields.AUTHOR, fields.TASK)
    (options,) = desk.hear(f"options {field}", {"user": {"id": BO}, "value": "acme" if field in of_names else "acme/x"})
    assert [option["value"] for option in options["options"]] != []
    assert {*of_names, fields.MODEL, fields.OTHER, fields.DATASET, fields.WATCHED, try_form.MODEL} == set(
        registered("options")
    )


@pytest.mark.parametrize("event", registered("event"))
def test_an_event_is_acknowledged_before_anybody_is_asked(desk: Desk, event: str) -> None:
    message = {"user": BO, "channel": CHANNEL, "ts": "1.0", "message_ts": "1.0", "text": "runs", "channel_type": "im"}
    links = [{"url": "https://huggingface.co/gpt2"}]
    assert desk.hear(f"event {event}", {"event": {**message, "links": links}}) == [""]


@pytest.mark.parametrize("shortcut", registered("shortcut"))
def test_a_shortcut_is_acknowledged_before_anybody_is_asked(desk: Desk, shortcut: str) -> None:
    message = {"text": "good", "files": [{"id": "F1", "name": "tickets.csv"}]}
    body = {"user": {"id": BO}, "channel": {"id": CHANNEL}, "trigger_id": "1.2", "message": message}
    assert desk.hear(f"shortcut {shortcut}", body) == [""]
    assert desk.network.asked == ["views_open"]


def test_what_needs_nobody_is_answered_with_the_acknowledgement(desk: Desk) -> None:
    (shown,) = desk.hear("command /hf", typed("runs", ANA))
    assert (shown["text"], desk.work, desk.network.asked) == ("2 runs, newest first", [], [])
    (refused,) = desk.hear("command /hf", typed("cancel R1", ANA))
    assert (refused["text"], desk.work, desk.network.asked) == ("R1 is finished already; nothing to cancel.", [], [])


GROUP_DM = "mpdm-ana--bo--cy-1"


@pytest.mark.parametrize("text", ["", "help", "run a/b x", "train acme/minilm on acme/reviews", "nonsense"])
def test_a_command_in_a_group_dm_is_told_where_to_ask(desk: Desk, text: str) -> None:
    (refused,) = desk.hear("command /hf", typed(text) | {"channel_name": GROUP_DM})
    assert (refused["text"], desk.work, desk.network.asked) == (NOT_IN_GROUP_DMS, [], [])


@pytest.mark.parametrize("shortcut", registered("shortcut"))
def test_a_shortcut_in_a_group_dm_is_told_where_to_ask(desk: Desk, shortcut: str) -> None:
    channel = {"id": CHANNEL, "name": GROUP_DM}
    body = {"user": {"id": BO}, "channel": channel, "trigger_id": "1.2", "message": {"text": "good"}}
    assert desk.hear(f"shortcut {shortcut}", body) == [""]
    assert [answer.text for answer in desk.sent] == [NOT_IN_GROUP_DMS]
    assert desk.network.asked == []


def test_a_press_that_needs_a_group_dm_is_told_where_to_ask() -> None:
    refused = refusal("missing_scope")
    refused.response.data |= {"needed": "mpim:read", "provided": "chat:write"}
    client = SimpleNamespace(conversations_info=raises(refused))
    with pytest.raises(Refused, match="group DMs"):
        Workspace(cast("Any", client)).ensure_can_post("G0GROUPDM", "press Start again")


def raises(error: Exception) -> Callable[..., None]:
    def call(**_arguments: object) -> None:
        raise error

    return call


WRONG: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "model.tune": (
        {"base": "a/b", "dataset": "c--d", "epochs": "many", "lr": "", "batch": "0", "label": " "},
        {
            "dataset": "c--d is not a name on the Hub: letters, digits, -, _ and ., none of them doubled or at an end. "
            "Try org/dataset.",
            "epochs": "epochs=many is not a number. Try epochs=3.",
            "batch": "batch=0 is out of range: batch goes from 1 to 512. Try batch=32.",
        },
    ),
    "model.try": (
        {"model": "a/b", "text": "", "seed": "x", "temperature": "9", "files": ""},
        {
            "text": "There is no text in it yet, and no file.",
            "seed": "seed=x is not a number. Try seed=42.",
            "temperature": "temperature=9 is out of range: temperature goes from 0 to 2. Try temperature=0.7.",
        },
    ),
    "compare.try": (
        {"model": "a/b", "other": "c/d", "inputs": "good", "dataset": "e/f", "rows": "many", "text": ""},
        {
            "inputs": "Give either texts or files, or a dataset to compare on.",
            "rows": "rows=many is not a number. Try rows=200.",
        },
    ),
    "search.form": (
        {"words": "bert", "kind": "dataset", "size": "big", "task": "fil-mask", "base": "a/b"},
        {
            "size": "size<=big is not a number. Try size<=500M.",
            "task": "fil-mask is no task that I know. Did you mean task=fill-mask?",
            "base": "base goes with models only. Leave it out to search datasets.",
        },
    ),
    "tokenize.form": (
        {"model": "a--b", "other": "c--d", "text": "x"},
        {
            name: f"{typed} is not a name on the Hub: letters, digits, -, _ and ., none of them doubled or at an end. "
            "Try org/model."
            for name, typed in (("model", "a--b"), ("other", "c--d"))
        },
    ),
}


@pytest.mark.parametrize("callback", WRONG)
def test_all_mistakes_that_need_nobody_stand_at_their_fields_at_once(desk: Desk, callback: str) -> None:
    filled, errors = WRONG[callback]
    (shown,) = desk.hear(f"view {callback}", form("", filled))
    assert shown == {"response_action": "errors", "errors": errors}


def test_a_form_about_which_slack_has_to_be_asked_is_closed_first_and_answered_afterwards(desk: Desk) -> None:
    assert desk.hear("view release.reject", SUBMITTED["release.reject"]) == [""]
    assert [answer.text for answer in desk.sent] == ["Nobody answers."]


class Directory:
    """Slack's directory, as far as it is asked for Ana."""

    def users_info(self, user: str) -> dict[str, Any]:
        return {"user": {"id": user, "name": "ana", "tz": "Europe/Berlin"}}


def test_who_is_known_is_told_where_nothing_may_wait_and_nobody_else() -> None:
    workspace = Workspace(cast("Any", Directory()))
    with workspace.without_waiting(), pytest.raises(WouldWait):
        workspace.person(ANA)
    known = workspace.person(ANA)
    with workspace.without_waiting():
        assert workspace.person(ANA) == known
        with pytest.raises(WouldWait):
            workspace.channel(CHANNEL)
