"""The whole story on real processes: a workspace, a Hub, a bot, a training that really trains, and kill -9."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import driver
import hub_content
import pytest
from huggingface_hub import HfApi, snapshot_download

pytestmark = pytest.mark.story
BASE, DATA = "acme/tiny-bert", "acme/made-up-reviews"


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[driver.Sandbox, HfApi, Path]]:
    """A workspace and a Hub to which somebody uploaded a base model and data a moment ago."""
    folder = tmp_path_factory.mktemp("story")
    with driver.sandbox(folder / "sandbox", "--empty") as running:
        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(api, "model", BASE, hub_content.tiny_bert(folder / "bert"))
        hub_content.upload(api, "dataset", DATA, hub_content.review_dataset())
        yield running, api, folder


def plan_and_start(running: driver.Sandbox, text: str, user: str = "ana") -> dict[str, Any]:
    """Types the command and presses Start on the plan; returns the plan's message."""
    running.command(user, text)
    plan = running.wait_text("run.start", user)
    running.click(user, plan, "run.start")
    return plan


def publish(running: driver.Sandbox, run: str, release: str, repo: str) -> None:
    """Asks, is refused as the requester, and approves as somebody else."""
    running.command("ana", f"publish {run} to {repo}")
    running.wait_state(release, "waiting", channel="ml-approvals")
    card = running.about(release, "ml-approvals", "bo")[0]
    running.click("ana", card, "release.approve", "ml-approvals")
    running.wait_text("somebody else has to decide", "ana", "ml-approvals")
    assert running.state(release, "ml-approvals") == "waiting"
    running.click("bo", card, "release.approve", "ml-approvals")
    running.click("dee", card, "release.approve", "ml-approvals")
    running.wait_state(release, "published", channel="ml-approvals")


def check_published(running: driver.Sandbox, api: HfApi, folder: Path, release: str, repo: str) -> None:
    """One announcement, one tag on main, a merged pull request, and a model as good as the card says."""
    driver.wait_for(lambda: running.about(repo, "ml-releases"), 30, "an announcement")
    assert len(running.about(repo, "ml-releases")) == 1
    refs = api.list_repo_refs(repo)
    assert [(tag.name, tag.target_commit) for tag in refs.tags] == [("v1", refs.branches[0].target_commit)]
    assert [pull.status for pull in api.get_repo_discussions(repo)] == ["merged"]
    local = Path(
        snapshot_download(repo, revision="v1", local_dir=folder / repo, endpoint=api.endpoint, token=api.token)
    )
    assert hub_content.accuracy_of(local, hub_content.reviews(80, 2)) == told_accuracy(running, release)
    assert told_accuracy(running, release) > 0.6


def told_accuracy(running: driver.Sandbox, release: str) -> float:
    """The accuracy that the approval card told, to three digits."""
    import re

    text = str(running.about(release, "ml-approvals")[0]["blocks"])
    found = re.search(r"accuracy (\d\.\d+)", text)
    assert found, text
    return float(found[1])


def test_a_model_lives_its_whole_life_in_chat(team: tuple[driver.Sandbox, HfApi, Path]) -> None:
    running, api, folder = team
    with driver.bot(running, folder / "one"):
        running.command("ana", "search made-up")
        running.command("ana", "search tiny")
        running.wait_text(BASE)
        plan = plan_and_start(running, f"train {BASE} on {DATA} epochs=4 lr=2e-3 batch=16")
        running.wait_state("R1", "queued", "starting", "running", "succeeded", seconds=60)
        running.click("ana", plan, "run.start")  # a second press of the same button
        running.wait_state("R1", "succeeded")
        assert len(running.about("R1")) == 1
        assert running.about("R2") == []
        running.command("ana", "watch acme")
        running.wait_text("W1")
        publish(running, "R1", "P1", "acme/movie-mood")
        check_published(running, api, folder, "P1", "acme/movie-mood")
        hub_content.upload(api, "model", BASE, {"notes.txt": b"a new file"})
        pushed = driver.wait_for(lambda: running.about(BASE), 30, "the announcement of a push")
        assert len(pushed) == 1


def test_kill_9_in_the_middle_of_a_training_loses_and_doubles_nothing(
    team: tuple[driver.Sandbox, HfApi, Path],
) -> None:
    running, api, folder = team
    with driver.bot(running, folder / "two") as bot:
        plan_and_start(running, f"train {BASE} on {DATA} epochs=60 lr=1e-3 batch=8 seed=7")
        first = running.about("R1", "ml")
        driver.wait_for(lambda: newest_state(running, first) == "running", 90, "the run at work")
        bot.kill()
        bot.start()
        driver.wait_for(lambda: newest_state(running, first) == "succeeded", 120, "the end of the run")
        assert len(running.about("R1")) == len(first) + 1 if not first else len(running.about("R1")) == len(first)
        running.command("ana", "publish R1 to acme/movie-mood-2")
        running.wait_state("P1", "waiting", channel="ml-approvals")


def newest_state(running: driver.Sandbox, _before: list[dict[str, Any]]) -> str:
    cards = running.about("R1")
    return str(cards[-1]["metadata"]["event_payload"]["state"]) if cards else ""


Look = Callable[[], Any]
