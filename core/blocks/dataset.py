"""What is in a dataset: sizes, columns, labels, lengths and problems first, then rows."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

from core.blocks.parts import Blocks, actions, button, context, section, sections, table
from core.examination import ColumnFacts, Inspection, Lengths
from core.recipe import DatasetSource
from core.words import bar, escape, link, plural, shorten

MOST_COLUMNS, MOST_LABELS, MOST_SPLITS, MOST_PROBLEMS = 20, 10, 8, 12
# Characters of rows, and of problems.
MOST_ROWS, MOST_ADVICE = 4000, 3000
# Of a row: its cells, and the characters of all of them together.
MOST_CELLS, ROW = 6, 480
NAME = 30


def build_inspection(
    source: DatasetSource, license_id: str, seen: Inspection, line: str, tune: str
) -> tuple[str, Blocks]:
    """Text and blocks; `line` is the command that asked, `tune` the same with the columns that a run would read."""
    total = sum(seen.splits.values())
    problems = plural(len(seen.problems), "problem") if seen.problems else "nothing wrong found"
    extent = f"{plural(len(seen.splits), 'split')}, {total:,} rows"
    sizes = " · ".join(
        f"{escape(shorten(name, NAME))} {rows:,}" for name, rows in list(seen.splits.items())[:MOST_SPLITS]
    )
    more = f" · and {len(seen.splits) - MOST_SPLITS} more" if len(seen.splits) > MOST_SPLITS else ""
    where = "hash" if source.folder else f"{escape(license_id)} · commit"
    blocks: Blocks = [
        section(f"*{_name(source)}* · {extent} · {problems}"),
        context(f"rows: {sizes}{more} · {where} `{source.revision[:7]}`"),
        section(_columns(seen.columns)),
        section(_mapping(seen)),
    ]
    if seen.counts:
        blocks.append(section(_balance(seen.split, seen.counts)))
    if seen.lengths:
        blocks.append(context(_lengths(seen.split, seen.lengths)))
    blocks += _problems(seen.problems)
    blocks += _rows(seen)
    return f"{escape(source.repo)} · {extent} · {problems}", [*blocks, *_buttons(seen, line, tune)]


def build_rows(source: DatasetSource, seen: Inspection, line: str) -> tuple[str, Blocks]:
    """More rows alone."""
    span = _span(seen)
    title = f"{escape(source.repo)} · {span}"
    return title, [section(f"*{_name(source)}*"), *_rows(seen), *_buttons(seen, line, "")]


def _name(source: DatasetSource) -> str:
    return link(source.url, source.repo) if source.url else escape(source.repo)


def _columns(columns: Sequence[ColumnFacts]) -> str:
    rows = [(shorten(each.name, NAME), shorten(each.type, NAME), shorten(each.example, NAME)) for each in columns]
    left = len(rows) - MOST_COLUMNS
    return f"*Columns*\n{table([('column', 'type', 'first row'), *rows[:MOST_COLUMNS]])}" + (
        f"\nand {left} more" if left > 0 else ""
    )


def _mapping(seen: Inspection) -> str:
    """What a run would read as what."""
    if not seen.task:
        return "*A run would read* nothing: no text with a label. Name the columns with `text=` and `label=`."
    read = ", ".join(f"{role.removeprefix('text_')} from `{_code(name)}`" for role, name in seen.roles.items())
    return f"*A run would read* {read}, for {seen.task}"


def _balance(split: str, counts: Mapping[str, int]) -> str:
    """A bar a label, the commonest first."""
    total, most = sum(counts.values()), max(counts.values())
    shown = list(counts.items())[:MOST_LABELS]
    lines = [f"`{bar(rows / most)}` {rows / total:.1%} *{_label(name)}* {rows:,}" for name, rows in shown]
    left = len(counts) - len(shown)
    more = [f"and {left} more, down to {min(counts.values()):,}"] if left > 0 else []
    return "\n".join([f"*Labels of `{_code(split)}`* {len(counts)}", *lines, *more])


def _lengths(split: str, lengths: Lengths) -> str:
    halves = f"half have at most {lengths.median:,}, 95 % at most {lengths.most:,}, the longest {lengths.longest:,}"
    parts = [
        f"length in {lengths.unit}: {halves}",
        f"the base reads {lengths.limit:,}" if lengths.limit else "",
        f"{lengths.texts:,} texts of {escape(shorten(split, NAME))}",
    ]
    return " · ".join(part for part in parts if part)


def _problems(problems: Sequence[str]) -> Blocks:
    if not problems:
        return [section(":white_check_mark: No empty rows, copies, shared rows or contradictions found.")]
    lines = _within(MOST_ADVICE, [f":warning: {escape(shorten(problem, 500))}" for problem in problems[:MOST_PROBLEMS]])
    left = len(problems) - len(lines)
    return sections([*lines, *([f"and {left} more"] if left > 0 else [])])


def _rows(seen: Inspection) -> Blocks:
    lines = _lines(seen)
    if not lines:
        return [section(f"There are no rows from row {seen.first + 1:,} on.")]
    return [section(f"*{_span(seen)}*"), *sections(lines)]


def _lines(seen: Inspection) -> list[str]:
    """A line a row, as many as have room."""
    return _within(MOST_ROWS, [f"*{at:,}* {_row(row)}" for at, row in enumerate(seen.rows, seen.first + 1)])


def _row(row: Mapping[str, str]) -> str:
    cells = list(row.items())[:MOST_CELLS]
    room = ROW // max(len(cells), 1)
    shown = [f"{escape(shorten(name, NAME))}: {escape(shorten(cell, room)) or '(empty)'}" for name, cell in cells]
    left = len(row) - len(cells)
    return " · ".join([*shown, *([f"and {left} more"] if left else [])])


def _within(characters: int, lines: Sequence[str]) -> list[str]:
    """The first of the lines, as many as have room; a message takes about 13,000 characters."""
    ends = accumulate(len(line) for line in lines)
    return [line for line, end in zip(lines, ends, strict=True) if end <= characters]


def _span(seen: Inspection) -> str:
    shown = len(_lines(seen))
    rows = f"Rows {seen.first + 1:,} to {seen.first + shown:,}" if shown else "No rows"
    return f"{rows} of {seen.splits[seen.split]:,} in {escape(shorten(seen.split, NAME))}"


def _buttons(seen: Inspection, line: str, tune: str) -> Blocks:
    """What can be done with it: only what can work."""
    last = seen.first + len(_lines(seen))
    has_more = seen.first < last < seen.splits[seen.split]
    row = [
        *([button("dataset.tune", "Fine-tune on this", tune, "primary")] if seen.trainable and tune else []),
        *([button("dataset.rows", "More rows", f"{last} {line}")] if has_more else []),
    ]
    return [actions("dataset.actions", *row)] if row else []


def _code(text: str) -> str:
    return escape(shorten(text, NAME).replace("`", "'"))


def _label(text: str) -> str:
    return escape(shorten(" ".join(text.split()), NAME).replace("*", "∗"))
