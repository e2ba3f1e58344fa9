"""What every form is made of: typed fields, menus, names that are found while one is typed, and a command's keys."""

from collections.abc import Iterable, Mapping, Sequence

from core.attachments import MOST_FILES
from core.blocks.parts import Block, Blocks, View, context
from core.commands.keys import Key
from core.words import escape, shorten

# What Slack takes of a menu, of a hint and of a line that a form ends with.
OPTION_CHARACTERS, MOST_OPTIONS = 150, 100
HINT_CHARACTERS, LINE_CHARACTERS = 150, 500
# The actions of the fields that find names while one is typed.
AUTHOR, TASK, MODEL, DATASET = "author.suggest", "task.suggest", "model.suggest", "dataset.suggest"
# The second of two models has its own: what was offered for one must not take the place of what was for the other.
WATCHED, OTHER = "watch.suggest", "other.suggest"


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


def learnt(line: str) -> Block:
    """The command that does the same as the form, under its fields."""
    return context(f"The same as a command: `/hf {escape(shorten(line, LINE_CHARACTERS).replace('`', chr(39)))}`")


def text_field(
    key: str,
    label: str,
    *,
    hint: str = "",
    example: str = "",
    multiline: bool = False,
    optional: bool = False,
    value: str = "",
) -> Block:
    """A labelled text input whose block and action are both called `key`; `value` stands in it already."""
    element: Block = {"type": "plain_text_input", "action_id": key, "multiline": multiline}
    element |= {"placeholder": _plain(example, HINT_CHARACTERS)} if example else {}
    return field(key, label, element | ({"initial_value": value[:3000]} if value else {}), hint=hint, optional=optional)


def names_field(
    key: str, label: str, action: str, value: str, *, hint: str = "", optional: bool = False, begins: int = 2
) -> Block:
    """A field that finds names while one is typed, from the letter number `begins` on."""
    menu: Block = {"type": "external_select", "action_id": action, "min_query_length": begins}
    menu |= {"initial_option": option(value, value)} if value and len(value) <= OPTION_CHARACTERS else {}
    return field(key, label, menu, hint=hint, optional=optional)


def menu_field(
    key: str, label: str, labels: Mapping[str, str], chosen: str, *, hint: str = "", optional: bool = False
) -> Block:
    """A field that takes one of these values, each with its label; none is chosen where `chosen` is none of them."""
    menu: Block = {"type": "static_select", "action_id": key, "options": [option(*each) for each in labels.items()]}
    menu |= {"initial_option": option(chosen, labels[chosen])} if chosen in labels else {}
    return field(key, label, menu, hint=hint, optional=optional)


def files_field(hint: str, *, optional: bool = True) -> Block:
    element: Block = {"type": "file_input", "action_id": "files", "max_files": MOST_FILES}
    return field("files", "Files", element, hint=hint, optional=optional)


def key_fields(
    keys: Iterable[Key],
    values: Mapping[str, str],
    menus: Mapping[str, str] | None = None,
    examples: Mapping[str, str] | None = None,
) -> Blocks:
    """The fields of a command's keys, under the keys' names, with what stands in them already.

    `menus` are the actions of those that find names, `examples` what is shown in place of a key's own example.
    """
    menus, examples = menus or {}, examples or {}
    return [
        _key_field(key, values.get(key.name, ""), menus.get(key.name, ""), examples.get(key.name, "")) for key in keys
    ]


def _key_field(key: Key, value: str, menu: str, example: str) -> Block:
    about = key.description.replace("`", '"')  # a hint is plain text
    hint = about if key.default is None else f"{about}; empty: {key.standard}"
    if menu:
        return names_field(key.name, key.name, menu, value, hint=hint, optional=True, begins=0 if menu == TASK else 2)
    if key.choices:
        labels = {choice: choice for choice in key.choices}
        return menu_field(key.name, key.name, labels, value, hint=hint, optional=True)
    return text_field(
        key.name, key.name, hint=hint, example=example or key.example.strip('"'), optional=True, value=value
    )


def build_options(names: Sequence[str]) -> list[Block]:
    """Names as the options of a menu; a name that is too long for one is left out."""
    return [option(name, name) for name in names if len(name) <= OPTION_CHARACTERS][:MOST_OPTIONS]


def option(value: str, label: str) -> Block:
    return {"text": _plain(label, 75), "value": value}


def field(key: str, label: str, element: Block, *, hint: str = "", optional: bool = False) -> Block:
    """A labelled input."""
    shown: Block = {
        "type": "input",
        "block_id": key,
        "optional": optional,
        "label": {"type": "plain_text", "text": label},
        "element": element,
    }
    return shown | ({"hint": _plain(hint, HINT_CHARACTERS)} if hint else {})


def _plain(text: str, most: int) -> Block:
    return {"type": "plain_text", "text": shorten(text, most)}
