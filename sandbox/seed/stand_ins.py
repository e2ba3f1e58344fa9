"""Models with random weights, so that search, filters and permissions have something to work on."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from transformers import PreTrainedModel

from sandbox.seed import architectures, picture_models, synthetic
from sandbox.seed.architectures import Tokenizers
from sandbox.seed.language_models import GPT2_ID, MLM_ID
from sandbox.seed.minilm import REPO_ID as MINILM_ID
from sandbox.seed.repo import README, Content, SeedRepo, card, folder_files
from sandbox.seed.reviews import IMDB, ROTTEN_TOMATOES

Architecture = Callable[[Path, Tokenizers, Sequence[str]], PreTrainedModel]
SENTIMENT = ("negative", "positive")
ENTITIES = synthetic.TAGS


@dataclass(frozen=True)
class StandIn:
    """One row of the table below: where it lies, what it is, and what its card says."""

    id: str
    task: str
    architecture: Architecture
    languages: Sequence[str]
    license: str
    downloads: int
    likes: int
    labels: Sequence[str] = ()
    base_model: str | None = None
    datasets: Sequence[str] = ()
    library: str = "transformers"
    owner: str = "sandbox"
    private: bool = False
    gated: Literal[False, "auto"] = False
    pickled: bool = False


STAND_INS = (
    StandIn(
        "acme/ticket-router",
        "text-classification",
        architectures.text_classifier,
        ["en"],
        "apache-2.0",
        8_210,
        42,
        labels=tuple(synthetic.TICKETS),
        base_model=MLM_ID,
        datasets=[synthetic.SUPPORT_TICKETS],
    ),
    StandIn(
        "northwind/review-stars-de",
        "text-classification",
        architectures.text_classifier,
        ["de"],
        "mit",
        1_930,
        11,
        labels=("1 Stern", "2 Sterne", "3 Sterne", "4 Sterne", "5 Sterne"),
    ),
    StandIn(
        "contoso-research/order-ner-de",
        "token-classification",
        architectures.token_classifier,
        ["de"],
        "cc-by-4.0",
        3_377,
        25,
        labels=ENTITIES,
        base_model=MLM_ID,
        datasets=[synthetic.ORDER_ENTITIES],
    ),
    StandIn(
        "globex/product-ner",
        "token-classification",
        architectures.token_classifier,
        ["en", "fr"],
        "apache-2.0",
        612,
        3,
        labels=ENTITIES,
    ),
    StandIn(
        "globex/meeting-summarizer",
        "summarization",
        architectures.text_rewriter,
        ["en"],
        "mit",
        5_120,
        61,
        datasets=[synthetic.MEETING_NOTES],
    ),
    StandIn(
        "northwind/translate-de-en",
        "translation",
        architectures.text_rewriter,
        ["de", "en"],
        "cc-by-4.0",
        7_044,
        38,
    ),
    StandIn(
        "northwind/translate-fr-es",
        "translation",
        architectures.text_rewriter,
        ["fr", "es"],
        "cc-by-4.0",
        2_051,
        9,
    ),
    StandIn(
        "globex/speech-es",
        "automatic-speech-recognition",
        architectures.speech_recogniser,
        ["es"],
        "apache-2.0",
        4_400,
        33,
        labels=tuple("abcdefghijklmnopqrstuvwxyzñáéíóú"),
    ),
    StandIn(
        "contoso-research/part-defects",
        "image-classification",
        architectures.image_classifier,
        [],
        "other",
        980,
        14,
        labels=("fine", "scratch", "crack"),
    ),
    StandIn(
        "globex/shelf-detector",
        "object-detection",
        picture_models.object_detector,
        [],
        "apache-2.0",
        2_640,
        31,
        labels=("bottle", "box", "can"),
    ),
    StandIn(
        "globex/street-segments",
        "image-segmentation",
        picture_models.segmenter,
        [],
        "mit",
        1_310,
        18,
        labels=("road", "building", "sky", "tree"),
    ),
    StandIn("northwind/room-depth", "depth-estimation", picture_models.depth_estimator, [], "apache-2.0", 890, 12),
    StandIn(
        "contoso-research/picture-text",
        "zero-shot-image-classification",
        picture_models.picture_text_matcher,
        ["en"],
        "mit",
        4_020,
        47,
    ),
    StandIn(
        "northwind/bill-reader",
        "document-question-answering",
        picture_models.document_reader,
        ["en"],
        "apache-2.0",
        1_540,
        19,
    ),
    StandIn(
        "contoso-research/tiny-gpt2-fr",
        "text-generation",
        architectures.text_generator,
        ["fr"],
        "mit",
        1_215,
        7,
        base_model=GPT2_ID,
    ),
    StandIn(
        "globex/bert-es-mlm",
        "fill-mask",
        architectures.mask_filler,
        ["es"],
        "cc-by-4.0",
        2_790,
        16,
        base_model=MLM_ID,
    ),
    StandIn(
        "northwind/faq-similarity",
        "sentence-similarity",
        architectures.sentence_encoder,
        ["en", "de", "fr"],
        "apache-2.0",
        6_675,
        54,
        base_model=MINILM_ID,
        datasets=[synthetic.PRODUCT_FAQ],
        library="sentence-transformers",
    ),
    StandIn(
        "northwind/faq-answers",
        "question-answering",
        architectures.question_answerer,
        ["en"],
        "apache-2.0",
        1_480,
        12,
        datasets=[synthetic.PRODUCT_FAQ],
    ),
    StandIn(
        "contoso-research/review-sentiment-gated",
        "text-classification",
        architectures.text_classifier,
        ["en"],
        "other",
        3_050,
        88,
        labels=SENTIMENT,
        base_model=MINILM_ID,
        datasets=[IMDB],
        gated="auto",
    ),
    StandIn(
        "ana/draft-intents",
        "text-classification",
        architectures.text_classifier,
        ["en", "de"],
        "mit",
        3,
        0,
        labels=("order", "complaint", "question"),
        owner="ana",
        private=True,
    ),
    StandIn(
        "globex/legacy-sentiment",
        "text-classification",
        architectures.text_classifier,
        ["en"],
        "mit",
        940,
        5,
        labels=SENTIMENT,
        datasets=[ROTTEN_TOMATOES],
        pickled=True,
    ),
)


def stand_in_repo(stand_in: StandIn, tokenizers: Tokenizers, folder: Path) -> SeedRepo:
    """Makes the model in `folder`, with its card."""
    torch.manual_seed(zlib.crc32(stand_in.id.encode()))
    model = stand_in.architecture(folder, tokenizers, stand_in.labels)
    files: dict[str, Content] = folder_files(folder)
    if stand_in.pickled:
        del files["model.safetensors"]
        torch.save(model.state_dict(), folder / "pytorch_model.bin")
        files["pytorch_model.bin"] = folder / "pytorch_model.bin"
    files[README] = stand_in_card(stand_in, model.num_parameters())
    return SeedRepo(
        "model",
        stand_in.id,
        files,
        downloads=stand_in.downloads,
        likes=stand_in.likes,
        owner=stand_in.owner,
        private=stand_in.private,
        gated=stand_in.gated,
    )


def stand_in_card(stand_in: StandIn, parameters: int) -> bytes:
    """The card: what filters look for, and the plain word that the weights are random."""
    name = stand_in.id.partition("/")[2]
    metadata = {
        "language": list(stand_in.languages),
        "license": stand_in.license,
        "license_name": f"{name}-terms" if stand_in.license == "other" else None,
        "library_name": stand_in.library,
        "pipeline_tag": stand_in.task,
        "base_model": stand_in.base_model,
        "datasets": list(stand_in.datasets),
        "tags": ["stand-in", "random-weights"],
    }
    if stand_in.gated:
        metadata["extra_gated_prompt"] = "Files are open to those who agree to try them on this machine only."
    pickled = (
        "\nIts weights are only in `pytorch_model.bin`, a pickle. A pickle can run code when it is read, so "
        "tools that accept safetensors alone refuse this repo, as they should.\n"
    )
    text = f"""
# {name}

**The weights are random.** This is a stand-in for trying filters, pages and permissions: an untrained network
of {parameters:,} parameters made for the task *{stand_in.task}*. It loads and runs; its answers mean nothing.

Language, licence, base model and datasets are named here so that there is something to filter by. Nothing was
trained, and nothing was measured. Its counts of downloads and likes are made up too.
{pickled if stand_in.pickled else ""}"""
    return card({key: value for key, value in metadata.items() if value}, text)
