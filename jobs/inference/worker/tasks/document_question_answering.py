"""The answer to a question about a document: found among its words, or written by a model that sees the page."""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForDocumentQuestionAnswering, AutoModelForImageTextToText

from core.results import Box, PageAnswer
from jobs.inference.protocol import Request
from jobs.inference.worker import drawing
from jobs.inference.worker.autos import FirstThatFits, ProcessorWithoutVideo
from jobs.inference.worker.describing import Talk, one_talk, write
from jobs.inference.worker.documents import SCALE, page_picture
from jobs.inference.worker.entries import Entry
from jobs.inference.worker.errors import CannotAnswer
from jobs.inference.worker.generation import DEFAULT_REWRITTEN, generate
from jobs.inference.worker.layouts import Passage, WordSpan, look_up, passages, place
from jobs.inference.worker.loading import Loaded, Row
from jobs.inference.worker.pictures import sources
from jobs.inference.worker.vision import name_for, placed
from jobs.models.pictures import LONGEST_SIDE

AUTO = FirstThatFits(AutoModelForDocumentQuestionAnswering, AutoModelForImageTextToText)
BATCH = 1
NEEDS = ("tokenizer",)
LONGEST_ALT = 200
# How Donut was trained to be asked (https://huggingface.co/naver-clova-ix/donut-base-finetuned-docvqa).
ASKED = "<s_docvqa><s_question>{}</s_question><s_answer>"


def prepare(loaded: Loaded, entry: Entry) -> list[Any]:
    """A row for each passage of words, or for each first page that is read as a picture.

    CannotAnswer without one question, and for a picture where the model needs words.
    """
    if len(entry.request.texts) != 1:
        raise CannotAnswer("input", 'Ask one question about the document, in quotes: "What is the total?"')
    (question,) = entry.request.texts
    if not loaded.model.can_generate():
        return passages(loaded, entry, question)
    one_talk(entry)
    return [Talk([source], question, entry, entry.deadline) for source in sources(entry)]


@torch.inference_mode()
def run(loaded: Loaded, rows: Sequence[Any]) -> list[Any]:
    """For each passage its likeliest words, for each picture what was written."""
    if not loaded.model.can_generate():
        return [look_up(loaded, row) for row in rows]
    reading = replace(loaded, processor=_processor(loaded.folder))
    if loaded.model.config.model_type == "vision-encoder-decoder":
        return [_donut(reading, row) for row in rows]
    return [text for text, _, _ in write(reading, rows)]


def finish(loaded: Loaded, request: Request, rows: Sequence[Any], outputs: Sequence[Any]) -> list[PageAnswer]:
    """The answer of each file; words that were found with their page, and a picture that shows them."""
    if loaded.model.can_generate():
        return [PageAnswer(text, note=row.note) for row, text in zip(rows, outputs, strict=True)]
    results = []
    for number in range(len(request.files)):
        found = [(row, span) for row, span in zip(rows, outputs, strict=True) if row.text == number]
        results.append(_found(request, number, *max(found, key=lambda each: each[1].score)))
    return results


def _found(request: Request, number: int, row: Passage, span: WordSpan) -> PageAnswer:
    words = row.page_words[span.first : span.last + 1]
    answer, page = " ".join(word for word, _ in words), row.page + 1
    found = PageAnswer(answer, span.score, page)
    if words and row.source is not None:
        boxes = [Box("answer", span.score, place(words))]
        drawn = drawing.boxes(page_picture(row.source.path, row.page, LONGEST_SIDE), boxes, (SCALE, SCALE))
        return replace(
            found,
            file=drawing.save(drawn, name_for(request, "answer", number, "jpg")),
            alt=f"Page {page} of {row.source.path.name} with a frame around: {answer[:LONGEST_ALT]}",
            pages=row.source.pages,
        )
    return found


def _donut(loaded: Loaded, row: Talk) -> str:
    pictures = getattr(loaded.processor, "image_processor", loaded.processor)
    pixels = placed(loaded, pictures(images=row.pictures[0].open(), return_tensors="pt"))["pixel_values"]
    ids = loaded.tokenizer(ASKED.format(row.text), add_special_tokens=False)["input_ids"]
    typed = int(row.entry.request.options.get("max_new_tokens", DEFAULT_REWRITTEN))
    options = {
        **row.entry.request.options,
        "max_new_tokens": typed,
        "arguments": {"pixel_values": pixels, "decoder_input_ids": torch.tensor([ids], device=loaded.device)},
    }
    out, _ = generate(loaded, Row({}, len(ids), options, row.deadline, row.entry))
    return donut_answer(str(loaded.tokenizer.decode(out[len(ids) :])))


def donut_answer(written: str) -> str:
    """What stands before the end of the answer, without tokens of the model's own."""
    return re.sub(r"<.*?>", "", written.split("</s_answer>", maxsplit=1)[0]).strip()


@lru_cache(maxsize=4)
def _processor(folder: Path) -> Any:
    return ProcessorWithoutVideo.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
