"""How what was heard and what a table answers are drawn: times, marked cells, no pings, and Slack takes it."""

from typing import Any

import pytest

from core.blocks.inference import Shown, build_answer
from sandbox.workspace.rules.messages import check_message_blocks

NASTY = "<!channel> *bold* `code` ```fence``` & <http://a|b> "
TABLE = [["city", "people"], ["Bonn", "330000"], ["Kiel", "250000"]]


def answer(task: str, inputs: list[str], *results: dict[str, Any]) -> tuple[str, list[str]]:
    """The headline and the sections after the first; checked by Slack's rules."""
    shown = Shown("acme/model", "a" * 40, task, inputs, list(results), 0.02, 0.0, "cpu", "torch")
    headline, blocks = build_answer(shown, "https://huggingface.co/acme/model")
    check_message_blocks(blocks, lambda _file: False)
    return headline, [block["text"]["text"] for block in blocks if block["type"] == "section"][1:]


def cells(*coordinates: list[int], **more: Any) -> dict[str, Any]:
    found = [TABLE[row + 1][column] for row, column in coordinates]
    return {
        "question": "how many?",
        "answer": "",
        "cells": found,
        "coordinates": list(coordinates),
        "table": TABLE,
        "aggregator": "",
        **more,
    }


def test_what_is_said_is_shown_with_its_times() -> None:
    chunks = [{"text": "Good morning.", "start": 0.0, "end": 1.5}, {"text": "We <begin>.", "start": 61.5, "end": 63.0}]
    headline, parts = answer(
        "automatic-speech-recognition", ["a.wav"], {"text": "Good morning. We <begin>.", "chunks": chunks}
    )
    assert headline == "acme/model · Good morning. We &lt;begin&gt;."
    assert parts == ["> a.wav\n`0:00` Good morning.\n`1:01` We &lt;begin&gt;."]


def test_words_are_put_together_until_there_is_a_pause() -> None:
    chunks = [
        {"text": "good", "start": 0.0, "end": 0.2},
        {"text": "morning", "start": 0.3, "end": 0.6},
        {"text": "all", "start": 3.0, "end": 3.2},
    ]
    _, parts = answer("automatic-speech-recognition", ["a.wav"], {"text": "good morning all", "chunks": chunks})
    assert parts == ["> a.wav\n`0:00` good morning\n`0:03` all"]


@pytest.mark.parametrize(
    ("result", "line"),
    [
        ({"text": "", "chunks": []}, "_No words were heard in it._"),
        (
            {"text": "Hello.", "late": True},
            "> Hello.\n_Its time was up before the end. A shorter sound or a smaller model gets further._",
        ),
        (
            {"text": "Hello.", "truncated": True, "seconds": 4000.0, "read_seconds": 1200.0},
            "> Hello.\n_The sound lasts 1:06:40; the model heard the first 20:00 of it._",
        ),
    ],
)
def test_what_was_not_heard_is_said(result: dict[str, Any], line: str) -> None:
    assert answer("automatic-speech-recognition", ["a.wav"], result)[1] == [f"> a.wav\n{line}"]


def test_a_sound_that_was_made_is_told_in_words() -> None:
    headline, parts = answer("text-to-audio", ["hello"], {"file": "sound-1.wav", "alt": "A sound of 1.2 s"})
    assert (headline, parts) == ("acme/model · A sound of 1.2 s", ["> hello\n_A sound of 1.2 s_"])


def test_cells_of_the_answer_are_marked_in_the_table_and_added_up() -> None:
    found = cells([0, 1], [1, 1], aggregator="SUM", value=580000.0)
    headline, parts = answer("table-question-answering", ["how many?", "a.csv"], found)
    assert headline == "acme/model · Sum: 580,000 (330000, 250000)"
    assert parts == [
        "> how many?\n*Sum: 580,000 (330000, 250000)*\n``` city    people\n Bonn   ▸330000◂\n Kiel   ▸250000◂```"
    ]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (cells([0, 0]), "Bonn"),
        (cells(), "No cell of the table answers this."),
        (cells([0, 0], aggregator="COUNT", value=1), "Count: 1 (Bonn)"),
        (cells([0, 0], aggregator="AVERAGE"), "Average of Bonn"),
    ],
)
def test_an_answer_of_a_table_in_words(result: dict[str, Any], words: str) -> None:
    assert answer("table-question-answering", ["how many?"], result)[0] == f"acme/model · {words}"


def test_a_large_table_shows_the_rows_of_the_answer_first() -> None:
    table = [[f"column {at}" for at in range(9)], *([f"{row}-{at}" for at in range(9)] for row in range(300))]
    found = {
        "question": "which?",
        "answer": "",
        "cells": ["250-8"],
        "coordinates": [[250, 8]],
        "aggregator": "",
        "table": table,
        "rows": 300,
        "rows_read": 60,
    }
    _, (part,) = answer("table-question-answering", ["which?"], found)
    lines = part.splitlines()
    assert [line for line in lines if "▸250-8◂" in line] != []
    assert lines[-2:] == [" … and 288 more rows```", "_The table has 300 rows; the model read 60 of them._"]


@pytest.mark.parametrize("number", [1, 100])
@pytest.mark.parametrize(
    ("task", "result"),
    [
        (
            "automatic-speech-recognition",
            {"text": NASTY * 400, "chunks": [{"text": NASTY * 3, "start": at, "end": at} for at in range(90)]},
        ),
        ("automatic-speech-recognition", {"text": NASTY * 400}),
        ("text-to-audio", {"file": "a.wav", "alt": NASTY}),
        ("audio-classification", {"scores": [{"label": NASTY * 40, "score": 0.1}] * 30}),
        (
            "table-question-answering",
            {
                "question": NASTY,
                "answer": NASTY,
                "cells": [NASTY] * 300,
                "coordinates": [[0, 0]],
                "aggregator": NASTY,
                "table": [[NASTY] * 9] * 99,
            },
        ),
    ],
)
def test_any_answer_is_a_message_that_slack_takes(task: str, result: dict[str, Any], number: int) -> None:
    _, parts = answer(task, [NASTY] * number, *[result] * number)
    assert not any("<!channel" in part or "<http" in part for part in parts)
