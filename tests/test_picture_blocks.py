"""What a model saw, in lines of text and in a notification; nothing in it pings."""

from typing import Any

import pytest

from core.blocks.inference import DRAW, draw, in_words
from core.tasks import TASKS

NASTY = "<!channel> *bold*"


@pytest.mark.parametrize(
    ("task", "result", "lines", "words"),
    [
        (
            "object-detection",
            {"boxes": [{"label": "cat", "score": 0.5, "box": [1, 2, 30, 40]}], "frames": 3},
            [
                "`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 *1 cat* at 1, 2 – 30, 40",
                "_A moving picture of 3 frames: the model saw the first._",
            ],
            "1 thing: cat",
        ),
        ("zero-shot-object-detection", {"boxes": []}, ["_Nothing that the model was sure enough of._"], "0 things"),
        (
            "image-segmentation",
            {
                "segments": [
                    {"label": NASTY, "score": 0.9, "share": 0.75},
                    {"label": "sky", "score": None, "share": 0.25},
                    {"label": "sea", "score": None, "share": 0.0},
                ],
                "pages": 2,
            },
            [
                "`▓▓▓▓▓▓▓▓▓▓▓▓░░░░` *1 &lt;!channel&gt; ∗bold∗* 75.0% of the picture, 0.900 sure",
                "`▓▓▓▓░░░░░░░░░░░░` *2 sky* 25.0% of the picture",
                "_and 1 more area in the picture_",
                "_A PDF of 2 pages: the model saw the first._",
            ],
            f"3 areas: {NASTY}, sky, sea",
        ),
        (
            "depth-estimation",
            {"least": 0.5, "most": 12.25, "middle": 3, "file": "depth.png", "alt": "…"},
            ["*Depth* from 0.5 (black) to 12.2 (white), half of it below 3; by the model's own measure"],
            "depth from 0.5 to 12.2",
        ),
        (
            "keypoint-matching",
            {"count": 1, "matches": [{"score": 0.75}]},
            ["*1 point* found in both pictures, the surest with 0.750"],
            "1 point matched",
        ),
        (
            "image-feature-extraction",
            {"size": 768, "norm": 12.5, "vector": [0.5, -1.0], "score": 0.5},
            ["`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 like the first picture", "768 numbers of length 12.50: `0.500, -1.000, …`"],
            "0.500 alike",
        ),
        (
            "document-question-answering",
            {"answer": "12 euros", "score": 0.5, "page": 2, "pages": 3},
            ["`▓▓▓▓▓▓▓▓░░░░░░░░` 0.500 *12 euros* on page 2"],
            "12 euros 0.500",
        ),
        ("document-question-answering", {"answer": ""}, ["*(nothing)*"], ""),
        ("visual-question-answering", {"text": "red"}, ["```red```"], "red"),
        (
            "video-classification",
            {"scores": [{"label": "run", "score": 1.0}], "looked": 16},
            ["`▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓` 1.000 *run*", "_16 frames, spread over the video, were looked at._"],
            "run 1.000",
        ),
    ],
)
def test_what_was_seen_is_told(task: str, result: dict[str, Any], lines: list[str], words: str) -> None:
    assert draw(task, "", result, 2) == lines
    assert in_words(task, [result]) == words


def test_every_task_has_a_way_to_be_drawn() -> None:
    assert DRAW.keys() == TASKS.keys()
