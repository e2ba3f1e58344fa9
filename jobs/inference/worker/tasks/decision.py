"""One of several options for a text, chosen by a model that talks: how likely its answer is to begin with each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, AutoModelForDecision
from transformers.decision import DecisionConfig, label_token_ids

from core.results import Scores
from jobs.inference.protocol import Request
from jobs.inference.worker.autos import FirstThatFits
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import labels_of, placed, ranked

AUTO = FirstThatFits(AutoModelForCausalLM, AutoModelForDecision)
BATCH = 1
NEEDS = ("tokenizer",)
QUESTION = "Which of the options fits best?"


@dataclass(frozen=True)
class Prompt:
    """One text with the question about it, as the model reads both."""

    inputs: dict[str, torch.Tensor]
    question: Any

    @property
    def read(self) -> int:
        return int(self.inputs["input_ids"].shape[-1])


def prepare(loaded: Loaded, entry: Entry) -> list[Prompt]:
    """A row a text. CannotAnswer without options, for a model that was not trained to talk, for a text too long."""
    labels = labels_of(entry.request, fewest=2)
    if not loaded.tokenizer.chat_template:
        raise CannotAnswer(
            "model", f"{entry.request.model} was not trained to talk, so it cannot choose. Try a chat model."
        )
    question = {"type": "choice", "instructions": QUESTION, "criteria": {label: label for label in labels}}
    rows = []
    for text in entry.request.texts:
        request = {"state": text, "questions": {"choice": question}}
        ((inputs, (question_read,)),) = _settings(loaded.folder).prepare_inputs(request, loaded.tokenizer)
        row = Prompt(dict(inputs), question_read)
        if row.read > loaded.longest:
            raise CannotAnswer(
                "input", f"The text has {row.read:,} tokens; the model reads {loaded.longest:,}. Cut it."
            )
        rows.append(row)
    return rows


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Prompt]) -> list[dict[str, float]]:
    """For each text the probability of each option, as transformers' `decision` pipeline computes it."""
    settings, outputs = _settings(loaded.folder), []
    for row in rows:
        inputs = placed(loaded, row.inputs)
        if hasattr(loaded.model, "decide"):
            (scores,) = loaded.model.decide(**inputs, decision_questions=[row.question], decision_config=settings)
        else:
            marks = inputs.pop("marks")
            (logits,) = loaded.model(**inputs, use_cache=False, logits_to_keep=marks - 1).logits[0]
            own = logits[label_token_ids(loaded.tokenizer, tuple(row.question.labels))]
            tail = inputs["input_ids"][0, int(marks[-1]) :]
            scores = settings.logits_processors[row.question.type](tail, own.float())
        outputs.append(dict(row.question.answer(scores.softmax(-1).tolist())["probabilities"]))
    return outputs


def finish(
    _loaded: Loaded, _request: Request, _rows: Sequence[Prompt], outputs: Sequence[dict[str, float]]
) -> list[Scores]:
    """The scores of `labels` for each text."""
    return [Scores(ranked(list(found), list(found.values()))) for found in outputs]


@lru_cache(maxsize=4)
def _settings(folder: Path) -> DecisionConfig:
    return DecisionConfig.from_pretrained(folder, local_files_only=True)
