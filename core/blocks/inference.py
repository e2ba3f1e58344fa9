"""What a model answered, drawn for its kind; the last line says which model, how long, on what."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from core.blocks import pictures, sounds, tables
from core.blocks.parts import Blocks, actions, button, code, context, picture, section, sections
from core.blocks.tries import try_buttons
from core.words import bar, duration, escape, link, plural, shorten

LABELS = 10
ENTITIES = 40
# Slack takes about 13,000 characters in all blocks of a message, and 3,000 in a section.
MOST_CHARACTERS, MOST_PARTS = 11_000, 40
# Each is an upload of its own.
MOST_PICTURES = 10
PICTURES = (".png", ".jpg", ".jpeg", ".gif")
# What a section of code holds of a written text, and what a message does.
WRITTEN, MOST_WRITTEN = 2000, 9000
# Around an answer that was found in a long text.
AROUND = 200
# Tasks where the first text is about the others, so that there is one result less than texts.
SCORED = ("sentence-similarity", "text-ranking")
ASKED_OF_PICTURES = ("visual-question-answering", "document-question-answering")
FIRST_IS_ASKED = (*SCORED, "question-answering", *ASKED_OF_PICTURES)
# Tasks whose answers are marked in the text itself, which need not be repeated.
MARKED = ("question-answering", "token-classification")

Result = dict[str, Any]
Draw = Callable[[str, Result, int], list[str]]


@dataclass(frozen=True)
class Shown:
    """One answer of a model: what was asked, what came, how long it took in seconds."""

    model: str
    revision: str
    task: str
    inputs: list[str]
    results: list[Result]
    seconds: float
    load_seconds: float
    device: str
    engine: str
    notes: tuple[str, ...] = ()

    @property
    def asked(self) -> list[str]:
        """The inputs that all results are about, such as the question of several texts or pictures."""
        return self.inputs[: len(self.inputs) - len(self.results)]

    @property
    def pictures(self) -> dict[int, Blocks]:
        """What was drawn, by the place of its result, under names that are filled in when they are uploaded."""
        return {
            at: [picture(f"@{result['file']}", str(result.get("alt") or ""))]
            for at, result in enumerate(self.results)
            if str(result.get("file", "")).endswith(PICTURES)
        }


def build_answer(shown: Shown, url: str, try_id: str = "", *, again: bool = True) -> tuple[str, Blocks]:
    """The input (shortened), the answer, one grey line of facts, and one row of buttons.

    An answer that is kept can be judged, and asked for `again` where its inputs are kept too.
    """
    blocks: Blocks = [section(f"*{link(url, shown.model)}* · {shown.task}")]
    blocks += fitting(*_parts(shown))
    blocks += [context(note) for note in shown.notes[:3]]
    blocks.append(context(facts(shown)))
    about = (button("model.details", "Details", shown.model), button("model.tune", "Fine-tune", shown.model))
    kept = try_buttons(try_id, again=again) if try_id else []
    blocks.append(actions(f"try:{try_id}" if try_id else "answer.model", *kept, *about))
    return escape(f"{shown.model} · {in_words(shown.task, shown.results)}"), blocks


def facts(shown: Shown) -> str:
    """Model, revision, time, device and engine in one line."""
    loaded = f" · loaded in {shown.load_seconds:.1f} s" if shown.load_seconds else ""
    parts = (shown.revision[:7], f"{time_taken(shown.seconds)}{loaded}", shown.device, shown.engine)
    return " · ".join([escape(shown.model), *parts])


def time_taken(seconds: float) -> str:
    return f"{1000 * seconds:.0f} ms" if seconds < 10 else duration(seconds)


def fitting(parts: list[str], pictures: Mapping[int, Blocks] | None = None) -> Blocks:
    """As many parts, each with its pictures under it, as a message takes; says how many were left out."""
    blocks: Blocks = []
    room, drawn, fitted = MOST_CHARACTERS, 0, 0
    for at, part in enumerate(parts):
        under = (pictures or {}).get(at, [])
        room -= min(len(part), 3000) + sum(len(each["alt_text"]) for each in under)
        drawn += len(under)
        if room < 0 or drawn > MOST_PICTURES or len(blocks) + 1 + len(under) > MOST_PARTS:
            break
        blocks += [section(part), *under]
        fitted += 1
    left = len(parts) - fitted
    if left:
        blocks.append(context(f"and {plural(left, 'more answer')} that did not fit. Ask again with those alone."))
    return blocks


def asked_lines(task: str, text: str) -> list[str]:
    """The text that a result is about, as a quotation, unless the answer shows it."""
    return [] if task in MARKED or task in SCORED else [f"> {quoted(text)}"]


def draw(task: str, text: str, result: Result, most: int = LABELS) -> list[str]:
    """The lines of one result, with notes on what the model did not read; `most` labels at most."""
    return DRAW[task](text, result, most) + _notes(result)


def in_words(task: str, results: list[Result]) -> str:
    """The first answer, or the best where texts are ranked, in plain words for a notification."""
    result = results[-1] if "vector" in results[0] else results[0]
    seen = pictures.in_words(result)
    if seen is not None:
        return seen
    if "scores" in result:
        return f"{result['scores'][0]['label']} {result['scores'][0]['score']:.3f}"
    if "words" in result:
        return ", ".join(each["word"] for each in result["words"][:3])
    if "entities" in result:
        kinds = ", ".join(dict.fromkeys(each["label"] for each in result["entities"]))
        return f"{plural(len(result['entities']), 'entity', 'entities')}{f': {kinds}' if kinds else ''}"
    if "cells" in result:
        return _one_line(tables.answer_in_words(result), 120)
    if "answer" in result:
        score = f" {result['score']:.3f}" if "score" in result else ""
        return f"{_one_line(result['answer'], 120)}{score}"
    if task in SCORED:
        best = max(results, key=lambda each: float(each["score"]))
        return f"{best['score']:.3f} {_one_line(best['text'], 120)}"
    return _one_line(result["alt"] if "alt" in result else result["text"], 120)


def quoted(text: str, limit: int = 300) -> str:
    return escape(_one_line(text, limit))


def _parts(shown: Shown) -> tuple[list[str], dict[int, Blocks]]:
    """The texts of the answer, and the pictures by the place of the text that they stand under."""
    if shown.task in SCORED:
        ranked = sorted(shown.results, key=lambda each: -each["score"])
        lines = [line for each in ranked for line in draw(shown.task, each["text"], each)]
        return [block["text"]["text"] for block in sections([f"> {quoted(shown.inputs[0])}", *lines])], {}
    if shown.results and "question" in shown.results[0]:
        # Several questions may be about one table, or one about several.
        return [
            "\n".join([f"> {quoted(each['question'])}", *draw(shown.task, each["question"], each)])
            for each in shown.results
        ], {}
    parts, under = [f"*{quoted(text)}*" for text in shown.asked], {}
    for at, (text, result) in enumerate(zip(shown.inputs[len(shown.asked) :], shown.results, strict=True)):
        # What a section does not hold stands in those before the last one, so that the notes end it.
        *full, last = pieces(result["text"]) if "new_tokens" in result else [""]
        begun = asked_lines(shown.task, text)
        for piece in full:
            parts.append("\n".join([*begun, code([piece])]))
            begun = []
        parts.append("\n".join(begun + draw(shown.task, text, result | {"text": last} if full else result)))
        under[len(parts) - 1] = shown.pictures.get(at, [])
    return parts, under


def pieces(text: str) -> list[str]:
    """A long text in as many pieces as sections of code hold, cut at spaces; what no message takes is left out."""
    text, cut = shorten(text, MOST_WRITTEN), []
    while len(text) > WRITTEN:
        at = text.rfind(" ", WRITTEN // 2, WRITTEN) + 1 or WRITTEN
        cut.append(text[:at])
        text = text[at:]
    return [*cut, text]


def _scores(_text: str, result: Result, most: int) -> list[str]:
    lines = [
        f"`{bar(each['score'])}` {each['score']:.3f} *{escape(_bare(each['label']))}*"
        for each in result["scores"][:most]
    ]
    if all(each["label"].startswith("LABEL_") for each in result["scores"]):
        lines.append("_The model's card does not say what these labels mean._")
    return lines


def _words(_text: str, result: Result, most: int) -> list[str]:
    return [
        f"`{bar(each['score'])}` {each['score']:.3f} *{escape(_bare(each['word']))}*" for each in result["words"][:most]
    ]


def _written(_text: str, result: Result, _most: int) -> list[str]:
    lines = [code([shorten(str(result.get("text", "")), WRITTEN) or " "])]
    if result.get("clamped"):
        lines.append(f"_Cut to {result['clamped']} new tokens, the most that fit._")
    if result.get("cut"):
        lines.append("_It ended where the tokens did. Ask for more with `max_new_tokens=`._")
    if result.get("late"):
        lines.append("_Time was up before it came to an end. Ask for less with `max_new_tokens=`._")
    if result.get("stopped"):
        by = f" by {escape(result['stopped'])}" if isinstance(result["stopped"], str) else ""
        lines.append(f"_Stopped{by}; this is what was written until then._")
    return lines


def _scored(_text: str, result: Result, _most: int) -> list[str]:
    return [f"`{bar(result['score'])}` {result['score']:.3f} {quoted(result['text'])}"]


def _entities(text: str, result: Result, most: int) -> list[str]:
    entities = result["entities"][: min(4 * most, ENTITIES)]
    if not entities:
        return [f"> {quoted(text)}", "_No entities in this text._"]
    marked, at = "", 0
    for each in entities:
        found = " ".join(text[each["start"] : each["end"]].split())
        # Bold type needs a space before it.
        marked += f"{escape(_gap(text[at : each['start']])) or ' '}*{escape(_bare(found))}* `{_label(each['label'])}`"
        at = each["end"]
        if len(marked) > 1800:
            break
    marked += escape(shorten(text[at:], 300))
    kinds: dict[str, list[float]] = {}
    for each in result["entities"]:
        kinds.setdefault(each["label"], []).append(each["score"])
    counts = [f"`{_label(kind)}` {len(row)} ({sum(row) / len(row):.2f})" for kind, row in kinds.items()]
    counted = " · ".join(counts[:most])
    return ["> " + " ".join(marked.split()), f"{counted}  _number found (mean score)_"]


def _answer(text: str, result: Result, _most: int) -> list[str]:
    start, end = result["start"], result["end"]
    before, after = _bare(text[max(0, start - AROUND) : start]), _bare(text[end : end + AROUND])
    before = f"…{before}" if start > AROUND else before
    after = f"{after}…" if end + AROUND < len(text) else after
    found = _one_line(_bare(result["answer"]), 500)
    around = f"{escape(before)} *{escape(found)}* {escape(after)}" if found else escape(before + after)
    lines = [f"> {' '.join(around.split())}", f"`{bar(result['score'])}` {result['score']:.3f} *{escape(found)}*"]
    if result["unanswerable"]:
        lines.append("_The model finds it likelier that this text does not answer the question._")
    return lines


def _chosen_or_written(text: str, result: Result, most: int) -> list[str]:
    return _scores(text, result, most) if "scores" in result else _written(text, result, most)


def _notes(result: Result) -> list[str]:
    seen = pictures.notes(result)
    if seen:
        return seen
    if result.get("rows_read"):
        return [f"_The table has {result['rows']:,} rows; the model read {result['rows_read']:,} of them._"]
    if result.get("read_seconds"):
        return sounds.sound_notes(result)
    if result.get("windows"):
        return [f"_A long text: it was read in {result['windows']} overlapping windows._"]
    if not result.get("truncated"):
        return []
    return [f"_The text has {result['tokens']:,} tokens; the model read {result['read']:,} of them._"]


def _gap(text: str) -> str:
    """What lies between two entities, without its middle where it is long."""
    return text if len(text) <= AROUND else f"{text[: AROUND // 2]}…{text[-AROUND // 2 :]}"


def _bare(text: str) -> str:
    """Text without the signs that would end bold type early."""
    return text.replace("*", "∗")


def _label(label: str) -> str:
    return escape(shorten(label, 40).replace("`", "'"))


def _one_line(text: str, limit: int) -> str:
    return shorten(" ".join(text.split()), limit)


DRAW: dict[str, Draw] = {
    "text-classification": _scores,
    "zero-shot-classification": _scores,
    "token-classification": _entities,
    "question-answering": _answer,
    "fill-mask": _words,
    "sentence-similarity": _scored,
    "text-ranking": _scored,
    "summarization": _written,
    "translation": _written,
    "text2text-generation": _written,
    "text-generation": _written,
    "decision": _scores,
    "image-classification": _scores,
    "zero-shot-image-classification": _scores,
    "video-classification": _scores,
    "object-detection": pictures.boxes,
    "zero-shot-object-detection": pictures.boxes,
    "image-segmentation": pictures.segments,
    "mask-generation": pictures.segments,
    "depth-estimation": pictures.depth,
    "keypoint-matching": pictures.matches,
    "image-feature-extraction": pictures.vector,
    "image-text-to-text": _written,
    "visual-question-answering": _chosen_or_written,
    "document-question-answering": pictures.answer,
    "any-to-any": _written,
    "audio-classification": _scores,
    "zero-shot-audio-classification": _scores,
    "automatic-speech-recognition": sounds.draw_speech,
    "text-to-audio": sounds.draw_sound,
    "table-question-answering": tables.draw_table_answer,
}
