"""The form behind Compare answers; what is filled in becomes the command that does the same."""

from core import commands
from core.blocks.compare_form import build_compare_form
from core.errors import Mistake
from core.store.remembered import keep, last
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, remember

FORM = "compare.try"
MOST_LINES = 100


def open_form(parts: Parts, caller: Caller, value: str) -> None:
    """Compare answers under two models, or Compare on more: asks for texts or data.

    `value` are two names with a space between; ` on ` and a dataset's name follow where they were compared on it.
    """
    models, _, dataset = value.partition(" on ")
    if len(models.split()) != 2:
        raise Mistake('I no longer know which two models this button belongs to. Type `compare model model "text"`.')
    before = last(parts.database, caller.user, FORM) or {}
    if dataset:
        before = {**before, "dataset": dataset, "text": ""}
    view = build_compare_form(models, remember(caller, models), before)
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command."""
    form = Submission(parts, ack, body)
    caller, models = form.recall()
    filled = {key: value for key, value in form.values.items() if value}

    def read_line() -> tuple[str, commands.Command]:
        text = _line(models, filled)
        return text, form.read(text)

    def compare(line: tuple[str, commands.Command]) -> Answer:
        text, command = line
        keep(parts.database, caller.user, FORM, filled)
        return form.answer(caller, command, text, learn=True)

    form.take(caller, read_line, compare, "text")


def _line(models: str, filled: dict[str, str]) -> str:
    """The command as text. Mistake when there is neither a text nor a dataset, or both."""
    if ("text" in filled) == ("dataset" in filled):
        raise Mistake("Give either texts or a dataset to compare on.")
    if "text" in filled:
        lines = [line.strip() for line in filled["text"].splitlines() if line.strip()][:MOST_LINES]
        first, second = (commands.read_repo(name, example="org/model") for name in models.split())
        pair = tuple(commands.RepoRef(id=each.id, revision=each.revision) for each in (first, second))
        return commands.to_text(commands.Compare(models=pair, inputs=tuple(lines)))
    rows = f' rows="{filled["rows"]}"' if "rows" in filled else ""
    return f"compare {models} on {filled['dataset']}{rows}"
