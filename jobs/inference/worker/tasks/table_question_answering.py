"""The cells of a table that answer a question, and what to do with them: count, add up, average."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import AutoModelForTableQuestionAnswering

from core.errors import Mistake
from core.results import Cells, Reading
from core.tables import cell_text, table_of
from jobs.inference.protocol import Request
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.loading import Loaded, Row

AUTO = AutoModelForTableQuestionAnswering
# Tables are of very different lengths.
BATCH = 1
NEEDS = ("tokenizer",)
MOST_QUESTIONS = 20
MOST_ROWS, MOST_COLUMNS = 2_000, 50
LONGEST_CELL = 200
# The cells of an answer by row and column, and the number of what is done with them, where the model says so.
Pick = tuple[list[tuple[int, int]], int | None]
HOW = 'Ask as in: "which city is the largest?" with a CSV file attached, or with the table as JSON in quotes.'

Rows = list[list[str]]


@dataclass(frozen=True)
class TableQuestion(Row):
    """A question about `table`, whose first row names the columns; `rows_read` of the other rows fitted."""

    question: str = ""
    table: Rows = ()  # type: ignore[assignment]  # always given
    rows_read: int = 0


def prepare(loaded: Loaded, entry: Entry) -> list[TableQuestion]:
    """A row a question. CannotAnswer without one, without a table, and for what is no table."""
    try:
        pairs = questions(entry.request)
    except Mistake as mistake:
        raise CannotAnswer("input", str(mistake)) from mistake
    return [_read(loaded, table, question) for table, question in pairs]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[TableQuestion]) -> list[Pick]:
    """The cells of each answer by row and column, and the number of what is done with them, where the model says so."""
    outputs = []
    for row in rows:
        batch = {name: torch.tensor([values]) for name, values in row.tokens.items()}
        out = loaded.model(**{name: values.to(loaded.device) for name, values in batch.items()})
        logits = [out.logits.float().cpu()]
        if loaded.model.config.num_aggregation_labels:
            logits.append(out.logits_aggregation.float().cpu())
        found = loaded.tokenizer.convert_logits_to_predictions(batch, *logits)
        does = int(found[1][0]) if len(found) > 1 else None
        outputs.append(([(int(at), int(column)) for at, column in found[0][0]], does))
    return outputs


def finish(
    loaded: Loaded,
    _request: Request,
    rows: Sequence[TableQuestion],
    outputs: Sequence[Pick],
) -> list[Cells]:
    """The cells that answer each question; `value` is what counting, adding or averaging them gives."""
    results = []
    for row, (coordinates, does) in zip(rows, outputs, strict=True):
        names = loaded.model.config.aggregation_labels or {}
        aggregator = str(names.get(does, "")) if does is not None else ""
        is_plain = does is None or does == loaded.model.config.no_aggregation_label_index
        cells = tuple(row.table[at + 1][column] for at, column in coordinates)
        whole = len(row.table) - 1
        results.append(
            Cells(
                question=row.question,
                answer=("" if is_plain else f"{aggregator} > ") + ", ".join(cells),
                cells=cells,
                coordinates=tuple(coordinates),
                table=row.table,
                aggregator="" if is_plain else aggregator,
                value=None if is_plain else _value(aggregator, cells),
                note=None if row.rows_read == whole else Reading("rows", row.rows_read, whole),
            )
        )
    return results


def questions(request: Request) -> list[tuple[Rows, str]]:
    """Each question with its table, `{"table", "question"}` or beside one. Mistake where one lacks."""
    tables = [
        (rows_of(each["table"]), _questions_in(each))
        for each in request.inputs
        if isinstance(each, dict) and "table" in each
    ]
    if not tables:
        raise Mistake(f"A question about a table needs the table. {HOW}")
    pairs = [(table, question) for table, own in tables for question in (own or request.texts)]
    if not pairs:
        raise Mistake(f"What do you want to know about the table? {HOW}")
    if len(pairs) > MOST_QUESTIONS:
        raise Mistake(f"These are {len(pairs)} questions; {MOST_QUESTIONS} are the most I take at a time.")
    return pairs


def rows_of(value: object) -> Rows:
    """A table of JSON as rows of texts, of which the first names the columns. Mistake beyond what is ever read."""
    table = table_of("the table", value)
    if len(table.rows) > MOST_ROWS or len(table.columns) > MOST_COLUMNS:
        raise Mistake(
            f"The table has {len(table.rows):,} rows and {len(table.columns)} columns; {MOST_ROWS:,} and "
            f"{MOST_COLUMNS} are the most I take. Leave out what the question is not about."
        )
    return [[_short(cell) for cell in row] for row in (table.columns, *table.rows)]


def _short(cell: object) -> str:
    return " ".join(cell_text(cell)[: 4 * LONGEST_CELL].split())[:LONGEST_CELL]


def _questions_in(given: dict[str, Any]) -> list[str]:
    question = given.get("question") or given.get("query") or []
    listed = [question] if isinstance(question, str) else question
    return [text for text in listed if isinstance(text, str) and text.strip()]


def _read(loaded: Loaded, table: Rows, question: str) -> TableQuestion:
    import pandas as pd

    # Rows and columns are numbered from one in the model, and it knows so many numbers.
    rows, columns = loaded.model.config.max_num_rows - 1, loaded.model.config.max_num_columns - 1
    if len(table[0]) > columns:
        raise CannotAnswer(
            "input", f"The table has {len(table[0])} columns; this model reads {columns}. Leave out some."
        )
    frame = pd.DataFrame(table[1 : rows + 1], columns=table[0], dtype=object)
    try:
        tokens = loaded.tokenizer(
            table=frame, queries=question, truncation="drop_rows_to_fit", max_length=loaded.longest, padding=False
        )
    except ValueError as error:
        raise _no_room(loaded) from error
    names = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in tokens]
    row = {name: list(tokens[name]) for name in names}
    # The third of a token's types is its row.
    rows_read = max((types[2] for types in row["token_type_ids"]), default=0)
    if not rows_read:
        raise _no_room(loaded)
    return TableQuestion(row, len(row["input_ids"]), question=question, table=table, rows_read=rows_read)


def _no_room(loaded: Loaded) -> CannotAnswer:
    return CannotAnswer(
        "input",
        f"No row of the table fits beside the question: the model reads {loaded.longest} "
        "tokens in all. Leave out columns.",
    )


def _value(aggregator: str, cells: Sequence[str]) -> int | float | None:
    """What the aggregator gives of the cells; nothing where they are no numbers."""
    if aggregator == "COUNT":
        return len(cells)
    numbers = [number for cell in cells if (number := _number(cell)) is not None]
    if not numbers or len(numbers) < len(cells):
        return None
    if aggregator == "SUM":
        return sum(numbers)
    return sum(numbers) / len(numbers) if aggregator == "AVERAGE" else None


def _number(cell: str) -> float | None:
    try:
        return float(cell.replace(",", "").replace(" ", "").strip("$€£%"))
    except ValueError:
        return None
