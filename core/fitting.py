"""How long and how fast to learn where nobody said it: by how many rows there are, and how large the base is."""

import math
from dataclasses import dataclass

from core.errors import Mistake
from core.recipe import Evaluation, TrainParameters, TypedParameters
from core.words import count, decimal

# Small models learn with larger steps, and few rows want larger ones too. Parameters up to which a rate fits few rows,
# and what such a base is called. The two last are those of https://arxiv.org/abs/1810.04805 (A.3), the second was
# measured with MiniLM on 512 rows: accuracy 0.674 with 5e-5, 0.733 with 1e-4, 0.748 with 2e-4.
RATES = ((8e6, 5e-4, "tiny"), (60e6, 2e-4, "small"), (200e6, 5e-5, "middle-sized"), (math.inf, 2e-5, "large"))
FEW_ROWS = 4_000
SMALL_BATCH, BATCH = 16, 32
# Fewer steps than this leave a new head where it began, and more passes than this only learn the rows by heart.
FEWEST_STEPS, MOST_EPOCHS = 60, 10
USUAL_EPOCHS, FEWEST_EPOCHS = 3, 2
MANY_ROWS = 50_000
# Looks at the validation rows: enough for a curve, as long as all of them cost no more than the training. A row
# costs about a third where nothing is learned from it.
LOOKS, ROWS_IN_ONE = 6, 3
FEWEST_LOOKED_AT = 200


@dataclass(frozen=True)
class Fit:
    """What is trained with, and why in a few words; empty where all of it was typed."""

    parameters: TrainParameters
    why: str


def fit(typed: TypedParameters, rows: int, base_parameters: int) -> Fit:
    """What was typed, and for the rest what fits this many training rows and a base of this size."""
    if typed.steps and typed.epochs:
        raise Mistake("Say either `steps=` or `epochs=`: both are how long it trains.", field="steps")
    is_few = rows < FEW_ROWS
    batch = typed.batch or (SMALL_BATCH if is_few else BATCH)
    usual = FEWEST_EPOCHS if rows > MANY_ROWS else USUAL_EPOCHS
    in_one = batch * typed.accumulate / max(rows, 1)
    epochs = typed.epochs or float(min(MOST_EPOCHS, max(usual, math.ceil(FEWEST_STEPS * in_one))))
    lr, kind = next((rate, kind) for most, rate, kind in RATES if base_parameters <= most)
    lr = lr if is_few else lr / 2
    by_rows = [f"batch {batch}"] if typed.batch is None else []
    by_rows += [f"{decimal(epochs)} epochs"] if typed.epochs is None and typed.steps is None else []
    reasons = [f"{' and '.join(by_rows)} for {count(rows)} rows"] if by_rows else []
    if typed.lr is None:
        reasons.append(f"lr {decimal(lr)} for a {kind} base ({count(base_parameters)} parameters)")
    return Fit(typed.filled(epochs, typed.lr or lr, batch), ", ".join(reasons))


def evaluations(steps: int, epochs: float, batch: int, validation: int) -> int:
    """How often a training of so many steps is measured: once an epoch at least, and often enough for a curve."""
    affordable = ROWS_IN_ONE * steps * batch // max(validation, 1)
    return max(1, min(steps, max(math.ceil(epochs), min(LOOKS, affordable))))


def looked_at(max_samples: int | None) -> int | None:
    """At most so many validation rows on the way; None for all of them."""
    return None if max_samples is None else max(FEWEST_LOOKED_AT, max_samples // 2)


def evaluation_of(parameters: TrainParameters, steps: int, validation: int) -> Evaluation:
    """The looks at the validation rows of one training."""
    if parameters.eval_every:
        return Evaluation(times=-(-steps // parameters.eval_every), rows=looked_at(parameters.max_samples))
    times = evaluations(steps, parameters.epochs, parameters.rows_per_step, validation)
    return Evaluation(times=times, rows=looked_at(parameters.max_samples))
