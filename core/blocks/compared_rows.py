"""Two classifiers on rows of a dataset: agreement, accuracies, speed, and rows on which they differ."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.blocks.parts import Blocks, actions, button, context, section, table
from core.blocks.results import quoted
from core.comparing import Matched, align_labels, kappa, mcnemar, wilson
from core.words import count, escape, link, plural, shorten

SHOWN = 10
TEXT_WIDTH, LABEL_WIDTH = 48, 16
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Contender:
    """One model: its labels in id order, what numbered ones are called, what it decided for each row.

    `matched` are its labels under the data's names, None where they do not go together; `rate` is rows a second.
    """

    model: str
    revision: str
    url: str
    labels: Sequence[str]
    called: Mapping[str, str]
    decided: Sequence[str]
    matched: Matched | None
    rate: float
    device: str
    engine: str

    def said(self, at: int) -> str:
        """The decision on a row as people read it."""
        label = self.decided[at]
        return self.matched.names.get(label, label) if self.matched else self.called.get(label, label)


@dataclass(frozen=True)
class Compared:
    """The rows that both models answered, of `wanted` that were drawn from `total`, `empty` of which have no text.

    A label is None where a row has none. `asked` are the models' names as a command has them.
    """

    task: str
    dataset: str
    url: str
    revision: str
    split: str
    total: int
    wanted: int
    texts: Sequence[str]
    labels: Sequence[str | None]
    sides: tuple[Contender, ...]
    empty: int = 0
    asked: str = ""


def build_compared_rows(compared: Compared) -> tuple[str, Blocks]:
    """Text and blocks: what one decides by first, then the rows that both do not see alike, then the facts."""
    names = _names(compared.sides)
    first, second = compared.sides
    pairs = _pairs(first, second)
    rows = len(compared.texts)
    drawn = f"{rows:,} of {compared.total:,} rows" if rows < compared.total else f"all {plural(rows, 'row')}"
    blocks: Blocks = [
        section(f"*{link(first.url, names[0])}* and *{link(second.url, names[1])}* · {compared.task}"),
        context(
            f"on {drawn} of `{_plain(compared.split)}` of {link(compared.url, compared.dataset)}"
            + _left_out(compared)
            + _unfinished(compared)
        ),
        section(f"*{_agreement(pairs)}*"),
        section(table(_figures(compared, names))),
    ]
    blocks += [section(sentence) for sentence in _verdict(compared, names)]
    blocks += _differences(compared, names, pairs)
    facts = [
        f"{escape(name)} · {side.revision[:7]} · {side.device} · {side.engine}"
        for name, side in zip(names, compared.sides, strict=True)
    ]
    blocks.append(context("\n".join([*facts, f"{escape(compared.dataset)} · {compared.revision[:7]}"])))
    asked = compared.asked or " ".join(side.model for side in compared.sides)
    blocks.append(actions("compared", button("compare.try", "Compare on more", f"{asked} on {compared.dataset}")))
    text = f"{names[0]} and {names[1]} on {compared.dataset}: {_agreement(pairs)}"
    return escape(shorten(text, 300)), blocks


def _pairs(first: Contender, second: Contender) -> list[tuple[str, str]]:
    """Both decisions of each row in the same words; nothing where the labels do not go together."""
    rows = range(len(second.decided))
    if first.matched and second.matched:
        return [(first.said(at), second.said(at)) for at in rows]
    ours, theirs = ([side.called.get(label, label) for label in side.labels] for side in (first, second))
    if sorted(first.labels) == sorted(second.labels):
        return list(zip(first.decided, second.decided, strict=True))
    same = align_labels(ours, theirs)
    if same is None:
        return []
    return [
        (first.called.get(one, one), same[second.called.get(other, other)])
        for one, other in zip(first.decided, second.decided, strict=True)
    ]


def _agreement(pairs: Sequence[tuple[str, str]]) -> str:
    if not pairs:
        return "Their labels have different names, so agreement cannot be counted"
    same = sum(a == b for a, b in pairs)
    beyond = kappa([a for a, _ in pairs], [b for _, b in pairs])
    said = f"Same answer on {same:,} of {len(pairs):,} rows ({same / len(pairs):.1%})"
    return f"{said}, Cohen's kappa {beyond:.2f}" if beyond is not None else said


def _figures(compared: Compared, names: Sequence[str]) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "accuracy", "95 % interval", "right", "rows/s")]
    for name, side in zip(names, compared.sides, strict=True):
        right = _right(side, compared.labels)
        cells = ("–", "–", "–")
        if right:
            found = wilson(sum(right), len(right))
            cells = (f"{found.share:.3f}", f"{found.low:.3f}–{found.high:.3f}", f"{found.hits:,}/{found.rows:,}")
        rows.append((shorten(name, 40), *cells, count(side.rate)))
    return rows


def _right(side: Contender, labels: Sequence[str | None]) -> list[bool]:
    """For each row with a label, whether the model is right; nothing where its labels do not go with the data's."""
    if side.matched is None:
        return []
    return [side.said(at) == label for at, label in enumerate(labels) if label is not None]


