"""The order of the training rows."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import Sampler

_BATCHES_SORTED_TOGETHER = 50


class LengthGroupedSampler(Sampler[int]):
    """Batches of rows of about the same length, in random order; the longest first, to fail early.

    The order depends on the seed and the epoch alone: an interrupted epoch is taken up where it stopped.
    """

    def __init__(self, lengths: Sequence[int], batch: int, seed: int) -> None:
        self._lengths = lengths
        self._batch = batch
        self._seed = seed
        self._epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Called by the data loader."""
        self._epoch = epoch

    def __len__(self) -> int:
        return len(self._lengths)

    def __iter__(self) -> Iterator[int]:
        generator = torch.Generator().manual_seed(self._seed + self._epoch)
        shuffled = torch.randperm(len(self._lengths), generator=generator).tolist()
        # A few large groups rather than one, so that the batches differ from epoch to epoch.
        size = self._batch * max(1, min(len(shuffled) // (self._batch * 4), _BATCHES_SORTED_TOGETHER))
        batches: list[list[int]] = []
        for start in range(0, len(shuffled), size):
            group = sorted(shuffled[start : start + size], key=lambda row: self._lengths[row])
            batches += [group[i : i + self._batch] for i in range(0, len(group), self._batch)]
        # Only the last batch may be short: the loader cuts the sequence into batches by count.
        short = [batches.pop()] if len(batches[-1]) < self._batch else []
        batches = [batches[i] for i in torch.randperm(len(batches), generator=generator).tolist()]
        longest = max(self._lengths)
        batches.sort(key=lambda rows: self._lengths[rows[-1]] != longest)
        for rows in batches + short:
            yield from rows
