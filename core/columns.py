"""Which column of a table holds the texts."""

from collections.abc import Sequence

from core.dialects import NUMBER, TEXT_NAMES
from core.errors import Mistake
from core.tables import Table
from core.words import quote

# So many rows or texts of a file are tried at once, and so many rows tell what a column holds.
MOST_ROWS = 100
MOST_COLUMNS = 100
MOST_NAMES = 10


def texts_of(table: Table, wanted: str | None) -> tuple[str, list[str]]:
    """The column with the texts and what is in it, without empty cells. Mistake when it cannot be told."""
    ensure_narrow(table)
    column = _column(table, wanted)
    return column, [text for text in table.texts(column) if text.strip()]


def ensure_narrow(table: Table) -> None:
    """Mistake for a table with more columns than a question or a message can be about."""
    if len(table.columns) > MOST_COLUMNS:
        raise Mistake(f"{quote(table.name)} has {len(table.columns):,} columns; I read at most {MOST_COLUMNS}.")


def listed(columns: Sequence[str]) -> str:
    """The names of columns for a sentence; of many the first ten."""
    more = f" and {len(columns) - MOST_NAMES} more" if len(columns) > MOST_NAMES else ""
    return ", ".join(quote(column) for column in columns[:MOST_NAMES]) + more


def _column(table: Table, wanted: str | None) -> str:
    by_name = {column.casefold(): column for column in reversed(table.columns)}
    if wanted:
        if wanted.casefold() in by_name:
            return by_name[wanted.casefold()]
        raise Mistake(f"{quote(table.name)} has no column {quote(wanted)}. Its columns: {listed(table.columns)}.")
    for name in TEXT_NAMES:
        if name in by_name:
            return by_name[name]
    texts = [column for column in table.columns if _is_text(table.texts(column)[:MOST_ROWS])]
    if len(texts) == 1:
        return texts[0]
    if not texts:
        raise Mistake(
            f"No column of {quote(table.name)} looks like text. Name one with `column=`: {listed(table.columns)}."
        )
    raise Mistake(f"Several columns of {quote(table.name)} have text. Name one with `column=`: {listed(texts)}.")


def _is_text(cells: Sequence[str]) -> bool:
    filled = [cell.strip() for cell in cells if cell.strip()]
    return sum(not NUMBER.fullmatch(cell.replace(",", "")) for cell in filled) * 2 > len(filled)
