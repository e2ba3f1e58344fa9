"""Inference Providers: who serves a model and at what price, and its answers, in the worker's own shapes.

How they are called: https://huggingface.co/docs/inference-providers. Free of torch.
"""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, cast

import httpx2
from huggingface_hub import HfApi, InferenceClient, constants
from huggingface_hub.errors import HfHubHTTPError, InferenceTimeoutError
from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, but loaded lazily
    build_hf_headers,
    get_session,
)

from core.errors import HubError, Mistake, WorkerError
from core.hub.gateway import plain
from core.results import (
    Ending,
    Entities,
    Entity,
    Ranked,
    Result,
    Score,
    Scores,
    Span,
    Word,
    Words,
    Written,
)
from core.tasks import TASKS
from core.words import decimal, quote

HUB, ROUTER = "https://huggingface.co", "https://router.huggingface.co"
# Hugging Face's own provider, which takes every task under its own name.
OWN = "hf-inference"
CHAT, VECTORS, SIMILAR = "conversational", "feature-extraction", "sentence-similarity"
DEFAULT_TOKENS = 512
PRICES_SECONDS = 600.0
TOP = 5
NO_PRICE = "price not published"

Results = Sequence[Result]


@dataclass(frozen=True)
class Offer:
    """One provider's offer of a model; `price` in words."""

    provider: str
    task: str
    price: str = NO_PRICE


@dataclass
class Asking:
    """A question on its way: what it is, who hears of it, whether it is still wanted."""

    model: str
    task: str
    inputs: Sequence[Any]
    options: dict[str, Any]
    seconds: float
    tell: Callable[[str], None] = lambda _text: None
    stopped: threading.Event = field(default_factory=threading.Event)


def router_of(endpoint: str, given: str | None) -> str:
    """Where the providers of a Hub are reached: what is set, the Hub's own router, or another Hub itself."""
    return (given or (ROUTER if endpoint.rstrip("/") == HUB else endpoint)).rstrip("/")


