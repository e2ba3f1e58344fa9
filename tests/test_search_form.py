"""The search form, and what it offers while an author is typed, also when the Hub is slow."""

from collections.abc import Iterator
from threading import Event

import pytest
from huggingface_hub import HfApi

from core.blocks.compare_form import build_compare_form
from core.blocks.fields import AUTHOR, DATASET, MODEL, TASK, build_options
from core.blocks.search_form import build_search_form, matching_tasks
from core.errors import HubError
from core.hub import Hub
from core.hub.typeahead import FRESH_SECONDS, TypeAhead
from sandbox.workspace.rules.views import check_view
from world import driver
from world.desk import Desk


class SlowHub:
    """Knows authors by the beginning of their names; answers when it is let."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.answered = Event()
        self.may_answer = Event()
        self.may_answer.set()
        self.is_broken = False

    def authors(self, typed: str) -> tuple[str, ...]:
        self.asked.append(typed)
        assert self.may_answer.wait(20)
        self.answered.set()
        if self.is_broken:
            raise HubError("The Hub has trouble.")
        return tuple(name for name in ("acme", "acme-labs", f"acme-{len(self.asked)}") if typed in name)


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def slow() -> SlowHub:
    return SlowHub()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ahead(slow: SlowHub, clock: Clock) -> Iterator[TypeAhead]:
    made = TypeAhead(slow.authors, wait=0.2, clock=clock)
    yield made
    slow.may_answer.set()
    made.close()


def test_what_is_fresh_is_not_asked_again(slow: SlowHub, ahead: TypeAhead) -> None:
    assert [ahead.find("Acme"), ahead.find(" acme ")] == [("acme", "acme-labs", "acme-1")] * 2
    assert slow.asked == ["acme"]


def test_what_is_stale_is_shown_at_once_and_asked_anew(slow: SlowHub, ahead: TypeAhead, clock: Clock) -> None:
    before = ahead.find("acme")
    clock.now = FRESH_SECONDS + 1
    slow.answered.clear()
    assert ahead.find("acme") == before
    assert slow.answered.wait(10)
    renewed = driver.wait_for(lambda: (found := ahead.find("acme")) != before and found, 10)
    assert renewed == ("acme", "acme-labs", "acme-2")
    assert slow.asked == ["acme", "acme"]


def test_a_hub_that_does_not_answer_in_time_leaves_what_was_known_before(slow: SlowHub, ahead: TypeAhead) -> None:
    ahead.find("acme")
    slow.may_answer.clear()
    assert ahead.find("acme-l") == ("acme-labs",)
    assert ahead.find("zzz") == ()


def test_many_questions_at_a_time_are_not_piled_up(slow: SlowHub) -> None:
    slow.may_answer.clear()
    ahead = TypeAhead(slow.authors, wait=0.0)
    assert {ahead.find(f"a{number}") for number in range(200)} == {()}
    ahead.close()
    slow.may_answer.set()
    assert len(slow.asked) <= 4


def test_a_hub_in_trouble_is_an_empty_list_and_is_asked_again(slow: SlowHub, ahead: TypeAhead) -> None:
    slow.is_broken = True
    assert ahead.find("acme") == ()
    slow.is_broken = False
    assert driver.wait_for(lambda: ahead.find("acme"), 10)[0] == "acme"


def test_the_form_and_its_options_keep_slacks_rules() -> None:
    last = {"words": "w" * 150, "kind": "dataset", "task": "fill-mask", "author": "a" * 96, "sort": "likes"}
    last |= {"base": "b" * 96, "dataset": "d" * 96}
    for form in (
        build_search_form("{}"),
        build_search_form("{}", last, "`" * 3000),
        build_compare_form({"model": "a" * 190, "other": "b" * 190}, "{}"),
        build_compare_form({"inputs": "t", "rows": "5", "dataset": "acme/tickets"}, "{}"),
    ):
        check_view(form, "modal", lambda _reference: True)
    options = build_options([*(f"{number}{'n' * 94}" for number in range(300)), "x" * 151])
    assert len(options) == 100
    assert max(len(option["text"]["text"]) for option in options) == 75


pytestmark = pytest.mark.xdist_group("search_form")


@pytest.fixture(scope="module")
def desk(workspace: driver.Sandbox, hugops: driver.Bot) -> Desk:
    made = Desk(workspace, hugops, "")
    front = b"---\nlicense: mit\npipeline_tag: fill-mask\n---\n"
    for repo in ("acme/form-one", "acme/form-two"):
        put(made.api, repo, {"README.md": front if repo.endswith("one") else b"---\nlicense: mit\n---\n"})
    put(made.dee, "dee/form-three", {"README.md": front})
    return made


def put(api: HfApi, repo: str, files: dict[str, bytes]) -> None:
    api.create_repo(repo, private=False)
    for path, content in files.items():
        api.upload_file(path_or_fileobj=content, path_in_repo=path, repo_id=repo)


def test_authors_are_found_by_a_part_of_their_name(desk: Desk) -> None:
    hub = Hub(desk.hub, desk.running.ready["hub_token"])
    assert hub.authors("ac") == ("acme",)
    assert hub.authors("DEE") == ("dee",)
    assert hub.authors("form") == ()


def test_a_task_is_found_by_its_words() -> None:
    assert matching_tasks("image text") == [
        "image-to-text",
        "image-text-to-text",
        "text-to-image",
    ]
    assert matching_tasks("summ") == ["summarization"]


def test_a_bare_search_opens_the_form_and_is_answered_with_the_command_to_learn(desk: Desk) -> None:
    desk.running.command("bo", "search", "general")
    view = desk.running.view("bo")
    offered = desk.running.call("suggest", user="bo", view_id=view["id"], action_id=AUTHOR, value="acm")
    assert [option["value"] for option in offered["options"]] == ["acme", "acm"]
    assert offered["ack_ms"] < 3000
    desk.running.fill("bo", view, words="form", author="acme", task="fill-mask", sort="likes")
    answer = desk.running.wait_text("Models for form", "bo", "general")
    assert answer["text"] == "Models for form task=fill-mask author=acme sort=likes · 1 found"
    shown = str(answer["blocks"])
    assert "`/hf search form task=fill-mask author=acme sort=likes`" in shown
    assert "acme/form-one" in shown
    assert "acme/form-two" not in shown
    assert "dee/form-three" not in shown
    assert desk.press("bo", answer, "answer.post", "general") == ["Posted to the channel."]
    desk.running.command("bo", "search", "general")
    again = desk.running.view("bo")
    assert "`/hf search form task=fill-mask author=acme sort=likes`" in str(again["blocks"][-1])
    assert again["blocks"][0]["element"]["initial_value"] == "form"
    assert desk.running.call("close", user="bo", view_id=again["id"])["ok"]


def test_tasks_and_repos_are_offered_while_they_are_typed(desk: Desk) -> None:
    desk.running.command("cy", "search", "general")
    view = desk.running.view("cy")

    def offered(action: str, typed: str) -> list[str]:
        found = desk.running.call("suggest", user="cy", view_id=view["id"], action_id=action, value=typed)
        return [option["value"] for option in found["options"]]

    assert offered(TASK, "fill") == ["fill-mask"]
    assert offered(TASK, "smell to text") == ["smell-to-text"]
    assert offered(MODEL, "acme/form") == ["acme/form-one", "acme/form-two", "acme/form"]
    assert offered(DATASET, "no such <one>") == []
    assert desk.running.call("close", user="cy", view_id=view["id"])["ok"]


def test_two_hits_are_picked_and_stand_side_by_side(desk: Desk) -> None:
    (text,) = desk.hear("dee", "search form")
    found = desk.running.wait_text(text, "dee")
    first, second = (f"compare:acme/form-{name}" for name in ("one", "two"))
    desk.running.click("dee", found, "model.compare", block_id=first)
    desk.running.wait_text("*acme/form-one* is picked", "dee")
    desk.bot.kill()
    desk.bot.start()
    driver.wait_for(lambda: driver.answers(desk.running), 40, "the bot's return")
    listed = desk.running.wait_text("✓ Picked", "dee")
    assert (listed["ts"], str(listed).count("✓ Picked")) == (found["ts"], 1)
    desk.running.click("dee", listed, "model.compare", block_id=second)
    beside = desk.running.wait_text("acme/form-one beside acme/form-two", "dee")
    driver.wait_for(lambda: "✓ Picked" not in str(desk.running.messages("dee")), 20)
    desk.running.click("dee", beside, "compare.try")
    view = desk.running.view("dee")
    empty = desk.running.fill("dee", view)
    assert empty["errors"] == {"inputs": "Give either texts or files, or a dataset to compare on."}
    wrong = desk.running.fill("dee", view, dataset="acme/rows", rows="many", seed="x")
    assert wrong["errors"] == {
        "rows": "rows=many is not a number. Try rows=200.",
        "seed": "seed=x is not a number. Try seed=42.",
    }
    desk.running.fill("dee", view, rows="5", seed="")
    desk.running.wait_text("`acme/form-one` has no weights to run.", "dee")


def test_a_picked_model_is_let_go_by_a_second_press(desk: Desk) -> None:
    (text,) = desk.hear("bo", "info acme/form-one")
    page = desk.running.wait_text(text, "bo")
    assert desk.press("bo", page, "model.compare") == [
        "`acme/form-one` is picked. Press Compare on another model within the hour, on any page or in any list."
    ]
    assert desk.press("bo", page, "model.compare") == ["`acme/form-one` is no longer picked."]


def test_a_task_for_spaces_is_a_mistake_at_its_field(desk: Desk) -> None:
    desk.running.command("dee", "search", "general")
    view = desk.running.view("dee")
    wrong = desk.running.fill("dee", view, kind="space", task="fill-mask")
    assert wrong["errors"] == {"task": "task goes with models and datasets only. Leave it out to search spaces."}
    assert desk.running.call("close", user="dee", view_id=view["id"])["ok"]


def test_two_models_are_compared_in_chat_and_an_empty_search_names_the_filter(desk: Desk) -> None:
    assert desk.hear("ana", "info acme/form-one acme/form-two") == ["acme/form-one beside acme/form-two"]
    assert desk.hear("ana", "search form-one task=translation") == ["No models for form-one task=translation"]
    answer = desk.running.wait_text("`task=translation` excludes all")
    assert desk.press("ana", answer, "search.without_task") == ["Models for form-one · 1 found"]
