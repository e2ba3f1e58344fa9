"""Which tasks quick inference knows, by the Hub's names; free of torch, so that the bot can ask first."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from core.errors import Mistake
from core.words import quote


@dataclass(frozen=True)
class Task:
    """What a task is given and what it answers, in words, and what one types after `run` to try it.

    `reads` are the kinds of input that its model takes.
    """

    given: str
    answer: str
    example: str
    reads: frozenset[str] = frozenset({"text"})

    @property
    def takes_texts(self) -> bool:
        """Whether its inputs are texts alone, without files."""
        return self.reads == {"text"}


IMAGE, BOTH = frozenset({"image"}), frozenset({"image", "text"})
TASKS = {
    "text-classification": Task("texts", "labels with scores", 'acme/minilm-sentiment "a warm, funny, engaging film"'),
    "zero-shot-classification": Task(
        'texts, and `labels="sport, politics"`',
        "your labels with scores",
        'facebook/bart-large-mnli "The match ended 2:1." labels="sport, politics"',
    ),
    "token-classification": Task(
        "texts",
        "names, places and the like, marked in the text",
        'contoso-research/order-ner-de "Ana aus Bonn bestellt zwei Lampen."',
    ),
    "question-answering": Task(
        "a question, then texts",
        "the words of each text that answer it",
        'northwind/faq-answers "How long is the warranty?" "The warranty covers two years."',
    ),
    "fill-mask": Task(
        "texts with one gap: `____`",
        "the five likeliest words",
        'acme/tiny-bert-reviews-mlm "the film is a ____ of time ."',
    ),
    "sentence-similarity": Task(
        "a text, then others",
        "how alike each is to the first",
        'northwind/faq-similarity "My lamp is broken." "The lamp does not work." "Where is my parcel?"',
    ),
    "text-ranking": Task(
        "a query, then texts",
        "how well each fits the query, the best first",
        'BAAI/bge-reranker-base "a broken lamp" "The lamp does not work." "Where is my parcel?"',
    ),
    "summarization": Task(
        "texts",
        "a shorter text",
        'globex/meeting-summarizer "We met at nine and talked about the launch. It moves to May."',
    ),
    "translation": Task(
        "texts; `source=`, `target=` where a model knows many languages",
        "the text in another language",
        'google-t5/t5-small "The film is lovely." source=en target=de',
    ),
    "text2text-generation": Task(
        "texts",
        "what the model makes of them",
        'google/flan-t5-small "Is Bonn a city in Germany? Answer yes or no."',
    ),
    "text-generation": Task(
        "texts, or messages to a chat model",
        "how each goes on",
        'acme/tiny-gpt2-reviews "the film is" max_new_tokens=50 seed=1',
    ),
    "decision": Task(
        'texts, and `labels="refund, complaint"`',
        "how likely a chat model finds each",
        'Qwen/Qwen3-0.6B "I want my money back." labels="refund, complaint" task=decision',
    ),
    "image-classification": Task("pictures", "labels with scores", "acme/digits-resnet", IMAGE),
    "zero-shot-image-classification": Task(
        'pictures, and `labels="a cat, a dog"`',
        "your labels with scores",
        'contoso-research/picture-text labels="a cat, a dog"',
        IMAGE,
    ),
    "object-detection": Task("pictures", "what is where, framed in the picture", "globex/shelf-detector", IMAGE),
    "zero-shot-object-detection": Task(
        'pictures, and `labels="a wheel"`',
        "where it is, framed in the picture",
        'google/owlvit-base-patch32 labels="a wheel, a door"',
        IMAGE,
    ),
    "image-segmentation": Task(
        "pictures",
        "which areas are what, coloured in the picture",
        "globex/street-segments",
        IMAGE,
    ),
    "mask-generation": Task("pictures", "all outlines, coloured in the picture", "facebook/sam-vit-base", IMAGE),
    "depth-estimation": Task("pictures", "how far away everything is, as a picture", "northwind/room-depth", IMAGE),
    "keypoint-matching": Task(
        "two pictures of one thing",
        "the same points in both, joined by lines",
        "magic-leap-community/superglue_outdoor",
        IMAGE,
    ),
    "image-feature-extraction": Task(
        "pictures",
        "their vectors, and how alike each is to the first",
        "google/vit-base-patch16-224-in21k",
        IMAGE,
    ),
    "image-text-to-text": Task(
        "pictures, and what to write about them",
        "what the model writes",
        'HuggingFaceTB/SmolVLM-256M-Instruct "What is on the table?"',
        BOTH,
    ),
    "visual-question-answering": Task(
        "a question and pictures",
        "the answer for each picture",
        'dandelin/vilt-b32-finetuned-vqa "What colour is the door?"',
        BOTH,
    ),
    "document-question-answering": Task(
        "a question and PDFs or scans",
        "the answer, framed on the page",
        'northwind/bill-reader "what is the total"',
        BOTH,
    ),
    "any-to-any": Task(
        "texts, pictures and sounds together",
        "what the model writes",
        'Qwen/Qwen2.5-Omni-3B "What do they say?"',
        BOTH | {"audio"},
    ),
    "video-classification": Task(
        "videos, or animated GIFs",
        "labels with scores",
        "MCG-NJU/videomae-base-finetuned-kinetics",
        frozenset({"video"}),
    ),
    "audio-classification": Task(
        "sounds",
        "what is heard, labels with scores",
        "acme/tiny-ast-beeps",
        frozenset({"audio"}),
    ),
    "zero-shot-audio-classification": Task(
        'sounds, and `labels="a dog, rain"`',
        "your labels with scores",
        'globex/sound-search labels="a dog, rain"',
        frozenset({"audio"}),
    ),
    "automatic-speech-recognition": Task(
        "sounds; for Whisper `source=` (spoken), `target=en`",
        "what is said, with times",
        "northwind/tiny-whisper source=en",
        frozenset({"audio"}),
    ),
    "text-to-audio": Task(
        "texts",
        "speech or music, as a WAV file",
        'contoso-research/tiny-voice-en "good morning, your model is trained and waits for a vote"',
    ),
    "table-question-answering": Task(
        "questions, and a table as CSV or JSON",
        "the cells that answer, added up or counted",
        'northwind/table-answers "how many people live in bonn"',
        frozenset({"table", "text"}),
    ),
}
# These look at pictures and texts together, and do without a picture.
WITHOUT_FILES = ("any-to-any",)
ALIASES = {
    "image-to-text": "image-text-to-text",
    "vqa": "visual-question-answering",
    "feature-extraction": "sentence-similarity",
    "sentiment-analysis": "text-classification",
    "ner": "token-classification",
    "text-to-text": "text2text-generation",
    "text-to-speech": "text-to-audio",
}
# Tasks that are given labels; a text is the usual thing to give them to.
LABELLED = (
    "zero-shot-classification",
    "zero-shot-image-classification",
    "zero-shot-audio-classification",
    "zero-shot-object-detection",
    "decision",
)
# Tasks that are given languages.
SPOKEN = ("translation", "automatic-speech-recognition")
# Some models that are tagged so have a decoder alone; they are asked in words.
SEQ2SEQ = ("summarization", "translation", "text2text-generation")
ALL_TASKS = "`/hf help run` lists the tasks."
# The end of an architecture's class name says what the model was made for; the first that fits counts.
BY_ARCHITECTURE = {
    "ForImageClassification": "image-classification",
    "OwlViTForObjectDetection": "zero-shot-object-detection",
    "Owlv2ForObjectDetection": "zero-shot-object-detection",
    "GroundingDinoForObjectDetection": "zero-shot-object-detection",
    "OmDetTurboForObjectDetection": "zero-shot-object-detection",
    "ForObjectDetection": "object-detection",
    "Segmentation": "image-segmentation",
    "ForDepthEstimation": "depth-estimation",
    "ForKeypointMatching": "keypoint-matching",
    "ForVideoClassification": "video-classification",
    "SamModel": "mask-generation",
    "Sam2Model": "mask-generation",
    "SamHQModel": "mask-generation",
    "CLIPModel": "zero-shot-image-classification",
    "SiglipModel": "zero-shot-image-classification",
    "Siglip2Model": "zero-shot-image-classification",
    "ViTModel": "image-feature-extraction",
    "Dinov2Model": "image-feature-extraction",
    "ViltForQuestionAnswering": "visual-question-answering",
    "BlipForQuestionAnswering": "visual-question-answering",
    "LayoutLMForQuestionAnswering": "document-question-answering",
    "LayoutLMv3ForQuestionAnswering": "document-question-answering",
    "VisionEncoderDecoderModel": "image-text-to-text",
    "BlipForConditionalGeneration": "image-text-to-text",
    "Blip2ForConditionalGeneration": "image-text-to-text",
    "GitForCausalLM": "image-text-to-text",
    "Idefics3ForConditionalGeneration": "image-text-to-text",
    "LlavaForConditionalGeneration": "image-text-to-text",
    "PaliGemmaForConditionalGeneration": "image-text-to-text",
    "VLForConditionalGeneration": "image-text-to-text",
    "VLMForConditionalGeneration": "image-text-to-text",
    "ForDecision": "decision",
    "Wav2Vec2ForSequenceClassification": "audio-classification",
    "HubertForSequenceClassification": "audio-classification",
    "WavLMForSequenceClassification": "audio-classification",
    "Wav2Vec2BertForSequenceClassification": "audio-classification",
    "ForAudioClassification": "audio-classification",
    "ClapModel": "zero-shot-audio-classification",
    "ForCTC": "automatic-speech-recognition",
    "WhisperForConditionalGeneration": "automatic-speech-recognition",
    "MoonshineForConditionalGeneration": "automatic-speech-recognition",
    "Speech2TextForConditionalGeneration": "automatic-speech-recognition",
    "SpeechEncoderDecoderModel": "automatic-speech-recognition",
    "VitsModel": "text-to-audio",
    "BarkModel": "text-to-audio",
    "MusicgenForConditionalGeneration": "text-to-audio",
    "TapasForQuestionAnswering": "table-question-answering",
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
            raise Mistake(f"I cannot run {quote(asked)}. {_nearest(asked)}")
        return task
    tag = ALIASES.get(pipeline_tag or "", pipeline_tag or "")
    if tag in SEQ2SEQ and any(architecture.endswith("ForCausalLM") for architecture in architectures):
        return "text-generation"
    if tag in TASKS:
        return tag
    if tag:
        raise Mistake(
            f"This model is for {quote(tag)}, which I cannot run. Choose another model, or say with `task=` "
            f"what else it can do. {ALL_TASKS}"
        )
    made_for = _made_for(architectures)
    if made_for:
        return made_for
    raise Mistake(
        f"The Hub does not say what this model is for. Say it, for example with `task=text-classification`. {ALL_TASKS}"
    )


def task_implied(
    options: Mapping[str, Any], pipeline_tag: str | None = None, architectures: Sequence[str] = ()
) -> str | None:
    """The task that an option belongs to alone; None where the options go with several, or the model says more."""
    own = ALIASES.get(pipeline_tag or "", pipeline_tag) or _made_for(architectures)
    if options.get("labels"):
        return own if own in LABELLED else "zero-shot-classification"
    if options.get("source") or options.get("target"):
        return own if own in SPOKEN else "translation"
    return None


def _made_for(architectures: Sequence[str]) -> str | None:
    endings = ((architecture, ending) for architecture in architectures for ending in BY_ARCHITECTURE)
    return next((BY_ARCHITECTURE[ending] for name, ending in endings if name.endswith(ending)), None)


def tasks_table() -> str:
    """The tasks as a Markdown table."""
    rows = [f"| {task} | {about.given} | {about.answer} |" for task, about in TASKS.items()]
    return "\n".join(["| task | input | answer |", "|---|---|---|", *rows])


def tasks_lines() -> list[str]:
    """The tasks, one a line, for a message."""
    return [f"`{task}` {about.given}: {about.answer}" for task, about in TASKS.items()]


def _nearest(asked: str) -> str:
    """The tasks that are called almost so, and where all of them are listed."""
    near = difflib.get_close_matches(asked.lower(), TASKS, 3, 0.5)
    meant = f"Did you mean {' or '.join(f'`{task}`' for task in near)}? " if near else ""
    return meant + ALL_TASKS
