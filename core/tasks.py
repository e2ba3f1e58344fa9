"""Which tasks quick inference knows, by the Hub's names; free of torch, so that the bot can ask first.

All that the product knows of a task stands in its record. The model's side of it is the file of the same name in
jobs/inference/worker/tasks/.
"""

from dataclasses import dataclass
from typing import Literal

TEXT, IMAGE, AUDIO = frozenset({"text"}), frozenset({"image"}), frozenset({"audio"})
VIDEO, TABLE = frozenset({"video"}), frozenset({"table"})


@dataclass(frozen=True, kw_only=True)
class Task:
    """What a task is given and what it answers, in words, and what one types after `run` to try it.

    `reads` are the kinds of input that its model takes; it `needs_files` where one of them is no text. `first` is what
    its first text is where that is about the others: a question, or the reference that they are scored against.
    `labelled` tasks are given labels, `spoken` ones languages. Two models of a `comparable` task can be asked about the
    rows of a dataset. One that `converses` takes a conversation in place of a text. Models for what `rewrites` may have
    a decoder alone; those are asked in words. `aliases` are other names of it, `architectures` the ends of the class
    names of models that were made for it, and `served_as` what providers call it, the best first; they are not asked
    for a task without. What `writes` words or sounds of its own can be told how many and how freely.
    """

    given: str
    answer: str
    example: str
    reads: frozenset[str] = TEXT
    needs_files: bool = True
    first: Literal["", "question", "reference"] = ""
    labelled: bool = False
    spoken: bool = False
    comparable: bool = False
    converses: bool = False
    rewrites: bool = False
    writes: bool = False
    aliases: tuple[str, ...] = ()
    architectures: tuple[str, ...] = ()
    served_as: tuple[str, ...] = ()

    @property
    def takes_texts(self) -> bool:
        """Whether its inputs are texts alone, without files."""
        return self.reads == TEXT

    @property
    def generates(self) -> bool:
        """Whether it answers with what it makes up."""
        return self.writes or self.rewrites or self.converses


