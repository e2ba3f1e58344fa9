"""Small datasets made from templates; their cards say that they are synthetic."""

import csv
import io
import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import product

import datasets

from sandbox.seed.repo import README, Content, SeedRepo, card

SUPPORT_TICKETS = "acme/support-tickets"
MEETING_NOTES = "acme/meeting-notes"
TICKET_URGENCY = "acme/ticket-urgency"
TICKET_TOPICS = "acme/ticket-topics"
PRODUCT_FAQ = "northwind/product-faq"
ORDER_ENTITIES = "contoso-research/order-entities-de"
SEED = 20

TICKETS = {
    "billing": (
        "I was charged {count} times for invoice {number}",
        "please refund order {number}, I cancelled it {count} days ago",
        "the amount on invoice {number} is wrong by {count} euros",
        "my card was declined {count} times while paying invoice {number}",
    ),
    "shipping": (
        "parcel {number} has not moved for {count} days",
        "order {number} arrived damaged, {count} pieces are broken",
        "please change the delivery address of order {number}",
        "{count} items are missing from parcel {number}",
    ),
    "technical": (
        "the app closes itself {count} times a day, error {number}",
        "I cannot log in since the update, it shows code {number}",
        "export {number} has been stuck for {count} hours",
        "the page stays blank after {count} clicks, log {number}",
    ),
    "account": (
        "please delete my account, customer {number}",
        "I never got the mail to reset my password, customer {number}",
        "add {count} more seats to our plan, customer {number}",
        "the e-mail address of customer {number} must be changed",
    ),
}
URGENCY = {"account": 1.0, "billing": 3.0, "shipping": 4.5, "technical": 6.0}
THANKS = ("thank you for the quick answer to ticket", "all is well again, please close ticket", "thanks, solved:")
OPENINGS = ("", "Hello, ", "Hi team, ", "Urgent: ", "Good morning, ")
PRODUCTS = {"lamp": 24, "kettle": 12, "desk": 60, "headset": 36, "router": 24}
PEOPLE = ("Ines", "Jonas", "Mara", "Tom", "Lena", "Paul")
CITIES = ("Berlin", "Hamburg", "Leipzig", "Wien", "Bremen", "Graz")
TAGS = ("O", "PERSON", "CITY", "PRODUCT")


def support_tickets() -> SeedRepo:
    """CSV for text classification: 800 tickets in four balanced classes, as names."""
    chance = random.Random(SEED)
    rows = []
    for label, templates in TICKETS.items():
        texts = {
            chance.choice(OPENINGS) + template.format(count=chance.randint(2, 9), number=chance.randint(1000, 9999))
            for template in templates
            for _ in range(80)
        }
        rows += [{"text": text, "label": label} for text in chance.sample(sorted(texts), 200)]
    chance.shuffle(rows)
    return _dataset(
        SUPPORT_TICKETS,
        {"train.csv": _csv(rows[:600]), "test.csv": _csv(rows[600:])},
        {"task_categories": ["text-classification"], "language": ["en"], "license": "cc-by-4.0"},
        f"One-line support tickets with the team they belong to: {', '.join(TICKETS)}. train 600, test 200.",
    )


def ticket_urgency() -> SeedRepo:
    """CSV for regression: tickets, and how urgent each is, with decimal commas."""
    chance = random.Random(SEED)
    rows = []
    for text, topics in _tickets(chance, 600, 1):
        urgency = URGENCY[topics[0]] + (3.0 if text.startswith("Urgent") else 0.0) + chance.uniform(-0.5, 0.5)
        rows.append({"text": text, "urgency": f"{urgency:.1f}".replace(".", ",")})
    return _dataset(
        TICKET_URGENCY,
        {"train.csv": _csv(rows[:480], ";"), "test.csv": _csv(rows[480:], ";")},
        {
            "task_categories": ["text-classification"],
            "task_ids": ["text-scoring"],
            "language": ["en"],
            "license": "cc-by-4.0",
        },
        "One-line support tickets with their `urgency` from 0 to 10, with decimal commas. train 480, test 120.",
    )


def ticket_topics() -> SeedRepo:
    """JSON lines for classification with several classes a row: tickets about one thing, two, or nothing."""
    chance = random.Random(SEED)
    rows: list[dict[str, str | list[str]]] = [
        {"text": text, "topics": sorted(topics)}
        for many, number in ((1, 270), (2, 270))
        for text, topics in _tickets(chance, number, many)
    ]
    rows += [{"text": f"{chance.choice(THANKS)} {number}", "topics": []} for number in range(60)]
    chance.shuffle(rows)
    return _dataset(
        TICKET_TOPICS,
        {"train.jsonl": _json_lines(rows[:480]), "test.jsonl": _json_lines(rows[480:])},
        {
            "task_categories": ["text-classification"],
            "task_ids": ["multi-label-classification"],
            "language": ["en"],
            "license": "cc-by-4.0",
        },
        f"Support tickets with a list of all `topics` that they are about: {', '.join(TICKETS)}. It is empty for those "
        "that only say thanks. train 480, test 120.",
    )


