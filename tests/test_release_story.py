"""A release as people see it: over a hand-written card, tried and asked about before it is approved."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import HfApi

from world import driver, hub_content

pytestmark = pytest.mark.story
BASE, DATA, REPO = "acme/tiny-bert", "acme/made-up-reviews", "acme/mood"
HAND_WRITTEN = "---\nlicense: mit\nlanguage: en\ntags: [mood]\n---\n# Mood\n\nBy hand.\n\n## Limits\n\nEnglish only.\n"


@pytest.fixture
def running(tmp_path: Path) -> Iterator[driver.Sandbox]:
    with driver.sandbox(tmp_path / "sandbox", "--empty") as running:
        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        hub_content.upload(api, "model", BASE, hub_content.tiny_bert(tmp_path / "bert"))
        hub_content.upload(api, "dataset", DATA, hub_content.review_dataset())
        there = {"README.md": HAND_WRITTEN.encode(), "pytorch_model.bin": b"old", "modeling_mood.py": b"pass"}
        hub_content.upload(api, "model", REPO, there)
        yield running


def card(running: driver.Sandbox) -> dict[str, Any]:
    [message] = running.about("P1", "ml-approvals")
    return message


def test_a_release_over_what_people_made_is_asked_about_tried_and_keeps_their_card(
    running: driver.Sandbox, tmp_path: Path
) -> None:
    with driver.bot(running, tmp_path / "home"):
        running.command("ana", f"watch {REPO}")
        running.command("ana", f"train {BASE} on {DATA} epochs=1 lr=2e-3 batch=16")
        running.click("ana", running.wait_text("run.start"), "run.start")
        running.wait_state("R1", "succeeded", seconds=200)
        running.command("ana", f"publish R1 to {REPO} public")
        running.wait_state("P1", "waiting", channel="ml-approvals")
        said = str(card(running)["blocks"])
        assert "modeling_mood.py (code) would stay" in said
        assert "removes 1 (`pytorch_model.bin`)" in said

        running.click("bo", card(running), "release.ask", "ml-approvals")
        view = running.view("bo")
        running.call("submit", user="bo", view_id=view["id"], values={"question": {"question": "Which rows?"}})
        driver.wait_for(lambda: "Which rows?" in str(card(running)["blocks"]), 30, "the question on the card")
        thread = running.about("R1")[0]["ts"]
        driver.wait_for(lambda: [m for m in running.messages("ana", "ml", thread) if "Which rows?" in m["text"]], 30)

        running.click("bo", card(running), "release.try", "ml-approvals")
        view = running.view("bo")
        assert str(driver.entered(view)["model"]).startswith(f"{REPO}@")
        running.fill("bo", view, text="a good film")

        def answers() -> list[dict[str, Any]]:
            seen = running.messages("bo", "ml-approvals")
            return [each for each in seen if each.get("is_ephemeral") and "neg" in str(each.get("blocks"))]

        driver.wait_for(answers, 90, lambda: str(running.messages("bo", "ml-approvals")[-3:]))
        assert not [each for each in running.messages("ana", "ml-approvals") if "neg" in str(each.get("blocks"))]

        running.click("bo", card(running), "release.approve", "ml-approvals")
        running.wait_state("P1", "published", channel="ml-approvals")
        api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
        names = api.list_repo_files(REPO)
        assert ("pytorch_model.bin" in names, "model.safetensors" in names, "modeling_mood.py" in names) == (
            False,
            True,
            True,
        )
        info = api.model_info(REPO)
        assert info.card_data is not None
        assert (info.card_data.license, info.card_data.language, info.pipeline_tag) == (
            "mit",
            "en",
            "text-classification",
        )
        assert "mood" in (info.tags or [])
        told = [message["metadata"]["event_payload"]["state"] for message in running.about(REPO)]
        assert told == []  # our own release is told where releases are told
