"""The forms behind Fine-tune, and behind a bare `watch` and `tokenize`; their fields are the command's keys."""

from collections.abc import Mapping

from core.blocks.fields import DATASET, MODEL, OTHER, WATCHED, form, key_fields, learnt, names_field, text_field
from core.blocks.parts import Blocks, View, context
from core.commands.datasets import InspectDataset
from core.commands.keys import keys_of
from core.commands.train import Train
from core.commands.watches import AddWatch

ON_THE_HUB = "org/model on the Hub"
DATA = "org/dataset on the Hub, or the name of a file that was attached"
# What a training is mostly told, in the order of the form; the rest stands below.
USUAL = ("epochs", "lr", "batch", "max_samples", "at", "every", "name", "task", "text", "pair", "label", "config")
RARE = "Rarely needed; what is left empty stays as it is."


def build_tune_form(values: Mapping[str, str], metadata: str, line: str = "", note: str = "") -> View:
    """Asks for what `train` needs; what is left empty keeps its default.

    `line` is the command that stands for what is filled in, `note` says where that comes from.
    """
    return form(
        "model.tune",
        "Fine-tune",
        "Show the plan",
        metadata,
        [
            *([context(note)] if note else []),
            names_field("base", "base", MODEL, values.get("base", ""), hint=ON_THE_HUB),
            names_field("dataset", "on dataset", DATASET, values.get("dataset", ""), hint=DATA),
            *_training_fields(values),
            learnt(line or "train org/model on org/dataset epochs=2"),
        ],
    )


def _training_fields(values: Mapping[str, str]) -> Blocks:
    """The keys and times of `train`, what is rarely needed below a line that says so."""
    blocks = [
        *key_fields(keys_of(Train).values(), values),
        _time_field("at", "empty: at once", "tomorrow 9:00", values),
        _time_field("every", "empty: once", "mon,thu 9:00", values),
    ]
    fields = {str(block["block_id"]): block for block in blocks}
    rare = [block for name, block in fields.items() if name not in USUAL]
    return [*(fields[name] for name in USUAL), {"type": "divider"}, context(RARE), *rare]


def _time_field(key: str, hint: str, example: str, values: Mapping[str, str]) -> dict[str, object]:
    return text_field(key, key, hint=hint, example=example, optional=True, value=values.get(key, ""))


def build_watch_form(values: Mapping[str, str], metadata: str) -> View:
    """Asks for what `watch` needs."""
    target = values.get("target", "")
    return form(
        "watch.form",
        "Watch for pushes",
        "Watch",
        metadata,
        [
            names_field(
                "target",
                "author or repo",
                WATCHED,
                target,
                hint="every push to it is announced in this channel",
            ),
            *key_fields(keys_of(AddWatch).values(), values),
            learnt(f"watch {target or 'org/model'}"),
        ],
    )


def build_dataset_form(values: Mapping[str, str], metadata: str) -> View:
    """Asks for what `dataset` needs."""
    name = values.get("dataset", "")
    return form(
        "dataset.form",
        "Look into a dataset",
        "Look",
        metadata,
        [
            names_field("dataset", "dataset", DATASET, name, hint="org/dataset on the Hub"),
            *key_fields(keys_of(InspectDataset).values(), values, menus={"base": MODEL}),
            learnt(f"dataset {name or 'org/dataset'}"),
        ],
    )


def build_tokenize_form(values: Mapping[str, str], metadata: str) -> View:
    """Asks for what `tokenize` needs."""
    model = values.get("model", "")
    text = text_field(
        "text",
        "Text",
        hint="each line is cut on its own",
        example="unbelievably good",
        multiline=True,
        value=values.get("text", ""),
    )
    if model:
        text["element"]["focus_on_load"] = True
    return form(
        "tokenize.form",
        "Tokens of a text",
        "Tokenize",
        metadata,
        [
            names_field("model", "model", MODEL, model, hint=ON_THE_HUB),
            text,
            names_field(
                "other", "beside", OTHER, values.get("other", ""), hint="another model's tokens of it", optional=True
            ),
            learnt(f'tokenize {model or "org/model"} "text"'),
        ],
    )
