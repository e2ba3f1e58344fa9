"""All answers in one file, where a message does not hold them."""

import csv
import io

from core.answer_table import build_table
from core.blocks.compared_answers import build_comparison, overflow
from core.blocks.inference import Shown, build_answer, overflows
from core.results import Entities, Entity, Ranked, Result, Score, Scores, Span, Written
from sandbox.workspace.rules.messages import check_message_blocks

TEXTS = [f'text {number}, with "quotes"\nand a line' for number in range(100)]
URL = "https://huggingface.co/acme/model"


def scores(label: str, score: float) -> Scores:
    return Scores((Score(label, score), Score("other", 1 - score)))


def shown(results: list[Result], model: str = "acme/model") -> Shown:
    return Shown(model, "a" * 40, "text-classification", TEXTS, results, 0.02, 0.0, "cpu", "torch")


def read(table: str) -> list[dict[str, str]]:
    assert table.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(table[1:], newline="")))


def test_every_text_is_a_row_with_its_answer_and_the_scores_of_all_labels() -> None:
    assert read(build_table(TEXTS[:2], {"a/b": [scores("good", 0.75), scores("bad", 0.5)]})) == [
        {
            "text": TEXTS[0],
            "answer": "good",
            "score": "0.75",
            "score of good": "0.75",
            "score of other": "0.25",
            "score of bad": "",
        },
        {
            "text": TEXTS[1],
            "answer": "bad",
            "score": "0.5",
            "score of good": "",
            "score of other": "0.5",
            "score of bad": "0.5",
        },
    ]


def test_answers_of_every_kind_are_whole() -> None:
    kinds: list[Result] = [
        Written("w" * 5000),
        Span("Ana did it.", "Ana", 0.5, 0, 3),
        Entities((Entity("PER", 0.5, 0, 3),)),
        Ranked("the other", 0.5),
    ]
    rows = read(build_table(["Ana", "Ana did it.", "Ana", "x"], {"a/b": kinds}))
    assert [(row["text"], row["answer"], row["score"]) for row in rows] == [
        ("Ana", "w" * 5000, ""),
        ("Ana did it.", "Ana", "0.5"),
        ("Ana", "PER: Ana", ""),
        ("the other", "", "0.5"),
    ]


def test_two_models_stand_side_by_side() -> None:
    (row,) = read(build_table(["hi"], {"a/b": [Written("one")], "c/d": [Written("two")]}))
    assert row == {"text": "hi", "a/b answer": "one", "c/d answer": "two"}


def test_a_message_says_how_many_are_left_out_and_where_they_are() -> None:
    whole = shown([scores("good", 0.75) for _ in TEXTS])
    assert overflows(whole)
    assert not overflows(shown([scores("good", 0.75)]))
    _, blocks = build_answer(whole, URL, rest="all of them are in `answers.csv` here")
    check_message_blocks(blocks, lambda _reference: True)
    left = next(block["elements"][0]["text"] for block in blocks if "did not fit" in str(block))
    assert left == "and 60 more answers that did not fit: all of them are in `answers.csv` here."


def test_a_comparison_says_so_too() -> None:
    whole = shown([scores("good", 0.75) for _ in TEXTS])
    assert overflow(whole, whole)
    _, blocks = build_comparison(whole, shown(list(whole.results), "acme/other"), (URL, URL))
    check_message_blocks(blocks, lambda _reference: True)
    assert "that did not fit. Ask again with those alone." in str(blocks)
