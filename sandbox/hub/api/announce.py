"""What webhooks are told: the payloads (version 3) of repo and discussion events."""

from collections.abc import Mapping

from sandbox.hub.api.call import Call
from sandbox.hub.discussions import Discussion, DiscussionEvent
from sandbox.hub.records import MAIN, StoredCommit, StoredRepo


def repo_event(call: Call, repo: StoredRepo, action: str, scope: str = "repo", **fields: object) -> None:
    """Tells of a repo that was created, deleted, moved, or set otherwise."""
    _deliver(call, repo, action, scope, fields)


def content_event(call: Call, repo: StoredRepo, ref: str, old: str | None, new: str | None) -> None:
    """Tells of commits, and of branches and tags that came or went."""
    updated = [{"ref": ref, "oldSha": old, "newSha": new}]
    _deliver(call, repo, "update", "repo.content", {"updatedRefs": updated})


def discussion_event(
    call: Call, repo: StoredRepo, discussion: Discussion, action: str, comment: DiscussionEvent | None = None
) -> None:
    """Tells of a discussion, or of a comment in it."""
    web = f"{call.url(repo)}/discussions/{discussion.num}"
    body: dict[str, object] = {
        "id": f"{repo.oid}-{discussion.num}",
        "title": discussion.title,
        "url": {"web": web, "api": f"{call.api_url(repo)}/discussions/{discussion.num}"},
        "status": discussion.status,
        "author": {"id": discussion.author},
        "num": discussion.num,
        "isPullRequest": discussion.is_pull_request,
    }
    if discussion.is_pull_request:
        merged = {"mergeCommitId": discussion.merge_sha} if discussion.merge_sha else {}
        body["changes"] = {"base": MAIN, **merged}
    fields: dict[str, object] = {"discussion": body}
    if comment is not None:
        fields["comment"] = {
            "id": comment.id,
            "author": {"id": comment.author},
            "content": comment.data["latest"]["raw"],
            "hidden": comment.data["hidden"],
            "url": {"web": f"{web}#{comment.id}"},
        }
    _deliver(call, repo, action, "discussion.comment" if comment else "discussion", fields)


def commit_event(call: Call, repo: StoredRepo, ref: str, old: StoredCommit, new: StoredCommit) -> None:
    if old.sha != new.sha:
        content_event(call, repo, ref, old.sha, new.sha)


def _deliver(call: Call, repo: StoredRepo, action: str, scope: str, fields: Mapping[str, object]) -> None:
    about: dict[str, object] = {
        "type": repo.kind,
        "name": repo.id,
        "id": repo.oid,
        "private": repo.private,
        "url": {"web": call.url(repo), "api": call.api_url(repo)},
        "owner": {"id": repo.namespace},
    }
    if scope.startswith("repo") and action != "delete":
        head = call.hub.store.resolve(repo, MAIN)
        about |= {"headSha": head.sha, "tags": call.hub.facts.read(repo.kind, head).tags}
    payload = {"event": {"action": action, "scope": scope}, "repo": about, **fields}
    call.hub.webhooks.deliver(repo, payload)
