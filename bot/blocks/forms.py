"""The forms behind Try and Fine-tune; their fields have the names of the command's keys."""

from typing import Any

from bot.blocks.parts import Block, context, section
from bot.blocks.text import decimal, escape, shorten


def build_try_form(repo: str, metadata: str, hint: str) -> dict[str, Any]:
    """Asks for the text to try a model on."""
    field = text_field("text", "Text", hint=hint, multiline=True)
    return form("model.try", "Try a model", "Run", metadata, [
        section(f"*{escape(repo)}*"), field, context(f'The same as a command: `/hf run {escape(repo)} "text"`'),
    ])  # fmt: skip


def build_tune_form(repo: str, metadata: str, defaults: dict[str, Any]) -> dict[str, Any]:
    """Asks for what `train` needs; what is left empty keeps its default."""
    return form("model.tune", "Fine-tune", "Show the plan", metadata, [
        section(f"*{escape(repo)}*"),
        text_field("dataset", "on dataset", hint="org/dataset on the Hub"),
        *(
            text_field(key, key, hint=f"empty: {_standard(key, value)}", optional=True)
            for key, value in defaults.items()
        ),
        context(f"The same as a command: `/hf train {escape(repo)} on org/dataset epochs=2`"),
    ])  # fmt: skip


def _standard(key: str, value: Any) -> str:
    """What holds where a field is left empty."""
    if value is None:
        return "all rows" if key == "max_samples" else "found by itself"
    return decimal(value) if isinstance(value, float) else str(value)


def form(callback: str, title: str, submit: str, metadata: str, blocks: list[Block]) -> dict[str, Any]:
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
    key: str, label: str, *, hint: str, multiline: bool = False, optional: bool = False, initial: str = ""
) -> Block:
    """A labelled text input whose block and action are both called `key`; `initial` stands in it already."""
    filled = {"initial_value": initial} if initial else {}
    return {
        "type": "input",
        "block_id": key,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "hint": {"type": "plain_text", "text": shorten(hint, 150)},
        "element": {"type": "plain_text_input", "action_id": key, "multiline": multiline, **filled},
    }
