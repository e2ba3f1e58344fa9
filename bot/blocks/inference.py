"""What a model answered, drawn for its kind; the last line says which model, how long, on what."""

from dataclasses import dataclass
from typing import Any

from bot.blocks.parts import Blocks, actions, button, code, context, section
from bot.blocks.text import bar, duration, escape, link, shorten

LABELS = 10


@dataclass(frozen=True)
class Shown:
    """One answer of a model: what was asked, what came, how long it took in seconds."""

    model: str
    revision: str
    task: str
    inputs: list[str]
    results: list[dict[str, Any]]
    seconds: float
    load_seconds: float
    device: str
    engine: str


def build_answer(shown: Shown, url: str) -> tuple[str, Blocks]:
    """The input (shortened), the answer, and one grey line of facts."""
    build = {
        "text-classification": _scores,
        "fill-mask": _words,
        "text-generation": _text,
        "sentence-similarity": _similarity,
    }[shown.task]
    blocks: Blocks = [section(f"*{link(url, shown.model)}* · {shown.task}")]
    blocks += [section(part) for part in build(shown)[:40]]
    loaded = f" · loaded in {shown.load_seconds:.1f} s" if shown.load_seconds else ""
    time = f"{1000 * shown.seconds:.0f} ms" if shown.seconds < 10 else duration(shown.seconds)
    blocks.append(
        context(f"{escape(shown.model)} · {shown.revision[:7]} · {time}{loaded} · {shown.device} · {shown.engine}")
    )
    blocks.append(
        actions(
            "answer.model",
            button("model.try", "Try again", shown.model),
            button("model.details", "Details", shown.model),
            button("model.tune", "Fine-tune", shown.model),
        )
    )
    return f"{shown.model} · {_plain(shown)}", blocks


def _scores(shown: Shown) -> list[str]:
    parts = []
    for text, result in zip(shown.inputs, shown.results, strict=True):
        lines = [f"> {_quoted(text)}"]
        lines += [
            f"`{bar(each['score'])}` {each['score']:.3f} *{escape(each['label'])}*"
            for each in result["scores"][:LABELS]
        ]
        if all(each["label"].startswith("LABEL_") for each in result["scores"]):
            lines.append("_The model's card does not say what these labels mean._")
        parts.append("\n".join(lines + _cut(result)))
    return parts


def _words(shown: Shown) -> list[str]:
    return [
        "\n".join(
            [f"> {_quoted(text)}"]
            + [f"`{bar(each['score'])}` {each['score']:.3f} *{escape(each['word'])}*" for each in result["words"]]
            + _cut(result)
        )
        for text, result in zip(shown.inputs, shown.results, strict=True)
    ]


def _text(shown: Shown) -> list[str]:
    parts = []
    for text, result in zip(shown.inputs, shown.results, strict=True):
        notes = _cut(result)
        if result.get("clamped"):
            notes.append(f"_Cut to {result['clamped']} new tokens, the most that fit._")
        parts.append("\n".join([f"> {_quoted(text)}", code([shorten(result["text"], 2300)]), *notes]))
    return parts


def _similarity(shown: Shown) -> list[str]:
    lines = [f"> {_quoted(shown.inputs[0])}"]
    for result in shown.results:
        lines.append(f"`{bar(result['score'])}` {result['score']:.3f} {_quoted(result['text'])}")
        lines += _cut(result)
    return ["\n".join(lines)]


def _cut(result: dict[str, Any]) -> list[str]:
    if not result.get("truncated"):
        return []
    return [f"_The text has {result['tokens']:,} tokens; the model read {result['read']:,} of them._"]


def _quoted(text: str) -> str:
    return escape(shorten(" ".join(text.split()), 300))


def _plain(shown: Shown) -> str:
    result = shown.results[0]
    if shown.task == "text-classification":
        return f"{result['scores'][0]['label']} {result['scores'][0]['score']:.3f}"
    if shown.task == "fill-mask":
        return ", ".join(each["word"] for each in result["words"][:3])
    if shown.task == "text-generation":
        return shorten(" ".join(result["text"].split()), 120)
    return f"similarity {result['score']:.3f}"
