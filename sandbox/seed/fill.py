"""Fills the sandbox Hub: builds one repo after the other, and commits it."""

import json
import logging
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import datasets
import transformers

from sandbox.hub.providers import OfferBook
from sandbox.hub.records import Kind
from sandbox.hub.store import HubStore
from sandbox.seed import beeps, digits, labelled_media, language_models, minilm, orders, sentiment, vocabulary
from sandbox.seed.architectures import Tokenizers
from sandbox.seed.contents import NOTE
from sandbox.seed.language_models import SeedTraining
from sandbox.seed.providers import OFFERS
from sandbox.seed.repo import README, SeedRepo
from sandbox.seed.reviews import (
    IMDB,
    IMDB_CARD,
    ROTTEN_TOMATOES,
    ROTTEN_TOMATOES_CARD,
    dataset_repo,
    read_reviews,
    split_reviews,
)
from sandbox.seed.sound_stand_ins import SOUND_STAND_INS
from sandbox.seed.stand_ins import STAND_INS, stand_in_repo
from sandbox.seed.synthetic import SYNTHETIC

AUTHOR = "sandbox"
Builders = dict[tuple[Kind, str], Callable[[], SeedRepo]]
FIRST_TAG = "refs/tags/v1"
SEED = 20
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Size:
    """How many reviews the test split has, and how long the four trainings are."""

    test_rows: int
    sentiment_rows: int
    mlm_steps: int
    gpt2_steps: int
    digit_epochs: int


FULL = Size(test_rows=1_000, sentiment_rows=2_560, mlm_steps=700, gpt2_steps=400, digit_epochs=4)
TINY = Size(test_rows=100, sentiment_rows=96, mlm_steps=8, gpt2_steps=8, digit_epochs=2)


def fill(state: Path, size: Size) -> None:
    """Puts every repo on the Hub that is not there yet, then writes the note of what there is."""
    began = time.monotonic()
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    datasets.disable_progress_bars()
    store = HubStore(state)
    shas = {}
    with tempfile.TemporaryDirectory() as folder:
        for (kind, repo_id), build in repo_builders(size, Path(folder)).items():
            shas[repo_id] = finished_commit(store, kind, repo_id) or publish(store, build())
            log.info("%5.1f s  %s %s", time.monotonic() - began, kind, repo_id)
    classifier = store.repo("model", sentiment.REPO_ID)
    if FIRST_TAG not in store.refs(classifier):
        store.create_ref(classifier, FIRST_TAG, shas[classifier.id], "First release")
    offers = OfferBook(store.database)
    for repo_id, repo_offers in OFFERS.items():
        offers.serve(store.repo("model", repo_id), repo_offers)
    unfinished = state / f"{NOTE}.part"
    unfinished.write_text(json.dumps({"tiny": size == TINY, "repos": shas}, indent=2))
    unfinished.replace(state / NOTE)


def repo_builders(size: Size, folder: Path) -> Builders:
    """What makes each repo, by kind and id, in the order in which they are to be made."""
    reviews = read_reviews()
    snippets = split_reviews(reviews["rotten_tomatoes"], {"validation": 1_000, "test": size.test_rows})
    sample = split_reviews(random.Random(SEED).sample(reviews["imdb"], 6_000), {"test": 1_000}, train=3_000)
    texts = [review.text for review in snippets["train"]]
    tokenizers = Tokenizers(vocabulary.wordpiece(texts), vocabulary.byte_level_bpe(texts))
    masked = SeedTraining(tokenizers.wordpiece, snippets, size.mlm_steps)
    generating = SeedTraining(tokenizers.bpe, snippets, size.gpt2_steps)
    builders: Builders = {
        ("model", minilm.REPO_ID): minilm.minilm_repo,
        ("dataset", ROTTEN_TOMATOES): partial(dataset_repo, ROTTEN_TOMATOES, snippets, ROTTEN_TOMATOES_CARD, likes=71),
        ("dataset", orders.REPO_ID): orders.order_entities,
        ("dataset", labelled_media.DIGITS): labelled_media.labelled_digits,
        ("dataset", labelled_media.BEEPS): labelled_media.labelled_beeps,
        ("dataset", IMDB): partial(dataset_repo, IMDB, sample, IMDB_CARD, likes=260),
    }
    builders |= {("dataset", repo_id): build for repo_id, build in SYNTHETIC.items()}
    for stand_in in (*STAND_INS, *SOUND_STAND_INS):
        target = folder / stand_in.id
        builders["model", stand_in.id] = partial(stand_in_repo, stand_in, tokenizers, target)
    builders["model", language_models.MLM_ID] = partial(language_models.mlm_repo, masked, folder / "mlm")
    builders["model", language_models.GPT2_ID] = partial(language_models.gpt2_repo, generating, folder / "gpt2")
    builders["model", digits.REPO_ID] = partial(digits.digits_repo, size.digit_epochs, folder / "digits")
    builders["model", beeps.REPO_ID] = partial(beeps.beeps_repo, folder / "beeps")
    builders["model", sentiment.REPO_ID] = partial(
        sentiment.sentiment_repo, snippets, size.sentiment_rows, folder / "sentiment"
    )
    return builders


def publish(store: HubStore, repo: SeedRepo) -> str:
    """Creates the repo, unless an interrupted run did, and commits all its files at once."""
    if store.find_repo(repo.kind, repo.id) is None:
        store.create_repo(repo.kind, repo.id, private=repo.private, gated=repo.gated, owner=repo.owner)
    if repo.first_name:
        store.add_name(store.repo(repo.kind, repo.id), repo.first_name)
    store.set_counts(repo.kind, repo.id, downloads=repo.downloads, likes=repo.likes)
    return store.commit(repo.kind, repo.id, repo.files, "Add the files", AUTHOR)


def finished_commit(store: HubStore, kind: Kind, repo_id: str) -> str | None:
    """The head of main of a repo that holds its files already."""
    repo = store.find_repo(kind, repo_id)
    head = store.resolve(repo, "main") if repo else None
    return head.sha if head and README in head.tree else None
