"""A model's page in full, and two models side by side."""

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from huggingface_hub import CommitOperationAdd
from test_find_blocks import COMMITS, MAY, MODEL
from test_search import put

from core.blocks.comparison import build_comparison
from core.blocks.model import build_model
from core.hub import Hub, Metric
from core.store.releases import Release
from core.store.tries import Tally
from handlers import find
from handlers.parts import Parts
from sandbox.workspace.rules.messages import check_message_blocks
from world.running_hub import RunningHub, put_model, running, safetensors

# A pickle that would call os.system.
HARMFUL = b"cos\nsystem\n(S'true'\ntR."
RELEASE = Release(
    3,
    "published",
    12,
    "acme/router",
    True,
    "U0ANA",
    "C1",
    MAY.timestamp(),
    MAY.timestamp(),
    None,
    1,
    None,
    (),
    "3fa9c1e",
    "v2",
    None,
    {"U0BO": "approve"},
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as started:
        yield started


@pytest.fixture(scope="module")
def hub(server: RunningHub) -> Hub:
    return Hub(server.url, "hf_ana")


def texts(blocks: list[dict[str, Any]]) -> list[str]:
    check_message_blocks(blocks, lambda _reference: True)
    shown = [block["text"]["text"] for block in blocks if block["type"] == "section" and "text" in block]
    shown += [field["text"] for block in blocks for field in block.get("fields", ())]
    return shown + [one["text"] for block in blocks if block["type"] == "context" for one in block["elements"]]


def test_the_hubs_scan_is_told(server: RunningHub, hub: Hub) -> None:
    put(server, "acme/harmful", {"pytorch_model.bin": HARMFUL})
    put(server, "acme/harmless", {"model.safetensors": safetensors(w=(2,))})
    harmful, harmless = hub.model("acme/harmful"), hub.model("acme/harmless")
    assert (harmful.scanned, harmful.flagged) == (True, (("pytorch_model.bin", "unsafe"),))
    assert (harmless.scanned, harmless.flagged) == (True, ())
    page = texts(build_model(harmful, [])[1])
    assert "*Security*\npytorch_model.bin (unsafe)" in page
    assert any("can do harm" in text for text in page)
    assert "*Security*\nscanned by the Hub, nothing found" in texts(build_model(harmless, [])[1])


def test_our_own_releases_stand_on_the_page() -> None:
    page = texts(build_model(MODEL, COMMITS, [RELEASE])[1])
    ours = next(text for text in page if text.startswith("*Our releases of it*"))
    assert ours.splitlines()[1].startswith("`P3` v2 from `R12` · asked by <@U0ANA> · approved by <@U0BO> · <!date^")


def test_two_models_stand_in_one_table() -> None:
    other = replace(
        MODEL,
        id="acme/other",
        license=None,
        parameters_total=None,
        safe=False,
        metrics=(Metric("Text Classification", "Tickets", "Accuracy", 0.9), Metric("", "else", "f1", 1.0)),
    )
    text, blocks = build_comparison(MODEL, other)
    assert text == "acme/router beside acme/other"
    page = texts(blocks)
    lines = [line.split("  ") for line in page[1].strip("`").splitlines()]
    cells = {line[0]: [cell.strip() for cell in line[1:] if cell.strip()] for line in lines}
    assert cells["licence"] == ["apache-2.0", "none given"]
    assert cells["parameters"] == ["22.7M", "–"]
    assert cells["weights"] == ["90.9 MB safetensors", "90.9 MB pickle only"]
    assert cells["updated"] == ["2026-05-04", "2026-05-04"]
    assert page[2] == "*Metrics in common, as their cards report them*\n```accuracy on tickets  0.8123  0.9```"


def test_two_real_models_are_compared_from_the_hub(server: RunningHub, hub: Hub) -> None:
    for name in ("acme/one", "acme/two"):
        put_model(server, name)
    page = texts(build_comparison(hub.model("acme/one"), hub.model("acme/two"))[1])
    assert "accuracy on Reviews  0.75  0.75" in page[2]


def test_extremes_and_the_same_model_twice_fit_one_message() -> None:
    metrics = tuple(Metric("t" * 300, "d" * 300, f"{number}" * 100, number) for number in range(99))
    huge = replace(MODEL, id="a" * 96 + "/" + "b" * 96, languages=("en",) * 99, metrics=metrics, task="t" * 200)
    texts(build_comparison(huge, huge)[1])
    flagged = tuple((f"{'d/' * 80}{number}.bin", "unsafe") for number in range(300))
    texts(build_model(replace(huge, flagged=flagged), COMMITS * 9, [RELEASE] * 50)[1])


def test_a_model_without_metrics_in_common_says_so() -> None:
    page = texts(build_comparison(MODEL, replace(MODEL, metrics=()))[1])
    assert page[-1] == "Their cards report no metric on the same data."


def test_an_older_revision_shows_the_commits_up_to_it(server: RunningHub, hub: Hub) -> None:
    old = put(server, "acme/aged", {"model.safetensors": safetensors(w=(2,))})
    server.api("ana").create_commit(
        "acme/aged", [CommitOperationAdd("model.safetensors", safetensors(w=(9,)))], commit_message="Newer weights"
    )
    never = SimpleNamespace(newest=lambda _repo: [], tally=lambda _repo: Tally(0, 0, 0))
    parts = cast("Parts", SimpleNamespace(hub=hub, releases=never, tries=never))
    newest, oldest = (str(find.info(parts, "acme/aged", revision).blocks) for revision in (None, old))
    assert "Newer weights" in newest
    assert "Newer weights" not in oldest
    assert f"commit `{old[:7]}`" in oldest
