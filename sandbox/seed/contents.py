"""What a filled Hub has, known without the libraries that make it: an older folder is told by what it lacks."""

import json
from pathlib import Path

# Written last, with the id and the commit of every repo.
NOTE = "seeded.json"
REPOS = (
    "sentence-transformers/all-MiniLM-L6-v2",
    "cornell-movie-review-data/rotten_tomatoes",
    "stanfordnlp/imdb",
    "acme/support-tickets",
    "acme/ticket-urgency",
    "acme/ticket-topics",
    "acme/meeting-notes",
    "northwind/product-faq",
    "contoso-research/order-entities-de",
    "contoso-research/order-entities",
    "acme/handwritten-digits",
    "acme/beeps",
    "acme/ticket-router",
    "northwind/review-stars-de",
    "contoso-research/order-ner-de",
    "globex/product-ner",
    "globex/meeting-summarizer",
    "northwind/translate-de-en",
    "northwind/translate-fr-es",
    "globex/speech-es",
    "contoso-research/part-defects",
    "globex/shelf-detector",
    "globex/street-segments",
    "northwind/room-depth",
    "contoso-research/picture-text",
    "northwind/bill-reader",
    "contoso-research/tiny-gpt2-fr",
    "globex/bert-es-mlm",
    "northwind/faq-similarity",
    "northwind/faq-answers",
    "contoso-research/review-sentiment-gated",
    "ana/draft-intents",
    "globex/legacy-sentiment",
    "northwind/tiny-whisper",
    "globex/sound-search",
    "contoso-research/tiny-voice-en",
    "northwind/table-answers",
    "acme/tiny-bert-reviews-mlm",
    "acme/tiny-gpt2-reviews",
    "acme/digits-resnet",
    "acme/tiny-ast-beeps",
    "acme/minilm-sentiment",
)


def is_filled(state: Path) -> bool:
    """Whether a Hub's folder was filled, and with everything that there is by now."""
    try:
        note = json.loads((state / NOTE).read_text())
    except FileNotFoundError:
        return False
    return set(REPOS) <= set(note["repos"])
