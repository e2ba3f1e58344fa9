"""The form behind Compare answers: on what two models are compared."""

from collections.abc import Mapping

from core.blocks.forms import form, text_field
from core.blocks.parts import View, context, section
from core.blocks.search_form import external_field
from core.words import escape

DATASET = "compare.dataset"


def build_compare_form(models: str, metadata: str, last: Mapping[str, str]) -> View:
    """Asks for texts, or for a dataset and how many rows; `models` are two names, `last` the values to begin with."""
    text = text_field("text", "Text", hint="each line is compared on its own", multiline=True, optional=True)
    rows = text_field("rows", "rows", hint="empty: 100; 1,000 at most", optional=True)
    for field in (text, rows):
        if value := last.get(field["block_id"]):
            field["element"]["initial_value"] = value
    first, second = (escape(name) for name in models.split(" "))
    return form(
        "compare.try",
        "Compare two models",
        "Compare",
        metadata,
        [
            section(f"*{first}* and *{second}*"),
            text,
            external_field(
                "dataset",
                "or on dataset",
                DATASET,
                last.get("dataset", ""),
                hint="rows with labels also tell how often each model is right",
            ),
            rows,
            context(f'The same as a command: `/hf compare {first} {second} "text"`, or `… on org/dataset rows=200`'),
        ],
    )
