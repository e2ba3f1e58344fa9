"""A look at a dataset before anything is trained on it: `python -m jobs.training.examine`.

Reads one JSON request on stdin (`repo`, `revision`, `config`, `task`, `text`, `pair`, `label`, `base`, `base_type`) and
prints one JSON line: `ok` with what was found, or not `ok` with a `reason` and a `kind`. With the argument `sample` it
draws rows for a comparison instead (also `split`, `rows`), with `inspect` it tells people what is in the data.
Torch-free, unless the base is of a rare type or counts tokens.
"""

import logging
import os
import sys
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_core import to_json

if TYPE_CHECKING:
    from core.examination import DatasetQuestion, Examination, Inspection, Refusal, RowSample

logger = logging.getLogger(__name__)

_ENVIRONMENT = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "HF_UPDATE_DOWNLOAD_COUNTS": "0",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "HF_DATASETS_DISABLE_PROGRESS_BARS": "1",
}


def _answer(line: str, wanted: str) -> "Examination | Inspection | RowSample | Refusal":
    # The Hub's client reads the environment once, when it is imported.
    from core.examination import DatasetQuestion, InspectionQuestion, Refusal, SampleQuestion
    from jobs.training.errors import DataError, RunError, recognize
    from jobs.training.examination import examine

    repo = "the dataset"
    try:
        if wanted == "sample":
            from jobs.training.sample import draw

            drawn = SampleQuestion.model_validate_json(line)
            repo = drawn.repo
            return draw(drawn)
        if wanted == "inspect":
            from jobs.training.inspection import inspect

            looked_into = InspectionQuestion.model_validate_json(line)
            repo = looked_into.repo
            return inspect(looked_into)
        question = DatasetQuestion.model_validate_json(line)
        repo = question.repo
        return _with_base(question, examine(question))
    except ValidationError as error:
        return Refusal(reason=f"The request is not complete: {error.errors()[0]['msg']}.", kind="user")
    except RunError as failure:
        return Refusal(reason=failure.reason, kind=failure.kind)
    # The edge of the process: whatever a file holds, the bot gets an answer, and the traceback is on stderr.
    except Exception as error:
        logger.exception("The dataset could not be examined")
        known = recognize(error, repo) or DataError(f"{repo} cannot be read ({type(error).__name__}).")
        return Refusal(reason=known.reason, kind=known.kind)


def _with_base(question: "DatasetQuestion", found: "Examination") -> "Examination":
    """What was found. Raises RunError where the base cannot learn what the data teaches."""
    from jobs.models.heads import cannot_head
    from jobs.training.errors import RunError
    from jobs.training.tasks import training_task

    task = training_task(found.task)
    if found.trainable and question.base_type and (wrong := cannot_head(question.base_type, task.auto, task.ability)):
        raise RunError(f"{question.base} {wrong}", "user")
    return found


def main() -> int:
    """Answer the request on stdin. Exit code 0: an answer was printed, also when it is not `ok`."""
    logging.basicConfig(stream=sys.stderr)
    os.environ |= _ENVIRONMENT
    answer = _answer(sys.stdin.read(), next(iter(sys.argv[1:]), ""))
    sys.stdout.write(to_json(answer).decode() + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
