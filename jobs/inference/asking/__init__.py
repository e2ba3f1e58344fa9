"""Asking a model for a person: the room's door. Everything works at one `Workbench`."""

from jobs.inference.asking.comparison import compare
from jobs.inference.asking.conversation import as_command, follow_up, repeat, texts
from jobs.inference.asking.inputs import READ_AS
from jobs.inference.asking.live import end_interrupted
from jobs.inference.asking.models import find_model
from jobs.inference.asking.outputs import sweep
from jobs.inference.asking.single import run
from jobs.inference.asking.tokens import tokenize
from jobs.inference.asking.trained import trained_model
from jobs.inference.asking.workbench import Workbench

__all__ = [
    "READ_AS",
    "Workbench",
    "as_command",
    "compare",
    "end_interrupted",
    "find_model",
    "follow_up",
    "repeat",
    "run",
    "sweep",
    "texts",
    "tokenize",
    "trained_model",
]
