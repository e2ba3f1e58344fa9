"""Typing at a real workspace: mentions anywhere, near misses that are pressed, forms that open, first words."""

import json

import pytest

from world import driver

pytestmark = pytest.mark.story


@pytest.fixture(scope="module", autouse=True)
def _running(workspace: driver.Sandbox, hugops: driver.Bot) -> None:
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")


def replies(running: driver.Sandbox, thread: str, channel: str = "ml", user: str = "ana") -> list[dict[str, object]]:
    """What the bot said in the thread, once it said something."""

    def look() -> list[dict[str, object]]:
        return [each for each in running.messages(user, channel, thread) if each.get("bot_id")]

    return driver.wait_for(look, 30)


def test_the_first_answer_in_a_channel_says_what_else_there_is_and_the_second_does_not(
    workspace: driver.Sandbox,
) -> None:
    asked = [
        workspace.call("message", user="ana", channel="ml", text=text)["ts"]
        for text in ("hey @hugops runs", "@bo @hugops: runs")
    ]
    first, second = (json.dumps(replies(workspace, thread)[0]["blocks"]) for thread in asked)
    assert sorted("help.first" in each for each in (first, second)) == [False, True]


def test_a_near_miss_is_run_by_a_press_and_the_mistake_goes(workspace: driver.Sandbox) -> None:
    workspace.command("bo", "runss", "general")
    told = workspace.wait_text("is not a command. Did you mean `runs`?", "bo", "general")
    workspace.click("bo", told, "command.run", "general")
    workspace.wait_text("No runs yet", "bo", "general")
    assert not any("is not a command" in text for text in workspace.texts("bo", "general"))


def test_a_time_with_two_readings_is_chosen_by_a_press(workspace: driver.Sandbox) -> None:
    workspace.command("ana", "train acme/no on acme/none at 3/4 9:00", "general")
    told = workspace.wait_text("can be read in 2 ways", "ana", "general")
    rows = [block for block in told["blocks"] if block["type"] == "actions"]
    lines = [row["elements"][0]["value"] for row in rows]
    assert [line.partition("-")[2] for line in lines] == ['04-03 09:00"', '03-04 09:00"']
    workspace.click("ana", told, "command.run", "general", block_id=rows[1]["block_id"])
    workspace.wait_text("acme/no", "ana", "general")
    driver.wait_for(lambda: not any("2 ways" in text for text in workspace.texts("ana", "general")), 30)


@pytest.mark.parametrize(
    ("text", "callback", "filled"),
    [
        ("train", "model.tune", {"base": None, "epochs": None}),
        ("train acme/a epochs=2", "model.tune", {"dataset": None, "epochs": "2"}),
        ("watch", "watch.form", {"target": None}),
        ("tokenize acme/a", "tokenize.form", {"model": "acme/a", "other": None}),
        ("train acme/a lr=many every mon 9:00", "model.tune", {"base": "acme/a", "lr": "many", "every": "mon 9:00"}),
        ("train on acme/rows", "model.tune", {"base": None, "dataset": "acme/rows"}),
        ("run acme/a seed=1", "model.try", {"model": "acme/a", "seed": "1"}),
        ("run task=translation source=de", "model.try", {"model": None, "task": "translation", "source": "de"}),
        ("compare acme/a", "compare.try", {"model": "acme/a", "other": None}),
        ("compare acme/a acme/b rows=5", "compare.try", {"other": "acme/b", "inputs": None, "rows": "5"}),
        ("search", "search.form", {"words": None, "kind": "model", "size": None}),
    ],
)
def test_a_command_that_lacks_something_opens_its_form_with_what_was_typed(
    workspace: driver.Sandbox, text: str, callback: str, filled: dict[str, str | None]
) -> None:
    workspace.command("dee", text)
    view = workspace.view("dee")
    entered = driver.entered(view)
    assert view["callback_id"] == callback
    assert {key: entered[key] for key in filled} == filled
    workspace.call("close", user="dee", view_id=view["id"])


def test_a_form_refuses_at_its_field_and_ends_with_the_command_to_learn(workspace: driver.Sandbox) -> None:
    workspace.command("dee", "watch")
    view = workspace.view("dee")
    assert workspace.fill("dee", view)["errors"] == {"target": "Please complete this required field."}
    workspace.fill("dee", view, target="acme")
    workspace.wait_text("`/hf watch acme`", "dee")
    workspace.command("dee", "watch")
    again = workspace.view("dee")
    assert driver.entered(again)["target"] == "acme"
    workspace.call("close", user="dee", view_id=again["id"])


@pytest.mark.parametrize(
    ("text", "filled", "told"),
    [
        ("train", {"base": "acme/none", "dataset": "acme/nothing", "lr": "1e-3", "every": "mon 9:00"}, "acme/none"),
        ("run", {"model": "acme/none", "text": "one\ntwo", "seed": "1"}, "acme/none"),
        ("compare", {"model": "acme/none", "other": "acme/no", "dataset": "acme/rows", "rows": "5"}, "acme/none"),
        ("tokenize", {"model": "acme/none", "text": "one\ntwo"}, "acme/none"),
        ("watch", {"target": "acme/none"}, "acme/none"),
    ],
)
def test_what_the_hub_refuses_after_a_form_was_sent_leads_back_to_it_with_all_that_was_filled_in(
    workspace: driver.Sandbox, text: str, filled: dict[str, str], told: str
) -> None:
    workspace.command("cy", text, "ml-releases")
    assert workspace.fill("cy", workspace.view("cy"), **filled).get("errors") is None

    def refused() -> dict[str, object] | None:
        seen = workspace.messages("cy", "ml-releases")
        return seen[-1] if seen and "form.again" in json.dumps(seen[-1]) and text in json.dumps(seen[-1]) else None

    message = driver.wait_for(refused, 60, lambda: str(workspace.texts("cy", "ml-releases")))
    assert told in str(message["text"])
    workspace.click("cy", message, "form.again", "ml-releases")
    view = workspace.view("cy")
    entered = driver.entered(view)
    assert {key: entered[key] for key in filled} == filled
    workspace.call("close", user="cy", view_id=view["id"])


def test_help_is_explained_by_choosing_and_begun_by_pressing(workspace: driver.Sandbox) -> None:
    workspace.command("cy", "what can you do?", "general")
    shown = workspace.wait_text("help.first", "cy", "general")
    workspace.click("cy", shown, "help.train", "general")
    view = workspace.view("cy")
    assert view["callback_id"] == "model.tune"
    workspace.call("close", user="cy", view_id=view["id"])
    workspace.click("cy", shown, "help.topic", "general", selected="watch")
    workspace.wait_text("Announces every push", "cy", "general")
