"""Inference Providers: the router's list of models, chat, and the tasks of `hf-inference`."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from starlette.responses import JSONResponse, Response

from sandbox.accounts import Account
from sandbox.hub.answers import ANSWERS, Ask
from sandbox.hub.api.call import Call
from sandbox.hub.api.chat import Conversation, answer_chat, refuse_model
from sandbox.hub.billing import PaidCall
from sandbox.hub.errors import BadRequest, NotFound, Unavailable
from sandbox.hub.providers import CHAT, ProviderOffer
from sandbox.hub.records import MAIN, StoredRepo

HF_INFERENCE = "hf-inference"
# What one answer of `hf-inference` is billed for; a stand-in's real time says nothing.
SECONDS = 0.1
LOADING_SECONDS = 20.0
POLICIES = ("", "fastest", "cheapest", "preferred")


@dataclass(frozen=True)
class Payer:
    account: Account
    name: str


def _payer(call: Call) -> Payer:
    account = call.signed_in()
    return Payer(account, call.hub.billing.payer(account, call.request.headers.get("x-hf-bill-to")))


def _find(call: Call, repo_id: str) -> StoredRepo | None:
    """The model, where the caller may know of it."""
    repo = call.hub.store.find_repo("model", repo_id)
    return repo if repo is not None and call.may_see(repo) else None


def _record(
    call: Call, payer: Payer, repo: StoredRepo, offer: ProviderOffer, tokens: tuple[int, int], seconds: float
) -> None:
    cost = offer.cost(*tokens, seconds)
    paid_call = PaidCall(payer.account.name, payer.name, repo.id, offer.provider, offer.task, *tokens, cost)
    call.hub.billing.record(paid_call)


def _describe(repo: StoredRepo, offers: Sequence[ProviderOffer]) -> dict[str, object]:
    return {
        "id": repo.id,
        "object": "model",
        "created": 1_735_689_600,
        "owned_by": repo.namespace,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "providers": [one.offer() for one in offers],
    }


def _chat_models(call: Call) -> list[dict[str, object]]:
    models = []
    for repo_id in call.hub.providers.repos():
        repo = _find(call, repo_id)
        offers = [one for one in call.hub.providers.of(repo) if one.task == CHAT] if repo else []
        models += [_describe(repo, offers)] if repo and offers else []
    return models


def list_models(call: Call) -> Response:
    """The models that can be talked to, with who serves them and the price."""
    return JSONResponse({"object": "list", "data": _chat_models(call)})


def show_model(call: Call) -> Response:
    model_id = f"{call.param('ns')}/{call.param('name')}"
    model = next((one for one in _chat_models(call) if one["id"] == model_id), None)
    if model is None:
        raise NotFound(f"The model '{model_id}' does not exist")
    return JSONResponse(model)


def _choose(offers: Sequence[ProviderOffer], policy: str) -> ProviderOffer | None:
    """By a provider's name, or `fastest` (the default), `cheapest`, `preferred`; only what is live."""
    live = [one for one in offers if one.status != "error"]
    if policy in ("", "fastest"):
        return max(live, key=lambda one: one.throughput or 0, default=None)
    if policy == "cheapest":
        return min(live, key=lambda one: one.cost(1, 1, 1), default=None)
    return next((one for one in live if policy in ("preferred", one.provider)), None)


def chat(call: Call) -> Response:
    """`/v1/chat/completions`: any provider that serves the model."""
    model, _, policy = call.text("model").partition(":")
    return _chat(call, _find(call, model), policy, call.text("model"))


def chat_with(call: Call) -> Response:
    """`/{provider}/…/chat/completions`: this provider, which knows the model by an id of its own."""
    provider, rest = call.param("provider"), call.request.path_params["rest"].split("/")
    name = unquote("/".join(rest[1:3])) if rest[0] == "models" else call.text("model")
    repos = [_find(call, repo_id) for repo_id in call.hub.providers.repos()]
    for repo in repos:
        for one in call.hub.providers.of(repo) if repo else []:
            if one.provider == provider and name in (one.provider_id, repo.id if repo else None):
                return _chat(call, repo, provider, name)
    return _chat(call, None, provider, name)


def _chat(call: Call, repo: StoredRepo | None, policy: str, name: str) -> Response:
    payer = _payer(call)
    tasks = (CHAT, "text-generation") if policy == HF_INFERENCE else (CHAT,)
    offers = [one for one in call.hub.providers.of(repo) if one.task in tasks] if repo else []
    offer = _choose(offers, policy)
    matches = [one for one in offers if policy in (*POLICIES, one.provider)]
    if repo is None or not matches:
        return refuse_model(name)
    if offer is None:
        raise Unavailable(f"Service temporarily unavailable: no provider of {repo.id} answers")
    call.require_open(repo)
    conversation = Conversation.read(call.json(), repo.id, offer)
    return answer_chat(conversation, lambda tokens: _record(call, payer, repo, offer, tokens, 0.0))


def run_task(call: Call) -> Response:
    """`/hf-inference/models/{ns}/{name}[/pipeline/{task}]`."""
    payer = _payer(call)
    repo = _find(call, f"{call.param('ns')}/{call.param('name')}")
    if repo is None:
        raise NotFound("Not Found")
    offer = next((one for one in call.hub.providers.of(repo) if one.provider == HF_INFERENCE), None)
    task = call.param("task") if "task" in call.request.path_params else offer.task if offer else ""
    if offer is None or task not in ANSWERS:
        raise BadRequest(f"Model not supported by provider {HF_INFERENCE}")
    if offer.status == "error":
        fields = {"estimated_time": LOADING_SECONDS}
        raise Unavailable(f"Model {repo.id} is currently loading", fields=fields)
    call.require_open(repo)
    answer = ANSWERS[task](_read_ask(call, repo))
    _record(call, payer, repo, offer, (0, 0), SECONDS)
    headers = {"x-compute-type": "cpu", "x-compute-time": str(SECONDS), "x-inference-provider": HF_INFERENCE}
    return JSONResponse(answer, headers=headers)


def _read_ask(call: Call, repo: StoredRepo) -> Ask:
    """The inputs: JSON, or the bytes of a file, which JSON carries in base64."""
    labels = _labels(call, repo)
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        return Ask(repo.id, call.body, {}, labels)
    body = call.json()
    inputs, parameters = body.get("inputs"), body.get("parameters") or {}
    if inputs is None or not isinstance(parameters, dict):
        raise BadRequest("The body must have `inputs`, and `parameters` must be an object.")
    task = next(one.task for one in call.hub.providers.of(repo) if one.provider == HF_INFERENCE)
    if task.startswith(("image-", "audio-", "automatic-speech")):
        try:
            inputs = base64.b64decode(inputs, validate=True)
        except (binascii.Error, TypeError, ValueError) as error:
            raise BadRequest("`inputs` must be base64.") from error
    return Ask(repo.id, inputs, parameters, labels)


def _labels(call: Call, repo: StoredRepo) -> list[str]:
    """The labels in the model's own config; the library's default names where it has none."""
    text = call.hub.facts.text(call.hub.store.resolve(repo, MAIN).tree, "config.json")
    names = json.loads(text or "{}").get("id2label") or {}
    return list(names.values()) or ["LABEL_0", "LABEL_1"]
