"""Classes that load what one Auto class of transformers alone does not."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from transformers import AutoConfig, AutoProcessor
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING

from jobs.inference.errors import CannotAnswer


class FirstThatFits:
    """Loads with the first of some Auto classes that knows the model's architecture."""

    def __init__(self, *classes: Any) -> None:
        self.classes: Sequence[Any] = classes

    def from_pretrained(self, folder: Path, **options: Any) -> Any:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False, local_files_only=True)
        # A configuration may be known to the wider class alone.
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
        auto: Any = AutoProcessor
        try:
            return auto.from_pretrained(folder, **options)
        except ImportError as error:
            if "VideoProcessor" not in str(error):
                raise
        config = AutoConfig.from_pretrained(folder, **options)
        whole: Any = PROCESSOR_MAPPING[type(config)]
        kept = [name for name in whole.get_attributes() if name != "video_processor"]
        still: Any = type(whole.__name__, (whole,), {"get_attributes": classmethod(lambda _: kept)})
        return still.from_pretrained(folder, **options)
