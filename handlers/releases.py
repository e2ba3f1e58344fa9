"""Asking for a release, deciding on it, and looking at what was released."""

from core.blocks.release import build_releases
from core.commands.releases import ListReleases, Publish, ShowRelease, WithdrawRelease
from handlers.listeners import Answer, Caller, Commands, Parts, say


def publish(parts: Parts, caller: Caller, run_id: str, repo: str, *, public: bool) -> Answer:
    """Asks the approvers; checks and the pull request follow by themselves."""
    release = parts.releases.request(run_id, repo, caller.user, caller.channel, public=public)
    return say(
        f"{release.id} asks for {run_id} to become `{release.repo}` ({'public' if public else 'private'}). "
        f"It is checked now; then {parts.access.approvers()} decide. `/hf withdraw {release.id}` takes it back."
    )


def approve(parts: Parts, caller: Caller, release_id: str) -> Answer:
    release = parts.releases.decide(release_id, caller.user, approve=True)
    if release.state == "waiting":
        return say(f"Your approval of {release.id} counts; it needs {parts.settings.quorum}.")
    return say(f"You approved {release.id}; it is being published.")


def withdraw(parts: Parts, caller: Caller, release_id: str) -> Answer:
    return say(f"{parts.releases.withdraw(release_id, caller.user).id} is withdrawn.")


def show(parts: Parts, release_id: str) -> Answer:
    """The card as it stands."""
    text, blocks = parts.releases.card(parts.releases.get(release_id))
    return Answer(text, blocks)


def ask_again(parts: Parts, caller: Caller, release_id: str) -> Answer:
    """Ask again under a request that came to nothing."""
    release = parts.releases.ask_again(release_id, caller.user)
    return say(f"Asked again, as {release.id}. It is checked now; then {parts.access.approvers()} decide.")


def releases(parts: Parts, repo: str | None = None) -> Answer:
    text, blocks = build_releases(parts.releases.newest(repo), parts.settings.hf_endpoint)
    return Answer(text, blocks)


COMMANDS: Commands = {
    Publish: lambda parts, caller, c: publish(parts, caller, c.run, c.repo, public=c.public),
    ListReleases: lambda parts, _caller, c: releases(parts, c.repo),
    ShowRelease: lambda parts, _caller, c: show(parts, c.release),
    WithdrawRelease: lambda parts, caller, c: withdraw(parts, caller, c.release),
}
