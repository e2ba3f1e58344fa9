"""Models that are run elsewhere: through an inference provider, which is named with its price."""

import threading
import time

from core.answers import Answer, Caller
from core.blocks.inference import Shown
from core.errors import Mistake
from core.hub import Model
from core.hub.providers import Asking
from core.store.tries import Question
from jobs.inference.asking.inputs import Material
from jobs.inference.asking.trial import open_trial
from jobs.inference.asking.workbench import Workbench
from jobs.inference.protocol import News

SECONDS = 120.0


def answer(bench: Workbench, caller: Caller, model: Model, question: Question, material: Material) -> Answer:
    """The provider's answer; Mistake when it does not serve the model or take files, WorkerError when it gives none."""
    if any(isinstance(each, dict) and "messages" not in each for each in material.inputs):
        raise Mistake("`via=` sends texts to a provider, no files or tables. Leave it out, or type the text.")
    offer = bench.providers.choose(model.id, question.task, question.via or "auto")
    stopped = threading.Event()
    began = time.monotonic()
    with open_trial(bench, caller, question, lambda _request: stopped.set()) as trial:
        asking = Asking(
            model=model.id,
            task=question.task,
            inputs=material.inputs,
            options=question.options,
            seconds=SECONDS,
            tell=lambda text: trial.tell(News(trial.request, "writing", text)),
            stopped=stopped,
        )
        results = bench.providers.ask(offer, asking)
        shown = Shown(
            model=model.id,
            revision=model.sha,
            task=question.task,
            inputs=material.shown,
            results=results,
            seconds=time.monotonic() - began,
            load_seconds=0.0,
            device=f"at {offer.provider}",
            engine=offer.price,
        )
        return trial.finish(shown, model.url, material)
