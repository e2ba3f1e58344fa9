"""One run from its recipe to its model. Torch-free until the data is known to be good."""

from core.recipe import Recipe
from jobs.training.access import require_data, require_readable
from jobs.training.attempt import Attempt
from jobs.training.data import load_splits
from jobs.training.errors import recognize
from jobs.training.splits import prepare
from jobs.training.tasks import training_task


def carry_out(recipe: Recipe, attempt: Attempt) -> None:
    """Do what the recipe says. Raises RunError for what a person can be told in a sentence."""
    require_readable(recipe.base.repo, "model")
    require_data(recipe.dataset)
    data = prepare(recipe, load_splits(recipe.dataset))
    for text in data.warnings:
        attempt.events.emit("warning", text=text, kind="data")
    try:
        # Seconds of imports, and mistakes in the data should be told before them.
        from jobs.training.making import make_model

        make_model(training_task(recipe.task), recipe, data, attempt)
    except (OSError, RuntimeError, MemoryError, IndexError) as error:
        failure = recognize(error, recipe.base.repo)
        if failure is None:
            raise
        raise failure from error
