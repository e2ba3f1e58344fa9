"""A look into a dataset: what the process finds, what people see of it, and the way in chat."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from datasets import ClassLabel, Dataset, Features, List, Value
from test_find_blocks import MODEL

from core import commands
from core.answers import Caller
from core.blocks.dataset import build_inspection, build_rows
from core.errors import Mistake
from core.examination import ColumnFacts, Inspection, Lengths
from core.recipe import DatasetSource
from handlers import datasets
from handlers.parts import Parts
from jobs.planner import DatasetLook
from sandbox.workspace.rules.messages import check_message_blocks
from world import driver, hub_content
from world.core import ANA, PING
from world.examiner import Examiner, inspector

__all__ = ["inspector"]  # a fixture

TRAIN = [(f"note number {at}", ("ham", "spam")[at % 3 == 0]) for at in range(60)]


def csv(rows: list[tuple[str, str]], names: str = "text,label") -> str:
    return "\n".join([names, *(f'"{text}",{label}' for text, label in rows)]) + "\n"


def folder_of(tmp_path: Path, **splits: str) -> Path:
    for name, content in splits.items():
        (tmp_path / f"{name}.csv").write_text(content)
    return tmp_path


def test_a_clean_dataset_is_told_with_nothing_wrong(inspector: Examiner, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, train=csv(TRAIN), test=csv([("something else", "ham"), ("and more", "spam")]))
    assert inspector.ask(folder) == {
        "ok": True,
        "splits": {"train": 60, "test": 2},
        "split": "train",
        "first": 0,
        "columns": [
            {"name": "text", "type": "string", "example": "note number 0"},
            {"name": "label", "type": "string", "example": "spam"},
        ],
        "rows": [{"text": text, "label": label} for text, label in TRAIN[:5]],
        "trainable": True,
        "task": "text-classification",
        "roles": {"text": "text", "label": "label"},
        "counts": {"ham": 40, "spam": 20},
        "lengths": {"unit": "words", "texts": 60, "median": 3, "most": 3, "longest": 3, "limit": None, "over": 0},
        "problems": [],
    }


OTHER = [("something else", "ham"), ("and more", "spam")]
DIRTY: dict[str, tuple[list[tuple[str, str]], list[tuple[str, str]], list[str]]] = {
    "empty text": (
        [*TRAIN, ("", "ham"), ("  ", "spam")],
        OTHER,
        ["No text: 2 rows of `train`. A run leaves them out: fill them in, or take them out."],
    ),
    "no label in some": (
        TRAIN,
        [*OTHER, ("what is it", "")],
        ["No label: 1 row of `test`. A run leaves them out: label them, or take them out."],
    ),
    "no label in a split": (
        TRAIN,
        [("what is it", ""), ("and this", "")],
        ["No label: all rows of `test`. Nothing can be learned or tested on them: label some."],
    ),
    "exact copies": (
        [*TRAIN, TRAIN[0], TRAIN[0]],
        OTHER,
        ["Exact copies: 2 rows of `train`. Take them out: they count twice."],
    ),
    "other case and spacing": (
        [*TRAIN, ("Note  number 0", "spam")],
        OTHER,
        ["Same text again: 1 row of `train`, apart from case and spacing. Keep one row of each text."],
    ),
    "rows in two splits": (
        TRAIN,
        [*OTHER, TRAIN[0]],
        [
            (
                "In two splits: 1 of 3 rows of `test` stand in `train` too. A run leaves them out of `train`; take "
                "them out, or others' figures look better than they are."
            )
        ],
    ),
    "two labels for a text": (
        [*TRAIN, ("note number 0", "ham")],
        OTHER,
        [
            "Same text again: 1 row of `train`, apart from case and spacing. Keep one row of each text.",
            (
                "Different labels for the same text: 1 text, such as “note number 0” (`ham` and `spam`). "
                "Decide on one for each."
            ),
        ],
    ),
    "a label that cannot be learned": (
        TRAIN,
        [*OTHER, ("an egg", "eggs")],
        ["Labels that `train` lacks: `eggs` of `test`. Nobody can learn them: add such rows to `train`."],
    ),
    "one label nearly everywhere": (
        [(text, "ham") for text, _ in TRAIN] + [("one", "spam"), ("two", "spam")],
        OTHER,
        ["97% of the training rows are `ham`: judge by F1, not accuracy."],
    ),
    "labels that are written in two ways": (
        [*TRAIN, ("one", "Spam"), ("two", "Spam")],
        OTHER,
        ["The classes `Spam` and `spam` differ only by case or spacing. If they are one, write them alike."],
    ),
}


@pytest.mark.parametrize("kind", DIRTY)
def test_each_flaw_is_told_with_what_to_do(inspector: Examiner, tmp_path: Path, kind: str) -> None:
    train, test, problems = DIRTY[kind]
    seen = inspector.ask(folder_of(tmp_path, train=csv(train), test=csv(test)))
    assert (seen["trainable"], seen["problems"]) == (True, problems)


@pytest.mark.parametrize(
    ("content", "task", "problem"),
    [
        ("text\n" + "".join(f"a text {at}\n" for at in range(30)), None, "No column looks like a label."),
        ("id,score\n" + "".join(f"{at},{at}\n" for at in range(30)), None, "No column looks like a"),
        (csv(TRAIN[:5]), "text-classification", "The training split has 5 rows; at least 20 are needed."),
        (csv([(text, "ham") for text, _ in TRAIN]), "text-classification", "Every row is of the class `ham`."),
    ],
    ids=["no label", "no text", "few rows", "one label"],
)
def test_what_nothing_can_be_learned_from_is_shown_all_the_same(
    inspector: Examiner, tmp_path: Path, content: str, task: str | None, problem: str
) -> None:
    seen = inspector.ask(folder_of(tmp_path, train=content))
    assert (seen["trainable"], seen["task"], len(seen["rows"])) == (False, task, 5)
    assert seen["problems"][0].startswith(problem)


def test_tagged_words_are_told_by_their_tags(inspector: Examiner, tmp_path: Path) -> None:
    words, tags = ["Ana", "is", "here"], [1, 0, 0]
    features = Features({"tokens": List(Value("string")), "ner_tags": List(ClassLabel(names=["O", "B-PER"]))})
    rows = {"tokens": [[*words, str(at // 2)] for at in range(40)], "ner_tags": [[*tags, 0]] * 40}
    Dataset.from_dict(rows, features).to_parquet(tmp_path / "train.parquet")
    seen = inspector.ask(tmp_path)
    assert (seen["task"], seen["counts"]) == ("token-classification", {"O": 120, "B-PER": 40})
    assert seen["rows"][0] == {"tokens": '["Ana", "is", "here", "0"]', "ner_tags": '["B-PER", "O", "O", "O"]'}
    assert seen["problems"][0].startswith("Same text again: 20 rows of `train`")


def test_classes_have_their_names_and_pairs_are_one_text(inspector: Examiner, tmp_path: Path) -> None:
    features = Features(
        {"premise": Value("string"), "hypothesis": Value("string"), "label": ClassLabel(names=["no", "yes"])}
    )
    rows = {
        "premise": ["a"] * 40,
        "hypothesis": [f"b {at}" for at in range(40)],
        "label": [at % 2 for at in range(40)],
    }
    Dataset.from_dict(rows, features).to_parquet(tmp_path / "train.parquet")
    seen = inspector.ask(tmp_path)
    assert (seen["counts"], seen["problems"]) == ({"no": 20, "yes": 20}, [])
    assert seen["rows"][1] == {"premise": "a", "hypothesis": "b 1", "label": "yes"}


def test_pictures_are_named_and_not_opened(inspector: Examiner, tmp_path: Path) -> None:
    from datasets import Image

    features = Features({"image": Image(), "label": ClassLabel(names=["cat", "dog"])})
    broken = {"image": [{"bytes": b"no picture", "path": "a.png"}] * 30, "label": [at % 2 for at in range(30)]}
    Dataset.from_dict(broken, features).to_parquet(tmp_path / "train.parquet")
    seen = inspector.ask(tmp_path)
    assert (seen["ok"], seen["trainable"], seen["rows"][0]) == (True, False, {"image": "(image)", "label": "cat"})


@pytest.mark.parametrize(("first", "rows"), [(5, 5), (58, 2), (60, 0), (9000, 0)])
def test_more_rows_are_read_from_where_the_last_ended(
    inspector: Examiner, tmp_path: Path, first: int, rows: int
) -> None:
    seen = inspector.ask(folder_of(tmp_path, train=csv(TRAIN)), first=first, rows_only=True)
    expected = [{"text": text, "label": label} for text, label in TRAIN[first : first + 5]]
    assert (seen["rows"], len(expected), seen["problems"]) == (expected, rows, [])


def test_a_split_or_column_that_is_not_there_is_named(inspector: Examiner, tmp_path: Path) -> None:
    folder = folder_of(tmp_path, train=csv(TRAIN), test=csv(OTHER))
    assert inspector.ask(folder, split="dev")["reason"].endswith("no split `dev`. The splits are `train` and `test`.")
    assert inspector.ask(folder, text="body")["reason"].startswith("There is no text column `body`.")
    assert inspector.ask(folder, split="test")["counts"] == {"ham": 1, "spam": 1}


# What people see


ASKING = Caller(ANA, "C1")
SOURCE = DatasetSource(repo="acme/rows", revision="3fa9c1e", url="http://hub.test/datasets/acme/rows")
SEEN = Inspection(
    splits={"train": 1200, "test": 2},
    split="train",
    first=0,
    columns=[ColumnFacts(name="text", type="string", example="a <b>")],
    rows=[{"text": "a <b>", "label": ""}],
    trainable=True,
    task="text-classification",
    roles={"text": "text", "label": "label"},
    counts={"pos": 900, "neg": 300},
    lengths=Lengths(unit="tokens", texts=1200, median=21, most=40, longest=77, limit=64, over=3),
)
LONG = f"{PING} `x` *y* " * 200
TOKENS = "base=acme/router "
HUGE = SEEN.model_copy(
    update={
        "splits": {f"{LONG}{at}": 10**9 for at in range(60)} | {"train": 9},
        "columns": [ColumnFacts(name=LONG, type=LONG, example=LONG) for _ in range(90)],
        "rows": [{f"{LONG}{at}": LONG for at in range(90)} for _ in range(5)],
        "roles": {"text": LONG, "label": LONG},
        "counts": {f"{LONG}{at}": at + 1 for at in range(900)},
        "problems": [LONG] * 50,
    }
)


def shown(blocks: list[dict[str, Any]]) -> str:
    return json.dumps(blocks, ensure_ascii=False)


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, str]]:
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [(button["action_id"], button["value"]) for row in rows for button in row]


def test_the_answer_has_the_figures_first_and_what_can_be_done_last() -> None:
    text, blocks = build_inspection(SOURCE, "mit", SEEN, "dataset acme/rows", "dataset acme/rows text=text")
    assert text == "acme/rows · 2 splits, 1,202 rows · nothing wrong found"
    page = shown(blocks)
    assert "*A run would read* text from `text`, label from `label`, for text-classification" in page
    assert "`▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓` 75.0% *pos* 900" in page
    assert "length in tokens: half have at most 21, 95 % at most 40, the longest 77 · the base reads 64" in page
    assert "*1* text: a &lt;b&gt; · label: (empty)" in page
    assert buttons(blocks) == [
        ("dataset.tune", "dataset acme/rows text=text"),
        ("dataset.rows", "1 dataset acme/rows"),
    ]


def test_what_cannot_be_learned_from_is_not_offered_for_it() -> None:
    nothing = SEEN.model_copy(update={"trainable": False, "task": None, "roles": {}, "counts": {}, "lengths": None})
    _, blocks = build_inspection(SOURCE, "mit", nothing, "dataset acme/rows", "dataset acme/rows")
    assert [action for action, _ in buttons(blocks)] == ["dataset.rows"]
    last = SEEN.model_copy(update={"split": "test", "first": 1})
    assert buttons(build_rows(SOURCE, last, "dataset acme/rows")[1]) == []


@pytest.mark.parametrize(
    ("changes", "carried"),
    [
        ({}, "base=acme/router "),
        ({"gated": True}, "base=acme/router "),
        ({"safe": False}, ""),
        ({"library": "peft"}, ""),
    ],
    ids=["a base", "gated and let in", "pickle only", "an adapter"],
)
def test_the_form_gets_the_columns_and_the_base_that_can_learn(changes: dict[str, Any], carried: str) -> None:
    look = DatasetLook(SOURCE, "mit", SEEN, replace(MODEL, **changes))
    parts = cast("Parts", SimpleNamespace(planner=SimpleNamespace(inspect=lambda _command, _user: look)))
    answer = datasets.inspect(
        parts, Caller(ANA, "C1"), commands.InspectDataset(dataset="acme/rows", base="acme/router")
    )
    assert buttons(answer.blocks) == [
        ("dataset.tune", f"dataset acme/rows {carried}text=text label=label"),
        ("dataset.rows", "1 dataset acme/rows base=acme/router"),
    ]


@pytest.mark.parametrize(
    "roles",
    [{"text": "a", "text_pair": "b", "label": "c"}, {"text": "two\nlines", "label": "c"}],
    ids=["a pair", "a name that nobody can type"],
)
def test_columns_that_cannot_be_named_are_left_to_be_found(roles: dict[str, str]) -> None:
    look = DatasetLook(SOURCE, "mit", SEEN.model_copy(update={"roles": roles}))
    parts = cast("Parts", SimpleNamespace(planner=SimpleNamespace(inspect=lambda _command, _user: look)))
    answer = datasets.inspect(parts, ASKING, commands.InspectDataset(dataset="acme/rows"))
    assert buttons(answer.blocks)[0] == ("dataset.tune", "dataset acme/rows")


@pytest.mark.parametrize("value", ["", "x dataset a/b", "5", "5 runs", "5 dataset", "-1 dataset a/b"])
def test_a_foreign_value_of_a_button_is_a_mistake(value: str) -> None:
    with pytest.raises(Mistake, match="I no longer know which dataset this button belongs to"):
        datasets.more_rows(cast("Parts", SimpleNamespace()), Caller(ANA, "C1"), value)


@pytest.mark.parametrize("seen", [SEEN, HUGE, HUGE.model_copy(update={"rows": []})], ids=["usual", "huge", "no rows"])
def test_every_answer_is_one_that_slack_takes(seen: Inspection) -> None:
    whole = build_inspection(SOURCE, "mit", seen, "dataset a/b", "dataset a/b")
    for text, blocks in (whole, build_rows(SOURCE, seen, "d")):
        check_message_blocks(blocks, lambda _reference: True)
        assert not any(sign in text + shown(blocks) for sign in ("<!", "<@"))


# What is typed


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("dataset acme/rows", commands.InspectDataset(dataset="acme/rows")),
        ("data acme/rows@v1 split=test", commands.InspectDataset(dataset="acme/rows", revision="v1", split="test")),
        (
            "dataset https://huggingface.co/datasets/acme/rows base=gpt2 config=en text=body label=kind",
            commands.InspectDataset(
                dataset="acme/rows", base="gpt2", config="en", columns=commands.Columns(text="body", label="kind")
            ),
        ),
    ],
)
def test_it_is_read_and_written_again(typed: str, read: commands.InspectDataset) -> None:
    def clock() -> Any:
        raise AssertionError("no time was typed")

    assert commands.parse(typed, clock) == read
    assert commands.parse(commands.to_text(read), clock) == read


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("dataset", "Which dataset? Write `dataset repo"),
        ("dataset a/b c/d", "I do not know what to do with `c/d`."),
        ("dataset https://huggingface.co/acme/model", "`acme/model` is a model. `/hf info acme/model` shows it."),
        ("dataset spaces/acme/app", "That is a Space."),
    ],
)
def test_what_is_no_dataset_is_said_before_anybody_is_asked(typed: str, said: str) -> None:
    with pytest.raises(Mistake) as error:
        commands.parse(typed, lambda: pytest.fail("no time was typed"))
    assert error.value.sentence.startswith(said)


# The whole way


@pytest.mark.story
def test_a_dataset_is_looked_into_and_trained_on_from_there(
    workspace: driver.Sandbox, hugops: driver.Bot, tmp_path: Path
) -> None:
    assert hugops
    from huggingface_hub import HfApi

    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    hub_content.upload(api, "dataset", "acme/reviews", hub_content.review_dataset(240))
    hub_content.upload(api, "model", "acme/tiny", hub_content.tiny_bert(tmp_path))
    workspace.command("ana", "dataset acme/reviews base=acme/tiny")
    answer = workspace.wait_text("acme/reviews · 2 splits, 320 rows", "ana")
    page = shown(answer["blocks"])
    assert "length in tokens: half have at most 13" in page
    assert "the base reads 64" in page
    workspace.click("ana", answer, "dataset.rows")
    assert "*6* text: " in shown(workspace.wait_text("acme/reviews · Rows 6 to 10 of 240 in train", "ana")["blocks"])
    workspace.click("ana", answer, "dataset.tune")
    view = driver.wait_for(lambda: workspace.view("ana"), 20)
    assert {key: value for key, value in driver.entered(view).items() if value} == {
        "base": "acme/tiny",
        "dataset": "acme/reviews",
        "text": "text",
        "label": "label",
    }
    workspace.click("ana", answer, "answer.post")
    (posted,) = driver.wait_for(lambda: workspace.about("answer"), 40)
    assert posted["text"] == answer["text"]
