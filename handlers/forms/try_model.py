"""The form behind Try, a bare `/hf run`, and the shortcut under a message."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from core import commands
from core.blocks.try_form import TryFields, along, build_try_form
from core.commands.keys import keys_of
from core.commands.tokens import quoted
from core.commands.writing import filled_line
from core.errors import HugopsError, Mistake
from core.kinds import claimed
from core.store import remembered
from core.tables import is_table
from core.task_choice import named, resolve_task, task_implied
from core.tasks import TASKS
from core.workspace import ensure_served
from handlers.capabilities import with_names
from handlers.forms.submission import Submission, lines_of, values_of
from handlers.forms.views import open_view, update_view
from handlers.listeners import Ack, Answer, Body, Caller, Parts, SlackFile, attempt, remember, reply, under_message
from jobs.inference import asking
from jobs.inference.asking import READ_AS

LAST = "model.try"
# What is not remembered for the next time.
FORGOTTEN = ("text", "question", "context", "files")


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Asks for what to try a model on: `repo`, or the one that this person tried last."""
    show(parts, caller, TryFields(model=repo))


def open_filled(parts: Parts, caller: Caller, typed: Mapping[str, str]) -> None:
    """The form with what was typed."""
    show(parts, caller, _fields_of(typed))


def on_message_shortcut(parts: Parts, ack: Ack, body: Body) -> None:
    """Try a model on this: the message's text and files, in the form."""
    ack()
    message = body["message"]
    caller = under_message(body)
    names = tuple(str(file.get("name") or file.get("title") or "a file") for file in caller.files)
    # A text that holds what no keyboard makes is left for the person to paste.
    try:
        text = commands.clean(with_names(parts, str(message.get("text") or "")), with_labels=True)
    except Mistake:
        text = ""

    def open_it() -> None:
        ensure_served(str(body["channel"].get("name") or ""))
        show(parts, caller, TryFields(text=text, along=along(names), tasks=fitting_tasks(caller.files)))

    reply(parts, caller, attempt(open_it))


def show(parts: Parts, caller: Caller, filled: TryFields) -> None:
    """Opens the form with what is known, and what this person filled in last where it is about the same model.

    The fields of a task that the Hub alone knows follow.
    """
    last = remembered.last(parts.database, caller.user, LAST) or {}
    if not filled.model or filled.model == last.get("model"):
        before = _fields_of(last)
        # A task that does not read what came along is not meant.
        task = before.task if not filled.tasks or before.task in filled.tasks else ""
        filled = replace(
            filled,
            model=filled.model or before.model,
            task=filled.task or task,
            values={**before.values, **filled.values},
        )
    metadata = remember(caller, filled.model)
    view_id = open_view(parts, caller, build_try_form(filled, metadata))
    if filled.model and not filled.task:
        parts.pool.submit(lambda: attempt(lambda: _show_known(parts, caller.user, view_id, filled, metadata)))


def _show_known(parts: Parts, user: str, view_id: str, filled: TryFields, metadata: str) -> None:
    """The fields of the model's own task, once that is found out."""
    known = _task_of(parts, user, filled)
    if known in (filled.tasks or TASKS):
        update_view(parts, view_id, build_try_form(filled, metadata, known))


def _task_of(parts: Parts, user: str, filled: TryFields) -> str:
    """What the model is for; empty where nobody says."""
    try:
        name = commands.read_repo(filled.model, example="org/model")
        model = asking.find_model(parts.workbench, user, name.id, name.revision)
        given = {key: value for key, value in filled.values.items() if key in ("labels", "source", "target")}
        return resolve_task(model.task, model.architectures, task_implied(given, model.task, model.architectures))
    except HugopsError:
        return ""


def picked(parts: Parts, ack: Ack, body: Body) -> None:
    """Another model or task in the open form: the fields of its task in place of the others."""
    ack()
    view = body.get("view")
    if not view:
        return
    values = values_of(body)
    menu = next(block for block in view["blocks"] if block.get("block_id") == "task")
    filled = replace(
        _fields_of(values),
        along=next((str(block["text"]["text"]) for block in view["blocks"] if block["type"] == "section"), ""),
        tasks=tuple(option["value"] for option in menu["element"]["options"]),
    )

    def show_them() -> None:
        known = "" if filled.task or not filled.model else _task_of(parts, str(body["user"]["id"]), filled)
        update_view(parts, view["id"], build_try_form(filled, view["private_metadata"], known))

    parts.pool.submit(lambda: attempt(show_them))


def fitting_tasks(files: Sequence[SlackFile]) -> tuple[str, ...]:
    """The tasks that read these files; none where there are no files, or nobody knows what they are."""
    wanted = {each for file in files for each in _read_as(file)}
    return tuple(task for task, about in TASKS.items() if about.reads & wanted)


def _read_as(file: SlackFile) -> Collection[str]:
    """What this file is to a task, as far as Slack tells its kind."""
    kind = claimed(str(file.get("mimetype")))
    read = READ_AS[kind] if kind else set()
    return read - {"table"} if file.get("mimetype") == "text/plain" and not is_table(str(file.get("name"))) else read


def _fields_of(values: Mapping[str, str]) -> TryFields:
    """What was typed or filled in, as it stands in the form."""
    keys = {
        key: value for key, value in values.items() if key in keys_of(commands.RunModel) and key != "task" and value
    }
    task = named(values.get("task", ""))
    return TryFields(values.get("model", ""), values.get("text", ""), task if task in TASKS else "", keys)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()
    caller = replace(caller, files=(*caller.files, *form.files))

    def read_filled() -> tuple[str, commands.Command]:
        beside = {"model": "org/model", "question": form.values.get("question", "")}
        is_empty = not caller.files and not any(field in form.filled for field in ("text", "question", "context"))
        place = "text" if "text" in form.values else "files"
        return form.read_line(_line, beside, {place: "There is no text in it yet, and no file."} if is_empty else {})

    def try_model(read: tuple[str, commands.Command]) -> Answer:
        text, command = read
        kept = {key: value for key, value in form.filled.items() if key not in FORGOTTEN}
        remembered.keep(parts.database, caller.user, LAST, kept)
        return form.answer(caller, command, text, learn=True)

    form.take(caller, read_filled, try_model, "model")


def _line(values: Mapping[str, str]) -> str:
    """The command that stands for the form; each line of the text is one."""
    texts = lines_of(values.get("text", ""))
    return filled_line(commands.RunModel, " ".join((f"run {values['model']}", *map(quoted, texts))), values)
