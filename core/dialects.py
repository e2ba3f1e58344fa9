"""How a CSV file is written: its separator, quotes, names of columns and decimal sign, told from its first lines."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from core.encoding import WORDS
from core.errors import Mistake
from core.words import quote

if TYPE_CHECKING:
    import _csv

SEPARATORS = {",": "commas", ";": "`;`", "\t": "tabs", "|": "`|`", "^": "`^`", "~": "`~`"}
# The separator of a file that has one column, with commas in it: a sign that stands in no text.
NOWHERE = "\x1f"
# So many characters of a file are enough to tell.
SAMPLE = 256 * 1024
# No row's text is longer; what is longer is a file without line ends, or a quote that is not closed.
LONGEST_CELL = 1_000_000
# A column that is called so has the texts, whatever else there is; the first counts.
TEXT_NAMES = (
    "text",
    "sentence",
    "review",
    "content",
    "message",
    "comment",
    "body",
    "document",
    "description",
    "title",
    "input",
)
# Names of columns that are no texts, for telling a line of names from a line of values.
OTHER_NAMES = (
    "id idx index date time name label labels class category sentiment target intent topic emotion rating stars score "
    "answer question tweet premise hypothesis sentence1 sentence2 text1 text2 summary url lang language split"
)
KNOWN_NAMES = frozenset((*TEXT_NAMES, *OTHER_NAMES.split()))
# Names of columns have seldom as many words.
WORDS_OF_A_TEXT = 3
YEARS = range(1900, 2101)
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
COMMA_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+),\d+")
# What stands beside such: `12`, and `1.234` for 1234.
WHOLE_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)")
# `1,234` may be either.
THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+")

Record = tuple[int, list[str]]


@dataclass(frozen=True)
class Dialect:
    """How a CSV file is written. `quote` is empty where quotes are signs of the text, `escape` where they are doubled.

    `names`: whether its first line names the columns, which `is_guess` where it may be a row of values as well;
    `before`: lines above it, such as `sep=;`.
    """

    encoding: str = "utf-8"
    separator: str = ","
    quote: str = '"'
    escape: str = ""
    is_spaced: bool = False
    names: bool = True
    is_guess: bool = False
    decimal: str = "."
    before: int = 0

    def words(self, name: str) -> tuple[str, ...]:
        """What is not as in most CSV files, in words for people."""
        is_usual = self.separator in (",", NOWHERE) or (self.separator == "\t" and name.lower().endswith(".tsv"))
        said = (
            f"read as {WORDS[self.encoding]}" if self.encoding in WORDS else "",
            "" if is_usual else f"separated by {SEPARATORS.get(self.separator, f'`{self.separator}`')}",
            {'"': "", "'": "quoted with `'`"}.get(self.quote, "without quoted cells"),
            "with decimal commas" if self.decimal == "," else "",
            "" if self.names else "without names of columns in its first line",
            "taken to have the names of its columns in its first line" if self.names and self.is_guess else "",
        )
        return tuple(word for word in said if word)


class TornQuote(Mistake):
    """A quote is opened and not closed as it should."""


def records(lines: Iterable[str], dialect: Dialect, name: str) -> Iterator[Record]:
    """Each row that is not blank with the number of its first line. Mistake that names the line it stops at."""
    csv.field_size_limit(LONGEST_CELL)
    pending: list[str] = []
    reader = _reader(_noted(lines, pending), dialect)
    start = dialect.before + 1
    try:
        for cells in reader:
            if len(pending) > 1 or _may_end_open(pending[0], cells, dialect):
                _ensure_closed(pending, dialect, name, start)
            if any(cells) and any(map(str.strip, cells)):
                yield start, cells
            pending.clear()
            start = dialect.before + reader.line_num + 1
    except csv.Error as error:
        raise TornQuote(
            f"Line {start:,} of {quote(name)} cannot be read: a quote is not closed, or a cell has more than "
            f"{LONGEST_CELL:,} characters. Save it again as CSV."
        ) from error


def _noted(lines: Iterable[str], pending: list[str]) -> Iterator[str]:
    for line in lines:
        pending.append(line)
        yield line


def _reader(lines: Iterable[str], dialect: Dialect, *, strict: bool = False) -> "_csv.Reader":
    return csv.reader(
        lines,
        delimiter=dialect.separator,
        quotechar=dialect.quote or None,
        quoting=csv.QUOTE_MINIMAL if dialect.quote else csv.QUOTE_NONE,
        escapechar=dialect.escape or None,
        doublequote=not dialect.escape,
        skipinitialspace=dialect.is_spaced,
        strict=strict,
    )


def _may_end_open(line: str, cells: Sequence[str], dialect: Dialect) -> bool:
    """Whether this may be the last line of a file, with a quote that is not closed."""
    is_last = line[-1] not in "\r\n" or (cells and cells[-1][-1:] in ("\r", "\n"))
    return bool(is_last and dialect.quote and dialect.quote in line)


def _ensure_closed(lines: Sequence[str], dialect: Dialect, name: str, start: int) -> None:
    """TornQuote for a row over several lines whose quotes do not close, and for one that ends within a quote."""
    torn = f"A quote in line {start:,} of {quote(name)} is not closed. Close it, or save the file again as CSV."
    try:
        cells = next(_reader(lines, dialect, strict=True))
    except csv.Error as error:
        # In one line, what follows a closing quote is only sloppy.
        if len(lines) > 1 or "unexpected end" in str(error):
            raise TornQuote(torn) from error
    else:
        # Texts hold no tabs: lines that are rows by their tabs are rows, and the quote is a sign of the text.
        if dialect.separator == "\t" and len(lines) > 1 and {line.count("\t") + 1 for line in lines} == {len(cells)}:
            raise TornQuote(torn)


def sniff(lines: Sequence[str], name: str, separator: str | None = None) -> Dialect:
    """The dialect of a file that begins with these lines. Mistake where it cannot be told, with what was seen."""
    before = 0
    if lines and (named := re.fullmatch(r'\s*"?sep=(.)"?\s*', lines[0])):
        separator, before = named[1], 1
    sample = [line for line in lines[before:] if line.strip()]
    written = _written(sample, name, separator)
    dialect = replace(written, before=before)
    rows = _sampled(sample, dialect)
    return replace(dialect, names=_has_names(rows), is_guess=_may_be_values(rows), decimal=_decimal(rows))


def _written(sample: Sequence[str], name: str, separator: str | None) -> Dialect:
    """Separator and quotes: those with which every row has as many cells as the first, else most rows."""
    signs = [separator] if separator else [sign for sign in SEPARATORS if any(sign in line for line in sample[:1])]
    mark = "'" if _has_apostrophes(sample) else '"'
    plain = [Dialect(separator=sign, quote=mark) for sign in signs]
    variants = [
        *plain,
        *(replace(each, is_spaced=True) for each in plain),
        *(replace(each, escape="\\") for each in plain),
    ]
    fits = {each: _fit(_sampled(sample, each)) for each in variants}
    uniform = [each for each in plain if fits[each] == 1] or [each for each in variants if fits[each] == 1]
    if len(uniform) > 1:
        uniform = [each for each in uniform if _holds_decimals(sample, each)] or uniform
        # A sign that a space follows wherever it stands is one of the text.
        uniform = [
            each for each in uniform if any(re.search(f"{re.escape(each.separator)}(?! )", line) for line in sample)
        ] or uniform
    if len({each.separator for each in uniform}) > 1:
        seen = " or ".join(SEPARATORS[each.separator] for each in uniform)
        raise Mistake(f"The cells of {quote(name)} may be separated by {seen}. Save it with one of them only.")
    if uniform:
        return uniform[0]
    wide = [each for each in plain if fits[each] >= 0]
    if wide:
        return max(wide, key=lambda each: fits[each])
    return _one_column(sample, name, mark)


def _one_column(sample: Sequence[str], name: str, mark: str) -> Dialect:
    """A file whose first line has no separator, and so one column; a sign that no line has stands in for one."""
    for sign, words in SEPARATORS.items():
        widths = {len(cells) for cells in _sampled(sample, Dialect(separator=sign, quote=mark))[1:]}
        if len(widths) == 1 and widths != {1}:
            raise Mistake(
                f"Line 1 of {quote(name)} has 1 cell and line 2 has {widths.pop()}, separated by {words}. "
                "Begin with the names of the columns, and put texts with that sign in quotes."
            )
    return Dialect(separator=NOWHERE if any("," in line for line in sample) else ",", quote=mark)


def _sampled(sample: Sequence[str], dialect: Dialect) -> list[list[str]]:
    """The rows of the sample, whatever is wrong with them."""
    csv.field_size_limit(LONGEST_CELL)
    try:
        rows = list(_reader(sample, dialect))
    except csv.Error:
        rows = [line.split(dialect.separator) for line in sample]
    # The sample may end within a row.
    rows = rows[:-1] if len(rows) > 2 and sum(map(len, sample)) >= SAMPLE else rows
    return [row for row in rows if any(cell.strip() for cell in row)]


def _fit(rows: Sequence[Sequence[str]]) -> float:
    """The share of rows as wide as the first, without the empty cells at its end; less than zero for one column."""
    if not rows or len(rows[0]) < 2:
        return -1
    widths = [max((at for at, cell in enumerate(row, 1) if cell.strip()), default=0) for row in rows]
    width = len(rows[0])
    return sum(len(row) == width or widths[at] == width for at, row in enumerate(rows)) / len(rows)


def _holds_decimals(sample: Sequence[str], dialect: Dialect) -> bool:
    """Whether what has a comma is a number, as `1,5;2,5` has in cells that `;` separates."""
    cells = [cell.strip() for row in _sampled(sample, dialect) for cell in row if "," in cell]
    return bool(cells) and all(COMMA_NUMBER.fullmatch(cell) for cell in cells)


def _has_apostrophes(sample: Sequence[str]) -> bool:
    lines = [line.strip() for line in sample]
    return bool(lines) and all(len(line) > 2 and line[0] == line[-1] == "'" for line in lines)


def _has_names(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns, and is no row of values itself."""
    if len(rows) < 2:
        return True
    first, rest = [cell.strip() for cell in rows[0]], [[cell.strip() for cell in row] for row in rows[1:]]
    known = sum(cell.casefold() in KNOWN_NAMES for cell in first)
    # Files that were put together have their names again further down.
    below = [row for row in rest if row != first]
    if known > 1 or not below:
        return True
    columns = [[row[at] for row in below if at < len(row) and row[at]] for at in range(len(first))]
    if any(cell and cell in column for cell, column in zip(first, columns, strict=True)):
        return False
    return known == 1 or not any(
        _is_number(cell) and not _is_year(cell) and column and all(map(_is_number, column))
        for cell, column in zip(first, columns, strict=True)
    )


