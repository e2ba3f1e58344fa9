"""Which of the seeded models are served for inference, by whom and at which price; made up, like the providers."""

from collections.abc import Mapping, Sequence

from sandbox.hub.providers import CHAT
from sandbox.seed import language_models, minilm, sentiment

PACE = 40.0
SECOND = {"second": 0.00012}


def _hosted(task: str) -> dict[str, object]:
    return {"provider": "hf-inference", "task": task, "pricing": SECOND}


def _talks(provider: str, price_in: float, price_out: float, context: int) -> dict[str, object]:
    prices = {"input": price_in, "output": price_out}
    return {"provider": provider, "task": CHAT, "pricing": prices, "context_length": context, "throughput": PACE}


OFFERS: Mapping[str, Sequence[Mapping[str, object]]] = {
    language_models.GPT2_ID: (
        _talks("novita", 0.02, 0.06, 2048),
        _talks("together", 0.03, 0.05, 4096),
        _hosted("text-generation"),
    ),
    language_models.MLM_ID: (_hosted("fill-mask"),),
    sentiment.REPO_ID: (_hosted("text-classification"),),
    minilm.REPO_ID: (_hosted("sentence-similarity"),),
    "acme/ticket-router": (_hosted("text-classification"),),
    "contoso-research/order-ner-de": (_hosted("token-classification"),),
    "northwind/translate-de-en": (_hosted("translation"),),
    "globex/speech-es": (_hosted("automatic-speech-recognition"),),
}
