"""How alike the first text and each of the others are: the cosine of their embeddings."""

import json
from typing import Any

import torch
from transformers import AutoModel

from jobs.inference.errors import CannotAnswer
from jobs.inference.loading import Loaded, by_length, encode, split_up, truncation

AUTO = AutoModel
BATCH = 32


@torch.inference_mode()
def run(loaded: Loaded, groups: list[list[str]], _options: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """Per further text `{"text", "score"}`, the score between -1 and 1. CannotAnswer for fewer than two texts."""
    if any(len(group) < 2 for group in groups):
        raise CannotAnswer(
            "input", 'Similarity needs two texts or more, each in quotes: "a cat" "a kitten". The first is compared.'
        )
    texts = [text for group in groups for text in group]
    vectors = torch.zeros(len(texts), int(loaded.model.config.hidden_size))
    use_first = _pools_first_token(loaded)
    for positions in by_length(texts, BATCH):
        batch = encode(loaded, [texts[at] for at in positions])
        states = loaded.model(**batch).last_hidden_state.float()
        seen = batch["attention_mask"].unsqueeze(-1)
        # Mean over the real tokens, as sentence-transformers' Pooling module does.
        pooled = states[:, 0] if use_first else (states * seen).sum(1) / seen.sum(1).clamp(min=1)
        vectors[positions] = torch.nn.functional.normalize(pooled, dim=-1).cpu()
    results = []
    for group, rows in zip(groups, split_up(list(vectors), groups), strict=True):
        results.append([
            {"text": text, "score": float(rows[0] @ row), **truncation(loaded, text)}
            for text, row in zip(group[1:], rows[1:], strict=True)
        ])  # fmt: skip
    return results


def _pools_first_token(loaded: Loaded) -> bool:
    """Whether the repo's own pooling takes the first token; sentence-transformers notes it in `1_Pooling`."""
    file = loaded.folder / "1_Pooling" / "config.json"
    return file.is_file() and bool(json.loads(file.read_text()).get("pooling_mode_cls_token"))
