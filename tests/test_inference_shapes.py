"""Answers about pictures, sounds and tables: what is drawn for each shape, escaped, and within Slack's limits."""

import pytest

from core.blocks.compared_answers import build_comparison
from core.blocks.inference import Shown, build_answer
from core.blocks.parts import without_pictures
from core.results import Area, Areas, Audio, Box, Boxes, Cells, Chunk, PageAnswer, Result, Transcript, Written
from sandbox.workspace.rules.messages import check_message_blocks

NASTY = "<!channel> *bold* `code` ```fence``` & <http://a|b> "
URL = "https://huggingface.co/acme/model"
BOXES = Boxes((Box("cat", 0.75, (1, 2, 30, 40)),), file="a.png", alt="1 cat")


def shown(task: str, inputs: list[str], *results: Result, notes: tuple[str, ...] = ()) -> Shown:
    return Shown("acme/model", "a" * 40, task, inputs, list(results), 0.02, 0.0, "cpu", "torch", notes)


def test_boxes_stand_over_their_picture_with_its_words() -> None:
    headline, blocks = build_answer(shown("object-detection", ["cat.png"], BOXES), URL)
    assert headline == "acme/model · 1 thing: cat"
    assert blocks[1]["text"]["text"] == "> cat.png\n`▓▓▓▓▓▓▓▓▓▓▓▓░░░░` 0.750 *1 cat* at 1, 2 – 30, 40"
    assert blocks[2] == {"type": "image", "slack_file": {"id": "@a.png"}, "alt_text": "1 cat"}


def test_the_question_about_several_pictures_stands_once() -> None:
    _, blocks = build_answer(
        shown("object-detection", ["what?", "a.png", "b.png"], BOXES, BOXES, notes=("_From a._",)), URL
    )
    assert [block["text"]["text"].split("\n")[0] for block in blocks[1:6] if block["type"] == "section"] == [
        "*what?*",
        "> a.png",
        "> b.png",
    ]
    assert blocks[6]["elements"][0]["text"] == "_From a._"


def test_as_many_pictures_as_fit_and_a_word_about_the_rest() -> None:
    many = shown("object-detection", [f"{number}.png" for number in range(30)], *[BOXES] * 30)
    _, blocks = build_answer(many, URL)
    assert sum(block["type"] == "image" for block in blocks) == 10
    assert blocks[21]["elements"][0]["text"] == "and 20 more answers that did not fit. Ask again with those alone."
    _, blocks = build_comparison(many, many, (URL, URL))
    assert sum(block["type"] == "image" for block in blocks) == 10


@pytest.mark.parametrize(
    ("task", "result"),
    [
        (
            "object-detection",
            Boxes((Box(NASTY, 1, (0, 0, 1, 1)),) * 50, file="a.png", alt=NASTY * 99),
        ),
        ("image-segmentation", Areas((Area(NASTY, 1, 1),) * 50)),
        ("document-question-answering", PageAnswer(NASTY * 99, 0.5, 1)),
        (
            "automatic-speech-recognition",
            Transcript(NASTY * 999, (Chunk(NASTY, 0.0, 1.0),) * 99),
        ),
        ("text-to-audio", Audio(1.0, 16_000, file="a.wav", alt=NASTY * 99)),
        (
            "table-question-answering",
            Cells(NASTY, NASTY, (NASTY,) * 99, ((0, 0),), [[NASTY] * 9] * 99, NASTY),
        ),
        ("image-text-to-text", Written(NASTY)),
    ],
)
def test_nothing_of_a_model_pings_and_slack_takes_it(task: str, result: Result) -> None:
    one = shown(task, [NASTY], result)
    for headline, blocks in (build_answer(one, URL), build_comparison(one, one, (URL, URL))):
        check_message_blocks(blocks, lambda _reference: True)
        check_message_blocks(without_pictures(blocks), lambda _reference: False)
        written = [block["text"]["text"] for block in blocks if block["type"] == "section"]
        written += [
            each["text"]
            for block in without_pictures(blocks)
            for each in block.get("elements", ())
            if each.get("type") == "mrkdwn"
        ]
        assert "<!channel>" not in "".join(written)
        assert headline
