"""Models run at inference providers: named with their price, and one sentence for everything that can go wrong."""

import json
from collections.abc import Iterator
from typing import Any

import driver
import hub_content
import pytest
import writers
from huggingface_hub import HfApi
from running_hub import safetensors

from bot.hub.providers import price_in_words, router_of

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("providers")]
OFFERS = [
    {"provider": "novita", "task": "conversational", "pricing": {"input": 0.5, "output": 2.0}, "throughput": 20},
    {"provider": "together", "task": "conversational"},
]


@pytest.fixture(scope="module")
def served(
    workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[driver.Sandbox]:
    """A workspace with a bot; on its Hub a model that is too large for here and one for each task of hf-inference."""
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    files = writers.writer(tmp_path_factory.mktemp("talks"), talks=True)
    hub_content.upload(api, "model", "acme/large", files | {"model.safetensors": claim(files["model.safetensors"])})
    serve(workspace, "acme/large", OFFERS)
    for task in ("text-classification", "summarization", "sentence-similarity", "question-answering"):
        card = f"---\npipeline_tag: {task}\n---\n".encode()
        small = {"README.md": card, "config.json": b'{"id2label": {"0": "bad", "1": "good"}}'}
        hub_content.upload(api, "model", f"acme/{task}", small | {"model.safetensors": safetensors(weight=(1,))})
        serve(workspace, f"acme/{task}", [{"provider": "hf-inference", "task": task}])
    yield workspace


def post(served: driver.Sandbox, path: str, body: dict[str, Any]) -> None:
    import httpx

    headers = {"Authorization": f"Bearer {served.ready['hub_token']}"}
    httpx.post(served.ready["hub_endpoint"] + path, json=body, headers=headers, trust_env=False).raise_for_status()


def serve(served: driver.Sandbox, model: str, offers: list[dict[str, Any]]) -> None:
    post(served, "/sandbox/providers", {"model": model, "providers": offers})
