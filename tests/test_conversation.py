"""Talking with the bot: words, presses and forms on one long-lived bot, while a training has its one slot."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from test_access import MISTYPED, NOBODY, NOT_IN

from world import driver, hub_content
from world.desk import Desk, is_answer

pytestmark = pytest.mark.story
BASE, DATA = "acme/tiny-bert", "acme/made-up-reviews"
TOO_LATE = "That time has passed meanwhile. Type the command again with a later one."
TRAIN = f"train {BASE} on {DATA} lr=2e-3 batch=16"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """R1 is in the one slot and stands still after its first checkpoint; a dozen models can be searched."""
    folder = tmp_path_factory.mktemp("desk")
    with driver.sandbox(folder / "sandbox", "--empty") as running:
        listen = f"127.0.0.1:{driver.free_port()}"
        with driver.bot(running, folder / "home", HUGOPS_LISTEN=listen) as bot:
            desk = Desk(running, bot, f"http://{listen}")
            hub_content.upload(desk.api, "model", BASE, hub_content.tiny_bert(folder / "bert"))
            hub_content.upload(desk.api, "dataset", DATA, hub_content.review_dataset())
            for number in range(12):
                hub_content.upload(desk.api, "model", f"acme/demo-{number}", {"README.md": b"---\nlicense: mit\n---\n"})
            running.click("ana", desk.plan(f"{TRAIN} epochs=12"), "run.start")
            checkpoints = bot.home / "runs/R1/checkpoints"
            driver.wait_for(lambda: list(checkpoints.glob("checkpoint-*/trainer_state.json")), 150, "a checkpoint")
            with driver.held(worker_of(desk, "R1")):
                running.wait_state("R1", "running")
                yield desk


def worker_of(desk: Desk, run: str) -> int:
    """Process id of the run's worker."""
    return int(json.loads((desk.bot.home / "runs" / run / "worker.json").read_text())["pid"])


def in_thread(desk: Desk, channel: str, ts: str, user: str = "ana") -> list[dict[str, Any]]:
    """What the bot said in the thread of a message."""
    return [message for message in desk.running.messages(user, channel, ts) if message["ts"] != ts]


def say(desk: Desk, channel: str, text: str, user: str = "ana", thread: str = "") -> str:
    more = {"thread_ts": thread} if thread else {}
    return str(desk.running.call("message", user=user, channel=channel, text=text, **more)["ts"])


def new_note(desk: Desk, since: str, part: str = "") -> dict[str, Any] | None:
    """What only Ana sees in the channel since then, once `part` stands in it."""
    notes = [message for message in desk.running.messages("ana") if message["ts"] > since and is_answer(message)]
    return next((note for note in notes if part in json.dumps(note)), None)


def card(desk: Desk, thing: str) -> dict[str, Any]:
    (found,) = desk.running.about(thing)
    return found


def test_a_schedule_is_set_listed_paused_run_out_of_turn_and_removed(desk: Desk) -> None:
    plan = desk.plan(f'{TRAIN} every "mon 9:00"', channel="ml")
    assert desk.press("ana", plan, "run.start") == ["S1 is set. Its card is in the channel."]
    (listed,) = desk.hear("ana", "schedules")
    assert listed == "1 schedule"
    assert "Mon" in json.dumps(desk.running.messages("ana")[-1]["blocks"])
    assert desk.hear("bo", "pause S1") == [
        f"S1 belongs to <@{desk.running.ready['users']['ana']}>. Only they or an admin may do that."
    ]
    assert desk.hear("ana", "pause S1") == ["S1 is paused."]
    assert desk.hear("ana", "pause S1") == ["S1 is paused already."]
    assert desk.hear("ana", "resume S1") == ["S1 is active again."]
    (started,) = desk.hear("ana", "S1 run")
    run = started.split()[0]
    assert started == f"{run} was started out of turn from S1."
    assert desk.hear("ana", f"cancel {run}") == [f"{run} is cancelled."]  # R1 has the one slot, so it was queued
    assert desk.hear("ana", "remove S1") == ["S1 is removed."]
    desk.running.wait_state("S1", "removed")
    assert [len(desk.running.about(thing)) for thing in ("S1", run)] == [1, 1]


def test_a_worker_that_is_killed_leaves_a_lost_run_that_goes_on_when_asked(desk: Desk) -> None:
    assert desk.hear("ana", "mute R1") == ["R1 is quiet in its thread now; its card goes on."]
    assert desk.hear("ana", "unmute R1") == ["R1 is no longer muted."]
    os.kill(worker_of(desk, "R1"), signal.SIGKILL)
    desk.running.wait_state("R1", "lost")
    assert desk.press("ana", card(desk, "R1"), "run.logs") == ["Logs of R1"]
    assert desk.press("ana", card(desk, "R1"), "run.resume") == [
        "R1 is queued again as attempt 2; it goes on from its last checkpoint."
    ]
    desk.running.wait_state("R1", "running")


