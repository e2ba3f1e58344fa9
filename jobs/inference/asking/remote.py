"""Models that are run elsewhere: through an inference provider, which is named with its price."""

import threading
import time

from core.answers import Answer, Caller
from core.blocks.inference import Shown
from core.errors import Mistake
from core.hub import Model
from core.hub.providers import Asking
from core.store.tries import Inquiry
from jobs.inference.asking.inputs import Inputs
from jobs.inference.asking.trial import open_trial
from jobs.inference.asking.workbench import Workbench
from jobs.inference.protocol import News

SECONDS = 120.0


def answer(bench: Workbench, caller: Caller, model: Model, inquiry: Inquiry, inputs: Inputs) -> Answer:
    """The provider's answer; Mistake when it does not serve the model or take files, WorkerError when it gives none."""
    if any(isinstance(each, dict) and "messages" not in each for each in inputs.values):
        raise Mistake("`via=` sends texts to a provider, no files or tables. Leave it out, or type the text.")
    offer = bench.providers.choose(model.id, inquiry.task, inquiry.via or "auto")
    stopped = threading.Event()
    began = time.monotonic()
    with open_trial(bench, caller, inquiry, inputs.folder, lambda _request: stopped.set()) as trial:
        asking = Asking(
            model=model.id,
            task=inquiry.task,
            inputs=inputs.values,
            options=inquiry.options,
            seconds=SECONDS,
            tell=lambda text: trial.tell(News(trial.request, "writing", text)),
            stopped=stopped,
        )
        results = bench.providers.ask(offer, asking)
        shown = Shown(
            model=model.id,
            revision=model.sha,
            task=inquiry.task,
            inputs=inputs.shown,
            results=results,
            seconds=time.monotonic() - began,
            load_seconds=0.0,
            device=f"at {offer.provider}",
            engine=offer.price,
        )
        return trial.finish(shown, model.url, inputs)