class Providers:
    """The providers behind one router, asked with one token."""

    def __init__(self, endpoint: str, router: str, token: str) -> None:
        self._api = HfApi(endpoint=endpoint, token=token, library_name="hugops")
        self._router = router
        self._token = token
        self._prices: tuple[float, dict[str, dict[str, str]]] = (0.0, {})
        # InferenceClient has no other way to name the router of a named provider.
        constants.INFERENCE_PROXY_TEMPLATE = f"{router}/{{provider}}"

    def offers(self, model: str, task: str) -> list[Offer]:
        """Who serves the model for this task, in the order that the account prefers; HubError when nobody says."""
        served = TASKS[task].served_as or (task,)
        with _sentences(model, "The Hub"):
            info = self._api.model_info(model, expand=["inferenceProviderMapping"])
        found = [
            each for each in info.inference_provider_mapping or () if each.status == "live" and each.task in served
        ]
        found.sort(key=lambda each: served.index(each.task))
        prices = self._prices_of(model) if found else {}
        return [Offer(each.provider, each.task, prices.get(each.provider, NO_PRICE)) for each in found]

    def choose(self, model: str, task: str, via: str) -> Offer:
        """The offer to take; Mistake with those that there are when this one is not."""
        offers = self.offers(model, task) if TASKS[task].served_as else []
        for offer in offers:
            if via in ("auto", offer.provider):
                return offer
        if offers:
            names = ", ".join(f"`via={offer.provider}`" for offer in offers)
            raise Mistake(f"{quote(via)} does not serve {quote(model)} for `{task}`. There is {names}.")
        raise Mistake(
            f"No inference provider serves {quote(model)} for `{task}`. "
            "`/hf search inference=yes` finds models that one does."
        )

    def ask(self, offer: Offer, asking: Asking) -> Results:
        """One result per input, or per text after the first where that is the question."""
        with _sentences(asking.model, offer.provider):
            if offer.task == CHAT:
                return [self._chat(offer, asking, given) for given in asking.inputs]
            return _ANSWERS[asking.task](self, offer, asking)

    def client(self, offer: Offer, asking: Asking) -> tuple[InferenceClient, str]:
        """A client for the offer, and what it calls the model."""
        if offer.provider != OWN:
            named = cast("Any", offer.provider)
            return InferenceClient(provider=named, token=self._token, timeout=asking.seconds), asking.model
        at = f"{self._router}/{OWN}/models/{asking.model}"
        at += f"/pipeline/{offer.task}" if offer.task in (VECTORS, SIMILAR) else ""
        return InferenceClient(token=self._token, timeout=asking.seconds), at

    def mask(self, model: str) -> str:
        """What the model reads as a gap."""
        return self._api.model_info(model, expand=["mask_token"]).mask_token or "[MASK]"

    def _chat(self, offer: Offer, asking: Asking, given: Any) -> Written:
        """A conversation's next turn, word by word; ends early when time is up or nobody wants more."""
        messages = given["messages"] if isinstance(given, dict) else [{"role": "user", "content": given}]
        api = InferenceClient(base_url=f"{self._router}/v1", api_key=self._token, timeout=asking.seconds)
        options = {name: asking.options[name] for name in ("temperature", "top_p", "seed") if name in asking.options}
        deadline = time.monotonic() + asking.seconds
        text, pieces, end = "", 0, ""
        early: Ending = ""
        with api:
            for chunk in api.chat_completion(
                messages,
                model=f"{asking.model}:{offer.provider}",
                stream=True,
                max_tokens=asking.options.get("max_new_tokens", DEFAULT_TOKENS),
                **options,
            ):
                if asking.stopped.is_set() or time.monotonic() > deadline:
                    early = "stopped" if asking.stopped.is_set() else "late"
                    break
                if not chunk.choices:
                    continue
                end = chunk.choices[0].finish_reason or end
                if piece := chunk.choices[0].delta.content or "":
                    text, pieces = text + piece, pieces + 1
                    if len(asking.inputs) == 1:
                        asking.tell(piece)
        return Written(text, pieces, ended=early or ("cut" if end == "length" else ""), talks=True)

    def _prices_of(self, model: str) -> dict[str, str]:
        """Prices in words by provider; nothing where the router does not say."""
        read_at, prices = self._prices
        if time.monotonic() - read_at > PRICES_SECONDS or not prices:
            try:
                prices = self._read_prices()
            except (httpx2.HTTPError, HubError, ValueError, KeyError, TypeError):
                return {}
            self._prices = (time.monotonic(), prices)
        return prices.get(model, {})

    def _read_prices(self) -> dict[str, dict[str, str]]:
        headers = build_hf_headers(token=self._token, library_name="hugops")
        answer = get_session().get(f"{self._router}/v1/models", headers=headers)
        answer.raise_for_status()
        return {
            model["id"]: {
                each["provider"]: price_in_words(each["pricing"])
                for each in model.get("providers") or ()
                if each.get("pricing")
            }
            for model in answer.json()["data"]
        }


def price_in_words(pricing: dict[str, Any]) -> str:
    """`$0.1 in, $0.3 out per million tokens`; what is paid for by time has no such price."""
    if not pricing["input"] and not pricing["output"]:
        return NO_PRICE
    return f"${decimal(float(pricing['input']))} in, ${decimal(float(pricing['output']))} out per million tokens"


