"""The whole story on real processes: a workspace, a Hub, a bot, a training that really trains, and kill -9."""

import base64
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi, snapshot_download
from sklearn.datasets import load_digits

from sandbox.seed.digits import png
from world import driver, hub_content
from world.labelled_pictures import digit_files, save_resnet
from world.training import order_files, save_order_base

pytestmark = pytest.mark.story
BASE, DATA = "acme/tiny-bert", "acme/made-up-reviews"
TRAIN = f"train {BASE} on {DATA} epochs=4 lr=2e-3 batch=16"


class Team:
    """A workspace and a Hub to which somebody uploaded a base model and data a moment ago."""

    def __init__(self, running: driver.Sandbox, folder: Path) -> None:
        self.running = running
        self.folder = folder
        self.api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(self.api, "model", BASE, hub_content.tiny_bert(folder / "bert"))
        hub_content.upload(self.api, "dataset", DATA, hub_content.review_dataset())

    def plan(self, text: str, user: str = "ana") -> dict[str, Any]:
        """Types the command; returns the plan that appears."""
        self.running.command(user, text)
        return self.running.wait_text("run.start", user)

    def card(self, thing: str, channel: str = "ml") -> dict[str, Any]:
        """The one message about the thing; there must not be a second."""
        found = self.running.about(thing, channel)
        assert len(found) == 1, [message["text"] for message in found]
        return found[0]

    def ask_to_publish(self, run: str, repo: str) -> tuple[str, dict[str, Any]]:
        """Asks; the release and its approval card, when it waits for a vote."""
        cards = [one for one in self.running.messages("ana", "ml-approvals") if "metadata" in one]
        release = f"P{len(cards) + 1}"
        self.running.command("ana", f"publish {run} to {repo}")
        self.running.wait_state(release, "waiting", channel="ml-approvals")
        return release, self.card(release, "ml-approvals")

    def check_published(self, release: str, repo: str) -> None:
        """One announcement, one tag on main, one merged pull request, and a model as good as was told."""
        driver.wait_for(lambda: self.running.about(repo, "ml-releases"), 30, "an announcement")
        self.card(repo, "ml-releases")
        refs = self.api.list_repo_refs(repo)
        assert [(tag.name, tag.target_commit) for tag in refs.tags] == [("v1", refs.branches[0].target_commit)]
        assert [pull.status for pull in self.api.get_repo_discussions(repo)] == ["merged"]
        local = self.folder / repo
        snapshot_download(repo, revision="v1", local_dir=local, endpoint=self.api.endpoint, token=self.api.token)
        measured = hub_content.accuracy_of(local, hub_content.reviews(80, 2))
        found = re.search(r"accuracy (\d\.\d+)", str(self.card(release, "ml-approvals")["blocks"]))
        assert found is not None
        assert float(found[1]) == round(measured, 3)
        assert measured > 0.6  # the majority class has half of the rows


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with driver.sandbox(tmp_path / "sandbox", "--empty") as running:
        yield Team(running, tmp_path)


def test_a_model_lives_its_whole_life_and_the_bot_dies_twice_on_the_way(team: Team) -> None:
    running = team.running
    with driver.bot(running, team.folder / "home") as bot:
        running.command("ana", "search tiny")
        running.wait_text(BASE)
        plan = team.plan(f"{TRAIN} epochs=20".replace("epochs=4 ", ""))
        running.click("ana", plan, "run.start")
        running.click("ana", plan, "run.start")  # a second press of the same button
        driver.wait_for(lambda: "step" in (running.texts("ana") or [""])[-1] or "step" in str(running.about("R1")), 90)
        bot.kill()
        bot.start()
        running.wait_state("R1", "succeeded")
        assert running.about("R2") == []
        team.card("R1")
        _, card = team.ask_to_publish("R1", "acme/movie-mood")
        running.click("ana", card, "release.approve", "ml-approvals")
        running.wait_text("somebody else has to decide", "ana", "ml-approvals")
        running.click("cy", card, "release.approve", "ml-approvals")
        running.wait_text("may decide on releases", "cy", "ml-approvals")
        assert running.state("P1", "ml-approvals") == "waiting"
        running.click("bo", card, "release.approve", "ml-approvals")
        bot.kill()
        bot.start()
        driver.wait_for(lambda: driver.answers(running), 40, "the bot's return")
        if running.state("P1", "ml-approvals") == "waiting":  # it died before it had heard the press
            running.click("bo", card, "release.approve", "ml-approvals")
        running.wait_state("P1", "published", channel="ml-approvals")
        team.check_published("P1", "acme/movie-mood")


