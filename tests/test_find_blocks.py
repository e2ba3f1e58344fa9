"""Blocks of search results and of a repo's page: pure data in, pure data out."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.blocks.model import build_dataset, build_model
from core.blocks.search import Instead, Known, build_search, decode_pick, decode_query, encode_pick, encode_query
from core.errors import Mistake, Suggestion
from core.hub import Commit, Dataset, File, Hit, Metric, Model, Page, Query
from sandbox.workspace.rules.messages import check_message_blocks

MAY = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
HIT = Hit(
    kind="model",
    id="acme/router",
    task="text-classification",
    library="transformers",
    downloads=12_400,
    likes=3,
    updated=MAY,
    parameters=22_713_216,
    license="apache-2.0",
    gated=False,
    private=False,
    tags=("license:apache-2.0",),
    url="http://hub.test/acme/router",
)
MODEL = Model(
    id="acme/router",
    sha="3fa9c1e" + "0" * 33,
    author="acme",
    private=False,
    gated=False,
    task="text-classification",
    library="transformers",
    license="apache-2.0",
    languages=("en",),
    downloads=12_400,
    likes=3,
    updated=MAY,
    created=MAY,
    tags=(),
    files=(File("model.safetensors", 90_900_000, True), File("config.json", 612, False)),
    summary="Sends tickets <fast> to the right team.",
    url="http://hub.test/acme/router",
    base_models=("acme/base",),
    parameters={"F32": 22_713_216},
    parameters_total=22_713_216,
    weight_bytes=90_900_000,
    safe=True,
    metrics=(Metric("Text Classification", "tickets", "accuracy", 0.8123),),
)
COMMITS = [Commit("3fa9c1e" + "0" * 33, "Fix <b> & card", "ana", MAY)]


def searched(query: Query, page: Page, typed: str = "router") -> tuple[str, list[dict[str, Any]]]:
    return build_search(page, typed, encode_query(query, page.page))


def buttons(blocks: list[dict[str, Any]]) -> list[tuple[str, str | None]]:
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [(button["action_id"], button.get("value")) for row in rows for button in row]


def shown(blocks: list[dict[str, Any]]) -> str:
    return str([block for block in blocks if block["type"] != "actions"])


def assert_within_limits(blocks: list[dict[str, Any]]) -> None:
    """Raises what Slack would answer to these blocks."""
    check_message_blocks(blocks, lambda _reference: True)


queries = st.builds(
    Query,
    kind=st.sampled_from(["model", "dataset"]),
    words=st.text(max_size=150),
    task=st.none() | st.text(min_size=1, max_size=60),
    license=st.none() | st.just("apache-2.0"),
    sort=st.sampled_from(["downloads", "likes", "updated", "created", "trending"]),
    size_max=st.none() | st.integers(1, 10**12),
)


@given(queries, st.integers(1, 1000))
def test_a_query_survives_the_value_of_a_button(query: Query, page: int) -> None:
    assert decode_query(encode_query(query, page)) == (query, page)


@pytest.mark.parametrize("letter", ["ж", '"', "\x01"])
def test_a_very_long_query_still_fits_a_button(letter: str) -> None:
    long = letter * 5000
    value = encode_query(Query(words=long, task=long, library=long, language=long, license=long, author=long), 9)
    assert len(value) <= 2000


@pytest.mark.parametrize("value", ["", "3", "[]", "{}", '{"page":"x"}', '{"page":1,"sort":"name"}'])
def test_a_foreign_button_value_is_a_mistake(value: str) -> None:
    with pytest.raises(Mistake, match="Type it again"):
        decode_query(value)


def test_a_model_hit_shows_its_facts_four_buttons_and_one_beside_its_name() -> None:
    text, blocks = searched(Query(words="router"), Page((HIT,), 1, has_next=False))
    assert text == "Models for router · 1 found"
    assert buttons(blocks) == [
        ("model.try", "acme/router"),
        ("model.details", "acme/router"),
        ("model.tune", "acme/router"),
        ("model.watch", "acme/router"),
    ]
    beside = blocks[1]["accessory"]
    pick = encode_pick("acme/router", Query(words="router"), 1)
    assert (beside["action_id"], beside["value"]) == ("model.compare", pick)
    assert decode_pick(encode_pick("acme/router", Query(words="a b"), 2)) == ("acme/router", (Query(words="a b"), 2))
    assert blocks[1]["text"]["text"] == "*<http://hub.test/acme/router|acme/router>* · text-classification"
    facts = blocks[2]["elements"][0]["text"].split(" · ")
    assert [fact for fact in facts if not fact.startswith("updated")] == [
        "22.7M parameters",
        "12.4k downloads",
        "3 likes",
        "apache-2.0",
    ]
    assert_within_limits(blocks)


OBSTACLES = {
    "needs_code": "No Try or Fine-tune here: it runs its own code when loaded, which I never do.",
    "unsafe": "No Try or Fine-tune here: its weights are pickle, which can run code.",
    "weightless": "No Try or Fine-tune here: it has no safetensors weights.",
    "gated": "No Try or Fine-tune here: its terms have to be accepted first.",
}


@pytest.mark.parametrize("field", OBSTACLES)
def test_a_hit_that_cannot_be_loaded_says_why_in_place_of_the_buttons(field: str) -> None:
    flags: dict[str, Any] = {field: True}
    hit = replace(HIT, **flags)
    _, blocks = searched(Query(words="router"), Page((hit,), 1, has_next=False))
    assert [action for action, _ in buttons(blocks)] == ["model.details", "model.watch"]
    assert blocks[2]["elements"][0]["text"].rpartition("\n")[2] == OBSTACLES[field]


def test_a_gated_hit_that_lies_in_the_cache_can_be_tried() -> None:
    page = Page((replace(HIT, gated=True),), 1, has_next=False)
    _, blocks = build_search(page, "a", encode_query(Query(), 1), Known(cached=frozenset({HIT.id})))
    assert [action for action, _ in buttons(blocks)][:3] == ["model.try", "model.details", "model.tune"]


@pytest.mark.parametrize("task", ["image-classification", "automatic-speech-recognition", "object-detection"])
def test_what_reads_more_than_texts_is_tried_but_not_tuned(task: str) -> None:
    _, blocks = searched(Query(words="router"), Page((replace(HIT, task=task),), 1, has_next=False))
    assert [action for action, _ in buttons(blocks)][:2] == ["model.try", "model.details"]
    assert "model.tune" not in [action for action, _ in buttons(blocks)]
    _, blocks = build_model(replace(MODEL, task=task), COMMITS)
    assert [action for action, _ in buttons(blocks)] == ["model.try", "model.watch", "model.compare", "model.open"]
    assert "No Fine-tune here: I train models of texts alone." in shown(blocks)


@pytest.mark.parametrize(("commits", "offered"), [(COMMITS, True), ([], False)])
def test_a_gated_model_is_offered_to_those_who_were_let_in(commits: list[Commit], offered: bool) -> None:
    _, blocks = build_model(replace(MODEL, gated=True), commits)
    assert ("model.try" in [action for action, _ in buttons(blocks)]) is offered


def test_a_dataset_hit_can_be_looked_at_and_watched() -> None:
    hit = replace(HIT, kind="dataset", id="acme/tickets", gated=True, parameters=None)
    text, blocks = searched(Query("dataset", "tickets"), Page((hit,), 1, has_next=False), "datasets tickets")
    assert text == "Datasets for tickets · 1 found"
    assert buttons(blocks) == [("model.details", "acme/tickets"), ("model.watch", "acme/tickets")]
    assert blocks[2]["elements"][0]["text"].endswith("apache-2.0 · *gated* · dataset")


@pytest.mark.parametrize(
    ("page", "hits", "has_next", "counted"),
    [
        (1, 1, False, "1 found"),
        (1, 10, False, "10 found"),
        (1, 10, True, "page 1 · first 10"),
        (2, 10, True, "page 2 · 11 to 20"),
        (3, 4, False, "page 3 · 21 to 24 of 24"),
    ],
)
def test_hits_are_counted_as_far_as_the_hub_lists_them(page: int, hits: int, has_next: bool, counted: str) -> None:
    found = Page(tuple(replace(HIT, id=f"acme/r{at}") for at in range(hits)), page, has_next=has_next)
    assert searched(Query(words="router"), found)[0] == f"Models for router · {counted}"


def test_nothing_found_offers_what_was_meant_by_a_press() -> None:
    meant = [Suggestion(f"search {words}", f"search {words}") for words in ("router", "ticket")]
    query = Query(words="rooter ticket")
    _, blocks = build_search(Page((), 1, has_next=False), "x", encode_query(query, 1), instead=Instead((), meant))
    assert buttons(blocks) == [("command.run", "search router"), ("command.run", "search ticket")]
    assert_within_limits(blocks)


def test_ten_hits_with_every_filter_and_both_pages_fit_one_message() -> None:
    hits = tuple(replace(HIT, id=f"acme/router-{number}") for number in range(10))
    query = Query("model", "router", "text-classification", "transformers", "en", "mit", "acme", size_max=10**9)
    _, blocks = searched(query, Page(hits, 2, has_next=True))
    assert_within_limits(blocks)
    assert buttons(blocks)[-2:] == [
        ("search.previous", encode_query(query, 1)),
        ("search.next", encode_query(query, 3)),
    ]


def test_each_filter_can_be_taken_off() -> None:
    query = Query(words="router", task="fill-mask", size_max=10**9)
    _, blocks = searched(query, Page((HIT,), 3, has_next=False))
    assert buttons(blocks)[:2] == [
        ("search.without_task", encode_query(replace(query, task=None), 1)),
        ("search.without_size_max", encode_query(replace(query, size_max=None), 1)),
    ]


def test_no_result_says_which_filters_to_take_off() -> None:
    query = Query(words="router", task="fill-mask")
    text, blocks = searched(query, Page((), 1, has_next=False), "router task=fill-mask")
    assert text == "No models for router task=fill-mask"
    assert buttons(blocks) == [("search.without_task", encode_query(Query(words="router"), 1))]
    assert "`/hf search router`" in shown(blocks)


def test_no_result_without_filters_says_what_to_try() -> None:
    _, blocks = searched(Query(words="rooter"), Page((), 1, has_next=False), "rooter")
    assert "fewer or shorter words" in shown(blocks)
    assert buttons(blocks) == []


def test_a_later_page_that_is_empty_leads_back() -> None:
    query = Query(words="router")
    text, blocks = searched(query, Page((), 3, has_next=False))
    assert text == "Page 3 of models for router is empty by now"
    assert buttons(blocks) == [("search.previous", encode_query(query, 2))]


def test_what_people_type_cannot_ping_or_link() -> None:
    text, blocks = searched(Query(words="x"), Page((), 1, has_next=False), "<!channel> `<@U1>`")
    assert "<!" not in text + shown(blocks)
    assert "<@" not in text + shown(blocks)


def test_a_models_page_answers_whether_to_use_it() -> None:
    text, blocks = build_model(MODEL, COMMITS)
    assert text == "acme/router · text-classification · 22.7M parameters · apache-2.0"
    fields = [field["text"] for block in blocks for field in block.get("fields", ())]
    assert fields == [
        "*Parameters*\n22.7M (F32 22.7M)",
        "*Memory*\nabout 109 MB to answer\nabout 1.2 GB for a full fine-tune\nabout 890 MB for a LoRA fine-tune",
        "*Weights*\n90.9 MB (safetensors)",
        "*Base model*\n<http://hub.test/acme/base|acme/base>",
        "*Languages*\nen",
    ]
    assert buttons(blocks) == [
        ("model.try", "acme/router"),
        ("model.tune", "acme/router"),
        ("model.watch", "acme/router"),
        ("model.compare", "acme/router"),
        ("model.open", None),
    ]
    assert_within_limits(blocks)


def test_a_models_page_shows_files_metrics_and_commits() -> None:
    _, blocks = build_model(MODEL, COMMITS)
    page = shown(blocks)
    assert "*Files* 2, 90.9 MB" in page
    assert "accuracy  0.8123  tickets  Text Classification" in page
    assert "`3fa9c1e` Fix &lt;b&gt; &amp; card · ana" in page


def test_a_model_that_cannot_be_loaded_says_why_and_offers_no_try() -> None:
    _, blocks = build_model(replace(MODEL, safe=False, needs_code=True, gated=True), [])
    assert buttons(blocks) == [("model.watch", "acme/router"), ("model.compare", "acme/router"), ("model.open", None)]
    page = shown(blocks)
    assert "pickle files" in page
    assert "Python code from its own repo" in page
    assert "ask for access" in page
    assert page.count(":warning:") == 1


def test_a_model_with_nothing_on_its_card_still_has_a_page() -> None:
    bare = replace(
        MODEL,
        task=None,
        library=None,
        license=None,
        languages=(),
        files=(),
        summary="",
        base_models=(),
        parameters=None,
        parameters_total=None,
        weight_bytes=0,
        safe=None,
        metrics=(),
        updated=None,
    )
    text, blocks = build_model(bare, [])
    assert text == "acme/router · no licence given"
    assert_within_limits(blocks)


def test_a_page_of_extremes_stays_within_slacks_limits() -> None:
    files = tuple(File(f"{'d/' * 50}{number}.bin", 10**9, True) for number in range(500))
    metrics = tuple(Metric("t" * 300, "d" * 300, "m" * 300, 10**9 + number) for number in range(200))
    huge = replace(MODEL, files=files, metrics=metrics, base_models=("b" * 90,) * 50, datasets=("d" * 90,) * 50)
    commits = [Commit("0" * 40, "word " * 400, "a" * 90, MAY)] * 50
    assert_within_limits(build_model(huge, commits)[1])


def test_a_datasets_page_can_be_watched_and_opened() -> None:
    shared = {name: getattr(MODEL, name) for name in Dataset.__dataclass_fields__ if hasattr(MODEL, name)}
    tickets = Dataset(**{**shared, "id": "acme/tickets"}, tasks=("text-classification",), sizes=("1K<n<10K",))
    text, blocks = build_dataset(tickets, COMMITS)
    assert text == "acme/tickets · text-classification · 90.9 MB · apache-2.0"
    assert buttons(blocks) == [("dataset.look", "acme/tickets"), ("model.watch", "acme/tickets"), ("model.open", None)]
    _, closed = build_dataset(replace(tickets, gated=True), [])
    assert buttons(closed) == [("model.watch", "acme/tickets"), ("model.open", None)]
    assert "1K&lt;n&lt;10K" in shown(blocks)
    assert_within_limits(blocks)
    told = replace(
        tickets,
        splits=(("train", 25_000), ("test", 300)),
        columns=(("text", "string"), ("label", "class")),
        formats=("parquet",),
        tags=("arxiv:1810.04805",),
    )
    blocks = build_dataset(told, COMMITS)[1]
    assert_within_limits(blocks)
    fields = [field["text"] for block in blocks for field in block.get("fields", ())]
    assert fields[1:4] == [
        "*Rows*\ntrain 25,000, test 300",
        "*Columns*\ntext (string), label (class)",
        "*Formats*\nparquet",
    ]
    assert fields[-1] == "*Papers*\n<https://arxiv.org/abs/1810.04805|arXiv 1810.04805>"
