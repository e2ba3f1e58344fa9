"""The same points in two pictures of the same thing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from transformers import AutoModelForKeypointMatching

from core.results import Match, Matches
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded
from jobs.inference.worker.vision import Look, forward, looks, name_for, pixels

AUTO = AutoModelForKeypointMatching
NEEDS = ("images",)
BATCH = 1
MOST_MATCHES, MOST_LINES = 500, 100


@dataclass(frozen=True)
class Pair:
    """Two pictures that are to be looked at together."""

    first: Look
    second: Look

    @property
    def read(self) -> int:
        return self.first.read + self.second.read


def prepare(loaded: Loaded, entry: Entry) -> list[Pair]:
    """CannotAnswer unless there are two pictures."""
    if len(entry.request.files) != 2:
        raise CannotAnswer("input", "Points are matched between two pictures. Attach two of the same thing.")
    first, second = looks(loaded, entry)
    return [Pair(first, second)]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Pair]) -> list[list[Match]]:
    """The matches, the surest first."""
    outputs = []
    for row in rows:
        seen = forward(loaded, pixels(loaded, [row.first.open(), row.second.open()]))
        sizes = [(source.size[1], source.size[0]) for source in (row.first.source, row.second.source)]
        (raw,) = loaded.processor.post_process_keypoint_matching(seen, target_sizes=torch.tensor([sizes]))
        found = [
            Match(tuple(one.tolist()), tuple(other.tolist()), float(score))
            for one, other, score in zip(raw["keypoints0"], raw["keypoints1"], raw["matching_scores"], strict=True)
        ]
        outputs.append(sorted(found, key=lambda each: -each.score))
    return outputs


def finish(_loaded: Loaded, request: Request, rows: Sequence[Pair], outputs: Sequence[list[Match]]) -> list[Matches]:
    """The matches with a picture of them; without one where nothing matched."""
    results = []
    for number, (row, found) in enumerate(zip(rows, outputs, strict=True)):
        result = Matches(tuple(found[:MOST_MATCHES]), len(found))
        if found:
            sizes = (row.first.source.size, row.second.source.size)
            pairs = [
                (_thousandths(each.first, sizes[0]), _thousandths(each.second, sizes[1])) for each in found[:MOST_LINES]
            ]
            drawn = drawing.matches(row.first.open(), row.second.open(), pairs)
            file = drawing.save(drawn, name_for(request, "matches", number, "jpg"))
            names = [look.source.path.name for look in (row.first, row.second)]
            points = "point" if len(found) == 1 else "points"
            surest = f"{len(found)} {points} matched, the surest {found[0].score:.2f}"
            result = replace(result, file=file, alt=f"{names[0]} beside {names[1]} with {surest}")
        results.append(result)
    return results


def _thousandths(point: Sequence[float], size: tuple[int, int]) -> list[float]:
    return [1000 * point[0] / size[0], 1000 * point[1] / size[1]]
