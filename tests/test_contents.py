"""Publishing over what is there: what people wrote stays, what would be loaded beside the new model goes."""

from pathlib import Path

import pytest
import yaml

from core.contents import Contents, compare, left_behind, superseded
from core.hub import RemoteFile
from core.hub.card import license_of, merge_cards, read_data, split
from core.store.releases import Finding
from world.core import BO, Team

REPO = "acme/router"
NEW = ("README.md", "config.json", "model.safetensors")
OURS = """---
license: apache-2.0
library_name: transformers
pipeline_tag: text-classification
base_model: acme/minilm
datasets:
- acme/reviews
tags:
- generated_from_trainer
- hugops
model-index:
- name: minilm on reviews
  results:
  - task: {type: text-classification}
    dataset: {type: acme/reviews, name: acme/reviews}
    metrics:
    - {type: accuracy, value: 0.812}
---

# minilm on reviews

`acme/minilm` fine-tuned on `acme/reviews` to tell neg from pos.

## Results

0.812

## Use

```python
# a comment, no heading
```
"""
THEIRS = """---
license: cc-by-4.0
language: de
tags: [tickets, hugops-free]
contact: ml@acme.test
pipeline_tag: fill-mask
---
# Router

Sends every ticket to the right team.

## Results

Measured by hand on 12 tickets.

## Limits

German only.
"""


def metadata(card: str) -> dict[str, object]:
    data: dict[str, object] = yaml.safe_load(card.split("---")[1])
    return data


def headings(card: str) -> list[str]:
    return [section.title for section in split(card)]


def test_metadata_that_people_wrote_is_kept_and_what_is_about_the_model_is_new() -> None:
    merged = metadata(merge_cards(OURS, THEIRS))
    assert {key: merged[key] for key in merged if key != "model-index"} == {
        "license": "cc-by-4.0",
        "language": "de",
        "contact": "ml@acme.test",
        "library_name": "transformers",
        "pipeline_tag": "text-classification",
        "base_model": "acme/minilm",
        "datasets": ["acme/reviews"],
        "tags": ["tickets", "hugops-free", "generated_from_trainer", "hugops"],
    }
    assert [entry["name"] for entry in merged["model-index"]] == ["minilm on reviews"]  # type: ignore[attr-defined]


def test_sections_that_people_wrote_stand_before_ours_whatever_they_are_called() -> None:
    merged = merge_cards(OURS, THEIRS)
    assert headings(merged) == ["Router", "Results", "Limits", "About this version", "Results", "Use"]
    assert "Measured by hand on 12 tickets." in merged
    assert "# a comment, no heading" in merged


def test_the_next_release_replaces_what_the_one_before_wrote_and_nothing_else() -> None:
    first = merge_cards(OURS, THEIRS)
    newer = OURS.replace("0.812", "0.9")
    second = merge_cards(newer, first)
    assert (headings(second), "0.812" in second) == (headings(first), False)
    assert second == first.replace("0.812", "0.9")


@pytest.mark.parametrize(
    ("edited", "kept"),
    [
        (OURS, ["minilm on orders", "Results", "Use"]),
        (OURS + "\n## Contact\n\nAsk Ana.\n", ["minilm on orders", "Contact", "Results", "Use"]),
        (OURS.replace("# minilm on reviews", "# Our router"), ["Our router", "Results", "Use"]),
    ],
    ids=["as we wrote it", "with a section more", "with another title"],
)
def test_a_card_of_ours_is_renewed_around_what_people_added(edited: str, kept: list[str]) -> None:
    newer = OURS.replace("minilm on reviews", "minilm on orders").replace("acme/reviews", "acme/orders")
    merged = merge_cards(newer, edited.replace("to tell neg from pos.", "to tell neg from pos.\n\nBy hand."))
    assert (headings(merged), "`acme/reviews`" in merged, "By hand." in merged) == (kept, False, True)


@pytest.mark.parametrize("broken", ["---\n: [\n---\n# Router\n", "---\n- a list\n---\n# Router\n", "# Router\n"])
def test_a_card_without_metadata_that_can_be_read_keeps_its_words(broken: str) -> None:
    merged = merge_cards(OURS, broken)
    assert (license_of(merged), headings(merged)[0]) == ("apache-2.0", "Router")
    assert read_data(merged) == read_data(OURS)


@pytest.mark.parametrize(
    ("path", "goes", "what"),
    [
        ("pytorch_model.bin", True, "weights"),
        ("model-00001-of-00002.safetensors", True, "weights"),
        ("model.fp16.safetensors", True, "weights"),
        ("model.safetensors.index.json", True, "weights"),
        ("tf_model.h5", True, "weights"),
        ("adapter_model.safetensors", True, "weights"),
        ("adapter_config.json", True, ""),
        ("onnx/model.onnx", False, "weights"),
        ("router.Q4_K_M.gguf", False, "weights"),
        ("modeling_router.py", False, "code"),
        ("optimizer.pt", False, "pickle"),
        ("vocab.txt", False, ""),
        ("model.safetensors", False, ""),
    ],
)
def test_old_weights_go_and_what_may_be_dangerous_is_named(path: str, *, goes: bool, what: str) -> None:
    assert superseded(NEW, [path]) == ((path,) if goes else ())
    assert left_behind(NEW, [path]) == (((path, what),) if what and not goes else ())


def test_what_a_release_does_to_the_files_is_told_in_four_lists() -> None:
    before = [RemoteFile(path, 1, oid) for path, oid in (("a", "1"), ("b", "1"), ("c", "1"))]
    after = [RemoteFile(path, 1, oid) for path, oid in (("a", "1"), ("b", "2"), ("d", "1"))]
    assert compare(before, after) == Contents(replaced=("b",), added=("d",), removed=("c",), left=("a",))


def test_a_release_over_another_model_leaves_no_weights_of_it_and_keeps_the_card(tmp_path: Path) -> None:
    team = Team(tmp_path, HUGOPS_APPROVERS="@ml-leads")
    team.hub.push(REPO, {"pytorch_model.bin": b"old", "modeling_router.py": b"code", "README.md": THEIRS.encode()})
    run = team.finished_run()
    (team.folder(run) / "model" / "README.md").write_text(OURS)
    team.releases.request(run.id, REPO, "U0000ANA", "C-ML", public=True)
    team.work()
    release = team.releases.get("P1")
    assert release.findings[-2:] == (
        Finding(
            "contents",
            "warning",
            "Of what was in acme/router before, modeling_router.py (code) would stay.",
            "Delete it on the Hub if nobody needs it.",
        ),
        Finding(
            "card",
            "warning",
            "The card keeps its licence cc-by-4.0; the base model's is apache-2.0.",
            "Correct the card on the Hub if that may not be.",
        ),
    )
    team.releases.decide("P1", BO, approve=True)
    team.work()
    main = team.hub.repo(REPO).commits[-1][1]
    assert (team.releases.get("P1").state, sorted(main)) == (
        "published",
        ["README.md", "config.json", "model.safetensors", "modeling_router.py"],
    )
    assert main["README.md"].decode() == merge_cards(OURS, THEIRS)