def test_a_mention_is_answered_in_its_thread_also_when_it_is_delivered_three_times(desk: Desk) -> None:
    before = len(desk.running.messages("ana", "ml"))
    first = say(desk, "ml", "@hugops help train")
    driver.wait_for(lambda: in_thread(desk, "ml", first), 20)
    assert desk.running.call("faults", kind="redeliver", count=1)["ok"]
    second = say(desk, "ml", "@hugops watching")
    driver.wait_for(lambda: in_thread(desk, "ml", second), 20)
    (answer,) = in_thread(desk, "ml", first)
    assert answer["text"].startswith("/hf train base on dataset")
    assert answer["metadata"]["event_payload"]["about"] == "answer"
    assert len(desk.running.messages("ana", "ml")) == before + 2


def test_a_mistake_after_a_mention_is_told_to_the_one_who_made_it(desk: Desk) -> None:
    sentence = "`srch` is not a command. Did you mean `search`? `/hf help all` lists them all."
    ts = say(desk, "ml", "@hugops srch bert")
    answer = driver.wait_for(lambda: new_note(desk, ts), 20)
    assert (answer["text"], "thread_ts" in answer) == (sentence, False)
    assert in_thread(desk, "ml", ts, "bo") == []
    say(desk, "ml", "anybody?", "bo", ts)
    say(desk, "ml", "@hugops srch bert", "ana", ts)
    again = driver.wait_for(
        lambda: [note for note in in_thread(desk, "ml", ts) if note.get("is_ephemeral")], 20, "a note in the thread"
    )
    assert [note["text"] for note in again] == [sentence]


def test_a_plan_after_a_mention_is_seen_and_can_be_started(desk: Desk) -> None:
    ts = say(desk, "ml", f"@hugops {TRAIN}")
    plan = driver.wait_for(lambda: new_note(desk, ts, "run.start"), 60)
    (started,) = desk.press("ana", plan, "run.start")
    run = started.split()[2].rstrip(".")
    assert desk.hear("ana", f"cancel {run}") == [f"{run} is cancelled."]


def test_a_direct_message_needs_no_mention(desk: Desk) -> None:
    say(desk, "hugops", "R1", "bo")
    answer = driver.wait_for(lambda: [m for m in desk.running.messages("bo", "hugops") if m.get("bot_id")], 20)[0]
    assert answer["text"].startswith("R1 · tiny-bert on made-up-reviews")
    assert answer["metadata"]["event_type"] == "hugops"


def test_pages_of_a_search_follow_each_other_in_one_message_and_each_can_be_posted(desk: Desk) -> None:
    desk.hear("dee", "search demo", "general")
    first = desk.running.messages("dee", "general")[-1]
    desk.press("dee", first, "search.next", "general")
    second = desk.running.messages("dee", "general")[-1]
    assert (second["ts"], second["text"]) == (first["ts"], "Models for demo · page 2 · 11 to 12 of 12")
    assert sum("model.details" in json.dumps(block) for block in second["blocks"]) == 2
    desk.press("dee", second, "search.previous", "general")
    again = driver.wait_for(lambda: at(desk, first["ts"], first["text"]), 20)
    assert first["text"] == "Models for demo · page 1 · first 10"
    assert json.dumps(again["blocks"]).count("answer.post") == 1
    desk.press("dee", again, "search.next", "general")
    second = driver.wait_for(lambda: at(desk, first["ts"], second["text"]), 20)
    assert desk.press("dee", second, "answer.post", "general") == ["Posted to the channel."]
    posted = desk.running.wait_text("11 to 12 of 12", "bo", "general")
    names = [
        [block["text"]["text"] for block in each["blocks"] if block["type"] == "section"] for each in (posted, second)
    ]
    assert names[0] == names[1]
    assert "search.previous" in json.dumps(posted["blocks"])


def at(desk: Desk, ts: str, text: str) -> dict[str, Any] | None:
    """The message of this time, once it says this."""
    seen = desk.running.messages("dee", "general")
    return next((each for each in seen if (each["ts"], each["text"]) == (ts, text)), None)


def test_a_search_with_a_slip_finds_what_was_meant_by_a_press(desk: Desk) -> None:
    assert desk.hear("dee", "search dmeo", "ml-releases") == ["No models for dmeo"]
    nothing = desk.running.messages("dee", "ml-releases")[-1]
    desk.running.click("dee", nothing, "command.run", "ml-releases")
    desk.running.wait_text("Models for demo · page 1 · first 10", "dee", "ml-releases")


