"""The form behind a `tokenize` without a text."""

from core import commands
from core.blocks.forms import build_tokenize_form
from core.errors import Mistake
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "tokenize.form"


def show(parts: Parts, caller: Caller, model: str, other: str) -> None:
    """Asks for one model or two, and for texts."""
    view = build_tokenize_form(remember(caller, model), model, other)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()

    def read_filled() -> tuple[str, commands.Command]:
        models = tuple(_model(form, field) for field in ("model", "other") if form.values.get(field))
        lines = tuple(line.strip() for line in form.values["text"].splitlines() if line.strip())
        text = commands.to_text(commands.build(commands.Tokenize, {"models": models, "inputs": lines}))
        return text, form.read(text)

    def answer(filled: tuple[str, commands.Command]) -> Answer:
        text, command = filled
        return form.answer(caller, command, text, learn=True)

    form.take(caller, read_filled, answer, "text")


def _model(form: Submission, field: str) -> commands.RepoRef:
    try:
        named = commands.read_repo(form.values[field], example="org/model")
    except Mistake as error:
        raise Mistake(error.sentence, field=field) from error
    return commands.RepoRef(id=named.id, revision=named.revision)
