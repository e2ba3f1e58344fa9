"""What is trained with where nobody said it: by the rows and the base."""

import pytest

from core.fitting import evaluation_of, fit
from core.recipe import Evaluation, TrainParameters, TypedParameters

MINILM, BERT = 22_713_216, 109_482_240


@pytest.mark.parametrize(
    ("rows", "base", "epochs", "lr", "batch"),
    [
        (30, MINILM, 10, 2e-4, 16),
        (200, MINILM, 5, 2e-4, 16),
        (512, MINILM, 3, 2e-4, 16),
        (8_530, MINILM, 3, 1e-4, 32),
        (512, BERT, 3, 5e-5, 16),
        (100_000, BERT, 2, 2.5e-5, 32),
        (512, 4_000_000, 3, 5e-4, 16),
        (512, 1_000_000_000, 3, 2e-5, 16),
    ],
)
def test_few_rows_are_gone_through_more_often_and_small_bases_learn_faster(
    rows: int, base: int, epochs: float, lr: float, batch: int
) -> None:
    assert fit(TypedParameters(), rows, base).parameters == TrainParameters(epochs=epochs, lr=lr, batch=batch)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({}, "batch 16 and 3 epochs for 512 rows, lr 2e-4 for a small base (22.7M parameters)"),
        ({"epochs": 2.0}, "batch 16 for 512 rows, lr 2e-4 for a small base (22.7M parameters)"),
        ({"lr": 1.0}, "batch 16 and 3 epochs for 512 rows"),
        ({"epochs": 0.5, "lr": 1e-6, "batch": 512}, ""),
    ],
)
def test_what_was_typed_wins_and_the_rest_is_explained(typed: dict[str, float], why: str) -> None:
    fitted = fit(TypedParameters.model_validate(typed), 512, MINILM)
    assert fitted.why == why
    assert typed.items() <= fitted.parameters.model_dump().items()


@pytest.mark.parametrize(
    ("steps", "epochs", "validation", "times"),
    [(64, 2.0, 256, 6), (4, 2.0, 10, 4), (1, 0.1, 10, 1), (64, 10.0, 100_000, 10), (1000, 3.0, 1_000, 6)],
)
def test_there_are_enough_looks_for_a_curve_where_they_are_cheap(
    steps: int, epochs: float, validation: int, times: int
) -> None:
    parameters = TrainParameters(epochs=epochs, batch=16)
    assert evaluation_of(parameters, steps, validation) == Evaluation(times=times)


def test_a_limit_of_rows_goes_for_the_looks_too() -> None:
    assert [evaluation_of(TrainParameters(max_samples=most), 9, 9).rows for most in (10, 512, 5000)] == [200, 256, 2500]