TASKS = {
    "text-classification": Task(
        given="texts",
        answer="labels with scores",
        example='acme/minilm-sentiment "a warm, funny, engaging film"',
        comparable=True,
        aliases=("sentiment-analysis",),
        architectures=("ForSequenceClassification",),
        served_as=("text-classification",),
    ),
    "zero-shot-classification": Task(
        given='texts, and `labels="sport, politics"`',
        answer="your labels with scores",
        example='facebook/bart-large-mnli "The match ended 2:1." labels="sport, politics"',
        labelled=True,
        comparable=True,
        served_as=("zero-shot-classification",),
    ),
    "token-classification": Task(
        given="texts",
        answer="names, places and the like, marked in the text",
        example='contoso-research/order-ner-de "Ana aus Bonn bestellt zwei Lampen."',
        aliases=("ner",),
        architectures=("ForTokenClassification",),
        served_as=("token-classification",),
    ),
    "question-answering": Task(
        given="a question, then texts",
        answer="the words of each text that answer it",
        example='northwind/faq-answers "How long is the warranty?" "The warranty covers two years."',
        first="question",
        architectures=("ForQuestionAnswering",),
        served_as=("question-answering",),
    ),
    "fill-mask": Task(
        given="texts with one gap: `____`",
        answer="the five likeliest words",
        example='acme/tiny-bert-reviews-mlm "the film is a ____ of time ."',
        architectures=("ForMaskedLM",),
        served_as=("fill-mask",),
    ),
    "sentence-similarity": Task(
        given="a text, then others",
        answer="how alike each is to the first",
        example='northwind/faq-similarity "My lamp is broken." "The lamp does not work." "Where is my parcel?"',
        first="reference",
        aliases=("feature-extraction",),
        architectures=("Model",),
        served_as=("sentence-similarity", "feature-extraction"),
    ),
    "text-ranking": Task(
        given="a query, then texts",
        answer="how well each fits the query, the best first",
        example='BAAI/bge-reranker-base "a broken lamp" "The lamp does not work." "Where is my parcel?"',
        first="reference",
    ),
    "summarization": Task(
        given="texts",
        answer="a shorter text",
        example='globex/meeting-summarizer "We met at nine and talked about the launch. It moves to May."',
        rewrites=True,
        served_as=("summarization",),
    ),
    "translation": Task(
        given="texts; `source=`, `target=` where a model knows many languages",
        answer="the text in another language",
        example='google-t5/t5-small "The film is lovely." source=en target=de',
        spoken=True,
        rewrites=True,
        architectures=("MarianMTModel",),
        served_as=("translation",),
    ),
    "text2text-generation": Task(
        given="texts",
        answer="what the model makes of them",
        example='google/flan-t5-small "Is Bonn a city in Germany? Answer yes or no."',
        rewrites=True,
        aliases=("text-to-text",),
        architectures=("ForConditionalGeneration", "ForSeq2SeqLM", "T5WithLMHeadModel", "EncoderDecoderModel"),
    ),
    "text-generation": Task(
        given="texts, or messages to a chat model",
        answer="how each goes on",
        example='acme/tiny-gpt2-reviews "the film is" max_new_tokens=50 seed=1',
        converses=True,
        architectures=("ForCausalLM", "LMHeadModel"),
        served_as=("conversational",),
    ),
    "decision": Task(
        given='texts, and `labels="refund, complaint"`',
        answer="how likely a chat model finds each",
        example='Qwen/Qwen3-0.6B "I want my money back." labels="refund, complaint" task=decision',
        labelled=True,
        architectures=("ForDecision",),
    ),
    "image-classification": Task(
        given="pictures",
        answer="labels with scores",
        example="acme/digits-resnet",
        reads=IMAGE,
        architectures=("ForImageClassification",),
    ),
    "zero-shot-image-classification": Task(
        given='pictures, and `labels="a cat, a dog"`',
        answer="your labels with scores",
        example='contoso-research/picture-text labels="a cat, a dog"',
        reads=IMAGE,
        labelled=True,
        architectures=("CLIPModel", "SiglipModel", "Siglip2Model"),
    ),
    "object-detection": Task(
        given="pictures",
        answer="what is where, framed in the picture",
        example="globex/shelf-detector",
        reads=IMAGE,
        architectures=("ForObjectDetection",),
    ),
    "zero-shot-object-detection": Task(
        given='pictures, and `labels="a wheel"`',
        answer="where it is, framed in the picture",
        example='google/owlvit-base-patch32 labels="a wheel, a door"',
        reads=IMAGE,
        labelled=True,
        architectures=(
            "OwlViTForObjectDetection",
            "Owlv2ForObjectDetection",
            "GroundingDinoForObjectDetection",
            "OmDetTurboForObjectDetection",
        ),
    ),
    "image-segmentation": Task(
        given="pictures",
        answer="which areas are what, coloured in the picture",
        example="globex/street-segments",
        reads=IMAGE,
        architectures=("Segmentation",),
    ),
    "mask-generation": Task(
        given="pictures",
        answer="all outlines, coloured in the picture",
        example="facebook/sam-vit-base",
        reads=IMAGE,
        architectures=("SamModel", "Sam2Model", "SamHQModel"),
    ),
    "depth-estimation": Task(
        given="pictures",
        answer="how far away everything is, as a picture",
        example="northwind/room-depth",
        reads=IMAGE,
        architectures=("ForDepthEstimation",),
    ),
    "keypoint-matching": Task(
        given="two pictures of one thing",
        answer="the same points in both, joined by lines",
        example="magic-leap-community/superglue_outdoor",
        reads=IMAGE,
        architectures=("ForKeypointMatching",),
    ),
    "image-feature-extraction": Task(
        given="pictures",
        answer="their vectors, and how alike each is to the first",
        example="google/vit-base-patch16-224-in21k",
        reads=IMAGE,
        architectures=("ViTModel", "Dinov2Model"),
    ),
    "image-text-to-text": Task(
        given="pictures, and what to write about them",
        answer="what the model writes",
        example='HuggingFaceTB/SmolVLM-256M-Instruct "What is on the table?"',
        writes=True,
        reads=IMAGE | TEXT,
        aliases=("image-to-text",),
        architectures=(
            "VisionEncoderDecoderModel",
            "BlipForConditionalGeneration",
            "Blip2ForConditionalGeneration",
            "GitForCausalLM",
            "Idefics3ForConditionalGeneration",
            "LlavaForConditionalGeneration",
            "PaliGemmaForConditionalGeneration",
            "VLForConditionalGeneration",
            "VLMForConditionalGeneration",
        ),
        served_as=("conversational",),
    ),
    "visual-question-answering": Task(
        given="a question and pictures",
        answer="the answer for each picture",
        example='dandelin/vilt-b32-finetuned-vqa "What colour is the door?"',
        reads=IMAGE | TEXT,
        first="question",
        aliases=("vqa",),
        architectures=("ViltForQuestionAnswering", "BlipForQuestionAnswering"),
    ),
    "document-question-answering": Task(
        given="a question and PDFs or scans",
        answer="the answer, framed on the page",
        example='northwind/bill-reader "what is the total"',
        reads=IMAGE | TEXT,
        first="question",
        architectures=("LayoutLMForQuestionAnswering", "LayoutLMv3ForQuestionAnswering"),
    ),
    "any-to-any": Task(
        given="texts, pictures and sounds together",
        answer="what the model writes",
        example='Qwen/Qwen2.5-Omni-3B "What do they say?"',
        writes=True,
        reads=TEXT | IMAGE | AUDIO,
        needs_files=False,
    ),
    "video-classification": Task(
        given="videos, or animated GIFs",
        answer="labels with scores",
        example="MCG-NJU/videomae-base-finetuned-kinetics",
        reads=VIDEO,
        architectures=("ForVideoClassification",),
    ),
    "audio-classification": Task(
        given="sounds",
        answer="what is heard, labels with scores",
        example="acme/tiny-ast-beeps",
        reads=AUDIO,
        architectures=(
            "Wav2Vec2ForSequenceClassification",
            "HubertForSequenceClassification",
            "WavLMForSequenceClassification",
            "Wav2Vec2BertForSequenceClassification",
            "ForAudioClassification",
        ),
    ),
    "zero-shot-audio-classification": Task(
        given='sounds, and `labels="a dog, rain"`',
        answer="your labels with scores",
        example='globex/sound-search labels="a dog, rain"',
        reads=AUDIO,
        labelled=True,
        architectures=("ClapModel",),
    ),
    "automatic-speech-recognition": Task(
        given="sounds; for Whisper `source=` (spoken), `target=en`",
        answer="what is said, with times",
        example="northwind/tiny-whisper source=en",
        writes=True,
        reads=AUDIO,
        spoken=True,
        architectures=(
            "ForCTC",
            "WhisperForConditionalGeneration",
            "MoonshineForConditionalGeneration",
            "Speech2TextForConditionalGeneration",
            "SpeechEncoderDecoderModel",
        ),
    ),
    "text-to-audio": Task(
        given="texts",
        answer="speech or music, as a WAV file",
        example='contoso-research/tiny-voice-en "good morning, your model is trained and waits for a vote"',
        writes=True,
        aliases=("text-to-speech",),
        architectures=("VitsModel", "BarkModel", "MusicgenForConditionalGeneration"),
    ),
    "table-question-answering": Task(
        given="questions, and a table as CSV or JSON",
        answer="the cells that answer, added up or counted",
        example='northwind/table-answers "how many people live in bonn"',
        reads=TABLE | TEXT,
        architectures=("TapasForQuestionAnswering",),
    ),
}


def tasks_lines() -> list[str]:
    """The tasks, one a line, for a message."""
    return [f"`{task}` {about.given}: {about.answer}" for task, about in TASKS.items()]
