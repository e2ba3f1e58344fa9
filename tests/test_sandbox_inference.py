"""Inference Providers of the sandbox's Hub, asked with the unmodified huggingface_hub client."""

import json
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from huggingface_hub import ChatCompletionInputStreamOptions, InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from world.driver import wait_for
from world.running_hub import RunningHub, put_model, running

CHAT, PRIVATE, LABELS = "acme/talker", "acme/secret", "acme/labels"
PRICE = {"input": 0.5, "output": 2.0}
OFFERS = [
    {
        "provider": "novita",
        "task": "conversational",
        "provider_id": "acme-talker",
        "pricing": PRICE,
        "throughput": 500,
        "context_length": 64,
    },
    {
        "provider": "together",
        "task": "conversational",
        "pricing": {"input": 0.1, "output": 0.2},
        "supports_tools": True,
    },
    {"provider": "groq", "task": "conversational", "status": "error"},
]
SECOND = {"second": 0.01}


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as found:
        put_model(found, CHAT)
        put_model(found, "acme/quiet")
        put_model(found, PRIVATE, private=True)
        found.store.create_repo("model", LABELS, owner="ana")
        config = {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "bad", "1": "good"}}
        found.store.commit("model", LABELS, {"config.json": json.dumps(config).encode()}, "Add", "ana")
        assert found.post("/sandbox/providers", {"model": CHAT, "providers": OFFERS}).json()["ok"]
        serve(found, LABELS, "text-classification")
        serve(found, PRIVATE, "conversational", provider="novita")
        yield found


def serve(hub: RunningHub, model: str, task: str, provider: str = "hf-inference", **more: Any) -> None:
    offer = {"provider": provider, "task": task, "pricing": SECOND, **more}
    assert hub.post("/sandbox/providers", {"model": model, "providers": [offer]}).status_code == 200


def client(hub: RunningHub, name: str = "ana") -> InferenceClient:
    return InferenceClient(base_url=f"{hub.url}/v1", api_key=f"hf_{name}")


def ask(hub: RunningHub, model: str = CHAT, name: str = "ana", **more: Any) -> Any:
    return client(hub, name).chat_completion([{"role": "user", "content": "What is a model?"}], model=model, **more)


def refusal(call: Callable[[], Any]) -> tuple[int, str]:
    with pytest.raises(HfHubHTTPError) as refused:
        call()
    error = refused.value.response.json()["error"]
    return refused.value.response.status_code, error if isinstance(error, str) else error["code"]


def last_call(hub: RunningHub) -> dict[str, Any]:
    call: dict[str, Any] = httpx.get(f"{hub.url}/sandbox/billing", trust_env=False).json()["calls"][-1]
    return call


def test_a_chat_is_answered_whole_or_piece_by_piece_and_paid_for(hub: RunningHub) -> None:
    whole = ask(hub, seed=1)
    said = whole.choices[0].message.content
    assert said.startswith("[sandbox provider] You said: “What is a model?”.")
    assert (whole.model, whole.choices[0].finish_reason) == ("acme-talker", "stop")
    paid = last_call(hub)
    tokens = (paid["input_tokens"], paid["output_tokens"])
    assert tokens == (whole.usage.prompt_tokens, whole.usage.completion_tokens) == (4, len(said.split()))
    assert (paid["provider"], paid["billed_to"]) == ("novita", "ana")
    assert paid["cost"] == pytest.approx((4 * 0.5 + tokens[1] * 2.0) / 1e6)

    # The client is kept: with it goes the stream.
    asked, streaming = [{"role": "user", "content": "What is a model?"}], client(hub)
    usage = ChatCompletionInputStreamOptions(include_usage=True)
    chunks: list[Any] = list(streaming.chat_completion(asked, model=CHAT, seed=1, stream=True, stream_options=usage))
    assert "".join(chunk.choices[0].delta.content for chunk in chunks[:-1]) == said
    assert (chunks[-2].choices[0].finish_reason, dict(chunks[-1].usage)) == ("stop", dict(whole.usage))
    assert last_call(hub)["output_tokens"] == tokens[1]
    short = ask(hub, max_tokens=3)
    assert (short.choices[0].finish_reason, short.usage.completion_tokens) == ("length", 3)
    assert ask(hub, seed=2).choices[0].message.content != said
    parts = [{"role": "user", "content": [{"type": "text", "text": "in parts"}]}]
    assert "“in parts”" in str(client(hub).chat_completion(parts, model=CHAT).choices[0].message.content)


