"""The card that is there, and ours, say the same."""

from core.hub.card import is_readable, license_of
from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "card"
CARD = "README.md"


def check(subject: Subject) -> Finding:
    """What people wrote is kept, so a licence of theirs may differ from the base's."""
    theirs = subject.target.card
    path = subject.folder / CARD
    ours = license_of(path.read_text(errors="replace")) if path.is_file() else ""
    if not theirs:
        return Finding(NAME, "passed", "The card is the run's own.")
    if not is_readable(theirs):
        return Finding(
            NAME,
            "warning",
            f"The metadata of the card of {subject.release.repo} cannot be read and would be replaced.",
            "Correct its first lines on the Hub, then ask again.",
        )
    kept = license_of(theirs)
    if kept and ours and kept != ours:
        return Finding(
            NAME,
            "warning",
            f"The card keeps its licence {kept}; the base model's is {ours}.",
            "Correct the card on the Hub if that may not be.",
        )
    return Finding(NAME, "passed", "What people wrote in the card is kept.")
