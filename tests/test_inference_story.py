"""Trying, comparing and tokenizing in chat, with tiny models on the sandbox's Hub."""

import json

import pytest
from huggingface_hub import HfApi

from world import driver, hub_content

pytestmark = [pytest.mark.story, pytest.mark.xdist_group("inference_story")]


@pytest.fixture(scope="module")
def models(workspace: driver.Sandbox, hugops: driver.Bot, tmp_path_factory: pytest.TempPathFactory) -> driver.Sandbox:
    """A workspace with a bot, and on its Hub two models for gaps, one for questions, and a tokenizer alone."""
    ready = workspace.ready
    api = HfApi(endpoint=ready["hub_endpoint"], token=ready["hub_token"])
    files = hub_content.tiny_bert(tmp_path_factory.mktemp("masked"))
    hub_content.upload(api, "model", "acme/first", files)
    hub_content.upload(api, "model", "acme/second", files)
    card = files["README.md"].replace(b"fill-mask", b"question-answering")
    hub_content.upload(api, "model", "acme/reader", files | {"README.md": card})
    names = ("config.json", "tokenizer.json", "tokenizer_config.json")
    hub_content.upload(api, "model", "acme/cutter", {name: files[name] for name in names})
    return workspace


def test_a_model_is_not_used_for_what_it_was_not_trained_for(models: driver.Sandbox) -> None:
    models.command("ana", 'run acme/first "is the film warm" "a warm film" task=question-answering')
    assert models.wait_text("`acme/first` was not")["text"] == (
        "`acme/first` was not trained for question-answering: its files lack the layer for it. "
        "Try another `task=`, or fine-tune it first."
    )


def test_two_models_are_compared_and_the_answer_is_posted(models: driver.Sandbox) -> None:
    models.command("ana", 'compare acme/first acme/second "the film is [MASK]" "a [MASK] story"')
    answer = models.wait_text("Same answer on 2 of 2 texts (100%)")
    models.click("ana", answer, "answer.post")
    models.wait_text("Same answer on 2 of 2 texts (100%)", user="bo")


def test_a_text_is_cut_by_two_tokenizers_one_of_which_has_no_weights(models: driver.Sandbox) -> None:
    models.command("ana", 'tokenize acme/first acme/cutter "the film is warm"')
    answer = models.wait_text("Tokenized: acme/first 6 tokens, acme/cutter 6 tokens")
    assert json.dumps(answer).count("`[CLS]` `the` `film` `is` `warm` `[SEP]`") == 2


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        (
            'compare acme/first acme/reader "x"',
            (
                "`acme/first` is for `fill-mask` and `acme/reader` for `question-answering`, which cannot be compared. "
                "If both can do one task, name it with `task=`."
            ),
        ),
        ('compare acme/first acme/cutter "x"', "`acme/cutter` has no weights to run. Choose another model."),
        (
            'tokenize acme/first dee/nowhere "x"',
            "`dee/nowhere` is not on the Hub, or I may not see it. `/hf search` finds what there is.",
        ),
    ],
)
def test_what_cannot_be_compared_or_cut_is_told(models: driver.Sandbox, text: str, answer: str) -> None:
    models.command("ana", text)
    assert models.wait_text(answer)["text"] == answer
