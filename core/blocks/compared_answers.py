"""Two models on the same texts: both answers under each text, how often they agree, and how long each took."""

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace

from core.blocks.inference import Shown, facts, fitted, fitting, time_taken
from core.blocks.parts import Blocks, actions, button, context, section
from core.blocks.results import asked_lines, draw, in_words, quoted
from core.comparing import align_labels, is_generic
from core.results import Entities, Ranked, Result, Scores, Span, Words
from core.tasks import TASKS
from core.words import escape, link, shorten

LABELS = 3
# From this on one is called faster.
FASTER = 1.1


def build_comparison(
    first: Shown, second: Shown, urls: tuple[str, str], rest: str = "", asked: str = ""
) -> tuple[str, Blocks]:
    """The summary, the answers, and a grey line of facts for each model; `rest` says where what does not fit is.

    `asked` are the models' names as a command has them, where they can be compared on other texts or data.
    """
    names = _names(first, second)
    said = agreement(first, second)
    faster = _faster(first, second, names)
    blocks: Blocks = [
        section(f"*{link(urls[0], names[0])}* and *{link(urls[1], names[1])}* · {first.task}"),
        section(f"*{said}* · {escape(faster)}" if said else escape(faster)),
    ]
    blocks += [section(f"*{quoted(text)}*") for text in first.asked[:10]]
    blocks += fitting(*_parts(first, second), rest)
    blocks += [context(note) for note in first.notes[:3]]
    blocks += [context(facts(shown)) for shown in (first, second)]
    blocks += _next_steps((first, second), asked)
    words = (f"{name}: {in_words(shown.results)}" for name, shown in zip(names, (first, second), strict=True))
    told = words if len(first.results) == 1 else (f"{names[0]} and {names[1]}", said or faster)
    return escape(" · ".join(told)), blocks


def _next_steps(sides: Sequence[Shown], asked: str) -> Blocks:
    if asked:
        return [actions("compared", button("compare.try", "Compare on more", asked))]
    return [
        actions(
            f"hit:{place}:{side.model}", button("model.details", shorten(f"Details of {side.model}", 75), side.model)
        )
        for place, side in enumerate(sides)
    ]


def overflow(first: Shown, second: Shown) -> bool:
    """Whether there are answers that a message does not hold."""
    return len(first.results) > 1 and fitted(*_parts(first, second))[1] > 0


def _parts(first: Shown, second: Shown) -> tuple[list[str], dict[int, Blocks]]:
    """Both answers to each input, and what was drawn about it."""
    names = _names(first, second)
    drawn = {at: _pictures(first, second, names, at) for at in range(len(first.results))}
    return [_pair(first, second, names, at) for at in drawn], drawn


def agreement(first: Shown, second: Shown) -> str:
    """How often both decide alike, or how far their scores are apart; empty for free text."""
    pairs = zip(map(_number, first.results), map(_number, second.results), strict=True)
    apart = [abs(a - b) for a, b in pairs if a is not None and b is not None]
    if apart:
        return f"Scores differ by at most {max(apart):.3f}"
    if TASKS[first.task].comparable:
        first, second = _alike(first, second)
        names = align_labels(_labels(first), _labels(second))
        if names is None:
            return _why_uncounted(first, second)
        second = _renamed(second, names)
    decisions = [(_decision(a), _decision(b)) for a, b in zip(first.results, second.results, strict=True)]
    if decisions[0][0] is None:
        return ""
    same = sum(a == b for a, b in decisions)
    if len(decisions) == 1:
        return "Same answer" if same else "Different answers"
    return f"Same answer on {same} of {len(decisions)} texts ({same / len(decisions):.0%})"


def _number(result: Result) -> float | None:
    """What an answer is that is one number."""
    if isinstance(result, Scores):
        return result.scores[0].score if result.plain else None
    return result.score if isinstance(result, Ranked) else None


def _why_uncounted(first: Shown, second: Shown) -> str:
    if is_generic(_labels(first)) or is_generic(_labels(second)):
        return "The labels of one are numbers alone, so agreement is counted on a dataset that names them, not here"
    return "Their labels have different names, so agreement cannot be counted"


def _decision(result: Result) -> Hashable:
    """What an answer comes down to; None for free text, which is hardly ever the same."""
    match result:
        case Scores():
            return result.scores[0].label.casefold()
        case Words():
            return result.words[0].word.casefold()
        case Entities():
            return frozenset((each.start, each.end, each.label) for each in result.entities)
        case Span():
            return result.start, result.end
        case _:
            return None


def _alike(first: Shown, second: Shown) -> tuple[Shown, Shown]:
    """Both with labels as `negative (LABEL_0)` cut to the name, or to the number where one has nothing else."""
    is_bare = any(label.casefold().startswith("label_") for shown in (first, second) for label in _labels(shown))
    return _halved(first, by_number=is_bare), _halved(second, by_number=is_bare)


def _halved(shown: Shown, *, by_number: bool) -> Shown:
    results = [
        replace(
            result,
            scores=tuple(replace(each, label=_half(each.label, by_number=by_number)) for each in result.scores),
        )
        for result in shown.results
        if isinstance(result, Scores)
    ]
    return replace(shown, results=results)


def _half(label: str, *, by_number: bool) -> str:
    name, _, number = label.rpartition(" (")
    if not re.fullmatch(r"LABEL_\d+\)", number):
        return label
    return number[:-1] if by_number else name


def _renamed(shown: Shown, names: Mapping[str, str]) -> Shown:
    """With the labels that a model has under the other model's names."""
    results = [
        replace(result, scores=tuple(replace(each, label=names.get(each.label, each.label)) for each in result.scores))
        for result in shown.results
        if isinstance(result, Scores)
    ]
    return replace(shown, results=results)


def _labels(shown: Shown) -> list[str]:
    first = shown.results[0]
    return [each.label for each in first.scores] if isinstance(first, Scores) else []


def _faster(first: Shown, second: Shown, names: tuple[str, str]) -> str:
    times = f"{time_taken(first.seconds)} and {time_taken(second.seconds)}"
    slow, fast = max(first.seconds, second.seconds), min(first.seconds, second.seconds)
    if not fast or slow / fast < FASTER:
        return times
    return f"{times}: {names[first.seconds > second.seconds]} is {slow / fast:.1f} times as fast"


def _pair(first: Shown, second: Shown, names: tuple[str, str], at: int) -> str:
    text = first.inputs[at + len(first.asked)]
    lines = asked_lines(text, first.results[at])
    for name, shown in zip(names, (first, second), strict=True):
        lines += [f"*{escape(name)}*", *draw(text, shown.results[at], LABELS)]
    return "\n".join(lines)


def _pictures(first: Shown, second: Shown, names: tuple[str, str], at: int) -> Blocks:
    """What both drew about one input, each under its model's name."""
    return [
        block | {"title": {"type": "plain_text", "text": name}}
        for name, shown in zip(names, (first, second), strict=True)
        for block in shown.pictures.get(at, [])
    ]


def _names(first: Shown, second: Shown) -> tuple[str, str]:
    """The repos' names; with the commits where both are the same repo."""
    if first.model != second.model:
        return first.model, second.model
    return f"{first.model}@{first.revision[:7]}", f"{second.model}@{second.revision[:7]}"
