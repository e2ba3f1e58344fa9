"""Orders in German and English with a tag for every word, for training a model that finds entities in them."""

import io
import random
from collections.abc import Iterator

import datasets

from sandbox.seed.repo import README, Content, SeedRepo, card

REPO_ID = "contoso-research/order-entities"
SEED = 21
SPLITS = {"train": 480, "validation": 60, "test": 120}
KINDS = ("PERSON", "PRODUCT", "PLACE")
TAGS = ("O", *(f"{mark}-{kind}" for kind in KINDS for mark in "BI"))
FIRST_NAMES = ("Ines", "Jonas", "Mara", "Tom", "Lena", "Paul", "Aylin", "Emre", "Grace", "Noor", "Pavel", "Sofia")
LAST_NAMES = ("Lindqvist", "Ruiz", "Tanaka", "Sato", "Okafor", "Brandt", "Keller", "Novak", "Silva", "Young")
PLACES = ("Berlin", "Hamburg", "Graz", "Bremen", "Leeds", "New York", "Bad Homburg", "San Diego", "Wien", "Cape Town")
PRODUCTS = {
    "en": ("lamp", "kettle", "standing desk", "headset", "router", "office chair", "desk lamp", "noise filter"),
    "de": ("Lampe", "Wasserkocher", "Schreibtisch", "Kopfhörer", "Router", "Bürostuhl", "Stehlampe", "grüner Teppich"),
}
TEMPLATES = {
    "en": (
        "{PERSON} from {PLACE} ordered a {PRODUCT} today .",
        "please send the {PRODUCT} to {PERSON} in {PLACE} .",
        "the {PRODUCT} for {PERSON} never came .",
        "{PERSON} would like to return the {PRODUCT} and asks for a {PRODUCT} instead .",
        "is the shop in {PLACE} open on Sunday ?",
        "the {PRODUCT} arrived in {PLACE} two days late .",
    ),
    "de": (
        "{PERSON} aus {PLACE} bestellt heute {PRODUCT} .",
        "bitte {PRODUCT} an {PERSON} in {PLACE} liefern .",
        "{PRODUCT} für {PERSON} ist nie angekommen .",
        "{PERSON} und {PERSON} holen {PRODUCT} in {PLACE} ab .",
        "wann öffnet das Geschäft in {PLACE} ?",
        "die Rechnung für {PRODUCT} stimmt nicht .",
    ),
}
ABOUT = """
# Orders with entities

One-line orders and complaints in German and English, each word with a BIO tag: {kinds}. {sizes}.

**Synthetic.** Every row is generated from a dozen templates with a fixed seed. No person, customer or product in it
exists. It is good for trying tools, and for nothing else: models find it far too easy.
"""


def order_entities() -> SeedRepo:
    """Parquet for token classification: no order stands in two splits."""
    drawn = rows(random.Random(SEED))
    files: dict[str, Content] = {
        f"data/{split}-00000-of-00001.parquet": _parquet([next(drawn) for _ in range(size)])
        for split, size in SPLITS.items()
    }
    metadata = {
        "language": ["de", "en"],
        "license": "cc-by-4.0",
        "pretty_name": "Orders with entities",
        "task_categories": ["token-classification"],
        "task_ids": ["named-entity-recognition"],
        "size_categories": ["n<1K"],
        "tags": ["synthetic"],
        "configs": [
            {
                "config_name": "default",
                "data_files": [{"split": split, "path": f"data/{split}-*"} for split in SPLITS],
            }
        ],
    }
    sizes = ", ".join(f"{split} {size}" for split, size in SPLITS.items())
    text = ABOUT.format(kinds=", ".join(KINDS), sizes=sizes)
    return SeedRepo("dataset", REPO_ID, {README: card(metadata, text), **files}, downloads=1_240, likes=9)


def rows(chance: random.Random) -> Iterator[tuple[list[str], list[str]]]:
    """Words and tags of one order after the other, all different."""
    seen: set[str] = set()
    while True:
        language = chance.choice(sorted(TEMPLATES))
        words, tags = [], []
        for part in chance.choice(TEMPLATES[language]).split():
            kind = part.strip("{}")
            filled = _name(chance, kind, language).split() if kind in KINDS else [part]
            words += filled
            tags += [f"{'I' if at else 'B'}-{kind}" if kind in KINDS else "O" for at in range(len(filled))]
        if (text := " ".join(words).casefold()) not in seen:
            seen.add(text)
            yield words, tags


def _name(chance: random.Random, kind: str, language: str) -> str:
    if kind == "PERSON":
        first = chance.choice(FIRST_NAMES)
        return f"{first} {chance.choice(LAST_NAMES)}" if chance.random() < 0.5 else first
    return chance.choice(PLACES if kind == "PLACE" else PRODUCTS[language])


def _parquet(orders: list[tuple[list[str], list[str]]]) -> bytes:
    features = datasets.Features(
        {
            "tokens": datasets.List(datasets.Value("string")),
            "ner_tags": datasets.List(datasets.ClassLabel(names=list(TAGS))),
        }
    )
    columns = {"tokens": [words for words, _ in orders], "ner_tags": [tags for _, tags in orders]}
    file = io.BytesIO()
    datasets.Dataset.from_dict(columns, features=features).to_parquet(file)
    return file.getvalue()
