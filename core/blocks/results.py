"""One result of a model, drawn by its class: its lines, the note on how the input was read, and it in plain words."""

from collections.abc import Sequence
from typing import assert_never

from core.blocks import pictures, sounds, tables
from core.blocks.parts import code
from core.results import (
    Areas,
    Audio,
    Boxes,
    Cells,
    Depth,
    Entities,
    Entity,
    Matches,
    PageAnswer,
    Ranked,
    Reading,
    Result,
    Scores,
    Span,
    Tokens,
    Transcript,
    Vector,
    Words,
    Written,
)
from core.words import bar, escape, plural, shorten

LABELS = 10
ENTITIES, ENTITIES_A_LABEL = 40, 4
# What a section of code holds of a written text.
WRITTEN = 2000
# Around an answer that was found in a long text, and between two entities.
AROUND = 200
# What one line of a notification holds of an answer, and a line of a message of what was asked.
TOLD, QUOTED = 120, 300
# What a message shows of an answer that was found, of the text around its entities, and of an entity's label.
FOUND, MARKED, AFTER, LABEL = 500, 1800, 300, 40


def draw(text: str, result: Result, most: int = LABELS) -> list[str]:
    """The lines of one result, with a note on what the model did not read; `most` labels at most."""
    return _lines(text, result, most) + ([] if result.note is None else _note(result.note))


def asked_lines(text: str, result: Result) -> list[str]:
    """The text that a result is about, as a quotation, unless the answer shows it."""
    return [] if isinstance(result, (Span, Entities, Ranked)) else [f"> {quoted(text)}"]


def in_words(results: Sequence[Result]) -> str:
    """The first answer, or the best where texts are ranked, in plain words for a notification."""
    ranked = [result for result in results if isinstance(result, Ranked)]
    if ranked:
        return _told(max(ranked, key=lambda each: each.score))
    return _told(results[-1] if isinstance(results[0], Vector) else results[0])


def quoted(text: str, limit: int = QUOTED) -> str:
    return escape(_one_line(text, limit))


def _lines(text: str, result: Result, most: int) -> list[str]:  # noqa: PLR0912, C901  # one case a class
    match result:
        case Scores():
            return _scores(result, most)
        case Words():
            return [_measured(each.score, each.word) for each in result.words[:most]]
        case Entities():
            return _entities(text, result, most)
        case Span():
            return _span(text, result)
        case Ranked():
            return [f"`{bar(result.score)}` {result.score:.3f} {quoted(result.text)}"]
        case Written():
            return _written(result)
        case Transcript():
            return sounds.transcript(result)
        case Audio():
            return sounds.audio(result)
        case Boxes():
            return pictures.boxes(result, most)
        case Areas():
            return pictures.areas(result, most)
        case Depth():
            return pictures.depth(result)
        case Matches():
            return pictures.matches(result)
        case Vector():
            return pictures.vector(result)
        case PageAnswer():
            return pictures.page_answer(result)
        case Cells():
            return tables.cells(result)
        case Tokens():
            return [plural(result.count, "token")]
        case _:
            assert_never(result)


def _told(result: Result) -> str:  # noqa: PLR0912, C901  # one case a class
    match result:
        case Scores():
            best = result.scores[0]
            if result.plain:
                return f"{best.score:,.3f}{_called(best.label, ' {}')}"
            return f"{best.label} {best.score:.3f}"
        case Words():
            return ", ".join(each.word for each in result.words[:3])
        case Entities():
            kinds = ", ".join(dict.fromkeys(each.label for each in result.entities))
            return f"{plural(len(result.entities), 'entity', 'entities')}{f': {kinds}' if kinds else ''}"
        case Span():
            return f"{_one_line(result.answer, TOLD)} {result.score:.3f}"
        case PageAnswer():
            score = "" if result.score is None else f" {result.score:.3f}"
            return f"{_one_line(result.answer, TOLD)}{score}"
        case Ranked():
            return f"{result.score:.3f} {_one_line(result.text, TOLD)}"
        case Written() | Transcript():
            return _one_line(result.text, TOLD)
        case Audio():
            return _one_line(result.alt, TOLD)
        case Boxes():
            return pictures.counted([each.label for each in result.boxes], "thing")
        case Areas():
            return pictures.counted([each.label for each in result.segments], "area")
        case Depth():
            return f"depth from {result.least:.3g} to {result.most:.3g}"
        case Matches():
            return f"{plural(result.count, 'point')} matched"
        case Vector():
            return f"{result.size:,} numbers" if result.score is None else f"{result.score:.3f} alike"
        case Cells():
            return _one_line(tables.answer_in_words(result), TOLD)
        case Tokens():
            return plural(result.count, "token")
        case _:
            assert_never(result)