def _classified(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    return [_scores(api.text_classification(text, model=model)) for text in asking.inputs]


def _labelled(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    labels = [label.strip() for label in str(asking.options.get("labels", "")).split(",") if label.strip()]
    if not labels:
        raise Mistake('Which labels should it choose from? Add `labels="sport, politics"`.')
    return [_scores(api.zero_shot_classification(text, labels, model=model)) for text in asking.inputs]


def _scores(found: Sequence[Any]) -> Scores:
    ranked = sorted(found, key=lambda each: -each.score)
    return Scores(tuple(Score(each.label, each.score) for each in ranked))


def _tagged(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    return [
        Entities(
            tuple(
                Entity(each.entity_group or each.entity or "", each.score, each.start or 0, each.end or 0)
                for each in api.token_classification(text, model=model)
            )
        )
        for text in asking.inputs
    ]


def _filled(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    mask = self.mask(asking.model)
    return [
        Words(
            tuple(
                Word(each.token_str.strip(), each.score, each.sequence)
                for each in api.fill_mask(text.replace("____", mask), model=model, top_k=TOP)
            )
        )
        for text in asking.inputs
    ]


def _answered(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    question, *texts = asking.inputs
    if not texts:
        raise Mistake("A question needs a text to find the answer in. Put it in quotes after the question.")
    results = []
    for text in texts:
        found: Any = api.question_answering(question, text, model=model)
        best = found[0] if isinstance(found, list) else found
        results.append(Span(text, best.answer, best.score, best.start, best.end))
    return results


def _compared(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    first, *others = asking.inputs
    if not others:
        raise Mistake("Similarity compares the first text with the others. Add another text in quotes.")
    if offer.task == SIMILAR:
        scores = api.sentence_similarity(first, others, model=model)
    else:
        vectors = [_vector(api.feature_extraction(text, model=model)) for text in asking.inputs]
        scores = [_cosine(vectors[0], each) for each in vectors[1:]]
    return [Ranked(text, score) for text, score in zip(others, scores, strict=True)]


def _vector(found: Any) -> list[float]:
    """One vector a text: the mean of its tokens' where the provider gives those."""
    rows = found.tolist()
    while isinstance(rows[0], list):
        rows = rows[0] if len(rows) == 1 else [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return cast("list[float]", rows)


def _cosine(a: list[float], b: list[float]) -> float:
    return sum(x * y for x, y in zip(a, b, strict=True)) / ((math.hypot(*a) * math.hypot(*b)) or 1.0)


def _summed_up(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    return [Written(api.summarization(text, model=model).summary_text) for text in asking.inputs]


def _translated(self: Providers, offer: Offer, asking: Asking) -> Results:
    api, model = self.client(offer, asking)
    source, target = asking.options.get("source"), asking.options.get("target")
    return [
        Written(api.translation(text, model=model, src_lang=source, tgt_lang=target).translation_text)
        for text in asking.inputs
    ]


_ANSWERS: dict[str, Callable[[Providers, Offer, Asking], Results]] = {
    "text-classification": _classified,
    "zero-shot-classification": _labelled,
    "token-classification": _tagged,
    "fill-mask": _filled,
    "question-answering": _answered,
    "sentence-similarity": _compared,
    "summarization": _summed_up,
    "translation": _translated,
}


class _sentences:  # noqa: N801  # read as a word after `with`
    """The seam: what goes wrong at a provider becomes one sentence."""

    def __init__(self, model: str, who: str) -> None:
        self._model, self._who = quote(model), who

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, (InferenceTimeoutError, httpx2.TimeoutException)):
            raise WorkerError(
                f"{self._who} gave no answer in time. Try a shorter text, or another provider with `via=`."
            ) from error
        if isinstance(error, HfHubHTTPError):
            raise self._refusal(error) from error
        if isinstance(error, httpx2.TransportError):
            raise WorkerError(f"{self._who} cannot be reached from here. Try again in a minute.") from error
        if isinstance(error, (ValueError, KeyError, AttributeError, TypeError, IndexError)):
            raise WorkerError(
                f"{self._who} answered {self._model} with something that I cannot read. Try another with `via=`."
            ) from error

    def _refusal(self, error: HfHubHTTPError) -> WorkerError:
        status = error.response.status_code
        waits = error.response.headers.get("retry-after", "")
        told = plain(error.server_message or "no reason given")
        sentences = {
            401: "The token I use is not accepted by inference providers. Whoever runs me has to set a new HF_TOKEN.",
            402: "The account of the token I use has no credits left for inference providers. Add some at "
            f"{constants.ENDPOINT}/settings/billing, or try a model that fits here.",
            403: f"The token I use may not call {self._who}. It needs the permission to make calls to Inference "
            f"Providers, and {self._model} may want its terms accepted.",
            404: f"{self._who} does not serve {self._model} any more. Try another provider with `via=`, or `via=auto`.",
            429: f"{self._who} takes no more requests from me for {waits or 60} seconds (rate limit). "
            "Try again after that.",
            503: f"{self._who} has {self._model} not ready at the moment. Try again in a minute.",
        }
        busy = f"{self._who} has trouble (it answered {status}). Try again in a minute, or another with `via=`."
        refused = f"{self._who} refused this ({status}: {told})."
        return WorkerError(
            sentences.get(status, busy if status >= HTTPStatus.INTERNAL_SERVER_ERROR else refused), status=status
        )