def test_an_answer_is_posted_to_the_channel_once_however_often_it_is_pressed(desk: Desk) -> None:
    desk.hear("dee", f"info {BASE}", "ml-releases")
    answer = desk.running.messages("dee", "ml-releases")[-1]
    for _ in range(2):
        assert desk.press("dee", answer, "answer.post", "ml-releases") == ["Posted to the channel."]
    posted = driver.wait_for(lambda: desk.running.about("answer", "ml-releases"), 20)
    assert [message["text"] for message in posted] == [answer["text"]]


def test_details_and_watch_stand_under_every_hit(desk: Desk) -> None:
    desk.hear("cy", "search tiny", "general")
    hit = desk.running.messages("cy", "general")[-1]
    (details,) = desk.press("cy", hit, "model.details", "general")
    assert details.startswith(f"{BASE} · fill-mask · ")
    desk.running.click("cy", hit, "model.watch", "general")
    begun = f" · pushes to {BASE} are announced here from now on"
    card = desk.running.wait_text(begun, "cy", "general")
    watch = card["text"].removesuffix(begun)
    desk.running.click("cy", card, "watch.remove", "general")
    desk.running.wait_state(watch, "ended", channel="general")
    # Who asks again is told calmly.
    assert desk.hear("cy", f"unwatch {watch}", "general") == [f"{watch} has ended already."]


def test_try_asks_for_a_text_and_answers_it(desk: Desk) -> None:
    desk.hear("bo", "search tiny", "general")
    hit = desk.running.messages("bo", "general")[-1]
    desk.running.click("bo", hit, "model.try", "general")
    view = desk.running.view("bo")
    empty = desk.running.call("submit", user="bo", view_id=view["id"], values={"text": {"text": " \n "}})
    assert empty["errors"] == {"text": "There is no text in it yet, and no file."}
    values = {"text": {"text": "the film is [MASK]"}}
    desk.running.call("submit", user="bo", view_id=view["id"], values=values)
    driver.wait_for(lambda: desk.running.texts("bo", "general")[-1].startswith(f"{BASE} · "), 90)


def test_fine_tune_says_at_the_field_what_is_wrong_and_then_shows_the_plan(desk: Desk) -> None:
    desk.hear("dee", "search tiny", "ml-approvals")
    hit = desk.running.messages("dee", "ml-approvals")[-1]
    desk.running.click("dee", hit, "model.tune", "ml-approvals")
    view = desk.running.view("dee")
    wrong = desk.running.fill("dee", view, dataset=DATA, lr="banana", batch="0")
    assert wrong["errors"] == {
        "lr": "lr=banana is not a number. Try lr=2e-5.",
        "batch": "batch=0 is out of range: batch goes from 1 to 512. Try batch=32.",
    }
    desk.running.fill("dee", view, lr="2e-3", batch="")
    plan = desk.running.wait_text("run.start", "dee", "ml-approvals")
    assert f"train {BASE} on {DATA} lr=0.002" in json.dumps(plan)


