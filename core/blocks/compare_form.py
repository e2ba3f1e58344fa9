"""The form behind Compare: two models, and the texts, files or rows on which they are compared."""

from collections.abc import Mapping

from core.blocks.fields import (
    DATASET,
    MODEL,
    OTHER,
    TASK,
    files_field,
    form,
    key_fields,
    learnt,
    names_field,
    text_field,
)
from core.blocks.parts import View
from core.commands.keys import keys_of
from core.commands.tries import Compare


def build_compare_form(values: Mapping[str, str], metadata: str) -> View:
    """Asks for what `compare` needs; `values` stand in it already.

    The texts stand in `inputs`, since `text` is the key that names a column.
    """
    first, second = values.get("model", ""), values.get("other", "")
    texts = text_field(
        "inputs",
        "Text",
        hint="each line is compared on its own",
        multiline=True,
        optional=True,
        value=values.get("inputs", ""),
    )
    if first and second:
        texts["element"]["focus_on_load"] = True
    return form(
        "compare.try",
        "Compare two models",
        "Compare",
        metadata,
        [
            names_field("model", "model", MODEL, first, hint="org/model on the Hub, or a run"),
            names_field("other", "other", OTHER, second, hint="the model to compare it with"),
            texts,
            files_field("or files that both read"),
            names_field(
                "dataset",
                "or on dataset",
                DATASET,
                values.get("dataset", ""),
                hint="rows with labels also tell how often each model is right",
                optional=True,
            ),
            *key_fields(keys_of(Compare).values(), values, {"task": TASK}),
            learnt(f'compare {first or "org/model"} {second or "org/other"} "text"'),
        ],
    )
