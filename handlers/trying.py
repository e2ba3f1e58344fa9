"""One try of a model, from the question to the kept answer; what is seen meanwhile, and how it is stopped."""

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from typing import Any

from core.blocks.inference import Shown, build_answer
from core.results import Result, Written
from core.store.tries import Try
from handlers.answering import Answer, Caller
from handlers.inputs import Given
from handlers.live import Live
from handlers.outputs import finish
from handlers.parts import Parts
from jobs.inference.protocol import Input, News


@dataclass(frozen=True)
class Question:
    """What is asked of which model: `typed` is the revision that was named, `follows` the try that this goes on from.

    `inputs` is what is kept; in a conversation that is the new turn alone.
    """

    model: str
    revision: str
    task: str
    inputs: Sequence[Input]
    options: dict[str, Any]
    typed: str | None = None
    via: str | None = None
    follows: int | None = None


class Trial:
    """A question that is being answered; `tell` takes news of it."""

    def __init__(self, parts: Parts, kept: Try, live: Live, request: str) -> None:
        self._parts, self._kept, self._live = parts, kept, live
        self.id = kept.id
        self.request = request
        self.has_answer = False

    def tell(self, news: News) -> None:
        self._live.hear(news)

    def finish(self, shown: Shown, url: str, given: Given) -> Answer:
        """Keeps the answer; returns it with its buttons, and with what was drawn or spoken."""
        shown = replace(shown, results=self._with_names(shown.results))
        again = self._kept.repeatable
        answer = finish(self._parts, given, Answer(*build_answer(shown, url, self.id, again=again)), shown.results)
        first = shown.results[0] if len(shown.results) == 1 else None
        written = first if isinstance(first, Written) else None
        self._parts.tries.answered(
            self._kept.number,
            said=written.text if written else None,
            talks=int(bool(written and written.talks)),
            device=shown.device,
            engine=shown.engine,
            seconds=shown.seconds,
            shown={"text": answer.text, "blocks": answer.blocks},
        )
        self.has_answer = True
        return answer

    def _with_names(self, results: Sequence[Result]) -> Sequence[Result]:
        """Says who stopped what was stopped."""
        user = self._live.running.stopped_by
        name = self._parts.workspace.person(user).name if user else ""
        return [
            replace(each, stopped_by=name) if isinstance(each, Written) and each.ended == "stopped" else each
            for each in results
        ]


@contextmanager
def trying(
    parts: Parts, caller: Caller, question: Question, cancel: Callable[[str], None] | None = None
) -> Iterator[Trial]:
    """Keeps the question and shows what happens until the answer is there; nothing is kept of what fails.

    `cancel` stops the request of this id; without it the worker is asked to.
    """
    kept = parts.tries.begin(
        **asdict(question) | {"inputs": list(question.inputs)},
        who=caller.user,
        channel=caller.channel,
        message=caller.message,
        thread=caller.thread,
    )
    request = uuid.uuid4().hex
    stop = cancel or parts.inference.cancel
    live = Live(parts, caller, kept, lambda: stop(request))
    trial = Trial(parts, kept, live, request)
    try:
        with live:
            yield trial
    finally:
        if not trial.has_answer:
            parts.tries.failed(kept.number)