def _verdict(compared: Compared, names: Sequence[str]) -> list[str]:
    """Whether one is better, and what could not be told."""
    first, second = (_right(side, compared.labels) for side in compared.sides)
    sentences = []
    if first and second:
        ours = sum(a and not b for a, b in zip(first, second, strict=True))
        theirs = sum(b and not a for a, b in zip(first, second, strict=True))
        p = mcnemar(ours, theirs)
        better = names[0] if ours > theirs else names[1]
        judged = f"{escape(better)} is better" if p < SIGNIFICANT else "no significant difference"
        sentences.append(
            f"Only {escape(names[0])} is right on {plural(ours, 'row')}, only {escape(names[1])} on {theirs:,}: "
            f"{judged} (p = {p:.2g}, McNemar)."
        )
    if not any(label is not None for label in compared.labels):
        return ["These rows have no labels, so there is no accuracy. `label=` names another column."]
    for name, side in zip(names, compared.sides, strict=True):
        if side.matched is None:
            labels = shorten(", ".join(side.called.get(label, label) for label in side.labels[:6]), 120)
            sentences.append(
                f"No accuracy of {escape(name)}: its labels (`{_plain(labels)}`) do not go with the data's."
            )
        elif side.matched.by == "number":
            pairs = ", ".join(f"{label} = {name}" for label, name in list(side.matched.names.items())[:6])
            sentences.append(f"_Labels of {escape(name)} taken by their number: {escape(shorten(pairs, 200))}._")
    return sentences


def _differences(compared: Compared, names: Sequence[str], pairs: Sequence[tuple[str, str]]) -> Blocks:
    differ = [at for at, (a, b) in enumerate(pairs) if a != b]
    if not differ:
        return []
    short = [shorten(name.rpartition("/")[2], LABEL_WIDTH) for name in names]
    rows: list[tuple[str, ...]] = [("label", *short, "text")]
    for at in differ[:SHOWN]:
        cells = (compared.labels[at] or "–", *(side.said(at) for side in compared.sides))
        line = " ".join(compared.texts[at].split())
        rows.append((*(shorten(cell, LABEL_WIDTH) for cell in cells), shorten(line, TEXT_WIDTH)))
    left = len(differ) - len(rows) + 1
    more = f"\nand {left:,} more" if left else ""
    return [section(f"*Rows on which they differ*\n{table(rows)}{more}")]


def _left_out(compared: Compared) -> str:
    """The rows that are in no figure, and those that are in agreement but not in accuracy."""
    without = sum(label is None for label in compared.labels)
    empty = f" · {plural(compared.empty, 'row')} without a text left out" if compared.empty else ""
    if not 0 < without < len(compared.labels):
        return empty
    return f"{empty} · {plural(without, 'row')} without a label: not in the accuracy"


def _unfinished(compared: Compared) -> str:
    if len(compared.texts) == compared.wanted:
        return ""
    return f" · *stopped by the time limit*: {compared.wanted:,} were wanted"


def _names(sides: Sequence[Contender]) -> tuple[str, str]:
    """The repos' names; with the commits where both are the same repo."""
    first, second = sides
    if first.model != second.model:
        return first.model, second.model
    return f"{first.model}@{first.revision[:7]}", f"{second.model}@{second.revision[:7]}"


def _plain(text: str) -> str:
    """Inside backticks, which it must not end."""
    return quoted(text).replace("`", "'")
