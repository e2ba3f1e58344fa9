"""The form behind Try, a bare `/hf run` or `/hf compare`, and the shortcut under a message."""

from collections.abc import Sequence
from dataclasses import replace

from core import commands
from core.blocks.forms import TryFields, build_try_form
from core.errors import Mistake
from core.kinds import claimed
from core.store import remembered
from core.tasks import TASKS
from core.workspace import ensure_served
from handlers.capabilities import with_names
from handlers.forms.submission import Submission
from handlers.listeners import Ack, Answer, Body, Caller, Parts, SlackFile, attempt, remember, reply
from jobs.inference.asking import READ_AS

LAST = "model.try"
# What is remembered for the next time.
KEPT = ("model", "task", "options")
MOST_FILES, MOST_LINES = 10, 100


def open_form(parts: Parts, caller: Caller, repo: str) -> None:
    """Asks for what to try a model on: `repo`, or the one that this person tried last."""
    show(parts, caller, TryFields(model=repo))


def open_beside(parts: Parts, caller: Caller, run_id: str) -> None:
    """Compare under a run: the same form, with the base beside it where that was for the same task."""
    recipe = parts.runs.shown_to(run_id, caller.user).recipe
    base = recipe["base"]
    other = base["repo"] if base.get("task") == recipe["task"] else ""
    show(parts, caller, TryFields(model=run_id, other=other or parts.tries.other_model(caller.user, run_id)))


def on_message_shortcut(parts: Parts, ack: Ack, body: Body) -> None:
    """Try a model on this: the message's text and files, in the form."""
    ack()
    message = body["message"]
    caller = Caller(
        user=body["user"]["id"],
        channel=body["channel"]["id"],
        response_url=body.get("response_url", ""),
        trigger_id=body["trigger_id"],
        files=tuple(file for file in message.get("files") or () if file.get("id"))[:MOST_FILES],
    )
    names = tuple(str(file.get("name") or file.get("title") or "a file") for file in caller.files)
    # A text that holds what no keyboard makes is left for the person to paste.
    try:
        text = commands.clean(with_names(parts, str(message.get("text") or "")), with_labels=True)
    except Mistake:
        text = ""

    def open_it() -> None:
        ensure_served(str(body["channel"].get("name") or ""))
        show(parts, caller, TryFields(text=text, files=names))

    reply(parts, caller, attempt(open_it))


def show(parts: Parts, caller: Caller, filled: TryFields) -> None:
    """Opens the form with what is known, and what this person filled in last where it is about the same model."""
    last = remembered.last(parts.database, caller.user, LAST) or {}
    if not filled.model or filled.model == last.get("model"):
        filled = replace(filled, **{key: getattr(filled, key) or last.get(key, "") for key in KEPT})
    view = build_try_form(filled, fitting_tasks(caller.files), remember(caller, filled.model))
    parts.client.views_open(trigger_id=caller.trigger_id, view=view)


def fitting_tasks(files: Sequence[SlackFile]) -> list[str]:
    """The tasks that read these files; all where there are none, or nobody knows what they are."""
    kinds = {claimed(str(file.get("mimetype"))) for file in files} - {None}
    wanted = {each for kind in kinds if kind for each in READ_AS[kind]}
    return [task for task, about in TASKS.items() if about.reads & wanted] or list(TASKS)


def submitted(parts: Parts, ack: Ack, body: Body) -> None:
    """The answer as after the command, with the command to learn under it."""
    form = Submission(parts, ack, body)
    caller, _ = form.recall()
    filled = dict.fromkeys(("model", "text", "options", "other", "task"), "") | form.values
    files = body["view"]["state"]["values"].get("files", {}).get("files", {}).get("files") or ()
    caller = replace(caller, files=(*caller.files, *files))

    def read_filled() -> commands.RunModel | commands.Compare:
        command = read_form(form, filled)
        if not command.inputs and not caller.files:
            raise Mistake("There is no text in it yet, and no file.", field="text")
        return command

    def try_model(command: commands.RunModel | commands.Compare) -> Answer:
        remembered.keep(parts.database, caller.user, LAST, {key: filled[key] for key in KEPT})
        return form.answer(caller, command, commands.to_text(command), learn=True)

    form.take(caller, read_filled, try_model, "options")


def read_form(form: Submission, filled: dict[str, str]) -> commands.RunModel | commands.Compare:
    """The command that the form stands for; a Mistake with its field where the command would be refused."""
    run = f"run {filled['model']}"
    if _read(form, run, "model").inputs:
        raise Mistake("One model belongs here, as in org/model.", field="model")
    options = f"{filled['options']} task={filled['task']}" if filled["task"] else filled["options"]
    lines = tuple(line.strip() for line in filled["text"].splitlines() if line.strip())
    command = _read(form, f"{run} {options}", "options")
    if command.inputs:
        raise Mistake('Only pairs such as labels="sport, politics" belong here, texts above.', field="options")
    if filled["other"]:
        command = _read(form, f"compare {filled['model']} {filled['other']} {options}", "other")
    if len(lines) > MOST_LINES:
        raise Mistake(f"These are {len(lines):,} lines; I take at most {MOST_LINES} at once.", field="text")
    return command.model_copy(update={"inputs": lines})


def _read(form: Submission, text: str, field: str) -> commands.RunModel | commands.Compare:
    """The command of this line, whose last part stands in `field` of the form."""
    try:
        command = form.read(text)
    except Mistake as error:
        raise Mistake(error.sentence, field=field) from error
    if not isinstance(command, (commands.RunModel, commands.Compare)):
        raise Mistake("This is no model and its options.", field=field)
    return command