def test_a_push_is_announced_once_to_those_who_watch(team: Team) -> None:
    running = team.running
    with driver.bot(running, team.folder / "home") as bot:
        running.command("ana", "watch acme")
        driver.wait_for(lambda: running.about("W1"), 30, "the watch")
        hub_content.upload(team.api, "model", BASE, {"notes.txt": b"a new file"})
        driver.wait_for(lambda: running.about(BASE), 30, "the announcement")
        bot.kill()
        bot.start()
        hub_content.upload(team.api, "model", BASE, {"README.md": b"---\nlicense: mit\n---\n# tiny\n"})
        driver.wait_for(lambda: len(running.about(BASE)) > 1, 30, "the second announcement")
        assert ["card edit" in message["text"] for message in running.about(BASE)] == [False, True]
        assert "model.try" in str(running.about(BASE)[0]["blocks"])


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    """A team whose bot hears from Slack over HTTP, and whose R1 is done."""
    folder = tmp_path_factory.mktemp("http")
    port = driver.free_port()
    with driver.sandbox(
        folder / "sandbox", "--empty", "--http-mode", f"http://127.0.0.1:{port}/slack/events"
    ) as running:
        team = Team(running, folder)
        more = {
            "SLACK_APP_TOKEN": "",
            "SLACK_SIGNING_SECRET": running.ready["signing_secret"],
            "HUGOPS_LISTEN": f"127.0.0.1:{port}",
        }
        with driver.bot(running, folder / "home", **more):
            running.click("ana", team.plan(TRAIN), "run.start")
            running.wait_state("R1", "succeeded")
            yield team


def test_what_a_run_could_not_say_comes_when_the_bot_is_invited_again(team: Team) -> None:
    running = team.running
    with driver.bot(running, team.folder / "home"):
        running.click("ana", team.plan(f"{TRAIN} epochs=50".replace("epochs=4 ", "")), "run.start")
        running.wait_state("R1", "running")
        assert running.call("remove", user="cy", channel="ml", member="hugops")["ok"]
        running.command("ana", "cancel R1", "general")
        running.wait_text("I could not post this in", "ana", "hugops")
        running.command("ana", "R1", "general")
        running.wait_text("cancelled by", "ana", "general")
        running.call("command", user="ana", channel="ml", command="/invite", text="@hugops")
        running.wait_state("R1", "cancelled")
        card = team.card("R1")
        end = f"R1 was cancelled by <@{running.ready['users']['ana']}>."
        driver.wait_for(lambda: end in [one["text"] for one in running.messages("ana", "ml", card["ts"])], 20)


def test_a_trained_model_is_tried_shown_and_changed_before_anybody_publishes_it(trained: Team) -> None:
    running = trained.running
    running.command("bo", 'run r1 "a warm, funny film"')
    shown = str(running.wait_text("|R1>* · text-classification", "bo")["blocks"])
    assert "'train.change'" in shown
    assert "'model.tune'" not in shown
    running.command("bo", "info R1")
    assert "BertForSequenceClassification" in str(running.wait_text("*Its model* · ", "bo")["blocks"])
    running.command("bo", 'compare R1 acme/tiny-bert "a warm, funny film"')
    running.wait_text("`R1` is for `text-classification` and `acme/tiny-bert` for `fill-mask`", "bo")
    running.command("bo", "run R99 x")
    running.wait_text("There is no run R99", "bo")
    card = trained.card("R1")
    for _ in range(2):  # a second press opens the same
        running.click("ana", card, "model.try")
        assert "R1" in str(running.view("ana")["blocks"])
    text = "customer 4711 says: a warm, funny film"
    running.fill("ana", running.view("ana"), text=text)
    answer = running.wait_text(text, seconds=90)
    assert ("answer.post" in str(answer["blocks"]), bool(answer.get("is_ephemeral"))) == (True, True)
    assert text not in str([message.get("blocks") for message in running.messages("bo")])
    running.click("ana", card, "run.compare")
    assert "R1" in str(running.view("ana")["blocks"])
    running.click("ana", card, "train.change")
    view = running.view("ana")
    filled = driver.entered(view)
    assert (filled["dataset"], filled["epochs"], filled["lr"], filled["batch"]) == (DATA, "4", "0.002", "16")
    running.fill("ana", view, epochs="7")
    assert "epochs 7" in str(running.wait_text("Plan · Fine-tune tiny-bert on made-up-reviews")["blocks"])


