"""The cells of a table that answer a question, shown in the table itself."""

from collections.abc import Sequence

from core.blocks.parts import code
from core.results import Cells
from core.words import escape, shorten

MOST_ROWS, MOST_COLUMNS, WIDEST = 12, 6, 24
# Around the cells of the answer.
MARKS = ("▸", "◂")
DONE = {"SUM": "Sum", "AVERAGE": "Average", "COUNT": "Count"}
# What is shown of the cells of an answer, and of those behind a number.
CELLS, BEHIND = 500, 400


def cells(result: Cells) -> list[str]:
    """The answer, and the rows that it comes from with its cells marked; the first rows where it has none."""
    lines = [f"*{escape(answer_in_words(result))}*"]
    if result.table:
        lines.append(marked_table(result.table, result.coordinates))
    return lines


def answer_in_words(result: Cells) -> str:
    """`Sum: 580,000 (330000, 250000)`, or the cells alone."""
    listed = ", ".join(cell.replace("*", "∗") for cell in result.cells)
    done = DONE.get(result.aggregator, result.aggregator)
    if not result.cells:
        return "No cell of the table answers this."
    if not done:
        return shorten(listed, CELLS)
    value = result.value
    number = "" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"
    return f"{done}: {number} ({shorten(listed, BEHIND)})" if number else f"{done} of {shorten(listed, BEHIND)}"


def marked_table(table: Sequence[Sequence[str]], cells: Sequence[tuple[int, int]]) -> str:
    """Aligned columns: the rows of the answer, in the order of the table, then others as far as there is room."""
    answered = sorted({row for row, _ in cells})
    others = [row for row in range(len(table) - 1) if row not in answered]
    shown = sorted([*answered, *others][:MOST_ROWS])
    columns = _columns(len(table[0]), [column for _, column in cells])
    marked = [[_mark(table[row + 1][at], (row, at) in cells) for at in columns] for row in shown]
    grid = [[_mark(table[0][at], False) for at in columns], *marked]
    widths = [max(len(cell) for cell in column) for column in zip(*grid, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid]
    left = len(table) - 1 - len(shown)
    return code([*lines, *([f" … and {left:,} more rows"] if left else [])])


def _columns(number: int, answered: Sequence[int]) -> list[int]:
    first = list(dict.fromkeys([*answered, *range(number)]))[:MOST_COLUMNS]
    return sorted(first)


def _mark(cell: str, is_answer: bool) -> str:
    short = shorten(" ".join(str(cell).split()), WIDEST)
    return f"{MARKS[0]}{short}{MARKS[1]}" if is_answer else f" {short} "