def test_a_run_that_was_resumed_ends_as_one_card_with_both_attempts_in_its_thread(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")
    said = [message["text"] for message in in_thread(desk, "ml", card(desk, "R1")["ts"])]
    assert "attempt 2" in json.dumps(card(desk, "R1")["blocks"])
    assert ["Attempt 1" in said[0], sum("Attempt 2 goes on from step" in text for text in said)] == [True, 1]
    assert desk.hear("ana", "cancel R1") == ["R1 is finished already; nothing to cancel."]
    assert desk.hear("ana", "resume R1") == ["R1 is finished; there is nothing to resume."]


def test_a_training_that_is_to_start_in_a_few_seconds_does_and_stops_when_it_is_told(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")
    before = desk.count()["runs"]
    for seconds in (6, 30, 90):  # a busy machine may take longer than six to show the plan
        plan = desk.plan(f'{TRAIN} epochs=50 at "in {seconds} seconds"')
        if desk.press("ana", plan, "run.start") != [TOO_LATE]:
            break
    run = f"R{before + 1}"
    desk.running.wait_state(run, "running")
    assert desk.press("ana", card(desk, run), "run.cancel") == [f"{run} was asked to stop."]
    desk.running.wait_state(run, "cancelled")
    assert desk.hear("ana", f"cancel {run}") == [f"{run} is cancelled already; nothing to cancel."]


def test_home_shows_what_waits_and_a_vote_is_cast_there(desk: Desk) -> None:
    desk.running.wait_state("R1", "succeeded")
    desk.hear("ana", "publish R1 to acme/mood")
    desk.running.wait_state("P1", "waiting", channel="ml-approvals")
    mine = desk.running.call("home", user="ana")["view"]
    assert "R1" in json.dumps(mine)
    assert "release.approve" not in json.dumps(mine)
    view = desk.running.call("home", user="bo")["view"]
    assert "P1" in json.dumps(view)
    desk.running.call("click", user="bo", view_id=view["id"], action_id="release.approve")
    desk.running.wait_text("You approved P1; it is being published.", "bo", "hugops")
    desk.running.wait_state("P1", "published", channel="ml-approvals")
    driver.wait_for(lambda: "P1" not in json.dumps(desk.running.get("views?user=bo")["home"]["blocks"]), 20)


def command_line(desk: Desk, folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    """`python -m bot …` with the desk's settings and these; an empty value takes one away."""
    environment = {key: value for key, value in (desk.bot.environment | more).items() if value}
    environment["PYTHONPATH"] = str(driver.ROOT)
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_bot_on_the_same_state_says_so_and_leaves(desk: Desk, tmp_path: Path) -> None:
    done = command_line(desk, tmp_path, "serve")
    process = desk.bot.process
    assert process is not None
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith(f"Another hugops (process {process.pid}) works on {desk.bot.home}")


WRONG = {
    ("SLACK_BOT_TOKEN", "xoxb-1"): "SLACK_BOT_TOKEN is refused by Slack (invalid_auth). It is ",
    ("SLACK_APP_TOKEN", "xapp-1"): "SLACK_APP_TOKEN is refused by Slack (invalid_auth). It is ",
    ("HF_TOKEN", ""): "HF_TOKEN is missing: ",
    ("HF_TOKEN", "hf_wrong"): "HF_TOKEN is not accepted by ",
    ("SLACK_API_URL", "http://127.0.0.1:9/api/"): "SLACK_API_URL does not answer (",
}


@pytest.mark.parametrize(("key", "value"), WRONG)
def test_a_missing_or_wrong_setting_is_named_in_one_line(desk: Desk, tmp_path: Path, key: str, value: str) -> None:
    done = command_line(desk, tmp_path, "serve", **{"HUGOPS_HOME": str(tmp_path / "home"), key: value})
    (line,) = done.stderr.splitlines()
    assert (done.returncode, line[: len(WRONG[key, value])]) == (2, WRONG[key, value])


def test_the_doctor_finds_nothing_on_a_well_person(desk: Desk, tmp_path: Path) -> None:
    done = command_line(desk, tmp_path, "doctor")
    assert (done.returncode, [line for line in done.stdout.splitlines() if not line.startswith("ok ")]) == (0, [])


def test_the_doctor_names_what_is_missing(desk: Desk, tmp_path: Path) -> None:
    more = {"HUGOPS_APPROVAL_CHANNEL": "nowhere", "HF_TOKEN": "hf_wrong"}
    done = command_line(desk, tmp_path, "doctor", **more)
    missing = [line for line in done.stdout.splitlines() if line.startswith("missing")]
    assert done.returncode == 1
    assert [key for line in missing for key in more if key in line] == list(more)


@pytest.mark.parametrize("channel", ["C0MLPRIVATE", "C0NOSUCHONE"])
def test_the_doctor_tells_of_a_channel_that_the_bot_is_not_in(desk: Desk, tmp_path: Path, channel: str) -> None:
    done = command_line(desk, tmp_path, "doctor", HUGOPS_ANNOUNCE_CHANNEL=channel)
    missing = [line.split("  ", 1)[1] for line in done.stdout.splitlines() if line.startswith("missing")]
    assert (done.returncode, missing) == (1, [NOT_IN.format(key="HUGOPS_ANNOUNCE_CHANNEL", channel=channel)])


def test_the_doctor_says_when_nobody_can_approve(desk: Desk, tmp_path: Path) -> None:
    done = command_line(desk, tmp_path, "doctor", HUGOPS_APPROVERS="@ml-lead")
    missing = [line.split("  ", 1)[1] for line in done.stdout.splitlines() if line.startswith("missing")]
    assert missing == [MISTYPED, NOBODY]


def test_health_and_metrics_answer(desk: Desk) -> None:
    with urllib.request.urlopen(f"{desk.url}/healthz", timeout=10) as answer:
        health = json.load(answer)
    assert (health["ok"], health["socket"]) == (True, True)
    with urllib.request.urlopen(f"{desk.url}/metrics", timeout=10) as answer:
        assert "hugops_socket 1.0" in answer.read().decode().splitlines()


def test_no_secret_is_written_anywhere(desk: Desk) -> None:
    ready = desk.running.ready
    secrets = [ready["bot_token"], ready["app_token"], ready["signing_secret"], ready["hub_token"]]
    written = [desk.bot.log, *(path for path in desk.bot.home.rglob("*") if path.is_file())]
    found = [(path.name, secret[:5]) for path in written for secret in secrets if secret.encode() in path.read_bytes()]
    assert found == []
    assert "incident" not in desk.bot.log.read_text()
