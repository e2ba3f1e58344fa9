"""Nothing of another model stays beside the new one unnoticed."""

from core.contents import left_behind
from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "contents"
SHOWN = 4


def check(subject: Subject) -> Finding:
    """Weights that the new ones supersede are removed; other weights, pickles and code are for people to judge."""
    stay = left_behind(subject.names, [file.path for file in subject.target.files])
    if not stay:
        return Finding(NAME, "passed", f"Nothing of another model stays in {subject.release.repo}.")
    listed = ", ".join(f"{path} ({what})" for path, what in stay[:SHOWN])
    more = f" and {len(stay) - SHOWN} more" if len(stay) > SHOWN else ""
    return Finding(
        NAME,
        "warning",
        f"Of what was in {subject.release.repo} before, {listed}{more} would stay.",
        "Delete it on the Hub if nobody needs it.",
    )
