"""The name is free, or of a repo that the Hub lets us see."""

from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "name"


def check(subject: Subject) -> Finding:
    """Whether a repo of that name may be made or written is told by the Hub when it is tried, after the checks."""
    if subject.target.refusal:
        return Finding(NAME, "blocking", subject.target.refusal)
    return Finding(NAME, "passed", f"{subject.release.repo} is {'there' if subject.target.exists else 'free'}.")
