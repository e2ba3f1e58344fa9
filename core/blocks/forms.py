"""The forms behind Try and Fine-tune; their fields have the names of the command's keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.blocks.parts import Block, View, context, section
from core.words import decimal, escape, quote, shorten


@dataclass(frozen=True)
class TryFields:
    """What stands in the form already; `files` are the names of those that the answer will be about."""

    model: str = ""
    other: str = ""
    text: str = ""
    task: str = ""
    options: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tuning:
    """What stands in the form already, by the command's keys; `run` is the run whose settings these are."""

    base: str
    dataset: str = ""
    run: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


STANDARDS = {
    "epochs": "as many as the rows need",
    "lr": "what fits the base and the rows",
    "batch": "what fits the rows",
    "max_samples": "all rows",
    "config": "the only one",
    "task": "what the columns are made for",
    "name": "base and dataset",
    "at": "at once; or a time, as in tomorrow 9:00",
    "every": "once; or how often, as in mon 9:00",
}
TRY_HINT = "Each line is tried on its own. Similarity compares the first line with the others; a question comes first."
OPTIONS_HINT = 'as in the command: labels="sport, politics" max_new_tokens=50 column=message'
FILES_HINT = "Texts, CSV or JSON, pictures, sounds, videos, PDF: whatever the model reads."


def build_try_form(filled: TryFields, tasks: Sequence[str], metadata: str) -> View:
    """Asks for a model and what to try it on; `tasks` are those that fit."""
    along = [section(f"With {', '.join(quote(name) for name in filled.files[:10])}.")] if filled.files else []
    command = f'/hf run {filled.model or "org/model"} "text"'
    return form(
        "model.try",
        "Try a model",
        "Run",
        metadata,
        [
            text_field("model", "model", hint="org/model on the Hub", value=filled.model),
            text_field("text", "Text", hint=TRY_HINT, multiline=True, optional=True, value=filled.text),
            *along,
            *([] if along else [_files_field()]),
            _task_field(tasks, filled.task),
            text_field("options", "options", hint=OPTIONS_HINT, optional=True, value=filled.options),
            text_field(
                "other", "compare with", hint="another model on the same inputs", optional=True, value=filled.other
            ),
            context(f"The same as a command: `{escape(command.replace('`', chr(39)))}`"),
        ],
    )


def _files_field() -> Block:
    return {
        "type": "input",
        "block_id": "files",
        "optional": True,
        "label": {"type": "plain_text", "text": "Files"},
        "hint": {"type": "plain_text", "text": FILES_HINT},
        "element": {"type": "file_input", "action_id": "files", "max_files": 10},
    }


def _task_field(tasks: Sequence[str], chosen: str) -> Block:
    options = [{"text": {"type": "plain_text", "text": shorten(task, 75)}, "value": task} for task in tasks[:100]]
    menu: Block = {"type": "static_select", "action_id": "task", "options": options}
    first = [option for option in options if option["value"] == chosen]
    return {
        "type": "input",
        "block_id": "task",
        "optional": True,
        "label": {"type": "plain_text", "text": "task"},
        "hint": {"type": "plain_text", "text": "empty: what the Hub says that the model is for"},
        "element": menu | ({"initial_option": first[0]} if first else {}),
    }


def build_tune_form(filled: Tuning, metadata: str, defaults: Mapping[str, float | str | None]) -> View:
    """Asks for what `train` needs, also for the model where none is known; what is left empty keeps its default."""
    base = (
        section(f"*{escape(filled.base)}*") if filled.base else text_field("base", "base", hint="org/model on the Hub")
    )
    again = [context(f"The settings of {filled.run}. Change what you like; the plan comes before anything starts.")]
    return form(
        "model.tune",
        f"{filled.run} again" if filled.run else "Fine-tune",
        "Show the plan",
        metadata,
        [
            base,
            *(again if filled.run else []),
            text_field("dataset", "on dataset", hint="org/dataset on the Hub", value=filled.dataset),
            *(
                text_field(
                    key,
                    key,
                    hint=f"empty: {_standard(key, value)}",
                    optional=True,
                    value=filled.values.get(key, ""),
                )
                for key, value in defaults.items()
            ),
            context(f"The same as a command: `/hf train {escape(filled.base or 'org/model')} on org/dataset epochs=2`"),
        ],
    )


def build_watch_form(metadata: str) -> View:
    """Asks for what `watch` needs."""
    return form(
        "watch.form",
        "Watch for pushes",
        "Watch",
        metadata,
        [
            text_field("target", "author or repo", hint="every push to it is announced in this channel"),
            context("The same as a command: `/hf watch mistralai`, or `/hf watch org/model`"),
        ],
    )


def build_tokenize_form(metadata: str, model: str, other: str) -> View:
    """Asks for what `tokenize` needs; `model` and `other` are known already, or empty."""
    return form(
        "tokenize.form",
        "Tokens of a text",
        "Tokenize",
        metadata,
        [
            text_field("model", "model", hint="org/model on the Hub", value=model),
            text_field("text", "Text", hint="each line is cut on its own", multiline=True),
            text_field("other", "beside", hint="another model's tokens of the same", optional=True, value=other),
            context(
                f'The same as a command: `/hf tokenize {escape((model or "org/model").replace("`", chr(39)))} "text"`'
            ),
        ],
    )


def _standard(key: str, value: float | str | None) -> str:
    """What holds where a field is left empty."""
    if value is None:
        return STANDARDS.get(key, "found by itself")
    return decimal(value) if isinstance(value, float) else str(value)


def form(callback: str, title: str, submit: str, metadata: str, blocks: list[Block]) -> View:
    return {
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "title": {"type": "plain_text", "text": shorten(title, 24)},
        "submit": {"type": "plain_text", "text": submit},
        "close": {"type": "plain_text", "text": "Cancel"},
        "blocks": blocks,
    }


def text_field(
    key: str, label: str, *, hint: str, multiline: bool = False, optional: bool = False, value: str = ""
) -> Block:
    """A labelled text input whose block and action are both called `key`; `value` stands in it already."""
    element: Block = {"type": "plain_text_input", "action_id": key, "multiline": multiline}
    return {
        "type": "input",
        "block_id": key,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "hint": {"type": "plain_text", "text": shorten(hint, 150)},
        "element": element | ({"initial_value": value[:3000]} if value else {}),
    }
