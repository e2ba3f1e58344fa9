"""How answers are drawn: what was found is marked, nothing pings, and Slack takes every message."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from core.blocks.compared_answers import agreement, build_comparison
from core.blocks.inference import Shown, build_answer
from core.blocks.tokens import Cut, build_tokens
from core.results import (
    Entities,
    Entity,
    Piece,
    Ranked,
    Reading,
    Result,
    Score,
    Scores,
    Span,
    Tokenizer,
    Tokens,
    Word,
    Words,
    Written,
)
from core.tasks import TASKS
from sandbox.workspace.rules.messages import check_message_blocks

NASTY = "<!channel> *bold* `code` ```fence``` & <http://a|b> "
URL = "https://huggingface.co/acme/model"
TEXT = "Ana lives in Bonn"


def shown(task: str, inputs: list[str], *results: Result, model: str = "acme/model", took: float = 0.02) -> Shown:
    return Shown(model, "a" * 40, task, inputs, list(results), took, 0.0, "cpu", "torch")


def texts(blocks: Sequence[dict[str, Any]]) -> list[str]:
    return [block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block]


def scores(label: str, score: float = 0.9) -> Scores:
    return Scores((Score(label, score), Score("other", 1 - score)))


def entity(start: int, end: int, label: str, score: float = 0.9) -> Entity:
    return Entity(label, score, start, end)


def test_entities_are_marked_in_the_text() -> None:
    found = Entities((entity(0, 3, "PER"), entity(13, 17, "LOC", 0.8)))
    headline, blocks = build_answer(shown("token-classification", [TEXT], found), URL)
    assert headline == "acme/model · 2 entities: PER, LOC"
    assert texts(blocks)[1] == (
        "> *Ana* `PER` lives in *Bonn* `LOC`\n`PER` 1 (0.90) · `LOC` 1 (0.80)  _number found (mean score)_"
    )


def test_an_answer_stands_in_bold_in_its_text_with_its_score() -> None:
    found = Span(TEXT, "Bonn", 0.75, 13, 17, unanswerable=True)
    _, blocks = build_answer(shown("question-answering", ["Where does she live?", TEXT], found), URL)
    assert texts(blocks)[1] == "*Where does she live?*"
    assert texts(blocks)[2].splitlines() == [
        "> Ana lives in *Bonn*",
        "`▓▓▓▓▓▓▓▓▓▓▓▓░░░░` 0.750 *Bonn*",
        "_The model finds it likelier that this text does not answer the question._",
    ]


def test_texts_are_ranked_the_best_first() -> None:
    found = [Ranked("b <3", 0.25), Ranked("c", 0.75)]
    headline, blocks = build_answer(shown("text-ranking", ["a", "b <3", "c"], *found), URL)
    assert headline == "acme/model · 0.750 c"
    assert texts(blocks)[1] == "> a\n`▓▓▓▓▓▓▓▓▓▓▓▓░░░░` 0.750 c\n`▓▓▓▓░░░░░░░░░░░░` 0.250 b &lt;3"


def test_a_long_text_goes_on_from_section_to_section_and_the_notes_come_last() -> None:
    found = Written("word " * 900, 900, ended="stopped", stopped_by="ana <3")
    _, blocks = build_answer(shown("text-generation", ["go"], found), URL, "T7")
    written = texts(blocks)[1:]
    assert "".join(part.split("```")[1] for part in written) == "word " * 900
    assert written[0].startswith("> go\n```")
    assert written[-1].endswith("```\n_Stopped by ana &lt;3; this is what was written until then._")
    assert [button["action_id"] for button in blocks[-1]["elements"]] == [
        "try.rerun",
        "try.compare",
        "try.up",
        "try.down",
        "model.details",
        "model.tune",
    ]
    late = Written("so", 1, ended="late")
    _, blocks = build_answer(shown("translation", ["go"], late), URL)
    assert texts(blocks)[1].endswith("_Time was up before it came to an end. Ask for less with `max_new_tokens=`._")


def test_what_was_written_is_shown_as_it_is() -> None:
    found = Written("The film\nis lovely <3", 6)
    headline, blocks = build_answer(shown("summarization", ["long"], found), URL)
    assert headline == "acme/model · The film is lovely &lt;3"
    assert texts(blocks)[1] == "> long\n```The film\nis lovely &lt;3```"


@pytest.mark.parametrize("repeated", [1, 400])
@pytest.mark.parametrize("number", [1, 100])
@pytest.mark.parametrize(
    "task",
    [
        "text-classification",
        "token-classification",
        "question-answering",
        "fill-mask",
        "sentence-similarity",
        "text-ranking",
        "translation",
    ],
)
def test_every_answer_and_comparison_is_a_message_that_slack_takes(task: str, number: int, repeated: int) -> None:
    text = NASTY * repeated
    results: dict[str, Result] = {
        "text-classification": Scores((Score(text, 0.05),) * 20),
        "token-classification": Entities(tuple(entity(at, at + 9, text) for at in range(0, len(text) - 9, 20))),
        "question-answering": Span(text, text, 0.5, 0, len(text)),
        "fill-mask": Words((Word(text, 0.5, text),) * 5),
        "sentence-similarity": Ranked(text, -0.1),
        "text-ranking": Ranked(text, 0.1),
        "translation": Written(text, 5, clamped=5),
    }
    found = replace(results[task], note=Reading("tokens", 512, 9999))
    first = bool(TASKS[task].first)
    answer = shown(task, [text] * (number + first), *[found] * number)
    for _, blocks in (build_answer(answer, URL), build_comparison(answer, answer, (URL, URL))):
        check_message_blocks(blocks, lambda _file: False)
        assert not any("<!channel" in part for part in texts(blocks))


def test_a_comparison_shows_both_answers_how_often_they_agree_and_which_is_faster() -> None:
    inputs = ["good", "bad"]
    first = shown("text-classification", inputs, scores("pos"), scores("neg"), model="acme/a", took=0.02)
    second = shown("text-classification", inputs, scores("Pos"), scores("pos"), model="acme/b", took=0.05)
    headline, blocks = build_comparison(first, second, (URL, URL))
    assert headline == "acme/a and acme/b · Same answer on 1 of 2 texts (50%)"
    assert texts(blocks)[1] == "*Same answer on 1 of 2 texts (50%)* · 20 ms and 50 ms: acme/a is 2.5 times as fast"
    assert texts(blocks)[3] == (
        "> bad\n*acme/a*\n`▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░` 0.900 *neg*\n`▓▓░░░░░░░░░░░░░░` 0.100 *other*\n"
        "*acme/b*\n`▓▓▓▓▓▓▓▓▓▓▓▓▓▓░░` 0.900 *pos*\n`▓▓░░░░░░░░░░░░░░` 0.100 *other*"
    )


@pytest.mark.parametrize(
    ("asked", "buttons"),
    [
        ("acme/a acme/b@v1", [("Compare on more", "acme/a acme/b@v1")]),
        ("", [("Details of acme/a", "acme/a"), ("Details of acme/b", "acme/b")]),
    ],
)
def test_a_comparison_has_its_next_step_as_a_button(asked: str, buttons: list[tuple[str, str]]) -> None:
    first, second = (shown("text-classification", ["x"], scores("pos"), model=name) for name in ("acme/a", "acme/b"))
    _, blocks = build_comparison(first, second, (URL, URL), asked=asked)
    rows = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
    assert [(each["text"]["text"], each["value"]) for each in rows] == buttons


@pytest.mark.parametrize(
    ("task", "first", "second", "said"),
    [
        ("text-classification", scores("pos"), scores("neg"), "Different answers"),
        ("text-classification", scores("pos (LABEL_1)"), scores("pos"), "Same answer"),
        ("text-classification", scores("pos (LABEL_0)"), scores("pos (LABEL_1)"), "Same answer"),
        ("text-classification", scores("pos (LABEL_1)"), scores("LABEL_1"), "Same answer"),
        (
            "text-classification",
            Scores((Score("LABEL_0", 1.0),)),
            Scores((Score("pos", 1.0),)),
            "The labels of one are numbers alone, so agreement is counted on a dataset that names them, not here",
        ),
        (
            "text-classification",
            Scores((Score("sport", 1.0),)),
            Scores((Score("pos", 1.0),)),
            "Their labels have different names, so agreement cannot be counted",
        ),
        ("text-classification", scores("NEGATIVE"), scores("neg"), "Same answer"),
        ("text-classification", scores("5 stars"), scores("5"), "Same answer"),
        (
            "token-classification",
            Entities((entity(0, 3, "PER"),)),
            Entities((entity(0, 3, "PER", 0.1),)),
            "Same answer",
        ),
        (
            "sentence-similarity",
            Ranked("", 0.5),
            Ranked("", 0.25),
            "Scores differ by at most 0.250",
        ),
        ("summarization", Written("a"), Written("a"), ""),
    ],
)
def test_agreement_is_counted_where_there_is_a_decision(task: str, first: Result, second: Result, said: str) -> None:
    assert agreement(shown(task, ["x"], first), shown(task, ["x"], second)) == said


def cut(model: str, *pieces: str, text: str = "") -> Cut:
    found = tuple(Piece(piece, at, at, at + 1, piece == "[CLS]") for at, piece in enumerate(pieces))
    about = Tokenizer("WordPiece", "NFC", 30522, ("[CLS]",))
    tokens = Tokens(found, len(found), sum(each.special for each in found), len(text), about)
    return Cut(model, "b" * 40, URL, [tokens])


def test_tokens_are_shown_as_pieces_and_as_a_list_of_ids_and_places() -> None:
    headline, blocks = build_tokens(["films"], [cut("acme/a", "[CLS]", "film", "##s", text="films")])
    assert headline == "Tokenized: acme/a 3 tokens"
    assert texts(blocks) == [
        f"*<{URL}|acme/a>*\nWordPiece · 30,522 tokens known\nnormalizer: NFC\nspecial: `[CLS]`",
        "> films",
        "*2 tokens* (and 1 special) · 2.5 characters a token\n`[CLS]` `film` `##s`",
        "```id  characters  piece\n 0  –           [CLS]\n 1  1–2         film\n 2  2–3         ##s```",
    ]


def test_two_tokenizers_stand_side_by_side() -> None:
    _, blocks = build_tokens(["films"], [cut("acme/a", "films"), cut("acme/b", "film", "##s")])
    columns = [[field["text"] for field in block["fields"]] for block in blocks if "fields" in block]
    assert [[text.splitlines()[-1] for text in row] for row in columns[1:2]] == [["`films`", "`film` `##s`"]]


@pytest.mark.parametrize("models", [1, 2])
@pytest.mark.parametrize("number", [1, 100])
def test_any_pieces_are_a_message_that_slack_takes(models: int, number: int) -> None:
    one = cut("acme/a", *[NASTY * 3, "&" * 99, "\n", "`", ""] * 80, text=NASTY)
    cuts = [Cut(one.model, one.revision, one.url, list(one.results) * number)] * models
    _, blocks = build_tokens([NASTY * 50] * number, cuts)
    check_message_blocks(blocks, lambda _file: False)
