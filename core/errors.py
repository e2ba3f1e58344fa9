"""The errors of hugops, and the sentences that people read.

    HugopsError             every error whose text may be shown to a person
    ├── Mistake             what was typed or pressed cannot be done; says what can
    │   ├── TooLarge        the model does not fit into the memory set aside here
    │   └── Misfilled       several fields of a form are wrong
    ├── Refused             the person may not do this; says who may
    ├── Conflict            the thing is no longer in the state that the press assumed
    ├── HubError            the Hub said no, or could not be reached
    │   ├── NotOnHub        no such repo, revision or file (or it is private to others)
    │   └── Gated           the repo wants its terms accepted first
    ├── WorkerError         a worker process failed, timed out or is full
    └── SettingsError       the environment lacks or garbles a setting

Anything else is a bug: the person gets `UNEXPECTED` with a number, the log has the traceback.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Suggestion:
    """What was probably meant: the whole `line` as one would type it, and the `words` on the button that runs it."""

    words: str
    line: str


class HugopsError(Exception):
    """Base of all errors with a sentence for people: `sentence` says what and what to do next.

    `code` names the kind of error for programs and logs, `field` what was filled in wrong, `facts` are the rest.
    `form` is the line that a form stood for which was closed when the error came.
    """

    code: ClassVar[str] = "error"
    form: str = ""

    def __init__(self, sentence: str, *, field: str | None = None, **facts: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
        self.facts = facts


class Mistake(HugopsError):
    """The input is wrong; the sentence holds the nearest right form or an example.

    `suggestions` are lines that were probably meant; each of them is a command that can be run.
    """

    code = "mistake"
    suggestions: tuple[Suggestion, ...] = ()


class TooLarge(Mistake):
    """A model needs more memory than there is; somewhere else it may run."""

    code = "too_large"


class Misfilled(Mistake):
    """Fields of a form that are wrong, each with its sentence."""

    def __init__(self, sentences: Mapping[str, str]) -> None:
        super().__init__(" ".join(sentences.values()))
        self.sentences = dict(sentences)


class Refused(HugopsError):
    """The person lacks the role; the sentence names who has it."""

    code = "refused"


class Conflict(HugopsError):
    """Somebody or something was faster; the sentence says what the state is now."""

    code = "conflict"


class HubError(HugopsError):
    """The Hub refused or was not reachable."""

    code = "hub"


class NotOnHub(HubError):
    """The repo, revision or file is not there for this token."""

    code = "not_on_hub"


class Gated(HubError):
    """Access to the repo has to be asked for on the Hub first."""

    code = "gated"


class WorkerError(HugopsError):
    """The inference or examining process could not answer; `kind` in facts says why."""

    code = "worker"


class SettingsError(HugopsError):
    """A setting is missing or wrong; the sentence names it and where to get it."""

    code = "settings"


UNEXPECTED = (
    "Something went wrong on my side (incident {incident}). Nothing was changed by this press or command; "
    "try again, and if it stays, give the incident number to whoever runs me."
)


def sentence_for(error: BaseException, incident: str) -> str:
    """The one sentence a person reads for `error`; never the text of an unknown exception."""
    if isinstance(error, HugopsError):
        return error.sentence
    return UNEXPECTED.format(incident=incident)
