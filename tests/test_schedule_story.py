"""A schedule at a real workspace: set, paused, changed, started out of turn and removed by presses alone."""

import json

import pytest
from huggingface_hub import HfApi

from world import driver, hub_content
from world.desk import Desk

pytestmark = pytest.mark.story
TRAIN = "train acme/tiny-bert on acme/made-up-reviews epochs=1 max_samples=32"


@pytest.fixture(scope="module")
def desk(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    hub_content.upload(api, "model", "acme/tiny-bert", hub_content.tiny_bert(tmp_path_factory.mktemp("bert")))
    hub_content.upload(api, "dataset", "acme/made-up-reviews", hub_content.review_dataset())
    workspace.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    return Desk(workspace, hugops, "")


def test_a_schedule_is_set_steered_and_changed_by_presses(desk: Desk) -> None:
    running = desk.running
    plan = desk.plan(f'{TRAIN} every "day 8:00"')
    running.click("ana", plan, "train.change")
    view = running.view("ana")
    assert {key: value for key, value in driver.entered(view).items() if value} == {
        "base": "acme/tiny-bert",
        "dataset": "acme/made-up-reviews",
        "epochs": "1",
        "max_samples": "32",
        "every": "day 8:00",
    }
    running.call("close", user="ana", view_id=view["id"])

    running.click("ana", plan, "run.start")
    made = running.wait_text("S1 is set. Its card is in the channel.")
    assert desk.press("ana", made, "schedule.pause") == ["S1 is paused."]
    running.wait_state("S1", "paused")
    (card,) = running.about("S1")
    assert "newest data each time" in json.dumps(card)
    assert desk.press("bo", card, "schedule.resume") == [
        f"S1 belongs to <@{running.ready['users']['ana']}>. Only they or an admin may do that."
    ]
    desk.press("ana", card, "schedule.resume")
    running.wait_state("S1", "active")

    running.click("ana", card, "schedule.change")
    view = running.view("ana")
    wrong = running.fill("ana", view, epochs="many", at="tomorrow 9:00")
    assert wrong["errors"] == {"epochs": "epochs=many is not a number. Try epochs=3."}
    both = running.fill("ana", view, epochs="2")
    assert both["errors"] == {"every": "Give one time: either at for once or every for repeatedly."}
    running.fill("ana", view, at="", every="mon 9:00")
    changed = running.wait_text("in place of what S1 does now")
    running.click("ana", changed, "run.start")
    running.wait_text("S1 is changed. Its card is in the channel.")
    card = driver.wait_for(lambda: next((each for each in running.about("S1") if "mon 9:00" in str(each)), None), 20)
    assert "epochs 2" in json.dumps(card)

    running.click("ana", card, "schedule.run")
    running.wait_text("R1 was started out of turn from S1.")
    (run,) = driver.wait_for(lambda: running.about("R1"), 20)
    assert "from S1" in json.dumps(run)
    assert desk.hear("ana", "schedules", "general") == ["1 schedule"]
    listed = running.wait_text("*1 schedule*", "ana", "general")
    assert desk.press("ana", listed, "schedule.remove", "general") == ["S1 is removed."]
    running.wait_state("S1", "removed")
    assert desk.hear("ana", "schedules", "general") == ["No schedules."]


def test_a_form_opens_with_what_the_person_trained_last(desk: Desk) -> None:
    desk.running.command("ana", "train acme/other lr=1e-3")
    view = desk.running.view("ana")
    assert {key: value for key, value in driver.entered(view).items() if value} == {
        "base": "acme/other",
        "dataset": "acme/made-up-reviews",
        "epochs": "2",
        "lr": "1e-3",
        "max_samples": "32",
    }
    desk.running.call("close", user="ana", view_id=view["id"])
