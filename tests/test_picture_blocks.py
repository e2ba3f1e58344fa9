"""What a model saw, in lines of text and in a notification; nothing in it pings."""

import pytest

from core.blocks.results import draw, in_words
from core.results import (
    Area,
    Areas,
    Box,
    Boxes,
    Depth,
    Match,
    Matches,
    PageAnswer,
    Reading,
    Result,
    Score,
    Scores,
    Vector,
    Written,
)

NASTY = "<!channel> *bold*"


@pytest.mark.parametrize(
    ("result", "lines", "words"),
    [
        (
            Boxes((Box("cat", 0.5, (1, 2, 30, 40)),), note=Reading("frames", 1, 3)),
            [
                "`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 *1 cat* at 1, 2 – 30, 40",
                "_A moving picture of 3 frames: the model saw the first._",
            ],
            "1 thing: cat",
        ),
        (Boxes(()), ["_Nothing that the model was sure enough of._"], "0 things"),
        (
            Areas(
                (Area(NASTY, 0.9, 0.75), Area("sky", None, 0.25), Area("sea", None, 0.0)), note=Reading("pages", 1, 2)
            ),
            [
                "`▓▓▓▓▓▓▓▓▓▓▓▓░░░░` *1 &lt;!channel&gt; ∗bold∗* 75.0% of the picture, 0.900 sure",
                "`▓▓▓▓░░░░░░░░░░░░` *2 sky* 25.0% of the picture",
                "_and 1 more area in the picture_",
                "_A PDF of 2 pages: the model saw the first._",
            ],
            f"3 areas: {NASTY}, sky, sea",
        ),
        (
            Depth(0.5, 12.25, 3, file="depth.png", alt="…"),
            ["*Depth* from 0.5 (black) to 12.2 (white), half of it below 3; by the model's own measure"],
            "depth from 0.5 to 12.2",
        ),
        (
            Matches((Match((1, 2), (3, 4), 0.75),), 1),
            ["*1 point* found in both pictures, the surest with 0.750"],
            "1 point matched",
        ),
        (
            Vector(768, 12.5, (0.5, -1.0), 0.5),
            ["`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 like the first picture", "768 numbers of length 12.50: `0.500, -1.000, …`"],
            "0.500 alike",
        ),
        (
            PageAnswer("12 euros", 0.5, 2, 3),
            ["`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 *12 euros* on page 2"],
            "12 euros 0.500",
        ),
        (PageAnswer(""), ["*(nothing)*"], ""),
        (Written("red"), ["```red```"], "red"),
        (
            Scores((Score("run", 1.0),), note=Reading("stills", 16)),
            ["`▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓` 1.000 *run*", "_16 frames, spread over the video, were looked at._"],
            "run 1.000",
        ),
    ],
)
def test_what_was_seen_is_told(result: Result, lines: list[str], words: str) -> None:
    assert draw("", result, 2) == lines
    assert in_words([result]) == words