def test_a_rejection_closes_the_pull_request_and_tells_the_requester_why(trained: Team) -> None:
    running, repo = trained.running, "acme/unloved"
    release, card = trained.ask_to_publish("R1", repo)
    running.click("bo", card, "release.reject", "ml-approvals")
    view = running.view("bo")
    running.call("submit", user="bo", view_id=view["id"], values={"reason": {"reason": "no licence"}})
    running.wait_state(release, "rejected", channel="ml-approvals")
    driver.wait_for(lambda: [pull.status for pull in trained.api.get_repo_discussions(repo)] == ["closed"], 30)
    thread = trained.card("R1")["ts"]
    told = driver.wait_for(
        lambda: [m["text"] for m in running.messages("ana", "ml", thread) if "no licence" in m["text"]], 30
    )
    assert len(told) == 1
    assert running.about(repo, "ml-releases") == []


def test_the_story_works_over_http_too(trained: Team) -> None:
    release, card = trained.ask_to_publish("R1", "acme/movie-mood")
    trained.running.click("bo", card, "release.approve", "ml-approvals")
    trained.running.wait_state(release, "published", channel="ml-approvals")
    trained.check_published(release, "acme/movie-mood")


def test_a_model_that_finds_entities_is_planned_trained_and_published_the_same_way(
    trained: Team, tmp_path: Path
) -> None:
    running, repo = trained.running, "acme/order-finder"
    base = hub_content.files_of(save_order_base(tmp_path))
    hub_content.upload(trained.api, "model", "acme/order-base", base)
    hub_content.upload(trained.api, "dataset", "acme/orders", order_files())
    running.command("ana", "train acme/order-base on acme/orders epochs=4 lr=5e-3 batch=16")
    plan = running.wait_text("for token-classification")
    assert "text from `tokens`, label from `ner_tags`: O " in str(plan["blocks"])
    running.click("ana", plan, "run.start")
    running.wait_state("R2", "succeeded")
    told = re.search(r"order-base on orders · F1 0\.\d{3}( ± 0\.\d{3})? \(test, 120 rows\)", trained.card("R2")["text"])
    assert told is not None
    release, card = trained.ask_to_publish("R2", repo)
    running.click("bo", card, "release.approve", "ml-approvals")
    running.wait_state(release, "published", channel="ml-approvals")
    assert trained.api.model_info(repo).pipeline_tag == "token-classification"
    running.command("ana", f'run {repo} "Ines from Berlin ordered a lamp today ."')
    running.wait_text("PERSON")


def test_a_model_that_sorts_pictures_goes_the_same_way_and_is_tried_before_and_after(
    trained: Team, tmp_path: Path
) -> None:
    running, repo = trained.running, "acme/digit-reader"
    hub_content.upload(trained.api, "model", "acme/tiny-resnet", hub_content.files_of(save_resnet(tmp_path)))
    hub_content.upload(trained.api, "dataset", "acme/digits", digit_files())
    running.command("ana", "train acme/tiny-resnet on acme/digits epochs=3 lr=5e-3 max_samples=400")
    plan = running.wait_text("for image-classification")
    assert "image from `image`, label from `label`: 0 " in str(plan["blocks"])
    assert "max_length" not in str(plan["blocks"])
    running.click("ana", plan, "run.start")
    told = re.compile(r"(R\d) · tiny-resnet on digits · accuracy 0\.\d{3} ± 0\.\d{3} \(test, 360 rows\)")
    found = driver.wait_for(lambda: told.search(str([each["text"] for each in running.messages("ana", "ml")])), 90)
    running.call("command", user="cy", channel="ml", command="/invite", text="@hugops")
    _sort_a_picture(running, found[1])
    release, card = trained.ask_to_publish(found[1], repo)
    running.click("bo", card, "release.approve", "ml-approvals")
    running.wait_state(release, "published", channel="ml-approvals")
    _sort_a_picture(running, repo)


def _sort_a_picture(running: driver.Sandbox, model: str) -> None:
    """Asks the model about a picture of a seven; the answer stands in the thread."""
    seven = {"name": "7.png", "content_base64": base64.b64encode(png(load_digits().images[7])).decode()}
    ts = running.call("message", user="ana", channel="ml", text=f"@hugops run {model}", files=[seven])["ts"]
    shown = f"|{model}>* · image-classification"
    driver.wait_for(lambda: shown in str(running.messages("ana", "ml", ts)[1:]), 90, "the answer")
