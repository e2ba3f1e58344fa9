"""The steps of a release on the Hub. Each is safe to repeat: a crash may come between any two of them.

What a step comes to is written down in `core.releases` before the next one is taken.
"""

import logging
from dataclasses import dataclass
from pathlib import Path

from core.blocks.release import describe_pull_request
from core.contents import superseded
from core.errors import Conflict, HubError, HugopsError
from core.hub import Hub, PullRequest, next_version
from core.hub.card import license_of, merge_cards
from core.ids import RUN
from core.releases import Releases, may_pass
from core.runs import Runs
from core.store.releases import Release, Surroundings
from jobs.publishing.checks import Subject, Target
from jobs.publishing.checks.table import run_checks

CARD = "README.md"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Publishing:
    """What the steps work with; `runs_folder` is where runs keep their models."""

    releases: Releases
    runs: Runs
    hub: Hub
    runs_folder: Path


def advance(publishing: Publishing, release: Release) -> None:
    """Takes one release as far as it goes; every step may have been taken before a crash."""
    try:
        if release.state == "checking":
            prepare(publishing, release)
        elif release.state in ("approved", "publishing"):
            publish(publishing, release)
        else:
            close(publishing, release)
    except HugopsError as error:
        log.warning("%s stopped: %s", release.id, error.sentence, exc_info=True)
        publishing.releases.stop(release, error)


def prepare(publishing: Publishing, release: Release) -> None:
    """From the request to a pull request that approvers are asked about, or to what blocks it."""
    run = publishing.runs.get(RUN.write(release.run))
    folder = publishing.runs_folder / run.id / "model"
    names = tuple(sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()))
    target = look_at_target(publishing.hub, release.repo)
    subject = Subject(release, run, folder, names, target)
    if not publishing.releases.take_findings(release, run_checks(subject), look_around(publishing.hub, subject)):
        return
    pull = open_pull_request(publishing.hub, subject)
    if not publishing.releases.ask_approvers(release, pull):
        publishing.hub.close(release.repo, pull.num, f"{release.id} was withdrawn")


def look_at_target(hub: Hub, repo: str) -> Target:
    """What the Hub says of the repo; HubError where it cannot be asked just now."""
    try:
        head = hub.head("model", repo)
        files = hub.files("model", head.id, head.sha)
        size = next((file.size for file in files if file.path == CARD), 0)
        card = hub.text("model", head.id, head.sha, CARD, limit=size) if size else ""
        return Target(exists=True, private=head.private, files=files, card=card)
    except HubError as error:
        if may_pass(error):
            raise
        return Target() if error.facts.get("missing") == "repo" else Target(refusal=error.sentence)


def look_around(hub: Hub, subject: Subject) -> Surroundings:
    """What approvers want to know of the repo, the base and the data."""
    target, card = subject.target, subject.folder / CARD
    data = subject.run.recipe["dataset"]
    try:
        data_license = "" if data.get("folder") else hub.license("dataset", data["repo"])
    except HubError:  # nobody's licence is worth a release that waits for it
        log.info("the licence of the data of %s is not known", subject.run.id, exc_info=True)
        data_license = ""
    return Surroundings(
        was_private=target.private if target.exists else None,
        files=target.files,
        version=next_version(hub.tags(subject.release.repo) if target.exists else ()),
        base_license=license_of(card.read_text(errors="replace")) if card.is_file() else "",
        data_license=data_license,
    )


def open_pull_request(hub: Hub, subject: Subject) -> PullRequest:
    """The pull request of this release, in a repo that is made where there is none.

    What people wrote in the card stays, and weights that would be loaded beside the new ones go.
    """
    release, run, folder, target = subject.release, subject.run, subject.folder, subject.target
    ours = folder / CARD
    theirs = target.card if ours.is_file() else ""
    hub.ensure_private_repo(release.repo)
    return hub.open_release_pull_request(
        release.repo,
        folder,
        title=f"{release.id}: {run.title}, trained as {run.id}",
        description=describe_pull_request(release, run),
        marker=f"hugops release {release.id} of {run.id}, asked at {release.created:.3f}",
        card=merge_cards(ours.read_text(), theirs) if theirs else "",
        removed=superseded(subject.names, [file.path for file in target.files]),
    )


def publish(publishing: Publishing, release: Release) -> None:
    """From the approval to a tagged commit of main that has exactly what was approved."""
    number = release.pull_request or 0
    ensure_unchanged(publishing.hub, release, number)
    version = publishing.releases.take_version(release, list(publishing.hub.tags(release.repo)))
    commit = publishing.hub.merge(release.repo, number)
    verify_main(publishing.hub, release, number)
    publishing.hub.tag(release.repo, version, commit, f"{release.id}, from {RUN.write(release.run)}")
    if release.public:
        publishing.hub.set_visibility(release.repo, private=False)
    publishing.releases.finish(release, commit)


def ensure_unchanged(hub: Hub, release: Release, number: int) -> None:
    """Conflict when the pull request is not what the approvers saw; merged already is fine."""
    pull = hub.pull_request(release.repo, number)
    if pull.status == "closed":
        raise Conflict("The pull request was closed on the Hub.")
    if pull.status != "merged" and pull.sha != release.head:
        raise Conflict("The files changed after the request.")


def verify_main(hub: Hub, release: Release, number: int) -> None:
    """Conflict when the merge brought anything else to main than what was approved."""
    merged = hub.pull_request(release.repo, number)
    if {(file.path, file.oid) for file in merged.files} != {(file.path, file.oid) for file in release.files}:
        raise Conflict(
            "The main branch has other files after the merge than those that were approved. "
            "Look at it on the Hub before anybody uses it."
        )


def close(publishing: Publishing, release: Release) -> None:
    """Closes the pull request of a release that ended otherwise."""
    why = f": {release.reason}" if release.reason else ""
    publishing.hub.close(release.repo, release.pull_request or 0, f"{release.id} is {release.state}{why}")
    publishing.releases.note_closed(release)
