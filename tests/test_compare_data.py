"""Two classifiers on rows of a dataset: the figures by hand, the rows that are drawn, and the whole way in chat."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk import WebClient
from test_find_blocks import MODEL

from core.answers import Caller
from core.blocks.compared_rows import Compared, Contender, build_compared_rows
from core.comparing import Accuracy, Matched, align_labels, kappa, match_labels, mcnemar, wilson
from core.errors import Mistake, WorkerError
from core.notes import Notes
from core.outbox import Outbox
from core.replies import Replies
from core.results import Score, Scores
from jobs.inference import protocol
from jobs.inference.asking.rows import Turns, ask_in_turns
from jobs.inference.asking.workbench import Workbench
from jobs.inference.client import InferenceFailed
from jobs.inference.protocol import Request
from sandbox.workspace.rules.messages import check_message_blocks
from world import driver, hub_content

GENERIC = ("LABEL_0", "LABEL_1")
WITHOUT_TORCH = """
import sys
from jobs.training.examine import main
sys.argv.append("sample")
main()
assert "torch" not in sys.modules
"""


@pytest.mark.parametrize(
    ("labels", "names", "declared", "matched"),
    [
        (("NEGATIVE", "POSITIVE"), ("pos", "neg"), False, Matched({"POSITIVE": "pos", "NEGATIVE": "neg"}, "name")),
        (("a_b", "c d"), ("C-D",), False, Matched({"c d": "C-D"}, "name")),
        (("1 star", "2 stars", "10 stars"), ("1", "2"), True, Matched({"1 star": "1", "2 stars": "2"}, "name")),
        (GENERIC, ("neg", "pos"), True, Matched({"LABEL_0": "neg", "LABEL_1": "pos"}, "number")),
        (GENERIC, ("neg", "pos"), False, None),
        (("bad", "good"), ("0", "1"), True, Matched({"bad": "0", "good": "1"}, "number")),
        (("sport", "politics"), ("neg", "pos"), True, None),
        (("positive", "positively"), ("posi",), False, None),
        (("x", "y"), (), False, None),
    ],
)
def test_labels_go_together_by_name_or_by_number(
    labels: tuple[str, ...], names: tuple[str, ...], declared: bool, matched: Matched | None
) -> None:
    assert match_labels(labels, names, declared=declared) == matched


def test_figures_are_those_of_the_textbooks() -> None:
    found = wilson(81, 263)  # Newcombe (1998), table I
    assert (round(found.low, 4), round(found.high, 4)) == (0.2553, 0.3662)
    assert replace(wilson(0, 20), high=0) == Accuracy(0, 20, 0.0, 0)
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(first, second) == pytest.approx(0.4)  # 20, 5, 10 and 15 of 50: 0.7 seen, 0.5 by chance
    assert kappa(["y"], ["y"]) is None
    assert [round(mcnemar(*torn), 4) for torn in ((0, 0), (1, 9), (9, 1), (5, 5))] == [1.0, 0.0215, 0.0215, 1.0]


@given(st.integers(0, 500), st.integers(0, 500))
def test_the_significance_is_a_chance_whatever_the_rows(first: int, second: int) -> None:
    assert 0 <= mcnemar(first, second) == mcnemar(second, first) <= 1


def side(decided: list[str], **more: Any) -> Contender:
    return Contender(
        **{
            "model": "acme/a",
            "revision": "3fa9c1e" + "0" * 33,
            "url": MODEL.url,
            "labels": ("neg", "pos"),
            "called": {},
            "decided": decided,
            "matched": Matched({"neg": "neg", "pos": "pos"}, "name"),
            "rate": 41.26,
            "device": "cpu",
            "engine": "torch",
            **more,
        }
    )


def compared(*sides: Contender, labels: list[str | None], **more: Any) -> Compared:
    rows = len(labels)
    return Compared(
        **{
            "task": "text-classification",
            "dataset": "acme/rows",
            "url": "http://hub.test/datasets/acme/rows",
            "revision": "5f1c" + "0" * 36,
            "split": "test",
            "total": 900,
            "wanted": rows,
            "labels": labels,
            "texts": [f"row <{number}> `x` <!channel>" for number in range(rows)],
            "sides": sides,
            **more,
        }
    )


def shown(of: Compared) -> tuple[str, str]:
    text, blocks = build_compared_rows(of)
    check_message_blocks(blocks, lambda _reference: True)
    return text, json.dumps(blocks, ensure_ascii=False)


def test_both_are_judged_and_the_rows_between_them_are_shown() -> None:
    first = side(["neg", "pos", "pos", "neg"])
    second = side(["neg", "neg", "pos", "pos"], model="acme/b")
    text, blocks = shown(compared(first, second, labels=["neg", "pos", "neg", "neg"]))
    assert text == "acme/a and acme/b on acme/rows: Same answer on 2 of 4 rows (50.0%), Cohen's kappa 0.00"
    assert "on 4 of 900 rows of `test`" in blocks
    assert "acme/a  0.750     0.301–0.954    3/4    41.3" in blocks
    assert "Only acme/a is right on 2 rows, only acme/b on 0: no significant difference (p = 0.5, McNemar)." in blocks
    assert "pos    pos  neg  row &lt;1&gt; `x` &lt;!channel&gt;" in blocks
    assert "<!channel>" not in text + blocks


def test_labels_that_do_not_go_together_are_told() -> None:
    first = side(
        ["LABEL_0", "LABEL_1"], labels=GENERIC, matched=Matched({"LABEL_0": "neg", "LABEL_1": "pos"}, "number")
    )
    second = side(["sport", "sport"], model="acme/b", labels=("politics", "sport"), matched=None)
    text, blocks = shown(compared(first, second, labels=["neg", "neg"], total=2))
    assert text.endswith("Their labels have different names, so agreement cannot be counted")
    assert "No accuracy of acme/b: its labels (`politics, sport`) do not go with the data's." in blocks
    assert "_Labels of acme/a taken by their number: LABEL_0 = neg, LABEL_1 = pos._" in blocks
    assert "on all 2 rows" in blocks


def test_rows_without_labels_still_tell_how_often_both_agree() -> None:
    first = side(["LABEL_1"], labels=GENERIC, matched=None, called={"LABEL_0": "negative", "LABEL_1": "positive"})
    second = side(["pos"], model="acme/b", matched=None)
    text, blocks = shown(compared(first, second, labels=[None], wanted=7))
    assert text.endswith("Same answer on 1 of 1 rows (100.0%)")
    assert "These rows have no labels, so there is no accuracy." in blocks
    assert "*stopped by the time limit*: 7 were wanted" in blocks


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (("NEGATIVE", "POSITIVE"), ("neg", "pos"), {"neg": "NEGATIVE", "pos": "POSITIVE"}),
        (("pos", "neg"), ("neg", "pos"), {"neg": "neg", "pos": "pos"}),
        (("neg", "neutral", "pos"), ("neg", "pos"), {"neg": "neg", "pos": "pos"}),
        (("neg", "pos"), ("neg", "neutral", "pos"), {"neg": "neg", "neutral": "neutral", "pos": "pos"}),
        (GENERIC, GENERIC, {"LABEL_0": "LABEL_0", "LABEL_1": "LABEL_1"}),
        (GENERIC, ("neg", "pos"), None),
        (("sport", "news"), ("neg", "pos"), None),
        (("neg",), ("neg", "negative"), None),
    ],
)
def test_labels_of_two_models_go_together_the_same_way_on_texts_and_on_data(
    ours: tuple[str, ...], theirs: tuple[str, ...], same: dict[str, str] | None
) -> None:
    assert align_labels(ours, theirs) == same


def test_more_is_compared_on_the_same_data_with_the_models_as_they_were_typed() -> None:
    first, second = side(["neg"]), side(["neg"], model="acme/b")
    _text, blocks = build_compared_rows(compared(first, second, labels=["neg"], asked="acme/a@v1 acme/b"))
    [more] = blocks[-1]["elements"]
    assert more["value"] == "acme/a@v1 acme/b on acme/rows"


def test_rows_that_are_left_out_of_a_figure_are_counted_beside_it() -> None:
    first, second = side(["neg", "pos", "pos"]), side(["neg", "neg", "pos"], model="acme/b")
    _text, blocks = shown(compared(first, second, labels=["neg", "pos", None], total=5, empty=2))
    assert "on 3 of 5 rows of `test`" in blocks
    assert " · 2 rows without a text left out · 1 row without a label: not in the accuracy" in blocks
    assert "acme/a  1.000     0.342–1.000    2/2" in blocks


def test_extremes_fit_one_message() -> None:
    long = side(["<" * 300, ">" * 300] * 500, model="a" * 96 + "/" + "b" * 96, matched=None, labels=("<" * 300,) * 99)
    other = replace(long, decided=[">" * 300] * 1000, model="c" * 96 + "/" + "d" * 96)
    shown(compared(long, other, labels=["&" * 300] * 1000, texts=["&" * 20_000] * 1000, split="`" * 90))


class Worker:
    """Answers `batches` batches, each in a minute, and is then too slow; keeps what was said in between."""

    def __init__(self, batches: int, labels: int = 2) -> None:
        self.batches, self.labels, self.told = batches, labels, list[str]()

    def ask(self, request: Request, _seconds: float) -> protocol.Reply:
        self.batches -= 1
        if self.batches < 0:
            raise InferenceFailed("timeout", "acme/router gave no answer.")
        scores = Scores(tuple(Score(f"LABEL_{at}", 0.5) for at in range(self.labels)))
        return protocol.Reply(request.id, [scores] * len(request.inputs), seconds=60.0)

    def chat_postEphemeral(self, text: str, **_where: object) -> None:  # noqa: N802  # Slack's own name
        self.told.append(text)

    def location(self, _message: str) -> None:
        """Nothing was shown of the answer yet."""


def in_turns(worker: Worker, rows: int = 120) -> list[Turns]:
    client, outbox = cast("WebClient", worker), cast("Outbox", worker)
    replies = Replies(Notes(client, outbox), outbox, client)
    bench = cast("Workbench", SimpleNamespace(inference=worker, replies=replies))
    turns = (Turns(MODEL), Turns(MODEL))
    ask_in_turns(bench, Caller("U1", "C1"), turns, ["x"] * rows, ("text-classification", {}))
    return list(turns)


def test_a_comparison_tells_how_long_it_takes_and_what_was_measured_in_time() -> None:
    worker = Worker(batches=5)
    first, second = in_turns(worker)
    assert (len(first.decided), len(second.decided)) == (120, 100)
    assert worker.told == [":hourglass_flowing_sand: 50 of 120 rows are done; about 3 min more."]
    assert second.rate == pytest.approx(50 / 60)  # the first batch may have met a cold model


def test_a_comparison_that_cannot_begin_says_why() -> None:
    with pytest.raises(WorkerError, match="gave no answer"):
        in_turns(Worker(batches=1))
    with pytest.raises(Mistake, match="no class"):
        in_turns(Worker(batches=9, labels=1))


def draw(folder: Path, **request: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH],
        input=json.dumps({"repo": str(folder / "data"), "revision": "main", **request}),
        capture_output=True,
        text=True,
        cwd=driver.ROOT,
        env=os.environ | {"HF_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_rows_are_drawn_from_a_labelled_split_the_same_ones_each_time(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "train.csv").write_text(hub_content.reviews(40, 1))
    (tmp_path / "data" / "test.csv").write_text("text,label\n" + "".join(f"row {number},\n" for number in range(30)))
    first = draw(tmp_path, rows=10)
    assert {key: first[key] for key in ("ok", "split", "total", "text", "label", "names", "declared")} == {
        "ok": True,
        "split": "train",
        "total": 40,
        "text": "text",
        "label": "label",
        "names": ["neg", "pos"],
        "declared": False,
    }
    assert (len(first["texts"]), set(first["labels"])) == (10, {"neg", "pos"})
    assert draw(tmp_path, rows=10) == first
    bare = draw(tmp_path, split="test")
    assert (len(bare["texts"]), set(bare["labels"])) == (30, {None})
    assert draw(tmp_path, split="dev")["reason"].endswith("has no split `dev`. The splits are `train` and `test`.")


def test_a_class_called_none_and_a_text_called_so_are_drawn_as_they_stand(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = "".join(f"{text};{label}\n" for text, label in [("None", "NA"), ("a film", "None"), ("", "NA")] * 10)
    (tmp_path / "data" / "train.csv").write_text("text;label\n" + rows)
    drawn = draw(tmp_path, rows=30)
    assert (drawn["total"], drawn["empty"], drawn["names"]) == (30, 10, ["NA", "None"])
    assert list(zip(drawn["texts"], drawn["labels"], strict=True)) == [("None", "NA"), ("a film", "None")] * 10


def test_what_minus_one_means_is_told_by_the_whole_split(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    rows = "".join(f"row {at},{(-1, 0, 1, 2)[at % 4]}\n" for at in range(40))
    (tmp_path / "data" / "train.csv").write_text("text,label\n" + rows)
    drawn = draw(tmp_path, rows=3)
    expected = [(None, "0", "1", "2")[int(text.removeprefix("row ")) % 4] for text in drawn["texts"]]
    assert (drawn["labels"], drawn["names"]) == (expected, ["0", "1", "2"])


def classifier(folder: Path, seed: int, card: str, **config: Any) -> dict[str, bytes]:
    """A random BERT with two labels, as files."""
    from transformers import BertConfig, BertForSequenceClassification, set_seed

    files = hub_content.tiny_bert(folder)
    set_seed(seed)
    shape = BertConfig.from_pretrained(folder, **config)
    BertForSequenceClassification(shape).save_pretrained(folder / "classifier")
    made = {path.name: path.read_bytes() for path in (folder / "classifier").iterdir()}
    front = "---\nlicense: mit\nlibrary_name: transformers\npipeline_tag: text-classification\n---\n"
    return files | made | {"README.md": (front + card).encode()}


pytestmark = pytest.mark.xdist_group("compare_data")


@pytest.fixture(scope="module")
def models(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> driver.Sandbox:
    """A workspace with a bot, and on its Hub two classifiers, one for gaps, and labelled reviews."""
    from huggingface_hub import HfApi

    folder = tmp_path_factory.mktemp("models")
    api = HfApi(endpoint=workspace.ready["hub_endpoint"], token=workspace.ready["hub_token"])
    names = {"id2label": {0: "NEGATIVE", 1: "POSITIVE"}, "label2id": {"NEGATIVE": 0, "POSITIVE": 1}}
    hub_content.upload(api, "model", "acme/worded", classifier(folder / "a", 1, "# x\n", **names))
    hub_content.upload(
        api, "model", "acme/numbered", classifier(folder / "b", 5, "# x\n\nLABEL_0: neg; LABEL_1: pos\n")
    )
    entails = {"id2label": {0: "entailment", 1: "other"}, "label2id": {"entailment": 0, "other": 1}}
    hub_content.upload(api, "model", "acme/entails", classifier(folder / "d", 2, "# x\n", **entails))
    hub_content.upload(api, "model", "acme/gaps", hub_content.tiny_bert(folder / "c"))
    hub_content.upload(api, "dataset", "acme/reviews", hub_content.review_dataset())
    return workspace


def test_two_models_are_compared_on_a_dataset_in_chat(models: driver.Sandbox) -> None:
    models.command("ana", "compare acme/worded acme/numbered on acme/reviews rows=60")
    answer = models.wait_text("acme/worded and acme/numbered on acme/reviews: Same answer on", seconds=120)
    blocks = json.dumps(answer["blocks"], ensure_ascii=False)
    assert "on 60 of 80 rows of `test`" in blocks
    assert "McNemar" in blocks
    assert "by their number" not in blocks  # the card says what LABEL_0 is
    models.command("ana", 'run acme/numbered "a warm film"')
    models.wait_text(" (LABEL_")
    # Models that take any labels are given those of the data.
    models.command("ana", "compare acme/entails acme/entails@main on acme/reviews rows=6 task=zero-shot-classification")
    assert "6/6" not in json.dumps(models.wait_text("Same answer on 6 of 6 rows")["blocks"])


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            "compare acme/gaps acme/gaps on acme/reviews",
            (
                "On a dataset I compare models that choose a label for a text (text-classification and "
                "zero-shot-classification); these are for `fill-mask`. Compare them on texts of your own, in quotes."
            ),
        ),
        (
            "compare acme/worded acme/numbered on acme/reviews split=dev",
            "acme/reviews has no split `dev`. The splits are `train` and `test`.",
        ),
        (
            "compare acme/worded acme/numbered on acme/worded",
            "`acme/worded` is a model, not a dataset. Write `compare org/model org/other on org/dataset`.",
        ),
    ],
)
def test_what_cannot_be_compared_on_a_dataset_is_told(models: driver.Sandbox, text: str, answer: str) -> None:
    models.command("ana", text)
    assert models.wait_text(answer)["text"] == answer
