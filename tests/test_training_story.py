"""Each task that is trained as text classification is, from the plan to the published model's answer in the chat."""

import re

import pytest
from huggingface_hub import HfApi

from sandbox.seed.synthetic import ticket_topics, ticket_urgency
from world import driver, hub_content
from world.training import save_base

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("training_story")]
TICKET = "Urgent: the app closes itself 3 times a day, error 4711"


@pytest.fixture(scope="module")
def running(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> driver.Sandbox:
    """A bot in a workspace whose Hub has tickets, and a base that knows their words."""
    assert hugops
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    texts = b""
    for build in (ticket_topics, ticket_urgency):
        repo = build()
        files = {path: content for path, content in repo.files.items() if isinstance(content, bytes)}
        hub_content.upload(api, "dataset", repo.id, files)
        texts += b"".join(files.values())
    words = sorted(set(re.findall(r"\w+|[^\w\s]", texts.decode())))
    base = save_base(tmp_path_factory.mktemp("base"), [word for word in words if not word.isdecimal()])
    hub_content.upload(api, "model", "acme/tiny-base", hub_content.files_of(base))
    return workspace


@pytest.mark.parametrize(
    ("run", "data", "plan", "read", "figure", "answer"),
    [
        (
            "R1",
            "acme/ticket-urgency",
            "for regression, to predict a number",
            "text from `text`, label from `urgency`: 0.5 to 9.4, 4.15 on average",
            r"Spearman 0\.\d{3} ± 0\.\d{3} \(test, 120 rows\)",
            r"^\d\.\d{3} \*urgency\*$",
        ),
        (
            "R2",
            "acme/ticket-topics",
            "for multi-label-classification, to find all classes of a text",
            "text from `text`, label from `topics`: account ",
            r"micro F1 0\.\d{3} ± 0\.\d{3} \(test, 120 rows\)",
            r"\d\.\d{3} \*technical\*",
        ),
    ],
)
def test_a_model_is_planned_trained_published_and_asked(
    running: driver.Sandbox, run: str, data: str, plan: str, read: str, figure: str, answer: str
) -> None:
    running.command("ana", f"train acme/tiny-base on {data} epochs=8 lr=2e-3 batch=16")
    shown = running.wait_text(plan)
    assert read in str(shown["blocks"])
    running.click("ana", shown, "run.start")
    running.wait_state(run, "succeeded", seconds=300)
    (card,) = running.about(run)
    assert re.search(figure, card["text"])
    release, repo = run.replace("R", "P"), f"{data}-model"
    running.command("ana", f"publish {run} to {repo}")
    running.wait_state(release, "waiting", channel="ml-approvals")
    (asked,) = running.about(release, "ml-approvals")
    running.click("bo", asked, "release.approve", "ml-approvals")
    running.wait_state(release, "published", channel="ml-approvals")
    api = HfApi(endpoint=running.ready["hub_endpoint"], token=running.ready["hub_token"])
    assert api.model_info(repo).pipeline_tag == "text-classification"
    running.command("ana", f'run {repo} "{TICKET}"')
    told = running.wait_text(f"{repo}>* · text-classification")
    lines = [line for block in told["blocks"] for line in str(block.get("text", {}).get("text", "")).splitlines()]
    assert any(re.search(answer, line) for line in lines), lines
