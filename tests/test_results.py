"""What a model answers goes over the wire as it is, and every kind of it can be drawn."""

import json
from typing import get_args

import pytest

from core.blocks.results import draw, in_words
from core.results import (
    Area,
    Areas,
    Audio,
    Box,
    Boxes,
    Cells,
    Chunk,
    Depth,
    Entities,
    Entity,
    Match,
    Matches,
    PageAnswer,
    Piece,
    Ranked,
    Reading,
    Result,
    Score,
    Scores,
    Span,
    Tokenizer,
    Tokens,
    Transcript,
    Vector,
    Word,
    Words,
    Written,
    from_json,
    to_json,
)

RESULTS: list[Result] = [
    Scores((Score("good", 0.9),), note=Reading("tokens", 64, 500)),
    Words((Word("warm", 0.5, "a warm film"),)),
    Entities((Entity("PER", 0.5, 0, 3),), note=Reading("windows", 2)),
    Span("in Bonn", "Bonn", 0.5, 3, 7, unanswerable=True),
    Ranked("a text", -0.5),
    Written("so", 1, clamped=1, ended="stopped", talks=True, stopped_by="ana"),
    Transcript("good day", (Chunk("good day", 0.0, 1.5),), 3, "late", note=Reading("seconds", 60.0, 90.5)),
    Audio(1.5, 16_000, file="sound-1.wav", alt="A sound"),
    Boxes((Box("cat", 0.5, (1, 2, 3, 4)),), file="boxes.jpg", alt="A cat", note=Reading("frames", 1, 9)),
    Areas((Area("sky", None, 0.5),), file="areas.jpg", alt="Sky", note=Reading("pages", 1, 2)),
    Depth(0.5, 2.0, 1.0, file="depth.png", alt="Depth"),
    Matches((Match((1.0, 2.0), (3.0, 4.0), 0.5),), 1, file="matches.jpg", alt="Both"),
    Vector(768, 12.5, (0.5, -1.0), 0.5),
    PageAnswer("12 euros", 0.5, 1, 2, file="answer.jpg", alt="A page"),
    Cells("how many?", "COUNT > Bonn", ("Bonn",), ((0, 0),), [["city"], ["Bonn"]], "COUNT", 1),
    Tokens((Piece("film", 7, 0, 4, False), Piece("</s>", 2, None, None, True)), 2, 1, 4, Tokenizer("BPE", "", 9, ())),
]


@pytest.mark.parametrize("result", RESULTS, ids=lambda result: type(result).__name__)
def test_a_result_is_the_same_behind_the_wire_and_can_be_shown(result: Result) -> None:
    received = from_json(json.loads(json.dumps(to_json(result))))
    assert received == result
    assert draw("in Bonn", received) == draw("in Bonn", result) != []
    assert in_words([received]) != ""


def test_every_kind_of_result_is_among_these() -> None:
    assert [type(result) for result in RESULTS] == list(get_args(Result))


@pytest.mark.parametrize(
    "fields", [{}, {"kind": "Answer"}, {"kind": "Scores"}, {"kind": "Ranked", "text": "a", "score": "x"}]
)
def test_what_is_no_result_is_refused(fields: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="no result"):
        from_json(fields)
