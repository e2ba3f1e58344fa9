"""Whether a request brings the kinds of input that its task takes; what to attach or leave out where it does not."""

from core.tasks import TASKS
from jobs.inference.protocol import Request
from jobs.inference.worker.errors import CannotAnswer

# What a task lacks that was given no file, by what it takes; the first that fits.
ATTACH = {
    "audio": "Attach a sound (WAV, FLAC, OGG, MP3, M4A or WebM): {task} listens to nothing else.",
    "video": "Attach a video (MP4, WebM or an animated GIF): {task} looks at nothing else.",
    "image": "Attach a picture (PNG, JPEG, WebP, GIF, or a PDF for its first page): {task} looks at pictures.",
}
PICTURES = (".png", ".jpg", ".jpeg", ".gif", ".webp", ".bmp", ".tif", ".tiff", ".avif")


def ensure_inputs(request: Request) -> None:
    """CannotAnswer where a task of pictures, videos or sounds has none, or a task of texts is given pictures."""
    task = TASKS.get(request.task)
    if task is None:
        return
    wanted = next((sentence for kind, sentence in ATTACH.items() if kind in task.reads), "")
    if wanted and not request.files and task.needs_files:
        raise CannotAnswer("input", wanted.format(task=request.task))
    if wanted and request.texts and "text" not in task.reads:
        raise CannotAnswer(
            "input", f"{request.task} takes the file alone and has no use for a text. Leave the text out."
        )
    if task.takes_texts and any(path.suffix.lower() in PICTURES for path in request.files):
        raise CannotAnswer(
            "input",
            f"{request.task} takes texts and looks at no pictures. Put a text in quotes after the model's name, or "
            "choose a model for image-classification.",
        )