def test_a_reader_who_leaves_pays_for_what_was_written(hub: RunningHub) -> None:
    messages = [{"role": "user", "content": "hi"}]
    body = {"model": CHAT, "messages": messages, "stream": True}
    headers = {"Authorization": "Bearer hf_ana"}
    url = f"{hub.url}/v1/chat/completions"
    with httpx.Client(trust_env=False) as http, http.stream("POST", url, json=body, headers=headers) as answer:
        assert next(answer.iter_lines()).startswith("data: {")
    whole = client(hub).chat_completion(messages, model=CHAT)

    def paid() -> list[int]:
        calls = httpx.get(f"{hub.url}/sandbox/billing", trust_env=False).json()["calls"]
        return [one["output_tokens"] for one in calls if one["input_tokens"] == 1]

    written = wait_for(lambda: paid() if len(paid()) == 2 else None, what="both calls on the bill")
    assert 0 < min(written) < max(written) == whole.usage.completion_tokens


def test_the_caller_chooses_the_provider(hub: RunningHub) -> None:
    def provider(model: str) -> str:
        ask(hub, model)
        return str(last_call(hub)["provider"])

    chosen = [provider(f"{CHAT}{policy}") for policy in ("", ":fastest", ":cheapest", ":together")]
    assert chosen == ["novita", "novita", "together", "together"]
    assert refusal(lambda: ask(hub, f"{CHAT}:groq")) == (
        503,
        "Service temporarily unavailable: no provider of acme/talker answers",
    )
    unserved = [refusal(partial(ask, hub, model)) for model in (f"{CHAT}:cohere", "acme/quiet", "no/such")]
    assert unserved == [(400, "model_not_supported")] * 3
    assert refusal(lambda: ask(hub, PRIVATE, "dee")) == (400, "model_not_supported")
    assert ask(hub, PRIVATE).choices


def test_the_router_lists_what_can_be_talked_to(hub: RunningHub) -> None:
    def listed(name: str) -> dict[str, list[dict[str, Any]]]:
        headers = {"Authorization": f"Bearer hf_{name}"}
        found = httpx.get(f"{hub.url}/v1/models", headers=headers, trust_env=False).json()
        assert found["object"] == "list"
        return {one["id"]: one["providers"] for one in found["data"]}

    assert listed("ana").keys() == {CHAT, PRIVATE}
    novita, together, groq = listed("dee")[CHAT]
    assert (novita["provider"], novita["status"], novita["pricing"]) == ("novita", "live", PRICE)
    assert (novita["context_length"], novita["supports_tools"], together["supports_tools"]) == (64, False, True)
    assert groq["status"] == "error"
    one = httpx.get(f"{hub.url}/v1/models/{CHAT}", trust_env=False).json()
    assert (one["id"], len(one["providers"])) == (CHAT, 3)


def test_a_models_info_names_its_providers(hub: RunningHub) -> None:
    info: Any = hub.api("ana").model_info(CHAT, expand=["inferenceProviderMapping", "inference"])
    found = [(one.provider, one.provider_id, one.status, one.task) for one in info.inference_provider_mapping]
    assert (info.inference, found[0]) == ("warm", ("novita", "acme-talker", "live", "conversational"))
    assert hub.api("ana").model_info("acme/quiet", expand=["inferenceProviderMapping"]).inference_provider_mapping == []
    listed: list[Any] = list(
        hub.api("ana").list_models(inference_provider="novita", expand=["inferenceProviderMapping"])
    )
    assert {one.id for one in listed} == {CHAT, PRIVATE}
    assert listed[0].inference_provider_mapping[0].provider == "novita"
    assert {one.id for one in hub.api("dee").list_models(inference="warm")} == {CHAT, LABELS}
    assert list(hub.api("ana").list_models(inference_provider="groq")) == []


def test_tokens_without_credit_or_permission_are_refused(hub: RunningHub) -> None:
    assert refusal(lambda: client(hub, "nobody").chat_completion([], model=CHAT))[0] == 401
    hub.post("/sandbox/billing", {"account": "dee", "credits": 0})
    status, text = refusal(lambda: ask(hub, name="dee"))
    assert (status, text.startswith("You have depleted your monthly included credits.")) == (402, True)
    assert hub.post("/sandbox/billing", {"account": "dee", "credits": None}).json()["credits"] is None
    assert ask(hub, name="dee").choices
    hub.post("/sandbox/billing", {"account": "rio", "permitted": False})
    status, text = refusal(lambda: ask(hub, name="rio"))
    assert (status, text.endswith("to call Inference Providers on behalf of user rio")) == (403, True)
    asked = [{"role": "user", "content": "hi"}]
    for_org = InferenceClient(base_url=f"{hub.url}/v1", api_key="hf_ana", bill_to="acme")
    for_org.chat_completion(asked, model=CHAT)
    assert (last_call(hub)["account"], last_call(hub)["billed_to"]) == ("ana", "acme")
    stranger = InferenceClient(base_url=f"{hub.url}/v1", api_key="hf_dee", bill_to="acme")
    assert refusal(lambda: stranger.chat_completion(asked, model=CHAT))[0] == 403
    bare = httpx.post(f"{hub.url}/v1/chat/completions", json={"model": CHAT, "messages": asked}, trust_env=False)
    assert bare.status_code == 401


