"""Models run at inference providers: named with their price, and one sentence for everything that can go wrong."""

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from huggingface_hub import HfApi

from core.hub.providers import price_in_words, router_of
from world import driver, hub_content, writers

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("providers")]
OFFERS: list[dict[str, object]] = [
    {"provider": "novita", "task": "conversational", "pricing": {"input": 0.5, "output": 2.0}, "throughput": 20},
    {"provider": "together", "task": "conversational"},
]

TASKS = (
    "text-classification",
    "zero-shot-classification",
    "token-classification",
    "fill-mask",
    "question-answering",
    "sentence-similarity",
    "summarization",
    "translation",
)


@pytest.fixture(scope="module")
def served(workspace: driver.Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[driver.Sandbox]:
    """A bot with next to no memory for models; its Hub has a model that talks and one a task, all with providers."""
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    files = writers.writer(tmp_path_factory.mktemp("talks"), talks=True)
    hub_content.upload(api, "model", "acme/large", files)
    serve(workspace, "acme/large", OFFERS)
    for task in TASKS:
        card = f"---\npipeline_tag: {task}\n---\n".encode()
        small = {"README.md": card, "config.json": b'{"id2label": {"0": "bad", "1": "good"}}'}
        hub_content.upload(api, "model", f"acme/{task}", small)
        serve(workspace, f"acme/{task}", [{"provider": "hf-inference", "task": task}])
    with driver.bot(workspace, tmp_path_factory.mktemp("bot") / "home", HUGOPS_MODEL_MEMORY="100k"):
        yield workspace


def post(served: driver.Sandbox, path: str, body: dict[str, Any]) -> None:
    headers = {"Authorization": f"Bearer {served.ready['hub_token']}"}
    httpx.post(served.ready["hub_endpoint"] + path, json=body, headers=headers, trust_env=False).raise_for_status()


def serve(served: driver.Sandbox, model: str, offers: list[dict[str, object]]) -> None:
    post(served, "/sandbox/providers", {"model": model, "providers": offers})


def hear(served: driver.Sandbox, text: str, part: str) -> dict[str, Any]:
    served.command("ana", text)
    return served.wait_text(part, seconds=30)


def test_a_model_that_is_too_large_names_who_serves_it(served: driver.Sandbox) -> None:
    refusal = hear(served, 'run acme/large "why"', "is served by")["text"]
    assert refusal.startswith("`acme/large` needs about 209 kB of memory to run")
    assert refusal.endswith(
        "Or run it elsewhere with `via=auto`: it is served by novita ($0.5 in, $2 out per million tokens), "
        "together (price not published)."
    )


def test_a_chat_at_a_provider_is_named_with_its_price_streamed_and_remembered(served: driver.Sandbox) -> None:
    served.command("ana", "watch acme/large")
    served.wait_text("W1")
    said = f'<@{served.ready["bot_user_id"]}> run acme/large "the film" via=auto'
    thread = served.call("message", user="ana", channel="ml", text=said)["ts"]

    def replies(part: str, number: int) -> dict[str, Any] | None:
        found = [one for one in served.messages("ana", "ml", thread) if one.get("bot_id")]
        return found[-1] if len(found) == number and part in json.dumps(found[-1]) else None

    growing = driver.wait_for(lambda: replies("try.stop", 1), 30)
    first = driver.wait_for(lambda: replies("try.rerun", 1), 30)
    assert (first["ts"], growing["streaming_state"]) == (growing["ts"], "in_progress")
    assert "at novita · $0.5 in, $2 out per million tokens" in json.dumps(first["blocks"], ensure_ascii=False)
    assert "You said: “the film”" in json.dumps(first["blocks"], ensure_ascii=False)
    served.call(
        "message", user="ana", channel="ml", text=f"<@{served.ready['bot_user_id']}> and its music", thread_ts=thread
    )
    second = driver.wait_for(lambda: replies("try.stop", 2), 30)
    served.click("ana", second, "try.stop")
    assert "You said: “and its music”" in json.dumps(
        driver.wait_for(lambda: replies("Stopped by ana", 2), 30), ensure_ascii=False
    )


@pytest.mark.parametrize(
    ("task", "inputs", "shown"),
    [
        ("text-classification", '"a warm film"', "good"),
        ("zero-shot-classification", '"a warm film" labels="art, sport"', "sport"),
        ("token-classification", '"Ana lives in Bonn"', "Ana"),
        ("fill-mask", '"the film is ____"', "▓"),
        ("question-answering", '"where" "it is in Bonn"', "Bonn"),
        ("sentence-similarity", '"a film" "a story"', "a story"),
        ("summarization", '"it is long. it is over."', "```"),
        ("translation", '"the film"', "```"),
    ],
)
def test_each_task_of_hugging_faces_own_provider_is_answered(
    served: driver.Sandbox, task: str, inputs: str, shown: str
) -> None:
    served.command("ana", f"run acme/{task} {inputs} via=hf-inference", "general")
    answer = served.wait_text(f"*<{served.ready['hub_endpoint']}/acme/{task}", channel="general", seconds=30)
    drawn = json.dumps(answer["blocks"], ensure_ascii=False)
    assert shown in drawn
    assert "at hf-inference · price not published" in drawn


def test_what_a_provider_refuses_is_one_sentence(served: driver.Sandbox) -> None:
    assert (
        "`groq` does not serve `acme/large` for `text-generation`. There is `via=novita`, `via=together`."
        in hear(served, 'run acme/large "x" via=groq', "does not serve")["text"]
    )
    assert (
        "No inference provider serves `acme/large` for `summarization`"
        in hear(served, 'run acme/large "x" via=auto task=summarization', "No inference provider serves")["text"]
    )
    me = HfApi(endpoint=served.ready["hub_endpoint"], token=served.ready["hub_token"]).whoami()["name"]
    for fields, part in (({"credits": 0}, "has no credits left"), ({"permitted": False}, "may not call novita")):
        post(served, "/sandbox/billing", {"account": me, **fields})
        assert part in hear(served, 'run acme/large "x" via=auto', part)["text"]
    post(served, "/sandbox/billing", {"account": me, "credits": 5, "permitted": True})
    serve(served, "acme/summarization", [{"provider": "hf-inference", "task": "summarization", "status": "staging"}])
    assert (
        "No inference provider serves"
        in hear(served, 'run acme/summarization "z" via=auto', "`acme/summarization` for")["text"]
    )


def test_the_router_is_that_of_the_hub_unless_it_is_set() -> None:
    assert router_of("https://huggingface.co", None) == "https://router.huggingface.co"
    assert router_of("http://127.0.0.1:8000/", None) == "http://127.0.0.1:8000"
    assert router_of("https://huggingface.co", "https://router.example/") == "https://router.example"
    assert price_in_words({"input": 0.05, "output": 1}) == "$0.05 in, $1 out per million tokens"
