"""What can be done with a repo: one rule for hits, cards and pushes, and the buttons that follow it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from core.blocks.model import build_model
from core.blocks.push import build_push, build_tag
from core.blocks.search import build_search, encode_query
from core.hub import Commit, File, Hit, Model, Page, Portrait, Push, Query
from core.usability import Traits, Usability, usability

NOW = datetime(2026, 9, 21, tzinfo=UTC)
WHOLE = ("config.json", "model.safetensors")
GOOD = Traits(task="text-classification", library="transformers", safe=True, files=WHOLE)
OTHER_MODALITY = "No Fine-tune here: I train models of texts alone."
KINDS: dict[str, tuple[Traits, str]] = {
    "classifier": (GOOD, ""),
    "no task": (replace(GOOD, task=None), ""),
    "sharded": (
        replace(GOOD, files=("config.json", "model.safetensors.index.json", "model-00001-of-00001.safetensors")),
        "",
    ),
    "gated": (replace(GOOD, readable=False), "No Try or Fine-tune here: its terms have to be accepted first."),
    "pickle only": (
        replace(GOOD, safe=False, files=("config.json", "pytorch_model.bin")),
        "No Try or Fine-tune here: its weights are pickle, which can run code.",
    ),
    "weightless": (
        replace(GOOD, safe=None, files=("config.json",)),
        "No Try or Fine-tune here: it has no safetensors weights.",
    ),
    "gguf": (
        replace(GOOD, safe=None, files=("model.gguf",)),
        "No Try or Fine-tune here: it has no safetensors weights.",
    ),
    "own code": (
        replace(GOOD, needs_code=True),
        "No Try or Fine-tune here: it runs its own code when loaded, which I never do.",
    ),
    "adapter": (replace(GOOD, library="peft"), "No Try or Fine-tune here: it is an adapter without its base model."),
    "pipeline": (
        replace(GOOD, library="diffusers", task="text-to-image"),
        "No Try or Fine-tune here: it is a pipeline of several models.",
    ),
    "unknown task": (replace(GOOD, task="hum-along"), "No Try here: I cannot run `hum-along`."),
    "task of texts that is not run": (
        replace(GOOD, task="multiple-choice"),
        "No Try here: I cannot run `multiple-choice`.",
    ),
    "task of no texts that is not run": (
        replace(GOOD, task="robotics"),
        "No Try or Fine-tune here: I cannot run `robotics`.",
    ),
    "task with another name": (replace(GOOD, task="feature-extraction"), ""),
    "pictures": (replace(GOOD, task="image-classification"), OTHER_MODALITY),
    "pictures by another name": (replace(GOOD, task="image-to-text"), OTHER_MODALITY),
    "sounds": (replace(GOOD, task="automatic-speech-recognition"), OTHER_MODALITY),
    "speech": (replace(GOOD, task="text-to-speech"), OTHER_MODALITY),
    "dataset": (Traits(kind="dataset"), "No Try or Fine-tune here: it is a dataset."),
    "space": (Traits(kind="space"), "No Try or Fine-tune here: it is a space."),
}
FILES_ALONE: dict[str, tuple[Traits, str]] = {
    "no config": (replace(GOOD, files=("model.safetensors",)), "No Try or Fine-tune here: it has no config.json."),
    "weights elsewhere": (
        replace(GOOD, files=("config.json", "unet/model.safetensors")),
        "No Try or Fine-tune here: its weights are not where transformers looks for them.",
    ),
}
MODELS = {name: each for name, each in KINDS.items() if each[0].kind == "model"}


def offered(blocks: list[dict[str, Any]]) -> list[str]:
    """Which of Try and Fine-tune there are."""
    rows = [block["elements"] for block in blocks if block["type"] == "actions"]
    return [each["action_id"] for row in rows for each in row if each["action_id"] in ("model.try", "model.tune")]


def expected(can: Usability) -> list[str]:
    return [action for action, why in (("model.try", can.no_try), ("model.tune", can.no_tune)) if not why]


@pytest.mark.parametrize("kind", KINDS | FILES_ALONE)
def test_the_rule_says_what_cannot_be_done_and_why(kind: str) -> None:
    traits, reason = (KINDS | FILES_ALONE)[kind]
    assert usability(traits).reason == reason


@pytest.mark.parametrize("kind", KINDS)
def test_a_hit_has_the_buttons_of_the_rule(kind: str) -> None:
    traits, reason = KINDS[kind]
    hit = Hit(
        kind=traits.kind,
        id="acme/foo",
        task=traits.task,
        library=traits.library,
        downloads=0,
        likes=0,
        updated=NOW,
        parameters=None,
        license=None,
        gated=not traits.readable,
        private=False,
        tags=(),
        url="http://hub.test/acme/foo",
        unsafe=traits.safe is False,
        weightless=traits.kind == "model" and traits.safe is None,
        needs_code=traits.needs_code,
    )
    query = Query(traits.kind, "foo")
    _, blocks = build_search(Page((hit,), 1, has_next=False), "foo", encode_query(query, 1))
    assert offered(blocks) == expected(usability(traits))
    assert (reason in str(blocks)) is (traits.kind == "model")


@pytest.mark.parametrize("kind", MODELS | FILES_ALONE)
def test_a_models_page_has_the_buttons_of_the_rule(kind: str) -> None:
    traits, reason = (MODELS | FILES_ALONE)[kind]
    model = Model(
        id="acme/foo",
        sha="a" * 40,
        author="acme",
        private=False,
        gated=not traits.readable,
        task=traits.task,
        library=traits.library,
        license=None,
        languages=(),
        downloads=0,
        likes=0,
        updated=NOW,
        created=NOW,
        tags=(),
        files=tuple(File(path, 1, lfs=False) for path in traits.files or ()),
        summary="",
        url="http://hub.test/acme/foo",
        safe=traits.safe,
        needs_code=traits.needs_code,
    )
    _, blocks = build_model(model, [Commit("a" * 40, "Add", "mia", NOW)] if traits.readable else [])
    assert offered(blocks) == expected(usability(traits))
    told = {"pickle only": "pickle files", "own code": "Python code from its own repo"}
    assert told.get(kind, reason) in str(blocks)


@pytest.mark.parametrize("kind", KINDS)
def test_a_push_and_a_tag_have_the_buttons_of_the_rule(kind: str) -> None:
    can = usability(KINDS[kind][0])
    push = Push("model", "acme/foo", None, "a" * 40, (), (), weights_changed=True, card_only=False)
    _, pushed = build_push(push, "http://hub.test/acme/foo", Portrait(usability=can))
    _, tagged = build_tag("acme/foo", "v1", "a" * 40, "http://hub.test/acme/foo", can)
    assert (offered(pushed), offered(tagged)) == (expected(can), expected(can))


def test_a_push_of_which_the_hub_tells_nothing_more_offers_its_details_alone() -> None:
    push = Push("model", "acme/foo", None, "a" * 40, (), (), weights_changed=True, card_only=False)
    assert offered(build_push(push, "http://hub.test/acme/foo")[1]) == []