def test_a_chat_that_is_none_is_refused(hub: RunningHub) -> None:
    long = [{"role": "user", "content": "word " * 65}]
    assert refusal(lambda: client(hub).chat_completion(long, model=CHAT)) == (400, "context_length_exceeded")
    assert refusal(lambda: client(hub).chat_completion([], model=CHAT)) == (400, "invalid_value")
    wrong = hub.post("/sandbox/providers", {"model": CHAT, "providers": [{"provider": "x", "task": "y", "price": 1}]})
    assert wrong.status_code == 400


QUESTION = {"question": "Who trained it?", "context": "It is small. Ana trained it in Berlin."}


@pytest.mark.parametrize(
    ("task", "call", "expected"),
    [
        ("text-classification", lambda c: {one.label for one in c.text_classification("fine")}, {"bad", "good"}),
        ("zero-shot-classification", lambda c: len(c.zero_shot_classification("x", ["a", "b", "c"])), 3),
        (
            "token-classification",
            lambda c: [one.word for one in c.token_classification("so Ana Ruiz said")],
            ["Ana Ruiz"],
        ),
        ("question-answering", lambda c: c.question_answering(**QUESTION).answer, "Ana trained it in Berlin"),
        ("fill-mask", lambda c: len(c.fill_mask("a [MASK] day")), 5),
        ("feature-extraction", lambda c: c.feature_extraction("x").shape, (384,)),
        ("sentence-similarity", lambda c: [round(one) for one in c.sentence_similarity("a b", ["b a", "c d"])], [1, 0]),
        ("summarization", lambda c: c.summarization("long text").summary_text, "[sandbox provider] long text"),
        ("translation", lambda c: c.translation("Guten Tag").translation_text, "[sandbox provider] Guten Tag"),
        ("text-generation", lambda c: c.text_generation("once", max_new_tokens=2), "[sandbox provider]"),
        ("image-classification", lambda c: {one.label for one in c.image_classification(b"png")}, {"bad", "good"}),
        ("audio-classification", lambda c: len(c.audio_classification(b"wav", top_k=1)), 1),
        (
            "automatic-speech-recognition",
            lambda c: c.automatic_speech_recognition(b"wav").text,
            "[sandbox provider] a recording of 3 bytes",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) and "-" in value else "",
)
def test_a_task_is_answered_in_the_providers_shape(
    hub: RunningHub, task: str, call: Callable[[InferenceClient], Any], expected: Any
) -> None:
    serve(hub, LABELS, task)
    path = f"/pipeline/{task}" if task in ("feature-extraction", "sentence-similarity") else ""
    asked = InferenceClient(model=f"{hub.url}/hf-inference/models/{LABELS}{path}", token="hf_ana")
    assert call(asked) == expected == call(asked)
    paid = last_call(hub)
    assert (paid["task"], paid["cost"]) == (task, pytest.approx(0.001))


def test_a_model_by_its_address_talks_is_loading_or_is_unknown(hub: RunningHub) -> None:
    def refused(model: str) -> tuple[int, str]:
        asked = InferenceClient(model=f"{hub.url}/hf-inference/models/{model}", token="hf_ana")
        return refusal(lambda: asked.text_classification("x"))

    serve(hub, LABELS, "text-generation")
    own = InferenceClient(base_url=f"{hub.url}/hf-inference/models/{LABELS}", api_key="hf_ana")
    assert own.chat_completion([{"role": "user", "content": "hi"}]).model == LABELS
    serve(hub, LABELS, "text-classification", status="error")
    assert refused(LABELS) == (503, f"Model {LABELS} is currently loading")
    assert refused("acme/quiet") == (400, "Model not supported by provider hf-inference")
    assert refused("acme/none") == (404, "Not Found")
    serve(hub, LABELS, "text-classification")


def test_by_name_the_client_finds_its_way_through_the_router(hub: RunningHub, tmp_path: Path) -> None:
    serve(hub, LABELS, "text-classification")
    code = f"""
        from huggingface_hub import constants
        constants.INFERENCE_PROXY_TEMPLATE = {hub.url!r} + "/{{provider}}"
        from huggingface_hub import ChatCompletionInputStreamOptions, InferenceClient
        from huggingface_hub.inference import _providers
        _providers.CONVERSATIONAL_AUTO_ROUTER.base_url = {hub.url!r}
        asked = [{{"role": "user", "content": "hi"}}]
        named = InferenceClient(provider="novita").chat_completion(asked, model={CHAT!r})
        auto = InferenceClient().chat_completion(asked, model={CHAT!r})
        labels = InferenceClient().text_classification("x", model={LABELS!r})
        answer = [named.model, auto.model, sorted(one.label for one in labels)]
    """
    assert hub.client(tmp_path, code) == ["acme-talker", "acme-talker", ["bad", "good"]]
