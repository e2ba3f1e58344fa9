"""Which tasks quick inference knows, by the Hub's names; free of torch, so that the bot can ask first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.blocks.text import quote
from bot.errors import Mistake


@dataclass(frozen=True)
class Task:
    """What a task is given and what it answers, in words; `reads` are the kinds of input that its model takes."""

    given: str
    answer: str
    reads: frozenset[str] = frozenset({"text"})

    @property
    def takes_texts(self) -> bool:
        """Whether its inputs are texts alone, without files."""
        return self.reads == {"text"}


TASKS = {
    "text-classification": Task("texts", "labels with scores"),
    "zero-shot-classification": Task('texts, and `labels="sport, politics"`', "your labels with scores"),
    "token-classification": Task("texts", "names, places and the like, marked in the text"),
    "question-answering": Task("a question, then texts", "the words of each text that answer it"),
    "fill-mask": Task("texts with one gap: `____`", "the five likeliest words"),
    "sentence-similarity": Task("a text, then others", "how alike each is to the first"),
    "text-ranking": Task("a query, then texts", "how well each fits the query, the best first"),
    "summarization": Task("texts", "a shorter text"),
    "translation": Task(
        "texts; `source=`, `target=` where a model knows many languages", "the text in another language"
    ),
    "text2text-generation": Task("texts", "what the model makes of them"),
    "text-generation": Task("texts, or messages to a chat model", "how each goes on"),
}
ALIASES = {
    "feature-extraction": "sentence-similarity", "sentiment-analysis": "text-classification",
    "ner": "token-classification", "text-to-text": "text2text-generation",
}  # fmt: skip
# Some models that are tagged so have a decoder alone; they are asked in words.
SEQ2SEQ = ("summarization", "translation", "text2text-generation")
# The end of an architecture's class name says what the model was made for; the first that fits counts.
BY_ARCHITECTURE = {
    "ForSequenceClassification": "text-classification",
    "ForTokenClassification": "token-classification",
    "ForQuestionAnswering": "question-answering",
    "ForMaskedLM": "fill-mask",
    "ForCausalLM": "text-generation",
    "ForConditionalGeneration": "text2text-generation",
    "ForSeq2SeqLM": "text2text-generation",
    "T5WithLMHeadModel": "text2text-generation",
    "LMHeadModel": "text-generation",
    "MarianMTModel": "translation",
    "EncoderDecoderModel": "text2text-generation",
    "Model": "sentence-similarity",
}


def resolve_task(pipeline_tag: str | None, architectures: Sequence[str], asked: str | None) -> str:
    """The task to run: what was asked for, else the Hub's tag, else what the architecture says. Mistake otherwise."""
    if asked:
        task = ALIASES.get(asked, asked)
        if task not in TASKS:
            raise Mistake(f"I cannot run {quote(asked)} yet. I can run {_listed()}.")
        return task
    tag = ALIASES.get(pipeline_tag or "", pipeline_tag or "")
    if tag in SEQ2SEQ and any(architecture.endswith("ForCausalLM") for architecture in architectures):
        return "text-generation"
    if tag in TASKS:
        return tag
    if tag:
        raise Mistake(f"This model is for {quote(tag)}, which I cannot run yet. I can run {_listed()}.")
    for architecture in architectures:
        for ending, task in BY_ARCHITECTURE.items():
            if architecture.endswith(ending):
                return task
    raise Mistake(f"The Hub does not say what this model is for. Say it with `task=`: {_listed()}.")


def task_implied(options: Mapping[str, Any]) -> str | None:
    """The task that an option belongs to alone; None where the options go with several."""
    if options.get("labels"):
        return "zero-shot-classification"
    return "translation" if options.get("source") or options.get("target") else None


def tasks_table() -> str:
    """The tasks as a Markdown table."""
    rows = [f"| {task} | {about.given} | {about.answer} |" for task, about in TASKS.items()]
    return "\n".join(["| task | input | answer |", "|---|---|---|", *rows])


def _listed() -> str:
    return ", ".join(f"`{task}`" for task in TASKS)
