"""The model that is meant: whether it is there, what it is for, whether it may and can be run here."""

from core import commands
from core.errors import HugopsError, Mistake, TooLarge
from core.hub import Model, memory_needed
from core.ids import RUN
from core.task_choice import resolve_task, task_implied
from core.words import quote, size
from jobs.inference.asking.trained import trained_model
from jobs.inference.asking.workbench import Workbench

MOST_OFFERS = 3


def find_model(bench: Workbench, user: str, name: str, revision: str | None) -> Model:
    """The model on the Hub, or that of a run. Mistake when the name is something else's.

    NotOnHub, Gated or Refused when this person, or the bot, cannot read it.
    """
    if RUN.number(name):
        return trained_model(bench, user, name, revision)
    kind = bench.hub.kind_of(name)
    if kind is None:
        raise bench.hub.absent(name)
    if kind != "model":
        raise Mistake(f"`{name}` is a {kind}; only models can be tried. `/hf info` shows what is in it.")
    model = bench.hub.model(name, revision)
    if model.gated:
        bench.hub.ensure_readable("model", model.id)
    return model


def find_runnable(bench: Workbench, user: str, name: str, revision: str | None) -> Model:
    """The same, where its weights may and can be loaded here."""
    model = find_model(bench, user, name, revision)
    ensure_runnable(model, bench.model_memory)
    return model


def find_served(bench: Workbench, user: str, name: str, revision: str | None, via: str | None) -> Model:
    """The same, where it can be run here, or a provider is asked for it."""
    model = find_model(bench, user, name, revision)
    if via and model.folder:
        raise Mistake(f"{model.id} is not on the Hub, so no provider serves it. Leave `via=` out, or publish it first.")
    if via:
        return model
    try:
        ensure_runnable(model, bench.model_memory)
    except TooLarge as error:
        raise _with_offer(bench, model, error) from error
    return model


def task_for(model: Model, command: commands.RunModel | commands.Compare) -> str:
    """What to use the model for: what was typed, what the options belong to, or what the Hub says."""
    options = command.options.model_dump(exclude_none=True)
    return resolve_task(
        model.task, model.architectures, command.task or task_implied(options, model.task, model.architectures)
    )


def find_pair(bench: Workbench, user: str, command: commands.Compare) -> tuple[Model, Model, str]:
    """Both models, which can be run here, and the task of both. Mistake when they are for different ones."""
    first, second = (find_runnable(bench, user, each.id, each.revision) for each in command.models)
    task, other = (task_for(model, command) for model in (first, second))
    if task != other:
        raise Mistake(
            f"{quote(first.id)} is for `{task}` and {quote(second.id)} for `{other}`, which cannot be "
            "compared. If both can do one task, name it with `task=`."
        )
    return first, second, task


def ensure_runnable(model: Model, budget: int) -> None:
    """Mistake with the reason when the model must not, or cannot, be loaded here."""
    if model.needs_code:
        raise Mistake(f"`{model.id}` runs its own code when loaded, which hugops never does. Choose another model.")
    if model.safe is False:
        raise Mistake(f"`{model.id}` has its weights as pickle only, which can run code. Choose one with safetensors.")
    if model.safe is None:
        raise Mistake(f"`{model.id}` has no weights to run. Choose another model.")
    needed = memory_needed(model.weight_bytes, model.parameters_total).inference
    if needed > budget:
        raise TooLarge(
            f"`{model.id}` needs about {size(needed)} of memory to run; {size(budget)} are set "
            "aside for models here (HUGOPS_MODEL_MEMORY). Try a smaller one."
        )


def _with_offer(bench: Workbench, model: Model, refusal: TooLarge) -> Mistake:
    """The refusal with who could run the model instead, as far as that is known."""
    try:
        task = resolve_task(model.task, model.architectures, None)
        offers = bench.providers.offers(model.id, task)
    except HugopsError:
        return refusal
    if not offers:
        return Mistake(f"{refusal.sentence} No inference provider serves it either.")
    names = ", ".join(f"{offer.provider} ({offer.price})" for offer in offers[:MOST_OFFERS])
    return Mistake(f"{refusal.sentence} Or run it elsewhere with `via=auto`: it is served by {names}.")
