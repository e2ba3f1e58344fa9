"""Image classification, one class a picture: columns, rows, what the model sees of them. Torch-free when imported."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, BinaryIO

from datasets import Dataset, Image
from PIL import Image as Pillow

from core.recipe import Roles
from jobs.models.pictures import DAMAGED, MOST_PIXELS, read_picture
from jobs.training.errors import RunError
from jobs.training.labelled import named
from jobs.training.media import FileTask, Glance, LabelledFiles, ReadyRows, Unreadable, choose_medium, read_files
from jobs.training.tasks import Encoded, Guess, Reads, SplitRows

if TYPE_CHECKING:
    from transformers import BaseImageProcessor

_NAMES = ("image", "img", "picture", "photo", "pixels")
# Squares of 16 pixels in 224 by 224, which is what most models see of a picture; one costs about what a token does.
_PATCHES = 196
_TOO_LARGE = (Pillow.DecompressionBombError, Pillow.DecompressionBombWarning)


class ImageClassification(FileTask):
    """Sorts a picture into one of several classes."""

    name = "image-classification"
    aim = "sort pictures into classes"
    needs = "a picture and a class a row"
    auto = "AutoModelForImageClassification"
    ability = "classify pictures"
    reads: Reads = "images"
    content = "picture"

    def choose(self, rows: Dataset, asked: Roles) -> Guess:
        column, label = choose_medium(rows, Image, _NAMES, asked)
        return {"image": column, "label": label}

    def tokens(self, rows: Dataset, columns: Roles) -> float:  # noqa: ARG002  # all are made one size
        return _PATCHES

    def read(self, rows: Dataset, columns: Roles) -> SplitRows[LabelledFiles]:
        return read_files(rows, columns, "image", Image, _look)

    def encode(
        self,
        examples: LabelledFiles,
        labels: Sequence[str],
        processor: "BaseImageProcessor",
        max_length: int,  # noqa: ARG002  # that of texts
    ) -> Encoded:
        ids = {label: i for i, label in enumerate(labels)}
        _ensure_one_size(processor)

        def ready(at: int) -> dict[str, Any]:
            with examples.files[at].open() as file:
                return {**_seen(processor, read_picture(file)), "labels": ids[examples.labels[at]]}

        return Encoded(ReadyRows(ready, len(examples)), truncated=0, sizes=[1] * len(examples))

    def collator(self, processor: "BaseImageProcessor", multiple: int | None) -> Any:  # noqa: ARG002
        from transformers import default_data_collator

        return default_data_collator

    def limit(self, max_length: int) -> str:  # noqa: ARG002  # a picture is shrunk, not cut
        return ""

    def purpose(self, labels: Sequence[str]) -> str:
        return f"sort a picture into one of {len(labels)} classes: {named(labels)}"

    def sources(self, columns: Roles) -> str:
        return f"picture from `{columns['image']}`, class from `{columns['label']}`"

    def usage(self, model: str) -> str:
        return f'classify = pipeline("{self.name}", model="{model}")\nprint(classify("picture.png"))'


def _look(file: BinaryIO) -> Glance:
    """Reads a picture to its end, so that nothing else is learned from; two of the same pixels have the same key."""
    try:
        picture = read_picture(file)
    except _TOO_LARGE as error:
        raise Unreadable(f"larger than {MOST_PIXELS // 10**6} million pixels") from error
    except DAMAGED as error:
        raise Unreadable("damaged, or of an unknown kind") from error
    digest = hashlib.blake2b(f"{picture.size} ".encode(), digest_size=16)
    digest.update(picture.tobytes())
    return Glance(digest.hexdigest())


def _seen(processor: "BaseImageProcessor", picture: Pillow.Image) -> dict[str, Any]:
    """The picture as the model gets it."""
    name = processor.model_input_names[0]
    return {name: processor(images=picture, return_tensors="np")[name][0]}


def _ensure_one_size(processor: "BaseImageProcessor") -> None:
    """Raise RunError where pictures of different shapes stay different, and so do not fit into a batch."""
    shapes = {
        value.shape for size in ((64, 48), (48, 64)) for value in _seen(processor, Pillow.new("RGB", size)).values()
    }
    if len(shapes) > 1:
        raise RunError(
            "The base sees each picture in a shape of its own, so that it cannot learn from several at a time. "
            "Choose another base.",
            "user",
        )


TASK = ImageClassification()
