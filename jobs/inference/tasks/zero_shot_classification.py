"""Labels that the model was never trained on: does the text entail that it is about them?"""

from typing import Any

import torch
from transformers import AutoModelForSequenceClassification

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, by_length, encode, split_up, truncation

AUTO = AutoModelForSequenceClassification
BATCH = 32
MOST_LABELS = 20
HYPOTHESIS = "This example is {}."


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per text `{"scores": [{"label", "score"}…]}` over `labels`, the likeliest first; together they make one.

    Method of https://arxiv.org/abs/1909.00161 with an NLI model. CannotAnswer without labels, or for another model.
    """
    labels = _labels(str(options.get("labels", "")))
    entailment = _entailment(loaded)
    texts = [text for group in groups for text in group]
    pairs = [(text, HYPOTHESIS.format(label)) for text in texts for label in labels]
    logits = torch.zeros(len(pairs))
    for positions in by_length([text for text, _ in pairs], BATCH):
        batch = encode(loaded, [pairs[at][0] for at in positions], [pairs[at][1] for at in positions])
        logits[positions] = loaded.model(**batch).logits[:, entailment].float().cpu()
    results = []
    for text, row in zip(texts, logits.view(len(texts), len(labels)).softmax(-1).tolist(), strict=True):
        scores = [{"label": label, "score": score} for label, score in zip(labels, row, strict=True)]
        results.append({"scores": sorted(scores, key=lambda each: -each["score"]), **truncation(loaded, text)})
    return split_up(results, groups)


def _labels(typed: str) -> list[str]:
    labels = list(dict.fromkeys(label.strip() for label in typed.split(",") if label.strip()))
    if not 2 <= len(labels) <= MOST_LABELS:
        raise CannotAnswer("input", f'Say between which labels, 2 to {MOST_LABELS}: labels="sport, politics, music".')
    return labels


def _entailment(loaded: Loaded) -> int:
    for number, name in loaded.model.config.id2label.items():
        if str(name).lower().startswith("entail"):
            return int(number)
    raise CannotAnswer("model", "Labels of your own need a model for natural language inference; this one is not. "
                       "Search for one with task=zero-shot-classification.")  # fmt: skip
