"""The form behind Compare under an answer: the same texts and files, asked of another model too."""

from dataclasses import replace

from core import commands
from core.blocks.tries import build_compare_form
from core.store.tries import name_of
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember
from jobs.inference import asking


def open_form(parts: Parts, caller: Caller, value: str) -> None:
    """Asks for the other model, with the last other one of this person filled in."""
    past = parts.tries.repeatable(value)
    other = parts.tries.other_model(caller.user, past.model)
    view = build_compare_form(name_of((past.inputs or ("",))[0]), past.model, other, remember(caller, past.id))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """Both models' answers on what the try was about."""
    form = Submission(parts, ack, body)
    caller, value = form.recall()

    def read_filled() -> commands.Compare:
        other = commands.read_repo(form.values["model"], example="org/model")
        past = parts.tries.repeatable(value)
        first = commands.RepoRef(id=past.model, revision=past.typed)
        return commands.Compare(
            models=(first, commands.RepoRef(id=other.id, revision=other.revision)),
            inputs=asking.texts(past),
            task=past.task,
            options=commands.RunOptions.model_validate(past.options),
        )

    def compare(command: commands.Compare) -> Answer:
        inputs = tuple(parts.tries.repeatable(value).inputs or ())
        return form.answer(replace(caller, inputs=inputs), command, commands.to_text(command), learn=True)

    form.take(caller, read_filled, compare, "model")
