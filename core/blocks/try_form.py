"""The form behind Try: the model, what to try it on, and those keys of `run` that its task takes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.attachments import MOST_FILES
from core.blocks import fields
from core.blocks.parts import Block, Blocks, View, section
from core.commands.keys import Key, keys_of
from core.commands.tokens import tokenise
from core.commands.tries import RunModel
from core.tasks import TASKS, Task
from core.words import quote

# A model or a task that is chosen brings the fields of its task.
MODEL, PICKED_TASK = "try.model", "try.task"
LINES_HINT = "Each line is tried on its own."
FILES_HINT = "Texts, CSV or JSON, pictures, sounds, videos, PDF: whatever the model reads."
GENERATING = ("max_new_tokens", "temperature", "top_p", "seed")
FOR_ALL = ("via", "dtype")


@dataclass(frozen=True)
class TryFields:
    """What stands in the form already; `values` are the other keys of `run` by their names.

    `along` says which files came along, `tasks` are those that read them: all where there are none.
    """

    model: str = ""
    text: str = ""
    task: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    along: str = ""
    tasks: tuple[str, ...] = ()


def build_try_form(filled: TryFields, metadata: str, known: str = "") -> View:
    """Asks for a model and what to try it on; `known` is its task, where that is known though not chosen."""
    offered = filled.tasks or tuple(TASKS)
    task = TASKS.get(filled.task or known)
    meant = [task] if task else [TASKS[each] for each in offered]
    model = fields.names_field("model", "model", MODEL, filled.model, hint="org/model on the Hub, or a run")
    menu = fields.menu_field(
        "task",
        "task",
        {each: each for each in offered},
        filled.task,
        hint=f"empty: {known or 'what the Hub says that the model is for'}",
        optional=True,
    )
    menu["element"]["action_id"] = PICKED_TASK
    blocks = [
        model | {"dispatch_action": True},
        *_inputs(filled, meant),
        menu | {"dispatch_action": True},
        *_keys(filled, meant),
        fields.learnt(f'run {filled.model or "org/model"} "text"'),
    ]
    _focus(blocks, known_model=bool(filled.model))
    return fields.form("model.try", "Try a model", "Run", metadata, blocks)


def along(names: Sequence[str]) -> str:
    """Which files the answer will be about, in words."""
    return f"With {', '.join(quote(name) for name in names[:MOST_FILES])}." if names else ""


def keys_for(tasks: Sequence[Task]) -> list[Key]:
    """The keys of `run`, apart from `task`, that one of these tasks takes."""
    fitting = {*FOR_ALL}
    for task in tasks:
        fitting |= {"column"} if task.reads & {"text", "table"} and not task.reads & {"image", "audio"} else set()
        fitting |= {"question"} if _is_asked(task) else set()
        fitting |= {"labels"} if task.labelled else set()
        fitting |= {"source", "target"} if task.spoken else set()
        fitting |= set(GENERATING) if task.generates else set()
    if len(tasks) > 1 and "question" in fitting:
        fitting.add("context")  # where the task is known, its texts stand in the field for texts
    return [key for name, key in keys_of(RunModel).items() if name in fitting]


def _is_asked(task: Task) -> bool:
    """Whether it answers a question about texts."""
    return task.first == "question" and task.takes_texts


def _keys(filled: TryFields, tasks: Sequence[Task]) -> Blocks:
    keys = keys_for(tasks)
    shown = {key.name for key in keys} | {"question"}
    # What was typed is never dropped, whatever the task.
    keys += [key for name, key in keys_of(RunModel).items() if filled.values.get(name) and name not in shown]
    only = tasks[0] if len(tasks) == 1 else None
    if only and _is_asked(only):
        keys = [key for key in keys if key.name != "question"]
    blocks = fields.key_fields(keys, filled.values, examples=_examples(only)[1] if only else {})
    for block in blocks:
        if only and block["block_id"] == "labels" and only.labelled:
            block["optional"] = False
    return blocks


def _inputs(filled: TryFields, tasks: Sequence[Task]) -> Blocks:
    only = tasks[0] if len(tasks) == 1 else None
    blocks: Blocks = []
    if only and _is_asked(only):
        example = next(iter(_examples(only)[0]), "")
        asked = filled.values.get("question", "")
        blocks.append(fields.text_field("question", "question", hint="what is asked", example=example, value=asked))
    if filled.text or any(task.reads & {"text", "table"} for task in tasks):
        blocks.append(_text_field(filled, only))
    if filled.along:
        blocks.append(section(filled.along))
    else:
        blocks.append(_files_field(only))
    return blocks


def _text_field(filled: TryFields, only: Task | None) -> Block:
    """Where texts are typed; it must be filled where nothing else can be asked."""
    label, hint, example, is_needed = "Text", LINES_HINT, "", False
    if only:
        examples = _examples(only)[0]
        label = "Question" if only.first == "question" and not _is_asked(only) else "Text"
        example = examples[-1] if examples and not _is_reference(only) else next(iter(examples), "")
        is_needed = label == "Question" or "table" in only.reads
        hint = f"{only.given}. {LINES_HINT}".replace("`", "")
        hint = hint if is_needed or filled.along else f"{hint} A text is needed, or a file below."
    return fields.text_field(
        "text", label, hint=hint, example=example, multiline=True, optional=not is_needed, value=filled.text
    )


def _is_reference(task: Task) -> bool:
    return task.first == "reference"


def _files_field(only: Task | None) -> Block:
    is_needed = only is not None and only.needs_files and not only.takes_texts
    hint = only.given.replace("`", "") if only and is_needed else FILES_HINT
    return fields.files_field(hint, optional=not is_needed)


def _focus(blocks: Blocks, *, known_model: bool) -> None:
    """The cursor stands where one types first: at the model, or at what to try it on."""
    wanted = ("question", "text", "files") if known_model else ("model",)
    first = next((block for block in blocks if block.get("block_id") in wanted), None)
    if first and first["element"]["type"] != "file_input":
        first["element"]["focus_on_load"] = True


def _examples(task: Task) -> tuple[list[str], dict[str, str]]:
    """The texts and the values of keys that stand in the task's example."""
    _model, *tokens = tokenise(task.example)
    texts = [token.text for token in tokens if token.key is None]
    return texts, {token.key: token.text for token in tokens if token.key}