def _may_be_values(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row has no name that is known, and reads like a sentence."""
    first = rows[0] if rows else []
    return not any(cell.strip().casefold() in KNOWN_NAMES for cell in first) and any(
        len(cell.split()) >= WORDS_OF_A_TEXT for cell in first
    )


def _is_number(cell: str) -> bool:
    return bool(NUMBER.fullmatch(cell) or COMMA_NUMBER.fullmatch(cell))


def _is_year(cell: str) -> bool:
    return cell.isdecimal() and int(cell) in YEARS


def _decimal(rows: Sequence[Sequence[str]]) -> str:
    """A comma where a column of numbers cannot be read otherwise."""
    for column in zip(*(row for row in rows[1:] if len(row) == len(rows[0])), strict=True) if rows else ():
        cells = [cell.strip() for cell in column if cell.strip()]
        if is_comma_column(cells) and not all(THOUSANDS.fullmatch(cell) for cell in cells if "," in cell):
            return ","
    return "."


def is_comma_column(cells: Sequence[str]) -> bool:
    """Whether these are numbers with decimal commas, or whole ones."""
    are_numbers = all(COMMA_NUMBER.fullmatch(cell) or WHOLE_NUMBER.fullmatch(cell) for cell in cells)
    return bool(cells) and are_numbers and any("," in cell for cell in cells)


def with_point(cell: str) -> str:
    """`1.234,5` as `1234.5`."""
    return cell.replace(".", "").replace(",", ".")
