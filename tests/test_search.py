"""Search in full: every filter at a working Hub, what each hit tells, and what is to blame for nothing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import CommitOperationAdd, constants, hf_hub_download, snapshot_download

from core.blocks.search import Instead, Known, build_search, encode_query, written
from core.errors import Mistake
from core.hub import Hit, Hub, Page, Query, cached, filters_of
from sandbox.workspace.rules.messages import check_message_blocks
from world.running_hub import RunningHub, running, safetensors

SMALL = safetensors(weight=(2, 3))
CARD = b"---\nlicense: mit\nbase_model: acme/base\ndatasets: [acme/tickets]\npipeline_tag: fill-mask\n---\nA model.\n"
EVERYTHING = Query(
    "model",
    "words",
    "fill-mask",
    "transformers",
    "en",
    "mit",
    "acme",
    "downloads",
    10**9,
    "acme/tickets",
    "acme/base",
    gated=False,
    inference=True,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHub]:
    with running(tmp_path_factory.mktemp("hub")) as started:
        yield started


@pytest.fixture(scope="module")
def hub(server: RunningHub) -> Hub:
    return Hub(server.url, "hf_ana")


def put(server: RunningHub, repo: str, files: dict[str, bytes], kind: str = "model", **settings: Any) -> str:
    api = server.api("ana")
    api.create_repo(repo, repo_type=kind, private=False, space_sdk="static" if kind == "space" else None)
    operations = [CommitOperationAdd(path, content) for path, content in files.items()]
    commit = api.create_commit(repo, operations, commit_message="Add it", repo_type=kind)
    if settings:
        api.update_repo_settings(repo, repo_type=kind, **settings)
    return commit.oid


def ids(hub: Hub, query: Query) -> list[str]:
    return [hit.id for hit in hub.search(query).hits]


@pytest.fixture(scope="module")
def shelf(server: RunningHub) -> None:
    """Two models that differ in everything that can be filtered by."""
    put(server, "acme/shelf-open", {"README.md": CARD, "model.safetensors": SMALL})
    put(server, "acme/shelf-gated", {"README.md": b"---\nlicense: mit\n---\n"}, gated="auto")


@pytest.mark.parametrize("more", [{"dataset": "acme/tickets"}, {"base": "acme/base"}, {"gated": False}], ids=str)
def test_each_further_filter_leaves_only_what_matches(hub: Hub, shelf: None, more: dict[str, Any]) -> None:
    assert ids(hub, Query(words="shelf", **more)) == ["acme/shelf-open"]
    assert ids(hub, Query(words="shelf", gated=True)) == ["acme/shelf-gated"]


def test_what_no_provider_serves_is_left_out(hub: Hub, shelf: None) -> None:
    assert ids(hub, Query(words="shelf", inference=True)) == []


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (Query("dataset", size_max=9), "`size` counts parameters, so it goes with models only."),
        (Query("dataset", base="a/b"), "`base` goes with models only."),
        (Query("space", task="fill-mask"), "`task` goes with models and datasets only."),
    ],
)
def test_a_filter_that_a_kind_does_not_have_is_refused(hub: Hub, query: Query, why: str) -> None:
    with pytest.raises(Mistake) as refused:
        hub.search(query)
    assert refused.value.sentence == f"{why} Leave it out to search {query.kind}s."


def test_a_hit_tells_its_size_on_disk_and_whether_it_is_pickle_alone(server: RunningHub, hub: Hub) -> None:
    put(server, "acme/weighed-safe", {"model.safetensors": SMALL, "pytorch_model.bin": b"\x80\x04K\x01."})
    put(server, "acme/weighed-pickle", {"pytorch_model.bin": b"\x80\x04K\x01."})
    told = {hit.id: (hit.disk_bytes, hit.unsafe) for hit in hub.search(Query(words="weighed")).hits}
    assert told == {"acme/weighed-safe": (24, False), "acme/weighed-pickle": (None, True)}


def test_a_dataset_tells_its_rows_formats_and_size(server: RunningHub, hub: Hub) -> None:
    put(server, "acme/told-rows", {"data.csv": b"text\nsaluton\n", "more.jsonl": b'{"text": "bonan"}\n'}, "dataset")
    hit = hub.search(Query("dataset", "told-rows")).hits[0]
    assert (hit.rows, hit.formats) == ("n<1K", ("csv", "json"))
    attributes = sum(file.size for file in hub.dataset("acme/told-rows").files)
    assert hit.disk_bytes == attributes


def test_spaces_are_found_and_only_looked_at(server: RunningHub, hub: Hub) -> None:
    front = b"---\nsdk: static\nlicense: mit\n---\n"
    put(server, "acme/tickets-demo", {"README.md": front, "index.html": b"hi"}, "space")
    found = hub.search(Query("space", "tickets-demo", license="mit"))
    hit = found.hits[0]
    assert (hit.id, hit.url, hit.library) == (
        "acme/tickets-demo",
        f"{hub.endpoint}/spaces/acme/tickets-demo",
        "static",
    )
    _, blocks = build_search(found, "spaces tickets-demo", encode_query(Query("space", "tickets-demo"), 1))
    assert [(one["text"]["text"], one["url"]) for one in blocks[3]["elements"]] == [("Details", hit.url)]


def test_what_lies_in_the_cache_is_told_at_its_newest_commit_alone(
    server: RunningHub, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = put(server, "acme/kept-old", {"model.safetensors": SMALL})
    put(server, "acme/kept-config", {"config.json": b"{}", "model.safetensors": SMALL})
    put(server, "acme/kept-here", {"model.safetensors": SMALL})
    put(server, "acme/kept-rows", {"data.csv": b"text\nsaluton\n"}, "dataset")
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    where: dict[str, Any] = {"endpoint": server.url, "cache_dir": tmp_path, "token": "hf_ana"}
    snapshot_download("acme/kept-old", **where)
    snapshot_download("acme/kept-here", **where)
    snapshot_download("acme/kept-rows", repo_type="dataset", **where)
    hf_hub_download("acme/kept-config", "config.json", **where)
    server.api("ana").create_commit(
        "acme/kept-old", [CommitOperationAdd("model.safetensors", safetensors(w=(9,)))], commit_message="New"
    )
    assert hub.main_sha("acme/kept-old") != old
    assert cached(hub.search(Query(words="kept")).hits) == {"acme/kept-here"}
    assert cached(hub.search(Query("dataset", "kept")).hits) == {"acme/kept-rows"}


@pytest.mark.parametrize(
    ("query", "to_blame"),
    [
        (Query(words="shelf-open", task="text-generation", license="mit"), ("task",)),
        (Query(words="shelf", task="fill-mask", gated=True), ("task", "gated")),
        (Query(words="no-such-word", task="fill-mask"), ("words",)),
        (Query(words="no-such-word"), ()),
        (Query(words="shelf", task="nothing", license="nothing"), ()),
        (Query(author="nobody"), ("author",)),
    ],
)
def test_the_filter_that_excludes_all_is_found(hub: Hub, shelf: None, query: Query, to_blame: tuple[str]) -> None:
    assert ids(hub, query) == []
    assert hub.excluding(query) == to_blame


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("shlef", ("shelf",)),
        ("shelf-opne", ("shelf-open",)),
        ("acmee", ("acme",)),
        ("shelf opne", ("shelf open", "shelf", "open")),
        ("shelf nothing", ("shelf",)),
        ("shelf", ()),
        ("zzzzzz", ()),
        ("q", ()),
    ],
)
def test_words_that_find_nothing_are_put_right_or_taken_off(
    hub: Hub, shelf: None, typed: str, others: tuple[str, ...]
) -> None:
    assert hub.other_words(Query(words=typed)) == others


def nothing(query: Query, excluding: tuple[str, ...] | None) -> tuple[str, list[tuple[str, str]]]:
    """The advice, and the buttons with their labels, under an empty search."""
    _, blocks = build_search(Page((), 1, has_next=False), "typed", encode_query(query, 1), instead=Instead(excluding))
    check_message_blocks(blocks, lambda _reference: True)
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return blocks[1]["text"]["text"], [(one["action_id"], one["text"]["text"]) for row in rows for one in row]


def test_nothing_found_names_the_one_filter_to_take_off() -> None:
    query = Query(words="router", task="fill-mask", license="mit")
    assert nothing(query, ("task",)) == (
        "`task=fill-mask` excludes all: without it there are some. Take it off:",
        [("search.without_task", "✕ task=fill-mask")],
    )


def test_nothing_found_says_when_the_words_are_to_blame_or_no_filter_alone() -> None:
    query = Query(words="router`<!here>", task="fill-mask", gated=True)
    assert nothing(query, ("words", "gated")) == (
        "`router'&lt;!here&gt;` and `gated=yes` do not go together: without one of them there are some. Take one off:",
        [("search.without_words", "✕ router`<!here>"), ("search.without_gated", "✕ gated=yes")],
    )
    advice, buttons = nothing(query, ())
    assert advice.startswith("No filter alone is to blame")
    assert [action for action, _ in buttons] == ["search.without_task", "search.without_gated"]


def test_every_filter_at_once_is_written_and_fits_its_buttons() -> None:
    assert [written(EVERYTHING, field) for field in filters_of(EVERYTHING)] == [
        "task=fill-mask",
        "library=transformers",
        "language=en",
        "license=mit",
        "author=acme",
        "gated=no",
        "size<=1B",
        "dataset=acme/tickets",
        "base=acme/base",
        "inference=yes",
    ]
    long = replace(EVERYTHING, dataset="\x01" * 500, base="\x01" * 500, words="\x01" * 5000)
    assert len(encode_query(long, 9)) <= 2000


HIT = Hit("model", "acme/a", None, None, 1, 1, None, 10, "mit", True, False, (), "http://h.test/acme/a", unsafe=True)


def facts(hit: Hit, known: Known) -> list[str]:
    _, blocks = build_search(Page((hit,), 1, has_next=False), "a", encode_query(Query(hit.kind), 1), known)
    check_message_blocks(blocks, lambda _reference: True)
    return str(blocks[2]["elements"][0]["text"]).partition("\n")[0].split(" · ")


def test_a_hit_carries_its_marks() -> None:
    known = Known(frozenset({"acme/a"}), frozenset({"acme/a"}))
    assert facts(replace(HIT, disk_bytes=90_900_000), known) == [
        "10 parameters",
        "90.9 MB on disk",
        "1 download",
        "1 like",
        "mit",
        "*gated*",
        "*pickle files only*",
        "in the cache here",
        "*published by us*",
    ]


@pytest.mark.parametrize(
    ("category", "said"), [("1K<n<10K", "1K to 10K rows"), ("n<1K", "under 1K rows"), ("n>1T", "over 1T rows")]
)
def test_a_dataset_hit_says_its_rows_in_words(category: str, said: str) -> None:
    hit = replace(HIT, kind="dataset", rows=category, formats=("csv", "parquet"), unsafe=False, parameters=None)
    assert facts(hit, Known()) == [said, "csv, parquet", "1 download", "1 like", "mit", "*gated*", "dataset"]
