"""Numbers of any size learned as numbers of the size of 1: losses, steps and clipping are made for those."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel


@dataclass(frozen=True)
class _Scale:
    """What a number is in the data: what the head says, times `unit`, plus `zero`."""

    zero: float
    unit: float

    def before(self, _model: nn.Module, arguments: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, Any]:
        """The numbers to learn, as the head is to say them."""
        if named.get("labels") is None:
            return arguments, named
        return arguments, named | {"labels": (named["labels"] - self.zero) / self.unit}

    def after(self, _model: nn.Module, _arguments: object, output: Any) -> Any:
        """What the head says, as a number of the data."""
        output["logits"] = output["logits"] * self.unit + self.zero
        return output


@contextmanager
def scaled(model: PreTrainedModel, numbers: Sequence[float]) -> Iterator[None]:
    """The model says numbers as they are, and learns them by their distance from the mean, in standard deviations.

    Afterwards its head does that by itself. One without a bias is left its zero, and a model without a head that says
    one number stays as it is.
    """
    head = _head(model)
    if head is None:
        yield
        return
    scale = _scale_of(np.array(numbers), has_zero=head.bias is not None)
    hooks = (
        model.register_forward_pre_hook(scale.before, with_kwargs=True),
        model.register_forward_hook(scale.after),
    )
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
    with torch.no_grad():
        head.weight.mul_(scale.unit)
        if head.bias is not None:
            head.bias.mul_(scale.unit).add_(scale.zero)


def _head(model: PreTrainedModel) -> nn.Linear | None:
    """The layer that says the number: the last one with one value."""
    layers = [each for each in model.modules() if isinstance(each, nn.Linear) and each.out_features == 1]
    return layers[-1] if layers else None


def _scale_of(numbers: np.ndarray[Any, np.dtype[np.float64]], *, has_zero: bool) -> _Scale:
    zero = float(numbers.mean()) if has_zero else 0.0
    return _Scale(zero, float(np.sqrt(((numbers - zero) ** 2).mean())) or 1.0)