def _note(note: Reading) -> list[str]:
    """How the input was read, in one line."""
    sentences = {
        "tokens": f"The text has {note.whole:,} tokens; the model read {note.read:,} of them.",
        "rows": f"The table has {note.whole:,} rows; the model read {note.read:,} of them.",
        "seconds": f"The sound lasts {sounds.length(note.whole)}; the model heard the first {sounds.length(note.read)} "
        "of it.",
        "pages": f"A PDF of {note.whole} pages: the model saw the first.",
        "frames": f"A moving picture of {note.whole} frames: the model saw the first.",
        "windows": f"A long text: it was read in {note.read} overlapping windows.",
        "stills": f"{note.read} frames, spread over the video, were looked at.",
    }
    return [f"_{sentences[note.unit]}_"]


def _scores(result: Scores, most: int) -> list[str]:
    if result.plain:
        return [f"{each.score:,.3f}{_called(each.label, ' *{}*')}" for each in result.scores[:most]]
    lines = [_measured(each.score, each.label) for each in result.scores[:most]]
    if all(each.label.startswith("LABEL_") for each in result.scores):
        lines.append("_The model's card does not say what these labels mean._")
    return lines


def _called(label: str, how: str) -> str:
    """The name of a number, unless its model has none for it."""
    return "" if label.startswith("LABEL_") else how.format(escape(_bare(label)))


def _measured(score: float, label: str) -> str:
    return f"`{bar(score)}` {score:.3f} *{escape(_bare(label))}*"


def _written(result: Written) -> list[str]:
    lines = [code([shorten(result.text, WRITTEN) or " "])]
    if result.clamped:
        lines.append(f"_Cut to {result.clamped} new tokens, the most that fit._")
    if result.ended == "cut":
        lines.append("_It ended where the tokens did. Ask for more with `max_new_tokens=`._")
    if result.ended == "late":
        lines.append("_Time was up before it came to an end. Ask for less with `max_new_tokens=`._")
    if result.ended == "stopped":
        by = f" by {escape(result.stopped_by)}" if result.stopped_by else ""
        lines.append(f"_Stopped{by}; this is what was written until then._")
    return lines


def _entities(text: str, result: Entities, most: int) -> list[str]:
    entities = result.entities[: min(ENTITIES_A_LABEL * most, ENTITIES)]
    if not entities:
        return [f"> {quoted(text)}", "_No entities in this text._"]
    kinds: dict[str, list[float]] = {}
    for each in result.entities:
        kinds.setdefault(each.label, []).append(each.score)
    counts = [f"`{_label(kind)}` {len(row)} ({sum(row) / len(row):.2f})" for kind, row in kinds.items()]
    counted = " · ".join(counts[:most])
    return [f"> {_marked(text, entities)}", f"{counted}  _number found (mean score)_"]


def _marked(text: str, entities: Sequence[Entity]) -> str:
    """The text with its entities in bold type, each with its label."""
    marked, at = "", 0
    for each in entities:
        words = " ".join(text[each.start : each.end].split())
        # Bold type needs a space before it.
        marked += f"{escape(_gap(text[at : each.start])) or ' '}*{escape(_bare(words))}* `{_label(each.label)}`"
        at = each.end
        if len(marked) > MARKED:
            break
    marked += escape(shorten(text[at:], AFTER))
    return " ".join(marked.split())


def _span(text: str, result: Span) -> list[str]:
    start, end = result.start, result.end
    before, after = _bare(text[max(0, start - AROUND) : start]), _bare(text[end : end + AROUND])
    before = f"…{before}" if start > AROUND else before
    after = f"{after}…" if end + AROUND < len(text) else after
    answer = _one_line(_bare(result.answer), FOUND)
    around = f"{escape(before)} *{escape(answer)}* {escape(after)}" if answer else escape(before + after)
    lines = [f"> {' '.join(around.split())}", f"`{bar(result.score)}` {result.score:.3f} *{escape(answer)}*"]
    if result.unanswerable:
        lines.append("_The model finds it likelier that this text does not answer the question._")
    return lines


def _gap(text: str) -> str:
    """What lies between two entities, without its middle where it is long."""
    return text if len(text) <= AROUND else f"{text[: AROUND // 2]}…{text[-AROUND // 2 :]}"


def _bare(text: str) -> str:
    """Text without the signs that would end bold type early."""
    return text.replace("*", "∗")


def _label(label: str) -> str:
    return escape(shorten(label, LABEL).replace("`", "'"))


def _one_line(text: str, limit: int) -> str:
    return shorten(" ".join(text.split()), limit)
