"""One try of a model, from the question to the kept answer; what is seen meanwhile, and how it is stopped."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from core.answers import Answer, Caller
from core.archive import LARGEST
from core.blocks.inference import Shown, build_answer, overflows
from core.blocks.tries import not_kept
from core.results import Result, Written
from core.store.tries import Inquiry, Response, Try
from jobs.inference.asking.inputs import Inputs
from jobs.inference.asking.live import Preview
from jobs.inference.asking.outputs import finish
from jobs.inference.asking.overflow import share_all
from jobs.inference.asking.workbench import Workbench
from jobs.inference.protocol import News


class Trial:
    """A question that is being answered; `tell` takes news of it."""

    def __init__(self, bench: Workbench, caller: Caller, entry: Try, preview: Preview, request: str) -> None:
        self._bench, self._caller, self._entry, self._preview = bench, caller, entry, preview
        self.request = request
        self.has_answer = False

    def tell(self, news: News) -> None:
        self._preview.hear(news)

    def finish(self, shown: Shown, url: str, inputs: Inputs) -> Answer:
        """Keeps the answer; returns it with its buttons, and with what was drawn or spoken."""
        left_out = not_kept(self._entry.lacking, LARGEST)
        shown = replace(shown, results=self._with_names(shown.results), notes=(*left_out, *shown.notes))
        rest = ""
        if overflows(shown):
            rest = share_all(self._bench, self._caller, shown.inputs[len(shown.asked) :], {shown.model: shown.results})
        built = build_answer(shown, url, self._entry.id, again=self._entry.repeatable, rest=rest)
        answer = finish(self._bench, inputs, Answer(*built), shown.results)
        first = shown.results[0] if len(shown.results) == 1 else None
        written = first if isinstance(first, Written) else None
        said, talks = (written.text, written.talks) if written else (None, False)
        response = Response(answer, said, talks, shown.device, shown.engine, shown.seconds)
        self._bench.tries.answered(self._entry.number, response)
        self.has_answer = True
        return answer

    def _with_names(self, results: Sequence[Result]) -> Sequence[Result]:
        """Says who stopped what was stopped."""
        user = self._preview.running.stopped_by
        name = self._bench.workspace.person(user).name if user else ""
        return [
            replace(each, stopped_by=name) if isinstance(each, Written) and each.ended == "stopped" else each
            for each in results
        ]


@contextmanager
def open_trial(
    bench: Workbench,
    caller: Caller,
    inquiry: Inquiry,
    folder: Path,
    cancel: Callable[[str], None] | None = None,
) -> Iterator[Trial]:
    """Keeps the question and shows what happens until the answer is there; nothing is kept of what fails.

    In `folder` are its files. `cancel` stops the request of this id; without it the worker is asked to.
    """
    entry = bench.tries.begin(inquiry, caller, folder)
    request = uuid.uuid4().hex
    stop = cancel or bench.inference.cancel
    preview = Preview(bench, caller, entry, lambda: stop(request))
    trial = Trial(bench, caller, entry, preview, request)
    try:
        with preview:
            yield trial
    finally:
        if not trial.has_answer:
            bench.tries.failed(entry.number)
