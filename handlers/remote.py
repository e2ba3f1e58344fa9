"""Models that are run elsewhere: through an inference provider, which is named with its price."""

import threading
import time

from core.blocks.inference import Shown
from core.errors import HugopsError, Mistake, TooLarge
from core.hub import Model
from core.hub.providers import Asking
from core.task_choice import resolve_task
from handlers.answering import Answer, Caller
from handlers.inputs import Given
from handlers.parts import Parts
from handlers.trying import Question, trying
from jobs.inference.protocol import News

SECONDS = 120.0


def answer(parts: Parts, caller: Caller, model: Model, question: Question, given: Given) -> Answer:
    """The provider's answer; Mistake when it does not serve the model or take files, WorkerError when it gives none."""
    if any(isinstance(each, dict) and "messages" not in each for each in given.inputs):
        raise Mistake("`via=` sends texts to a provider, no files or tables. Leave it out, or type the text.")
    offer = parts.providers.choose(model.id, question.task, question.via or "auto")
    stopped = threading.Event()
    began = time.monotonic()
    with trying(parts, caller, question, lambda _request: stopped.set()) as trial:
        asking = Asking(
            model=model.id,
            task=question.task,
            inputs=given.inputs,
            options=question.options,
            seconds=SECONDS,
            tell=lambda text: trial.tell(News(trial.request, "writing", text)),
            stopped=stopped,
        )
        results = parts.providers.ask(offer, asking)
        shown = Shown(
            model=model.id,
            revision=model.sha,
            task=question.task,
            inputs=given.shown,
            results=results,
            seconds=time.monotonic() - began,
            load_seconds=0.0,
            device=f"at {offer.provider}",
            engine=offer.price,
        )
        return trial.finish(shown, model.url, given)


def with_offer(parts: Parts, model: Model, refusal: TooLarge) -> Mistake:
    """The refusal with who could run the model instead, as far as that is known."""
    try:
        task = resolve_task(model.task, model.architectures, None)
        offers = parts.providers.offers(model.id, task)
    except HugopsError:
        return refusal
    if not offers:
        return Mistake(f"{refusal.sentence} No inference provider serves it either.")
    names = ", ".join(f"{offer.provider} ({offer.price})" for offer in offers[:3])
    return Mistake(f"{refusal.sentence} Or run it elsewhere with `via=auto`: it is served by {names}.")
