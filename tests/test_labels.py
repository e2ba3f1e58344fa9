"""What labels that are only numbers are called: in cards as people write them, and in the data's own card."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from test_search import put

from core.hub import Hub
from core.hub.labels import names_in_card, names_in_config, names_in_features
from core.results import Reading, Score, Scores, Written
from world.running_hub import RunningHub, running, safetensors

THREE = ("negative", "neutral", "positive")
FRONT = "---\nlicense: mit\ntags:\n- 0: x\n- 1: y\n---\n"


@pytest.mark.parametrize(
    "card",
    [
        "LABEL_0: negative\nLABEL_1: neutral\nLABEL_2: positive",
        "Labels: 0 -> negative; 1 -> neutral; 2 -> positive",
        "Labels: 0 - skip\n\n- `LABEL_0` → negative\n- `LABEL_1` → neutral\n- `LABEL_2` → positive\n",
        "The labels are 0: negative, 1: neutral, 2: positive.",
        (
            "It answers with LABEL_0 (= negative)... or\n* **LABEL_0** = **negative**\n* **LABEL_1** = **neutral**\n"
            "* **LABEL_2** = **positive**"
        ),
        "| id | label |\n|----|-------|\n| 0 | negative |\n| 1 | neutral |\n| 2 | positive |\n",
        "| LABEL_0 | negative | 1,204 rows |\n| LABEL_1 | neutral | 1,000 rows |\n| LABEL_2 | positive | 3 rows |\n",
        '```python\nid2label = {0: "negative", 1: "neutral", 2: "positive"}\n```',
        "where 0 is negative, 1 is neutral and 2 is positive.",
        "| label | id |\n|---|---|\n| negative | LABEL_0 |\n| neutral | LABEL_1 |\n| positive | LABEL_2 |\n",
        "Classes: negative (0), neutral (1), positive (2).",
    ],
)
def test_a_card_names_its_labels(card: str) -> None:
    assert names_in_card(f"{FRONT}# A model\n\nScores: 0.91 on 3 sets.\n\n{card}\n\nMore: 7.", 3) == THREE


@pytest.mark.parametrize(
    "card",
    [
        "",
        "no labels here, only 0 and 1 and 2",
        "LABEL_0: negative\nLABEL_2: positive",  # one is missing
        "0: same, 1: same, 2: other",
        "LABEL_0: LABEL_0, LABEL_1: LABEL_1, LABEL_2: LABEL_2",
        "accuracy | 0.91\n1 | 2\n",
        "0: " + "a " * 30_000,
        "*" * 65_000,
        "0 :" * 20_000,
        FRONT,
    ],
)
def test_a_card_that_does_not_name_each_label_names_none(card: str) -> None:
    assert names_in_card(card, 3) == ()


def feature(names: object) -> dict[str, Any]:
    return {
        "features": [{"name": "text", "dtype": "string"}, {"name": "l", "dtype": {"class_label": {"names": names}}}]
    }


def test_the_classes_of_a_dataset_card_are_read_in_their_order() -> None:
    assert names_in_features(feature({"1": "pos", "0": "neg"}), 2) == ("neg", "pos")
    assert names_in_features([feature(["a", "b"]), feature(["a", "b"]), feature(["x", "y", "z"])], 2) == ("a", "b")
    for odd in (None, "x", [], [None], feature(["a", "b"]) | {"features": None}, feature("ab"), feature({"x": "y"})):
        assert names_in_features(odd, 2) == ()
    assert names_in_features([feature(["a", "b"]), feature(["c", "d"])], 2) == ()


def test_a_config_says_what_the_labels_are() -> None:
    assert names_in_config('{"id2label": {"1": "b", "0": "a"}}') == ("a", "b")
    assert names_in_config("{}") == ("LABEL_0", "LABEL_1")
    assert [names_in_config(odd) for odd in ("[", "[]", '{"id2label": {"x": "b"}}', '{"id2label": {"3": "b"}}')] == [
        ()
    ] * 4


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as started:
        config = json.dumps({"architectures": ["BertForSequenceClassification"]}).encode()
        files = {"config.json": config, "model.safetensors": safetensors(w=(2,))}
        declared = (
            "---\ndataset_info:\n  features:\n  - name: label\n    dtype:\n      class_label:\n        names:\n"
            "          '0': ham\n          '1': spam\n---\n"
        )
        put(started, "acme/mails", {"README.md": declared.encode()}, "dataset")
        put(
            started, "acme/says", files | {"README.md": b"---\nlicense: mit\n---\n# x\n\nLABEL_0: bad, LABEL_1: good\n"}
        )
        put(started, "acme/of-mails", files | {"README.md": b"---\ndatasets: [acme/gone, acme/mails]\n---\n# x\n"})
        put(started, "acme/silent", files)
        yield started


@pytest.mark.parametrize(
    ("repo", "labels"),
    [
        ("acme/says", ["good (LABEL_1)", "bad (LABEL_0)"]),
        ("acme/of-mails", ["spam (LABEL_1)", "ham (LABEL_0)"]),
        ("acme/silent", ["LABEL_1", "LABEL_0"]),
    ],
)
def test_an_answer_carries_the_names_that_were_found(server: RunningHub, repo: str, labels: list[str]) -> None:
    hub = Hub(server.url, "hf_ana")
    scores = (Score("LABEL_1", 0.8), Score("LABEL_0", 0.2))
    (named,) = hub.named(hub.model(repo), [Scores(scores, note=Reading("tokens", 64, 502))])
    expected = tuple(replace(one, label=label) for label, one in zip(labels, scores, strict=True))
    assert named == Scores(expected, note=Reading("tokens", 64, 502))


def test_labels_with_names_are_left_alone_and_nothing_is_asked() -> None:
    results = [Scores((Score("ham", 0.8),)), Written("LABEL_0")]
    assert Hub("http://127.0.0.1:9", "hf_ana").named(None, results) == results  # type: ignore[arg-type]
