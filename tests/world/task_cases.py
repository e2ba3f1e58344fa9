"""One question in chat for every task: the model that it goes to, what is typed, and what is attached."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from world import hub_content, picture_models, sound_models, text_models, writers
from world.picture_files import film, pdf, picture
from world.sound_models import tone, wav

TABLE = b"city,people\nbonn,330000\nkiel,250000\nulm,126000\n"
TABLE_WORDS = ["city", "people", "bonn", "kiel", "how", "many", "which"]


@dataclass(frozen=True)
class Case:
    """`typed` follows `run acme/<model>`, `files` are names out of `given_files`."""

    model: str
    typed: str = ""
    files: Sequence[str] = ()

    @property
    def command(self) -> str:
        return f"run acme/{self.model} {self.typed}".rstrip()


CASES = {
    "text-classification": Case("nli", '"the film is lovely" "a dull story"'),
    "zero-shot-classification": Case("nli", '"the film is lovely" labels="music, story, dull"'),
    "token-classification": Case("tagger", '"Music, dull actors; a scene"'),
    "question-answering": Case("reader", '"is the film funny" "the story is dull, the music lovely"'),
    "fill-mask": Case("masked", '"the film is ____"'),
    "sentence-similarity": Case("masked", '"a warm film" "a warm film" "dull music" task=sentence-similarity'),
    "text-ranking": Case("ranker", '"a warm film" "the music is lovely" "a dull story with actors"'),
    "summarization": Case("rewriter", '"the film is lovely" task=summarization'),
    "translation": Case("languages", '"film film" source=eng target=est max_new_tokens=5'),
    "text2text-generation": Case("rewriter", '"the film is lovely" max_new_tokens=6'),
    "text-generation": Case("writer", '"the film is" max_new_tokens=6'),
    "decision": Case("talker", '"this is the fish" labels="cat, red fish" task=decision'),
    "image-classification": Case("vit", files=("1.png", "2.png")),
    "zero-shot-image-classification": Case("clip", 'labels="cat, red fish"', ("1.png",)),
    "object-detection": Case("yolos", files=("1.png",)),
    "zero-shot-object-detection": Case("owl", 'labels="red fish"', ("1.png",)),
    "image-segmentation": Case("segformer", files=("1.png",)),
    "mask-generation": Case("sam", files=("1.png",)),
    "depth-estimation": Case("dpt", files=("1.png",)),
    "keypoint-matching": Case("superglue", files=("2.png", "3.png")),
    "image-feature-extraction": Case("vit_features", files=("1.png", "2.png")),
    "image-text-to-text": Case("llava", '"describe this" max_new_tokens=6', ("1.png",)),
    "visual-question-answering": Case("vilt", '"what is the colour of the fish"', ("1.png",)),
    "document-question-answering": Case("layoutlm", '"what is the total"', ("bill.pdf",)),
    "any-to-any": Case("smolvlm", '"describe this" max_new_tokens=6', ("1.png", "2.png")),
    "video-classification": Case("videomae", files=("film.mp4",)),
    "audio-classification": Case("listener", files=("tone.wav",)),
    "zero-shot-audio-classification": Case("clap", 'labels="music, a dull story"', ("tone.wav",)),
    "automatic-speech-recognition": Case("whisper", "source=de max_new_tokens=24", ("tone.wav",)),
    "text-to-audio": Case("voice", '"a warm film" seed=3'),
    "table-question-answering": Case("tables", '"how many people" "which city"', ("cities.csv",)),
}
# What each model is tagged with; for what else it is used is typed.
TAGS = {each.model: task for task, each in CASES.items() if "task=" not in each.typed} | {
    "nli": "text-classification",
    "talker": "text-generation",
    "voice": "text-to-speech",
    "maskformer": "image-segmentation",
    "loud": "image-classification",
}
LOUD = {0: "<!channel> *now*", 1: "`a` & <@U0ANARUIZ>", 2: "~<https://evil.example|b>~"}


def given_files(folder: Path) -> dict[str, bytes]:
    """What is attached: pictures, a film, a page, a sound and a table."""
    film(folder / "film.mp4")
    pictures = {}
    for number, size in enumerate([(48, 40), (64, 64), (40, 40)], 1):
        out = BytesIO()
        picture(number, size).save(out, "PNG")
        pictures[f"{number}.png"] = out.getvalue()
    return pictures | {
        "film.mp4": (folder / "film.mp4").read_bytes(),
        "bill.pdf": pdf("the total is 12 euros"),
        "tone.wav": wav(tone(1.5)),
        "cities.csv": TABLE,
    }


def models(root: Path) -> Iterator[tuple[str, dict[str, bytes]]]:
    """The files of each model, tagged with what it is for."""
    import transformers

    texts = text_models.save_all(root / "texts")
    made: dict[str, Callable[[Path], object]] = {
        **picture_models.MODELS,
        "loud": lambda folder: picture_models.vit(folder, LOUD),
        "listener": sound_models.save_listener,
        "whisper": sound_models.save_whisper,
        "voice": sound_models.save_voice,
        "clap": lambda folder: sound_models.save_clap(folder, texts["reader"]),
        "tables": lambda folder: sound_models.save_tapas(folder, TABLE_WORDS),
        "masked": lambda folder: hub_content.tiny_bert(folder, initializer_range=0.5),
        "writer": writers.writer,
    }
    for name, tag in TAGS.items():
        folder = texts.get(name, root / name)
        if name in made:
            folder.mkdir()
            transformers.set_seed(3)
            made[name](folder)
        card = f"---\nlicense: mit\nlibrary_name: transformers\npipeline_tag: {tag}\n---\nRandom weights.\n"
        yield name, {"README.md": card.encode()} | hub_content.files_of(folder)
