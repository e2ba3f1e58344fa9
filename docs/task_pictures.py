"""The page about tasks: which answers it shows, how each came about, and its generated parts."""

from dataclasses import dataclass

from core.tasks import TASKS

# What is attached, by the kind of input; where it is something else, by the task.
ASK = {"image": "a picture", "audio": "a sound", "video": "a video", "table": "a table"}
FILES = {
    "keypoint-matching": "two pictures",
    "image-feature-extraction": "pictures",
    "document-question-answering": "a PDF",
}


@dataclass(frozen=True)
class Shot:
    """One picture of an answer: what is `said`, with `files`, to the bot; `tasks` have answers like that."""

    title: str
    alt: str
    said: str
    files: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()


def example(task: str) -> str:
    """What the table says how to try it, as a message to the bot."""
    return f"run {TASKS[task].example}"


SHOTS = {
    "scores": Shot(
        "Scores",
        "A drawn four, and how likely the model finds each digit",
        example("image-classification"),
        ("four.png",),
        (
            "text-classification",
            "zero-shot-classification",
            "decision",
            "image-classification",
            "video-classification",
            "zero-shot-image-classification",
            "audio-classification",
            "zero-shot-audio-classification",
        ),
    ),
    "words": Shot(
        "Words for a gap",
        "The five likeliest words with their probabilities",
        example("fill-mask"),
        tasks=("fill-mask",),
    ),
    "entities": Shot(
        "Entities",
        "A sentence in which names are marked with their kinds",
        example("token-classification"),
        tasks=("token-classification",),
    ),
    "answers": Shot(
        "Answers out of a text",
        "The answer marked in the text, with its probability",
        example("question-answering"),
        tasks=("question-answering",),
    ),
    "alike": Shot(
        "Texts held against one",
        "Two texts with how alike each is to the first, the best first",
        example("sentence-similarity"),
        tasks=("sentence-similarity", "text-ranking"),
    ),
    "boxes": Shot(
        "Frames",
        "A shelf with numbered frames, listed above it with labels and places",
        example("object-detection"),
        ("shelf.png",),
        ("object-detection", "zero-shot-object-detection"),
    ),
    "areas": Shot(
        "Areas",
        "A street with coloured, numbered areas and their shares of the picture",
        example("image-segmentation"),
        ("street.png",),
        ("image-segmentation", "mask-generation"),
    ),
    "depth": Shot(
        "Depth",
        "A room as a map in greys, and what black and white stand for",
        example("depth-estimation"),
        ("room.png",),
        ("depth-estimation",),
    ),
    "document": Shot(
        "An answer out of a document",
        "A bill with a frame around the words that answer the question",
        example("document-question-answering"),
        ("bill.pdf",),
        ("document-question-answering",),
    ),
    "table": Shot(
        "An answer out of a table",
        "The cells that answer, marked in the table",
        example("table-question-answering"),
        ("cities.csv",),
        ("table-question-answering",),
    ),
    "sound": Shot(
        "A sound",
        "A sound file with a player, and what it is in words",
        example("text-to-audio"),
        tasks=("text-to-audio",),
    ),
    "writing": Shot(
        "Words while they are written",
        "A text that grows, with Stop below it",
        'run acme/tiny-gpt2-reviews "the film is" max_new_tokens=230 seed=1',
        tasks=(
            "text-generation",
            "summarization",
            "translation",
            "text2text-generation",
            "image-text-to-text",
            "visual-question-answering",
            "any-to-any",
            "automatic-speech-recognition",
        ),
    ),
    "compare": Shot(
        "Two models side by side",
        "The words of two models for one gap, with the time that each took",
        'compare acme/tiny-bert-reviews-mlm globex/bert-es-mlm "the film is a ____ of time ."',
    ),
}


def table() -> str:
    """Every task with its input, its answer, an example, and the picture of such an answer."""
    places = {task: name for name, shot in SHOTS.items() for task in shot.tasks}
    lines = ["| task | input | answer | example | looks like |", "|---|---|---|---|---|"]
    for task, about in TASKS.items():
        files = [ASK[kind] for kind in sorted(about.reads & ASK.keys())]
        typed = f"`{'@hugops' if files else '/hf'} run {about.example}`"
        tried = f"{typed} and {FILES.get(task, ' or '.join(files))}" if files else typed
        seen = f"[{places[task]}](#{anchor(places[task])})" if task in places else ""
        lines.append(f"| `{task}` | {about.given} | {about.answer} | {tried} | {seen} |")
    return "\n".join(lines)


def gallery() -> str:
    """The pictures, each with what was said to get it."""
    parts = []
    for name, shot in SHOTS.items():
        files = f", with {' and '.join(f'`{file}`' for file in shot.files)}" if shot.files else ""
        parts.append(f"### {shot.title}\n\n`@hugops {shot.said}`{files}\n\n![{shot.alt}](pictures/tasks/{name}.png)\n")
    return "\n".join(parts).rstrip()


def anchor(name: str) -> str:
    """What a page calls the heading of a picture."""
    return SHOTS[name].title.lower().replace(" ", "-")