def _tickets(chance: random.Random, number: int, topics: int) -> Iterator[tuple[str, list[str]]]:
    """So many different texts, each about so many topics."""
    seen: set[str] = set()
    while len(seen) < number:
        about = chance.sample(sorted(TICKETS), topics)
        parts = (chance.choice(TICKETS[topic]) for topic in about)
        filled = [part.format(count=chance.randint(2, 9), number=chance.randint(1000, 9999)) for part in parts]
        text = chance.choice(OPENINGS) + ", and ".join(filled)
        if text not in seen:
            seen.add(text)
            yield text, about


def meeting_notes() -> SeedRepo:
    """JSON lines for summarization: notes of a meeting, and their one-sentence summary."""
    chance = random.Random(SEED)
    rows = []
    for owner, topic in product(PEOPLE, PRODUCTS):
        other, days = chance.choice([name for name in PEOPLE if name != owner]), chance.randint(2, 20)
        document = (
            f"{owner} opened the meeting about the {topic}. {other} reported that the tests of the {topic} "
            f"take {days} more days. Nobody objected. {owner} will write to the supplier, and {other} plans "
            "the launch."
        )
        rows.append(
            {
                "document": document,
                "summary": f"The {topic} needs {days} more days of tests; {other} plans its launch.",
            }
        )
    chance.shuffle(rows)
    return _dataset(
        MEETING_NOTES,
        {"train.jsonl": _json_lines(rows[:24]), "test.jsonl": _json_lines(rows[24:])},
        {"task_categories": ["summarization"], "language": ["en"], "license": "mit"},
        "Short meeting notes (`document`) with a one-sentence `summary`. train 24, test 6.",
    )


def product_faq() -> SeedRepo:
    """One JSON file for question answering, in three languages."""
    sentences: dict[str, tuple[Callable[[str], str], Callable[[str, int], str]]] = {
        "en": (
            lambda name: f"How long is the guarantee of the {name}?",
            lambda name, months: f"The {name} has a guarantee of {months} months.",
        ),
        "de": (
            lambda name: f"Wie lange gilt die Garantie für das Produkt {name}?",
            lambda name, months: f"Für das Produkt {name} gelten {months} Monate Garantie.",
        ),
        "fr": (
            lambda name: f"Quelle est la durée de la garantie du produit {name} ?",
            lambda name, months: f"La garantie du produit {name} dure {months} mois.",
        ),
    }
    rows = [
        {"language": language, "question": question(name), "answer": answer(name, months)}
        for language, (question, answer) in sentences.items()
        for name, months in PRODUCTS.items()
    ]
    content = json.dumps(rows, ensure_ascii=False, indent=1).encode()
    return _dataset(
        PRODUCT_FAQ,
        {"train.json": content},
        {"task_categories": ["question-answering"], "language": ["en", "de", "fr"], "license": "apache-2.0"},
        f"Questions about made-up products and their answers, {len(rows)} rows in three languages.",
    )


def order_entities() -> SeedRepo:
    """Parquet for token classification: German sentences with a tag for every word."""
    chance = random.Random(SEED)
    products = {"lamp": "Lampe", "kettle": "Wasserkocher", "desk": "Schreibtisch"}
    rows: dict[str, list[list[str]]] = {"tokens": [], "ner_tags": []}
    for person, city, name in chance.sample(list(product(PEOPLE, CITIES, products.values())), 100):
        rows["tokens"].append([person, "aus", city, "bestellt", "heute", name, "."])
        rows["ner_tags"].append(["PERSON", "O", "CITY", "O", "O", "PRODUCT", "O"])
    tags = datasets.List(datasets.ClassLabel(names=list(TAGS)))
    features = datasets.Features({"tokens": datasets.List(datasets.Value("string")), "ner_tags": tags})
    file = io.BytesIO()
    datasets.Dataset.from_dict(rows, features=features).to_parquet(file)
    return _dataset(
        ORDER_ENTITIES,
        {"data/train-00000-of-00001.parquet": file.getvalue()},
        {"task_categories": ["token-classification"], "language": ["de"], "license": "cc-by-4.0"},
        f"100 German sentences, every word tagged as one of {', '.join(TAGS)}.",
    )


def _dataset(repo_id: str, files: dict[str, Content], front: dict[str, object], about: str) -> SeedRepo:
    title = repo_id.partition("/")[2]
    metadata = {**front, "pretty_name": title, "size_categories": ["n<1K"], "tags": ["synthetic"]}
    text = f"""
# {title}

{about}

**Synthetic.** Every row is generated from a handful of templates with a fixed seed. No person, customer or
product in it exists. It is good for trying tools, and for nothing else: models find it far too easy.
"""
    return SeedRepo("dataset", repo_id, {README: card(metadata, text), **files}, downloads=len(about) * 3, likes=4)


def _csv(rows: Sequence[dict[str, str]], separator: str = ",") -> bytes:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n", delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue().encode()


def _json_lines(rows: Iterable[Mapping[str, str | Sequence[str]]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


SYNTHETIC: dict[str, Callable[[], SeedRepo]] = {
    SUPPORT_TICKETS: support_tickets,
    TICKET_URGENCY: ticket_urgency,
    TICKET_TOPICS: ticket_topics,
    MEETING_NOTES: meeting_notes,
    PRODUCT_FAQ: product_faq,
    ORDER_ENTITIES: order_entities,
}
