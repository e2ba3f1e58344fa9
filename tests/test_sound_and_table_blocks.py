"""How what was heard and what a table answers are drawn: times, marked cells, no pings, and Slack takes it."""

import pytest

from core.blocks.inference import Shown, build_answer
from core.results import Audio, Cells, Chunk, Reading, Result, Score, Scores, Transcript
from sandbox.workspace.rules.messages import check_message_blocks

NASTY = "<!channel> *bold* `code` ```fence``` & <http://a|b> "
TABLE = [["city", "people"], ["Bonn", "330000"], ["Kiel", "250000"]]


def answer(task: str, inputs: list[str], *results: Result) -> tuple[str, list[str]]:
    """The headline and the sections after the first; checked by Slack's rules."""
    shown = Shown("acme/model", "a" * 40, task, inputs, list(results), 0.02, 0.0, "cpu", "torch")
    headline, blocks = build_answer(shown, "https://huggingface.co/acme/model")
    check_message_blocks(blocks, lambda _file: False)
    return headline, [block["text"]["text"] for block in blocks if block["type"] == "section"][1:]


def cells(*coordinates: tuple[int, int], aggregator: str = "", value: float | None = None) -> Cells:
    found = tuple(TABLE[row + 1][column] for row, column in coordinates)
    return Cells("how many?", "", found, coordinates, TABLE, aggregator, value)


def test_what_is_said_is_shown_with_its_times() -> None:
    chunks = (Chunk("Good morning.", 0.0, 1.5), Chunk("We <begin>.", 61.5, 63.0))
    found = Transcript("Good morning. We <begin>.", chunks)
    headline, parts = answer("automatic-speech-recognition", ["a.wav"], found)
    assert headline == "acme/model · Good morning. We &lt;begin&gt;."
    assert parts == ["> a.wav\n`0:00` Good morning.\n`1:01` We &lt;begin&gt;."]


def test_words_are_put_together_until_there_is_a_pause() -> None:
    chunks = (Chunk("good", 0.0, 0.2), Chunk("morning", 0.3, 0.6), Chunk("all", 3.0, 3.2))
    _, parts = answer("automatic-speech-recognition", ["a.wav"], Transcript("good morning all", chunks))
    assert parts == ["> a.wav\n`0:00` good morning\n`0:03` all"]


@pytest.mark.parametrize(
    ("result", "line"),
    [
        (Transcript(""), "_No words were heard in it._"),
        (
            Transcript("Hello.", ended="late"),
            "> Hello.\n_Its time was up before the end. A shorter sound or a smaller model gets further._",
        ),
        (
            Transcript("Hello.", note=Reading("seconds", 1200.0, 4000.0)),
            "> Hello.\n_The sound lasts 1:06:40; the model heard the first 20:00 of it._",
        ),
    ],
)
def test_what_was_not_heard_is_said(result: Transcript, line: str) -> None:
    assert answer("automatic-speech-recognition", ["a.wav"], result)[1] == [f"> a.wav\n{line}"]


def test_a_sound_that_was_made_is_told_in_words() -> None:
    headline, parts = answer("text-to-audio", ["hello"], Audio(1.2, 16_000, file="sound-1.wav", alt="A sound of 1.2 s"))
    assert (headline, parts) == ("acme/model · A sound of 1.2 s", ["> hello\n_A sound of 1.2 s_"])


def test_cells_of_the_answer_are_marked_in_the_table_and_added_up() -> None:
    found = cells((0, 1), (1, 1), aggregator="SUM", value=580000.0)
    headline, parts = answer("table-question-answering", ["how many?", "a.csv"], found)
    assert headline == "acme/model · Sum: 580,000 (330000, 250000)"
    assert parts == [
        "> how many?\n*Sum: 580,000 (330000, 250000)*\n``` city    people\n Bonn   ▸330000◂\n Kiel   ▸250000◂```"
    ]


@pytest.mark.parametrize(
    ("result", "words"),
    [
        (cells((0, 0)), "Bonn"),
        (cells(), "No cell of the table answers this."),
        (cells((0, 0), aggregator="COUNT", value=1), "Count: 1 (Bonn)"),
        (cells((0, 0), aggregator="AVERAGE"), "Average of Bonn"),
    ],
)
def test_an_answer_of_a_table_in_words(result: Cells, words: str) -> None:
    assert answer("table-question-answering", ["how many?"], result)[0] == f"acme/model · {words}"


def test_a_large_table_shows_the_rows_of_the_answer_first() -> None:
    table = [[f"column {at}" for at in range(9)], *([f"{row}-{at}" for at in range(9)] for row in range(300))]
    found = Cells("which?", "", ("250-8",), ((250, 8),), table, note=Reading("rows", 60, 300))
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
            Transcript(NASTY * 400, tuple(Chunk(NASTY * 3, at, at) for at in range(90))),
        ),
        ("automatic-speech-recognition", Transcript(NASTY * 400)),
        ("text-to-audio", Audio(1.0, 16_000, file="a.wav", alt=NASTY)),
        ("audio-classification", Scores((Score(NASTY * 40, 0.1),) * 30)),
        (
            "table-question-answering",
            Cells(NASTY, NASTY, (NASTY,) * 300, ((0, 0),), [[NASTY] * 9] * 99, NASTY),
        ),
    ],
)
def test_any_answer_is_a_message_that_slack_takes(task: str, result: Result, number: int) -> None:
    _, parts = answer(task, [NASTY] * number, *[result] * number)
    assert not any("<!channel" in part or "<http" in part for part in parts)
