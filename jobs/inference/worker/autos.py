"""Classes that load what one Auto class of transformers alone does not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoFeatureExtractor, AutoImageProcessor, AutoProcessor, AutoTokenizer
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from jobs.inference.worker.errors import CannotAnswer

PARTS: dict[str, Any] = {
    "image_processor": AutoImageProcessor,
    "tokenizer": AutoTokenizer,
    "feature_extractor": AutoFeatureExtractor,
}
AUTO_PROCESSOR: Any = AutoProcessor


class FirstThatFits:
    """Loads with the first of some Auto classes that knows the model's architecture."""

    def __init__(self, *classes: Any) -> None:
        self.classes: Sequence[Any] = classes

    def from_pretrained(self, folder: Path, **options: Any) -> Any:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        for auto in self.classes:
            if type(config) in auto._model_mapping:
                return auto.from_pretrained(folder, **options)
        raise CannotAnswer(
            "model", f"This model's architecture ({config.model_type}) cannot do this task. Try another `task=`."
        )


class ProcessorWithoutVideo:
    """AutoProcessor, also for models that could read videos, too, if torchvision were there."""

    @staticmethod
    def from_pretrained(folder: Path, **options: Any) -> Any:
        try:
            return AUTO_PROCESSOR.from_pretrained(folder, **options)
        except ImportError as error:
            if "VideoProcessor" not in str(error):
                raise
            # In here, what goes wrong now comes of the first error, which says what is missing.
            config = AutoConfig.from_pretrained(folder, **options)
            return _without_video(PROCESSOR_MAPPING[type(config)], folder, options)


def _without_video(whole: Any, folder: Path, options: dict[str, Any]) -> Any:
    """The processor with nothing in the place of the part that reads videos."""

    def check(self: Any, name: str, part: Any) -> Any:
        return None if part is None else whole.check_argument_for_proper_class(self, name, part)

    still: Any = type(whole.__name__, (whole,), {"check_argument_for_proper_class": check})
    parts = [
        None if name == "video_processor" else PARTS[name].from_pretrained(folder, **options)
        for name in whole.get_attributes()
    ]
    settings, _ = whole.get_processor_dict(folder, **options)
    return still.from_args_and_dict(parts, settings)
