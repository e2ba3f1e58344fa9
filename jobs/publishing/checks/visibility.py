"""What is asked for as private does not end in a public repo."""

from core.store.releases import Finding
from jobs.publishing.checks import Subject

NAME = "visibility"


def check(subject: Subject) -> Finding:
    release, target = subject.release, subject.target
    if not release.public and not target.private:
        return Finding(
            NAME,
            "blocking",
            f"{release.repo} is public, so nothing in it stays private.",
            "Ask again with `public`, or with another name.",
        )
    return Finding(NAME, "passed", f"{release.repo} will be {'public' if release.public else 'private'}.")
