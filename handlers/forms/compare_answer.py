"""The form behind Compare under an answer: the same texts, asked of another model too."""

from core import commands
from core.blocks.tries import build_compare_form
from core.errors import Mistake
from core.store.tries import Try
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember
from jobs.inference import asking


def open_form(parts: Parts, caller: Caller, value: str) -> None:
    """Asks for the other model, with the last other one of this person filled in."""
    past = _comparable(parts, value)
    other = parts.tries.other_model(caller.user, past.model)
    view = build_compare_form(asking.texts(past)[0], past.model, other, remember(caller, past.id))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Both models' answers on the same texts."""
    form = Submission(parts, ack, body)
    caller, value = form.recall()

    def read_filled() -> commands.Compare:
        other = commands.read_repo(form.values["model"], example="org/model")
        past = _comparable(parts, value)
        first = commands.RepoRef(id=past.model, revision=past.typed)
        return commands.Compare(
            models=(first, commands.RepoRef(id=other.id, revision=other.revision)),
            inputs=asking.texts(past),
            task=past.task,
            options=commands.RunOptions.model_validate(past.options),
        )

    def compare(command: commands.Compare) -> Answer:
        return form.answer(caller, command, commands.to_text(command), learn=True)

    form.take(caller, read_filled, compare, "model")


def _comparable(parts: Parts, value: str) -> Try:
    past = parts.tries.repeatable(value)
    if not all(isinstance(each, str) for each in past.inputs or ()):
        raise Mistake("Only answers on texts can be compared here. Type `compare` with both models.")
    return past
