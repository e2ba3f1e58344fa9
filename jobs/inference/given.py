"""Whether a request brings the kinds of input that its task takes; what to attach or leave out where it does not."""

from jobs.inference.errors import CannotAnswer
from jobs.inference.protocol import Request
from jobs.inference.registry import TASKS

# What a task lacks that was given no file, by what it takes; the first that fits.
ATTACH = {
    "audio": "Attach a sound (WAV, FLAC, OGG, MP3, M4A or WebM): {task} listens to nothing else.",
}


def ensure_given(request: Request) -> None:
    """CannotAnswer where a task of sounds has none, or is given a text that it has no use for."""
    task = TASKS.get(request.task)
    if task is None:
        return
    wanted = next((sentence for kind, sentence in ATTACH.items() if kind in task.reads), "")
    if wanted and not request.files:
        raise CannotAnswer("input", wanted.format(task=request.task))
    if wanted and request.texts and "text" not in task.reads:
        raise CannotAnswer(
            "input", f"{request.task} takes the file alone and has no use for a text. Leave the text out."
        )
