"""What can go wrong in the worker, as kinds and sentences; the one table from a library's error to both."""

import logging

log = logging.getLogger(__name__)


class CannotAnswer(Exception):
    """`kind` is input, model, memory, busy, timeout or hub; `message` is a sentence for the person."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


def translate(error: Exception, model: str) -> CannotAnswer:
    """The kind and sentence of any error of loading or running; unknown ones are logged with their traceback."""
    if isinstance(error, CannotAnswer):
        return error
    names = {cls.__name__ for cls in type(error).__mro__}
    text = f"{error} {error.__cause__ or ''}"
    if "GatedRepoError" in names or "gated repo" in text:
        return CannotAnswer("hub", f"{model} is gated: ask for access on its page, then try again.")
    if "RepositoryNotFoundError" in names or "is not a valid model identifier" in text:
        return CannotAnswer("hub", f"{model} is not on the Hub any more, or it is private to others.")
    if "OutOfMemoryError" in names or "can't allocate memory" in text or isinstance(error, MemoryError):
        return CannotAnswer("memory", f"{model} ran out of memory. Try a shorter text or a smaller model.")
    log.error("%s failed", model, exc_info=error)
    if "safetensors" in text and ("does not appear to have" in text or "no file named" in text):
        return CannotAnswer("model", f"{model} has no safetensors weights, and hugops reads nothing else.")
    if "Unrecognized configuration class" in text or "does not recognize this architecture" in text:
        return CannotAnswer("model", f"{model} has an architecture that the installed transformers does not know.")
    if isinstance(error, ImportError) and "sentencepiece" in text.lower():
        return CannotAnswer(
            "model", f"{model} needs the Python package sentencepiece, which is not installed. Ask whoever runs me."
        )
    if "tokenizer" in text.lower():
        return CannotAnswer("model", f"{model} has no tokenizer that can be loaded, so it cannot read text.")
    if isinstance(error, OSError):
        return CannotAnswer("hub", f"{model} could not be fetched from the Hub. Try again in a minute.")
    return CannotAnswer("model", f"{model} could not be run; the worker's log has the reason. Try another model.")
