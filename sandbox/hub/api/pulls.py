"""Discussions and pull requests."""

import difflib
from collections.abc import Iterator

from starlette.responses import JSONResponse, Response

from sandbox.hub import git
from sandbox.hub.api import announce
from sandbox.hub.api.call import Call, done
from sandbox.hub.discussions import Discussion, DiscussionEvent, Status
from sandbox.hub.errors import BadRequest, Forbidden
from sandbox.hub.records import MAIN, StoredRepo, TreeEntry, now
from sandbox.hub.shapes import DiscussionRecord, EventRecord

PAGE = 50
DIFF_LIMIT = 200_000


def list_discussions(call: Call) -> Response:
    repo, query = call.open_repo(), call.query
    kind, status, author = query.get("type", "all"), query.get("status", "all"), query.get("author")
    matches = [
        discussion
        for discussion in call.hub.discussions.of(repo)
        if (kind == "all" or discussion.is_pull_request == (kind == "pull_request"))
        and (status == "all" or (discussion.status in ("open", "draft")) == (status == "open"))
        and (not author or discussion.author == author)
    ]
    page = int(query.get("p", "0")) if query.get("p", "0").isdecimal() else 0
    start = page * PAGE
    records = [_described(repo, discussion) for discussion in matches[start : start + PAGE]]
    return JSONResponse({"discussions": records, "count": len(matches), "start": start})


def create_discussion(call: Call) -> Response:
    """A discussion, or an empty pull request that is still a draft."""
    account, repo, body = call.writer(), call.open_repo(), call.json()
    pull = body.get("pullRequest") is True
    discussion = call.hub.discussions.create(
        repo,
        call.text("title"),
        account.name,
        description=body.get("description") or "",
        status="draft" if pull else "open",
        pull=pull,
    )
    announce.discussion_event(call, repo, discussion, "create")
    return JSONResponse({"num": discussion.num, "pullRequest": pull})


def show_discussion(call: Call) -> Response:
    repo = call.open_repo()
    discussion = call.hub.discussions.get(repo, call.number("num"))
    events = [_event(event) for event in call.hub.discussions.events(repo, discussion.num)]
    record: dict[str, object] = {**_described(repo, discussion), "events": events}
    if discussion.is_pull_request:
        merged = {"mergeCommitId": discussion.merge_sha} if discussion.merge_sha else {}
        record["changes"] = {"base": MAIN, **merged}
        record["filesWithConflicts"] = call.hub.discussions.conflicts(repo, discussion)
        if call.flag("diff"):
            record["diff"] = diff(call, repo, discussion)
    return JSONResponse(record)


def add_comment(call: Call) -> Response:
    account, repo = call.writer(), call.open_repo()
    discussion = call.hub.discussions.get(repo, call.number("num"))
    event = call.hub.discussions.comment(repo, discussion.num, call.text("comment"), account.name)
    announce.discussion_event(call, repo, discussion, "create", comment=event)
    return JSONResponse({"newMessage": _event(event)})


def edit_comment(call: Call) -> Response:
    return _change_comment(call, {"edited": True}, call.text("content"))


def hide_comment(call: Call) -> Response:
    """Takes the text away for good."""
    return _change_comment(call, {"hidden": True}, "")


def _change_comment(call: Call, marks: dict[str, bool], text: str) -> Response:
    account, repo = call.writer(), call.open_repo()
    discussion = call.hub.discussions.get(repo, call.number("num"))
    events = {event.id: event for event in call.hub.discussions.events(repo, discussion.num)}
    known = events.get(call.param("comment"))
    if known is None or known.type != "comment":
        raise BadRequest("There is no such comment.")
    if known.author != account.name:
        call.own_repo()
    latest = {**known.data["latest"], "raw": text, "updatedAt": now()}
    history = [] if "hidden" in marks else [*known.data["history"], known.data["latest"]]
    data = {**known.data, **marks, "latest": latest, "history": history, "numEdits": len(history)}
    event = call.hub.discussions.edit_comment(repo, discussion.num, known.id, data)
    announce.discussion_event(call, repo, discussion, "update", comment=event)
    return JSONResponse({"updatedComment": _event(event)})


def change_status(call: Call) -> Response:
    repo, discussion, author = _steered(call)
    status: Status
    match call.text("status"):
        case "open" | "closed" | "draft" as status:
            pass
        case unknown:
            raise BadRequest(f"Unknown status: {unknown}")
    if comment := call.json().get("comment"):
        call.hub.discussions.comment(repo, discussion.num, comment, author)
    event = call.hub.discussions.set_status(repo, discussion.num, status, author)
    _announce_update(call, repo, discussion)
    return JSONResponse({"newStatus": _event(event)})


def change_title(call: Call) -> Response:
    repo, discussion, author = _steered(call)
    event = call.hub.discussions.set_title(repo, discussion.num, call.text("title"), author)
    _announce_update(call, repo, discussion)
    return JSONResponse({"newTitle": _event(event)})


def merge(call: Call) -> Response:
    """Merges into main; a draft too."""
    repo = call.own_repo()
    account, num = call.writer(), call.number("num")
    before = call.hub.store.resolve(repo, MAIN)
    commit = call.hub.discussions.merge(repo, num, account.name)
    _announce_update(call, repo, call.hub.discussions.get(repo, num))
    announce.commit_event(call, repo, MAIN, before, commit)
    return done({"mergeCommitId": commit.sha})


def _announce_update(call: Call, repo: StoredRepo, discussion: Discussion) -> None:
    announce.discussion_event(call, repo, call.hub.discussions.get(repo, discussion.num), "update")


def _steered(call: Call) -> tuple[StoredRepo, Discussion, str]:
    """The discussion in the path, if it is the caller's own or stands in a repo of the caller's."""
    account, repo = call.writer(), call.open_repo()
    discussion = call.hub.discussions.get(repo, call.number("num"))
    if discussion.author != account.name and not call.hub.people.is_member(account, repo.namespace):
        raise Forbidden("Only its author and the repo's owners may change a discussion.")
    return repo, discussion, account.name


def diff(call: Call, repo: StoredRepo, discussion: Discussion) -> str:
    """What the pull request changes, as git would print it; of files that are not small texts the names alone."""
    store = call.hub.store
    base = store.resolve(repo, discussion.start_sha or MAIN).tree
    head = store.resolve(repo, discussion.ref).tree
    return "\n".join(
        line
        for path in git.changed_paths(base, head)
        for line in _file_diff(call, path, base.get(path), head.get(path))
    )


def _file_diff(call: Call, path: str, old: TreeEntry | None, new: TreeEntry | None) -> Iterator[str]:
    yield f"diff --git a/{path} b/{path}"
    if old is None:
        yield "new file mode 100644"
    if new is None:
        yield "deleted file mode 100644"
    entries = [entry for entry in (old, new) if entry]
    if any(entry.lfs or entry.size > DIFF_LIMIT for entry in entries):
        yield "Binary files differ"
        return
    before, after = (
        call.hub.store.blobs.read(entry.sha256).decode("utf-8", "replace").splitlines() if entry else []
        for entry in (old, new)
    )
    names = (f"a/{path}" if old else "/dev/null", f"b/{path}" if new else "/dev/null")
    yield from difflib.unified_diff(before, after, *names, lineterm="")


def _described(repo: StoredRepo, discussion: Discussion) -> DiscussionRecord:
    return {
        "num": discussion.num,
        "title": discussion.title,
        "author": {"name": discussion.author, "type": "user"},
        "createdAt": discussion.created_at,
        "status": discussion.status,
        "isPullRequest": discussion.is_pull_request,
        "repo": {"name": repo.id, "type": repo.kind},
    }


def _event(event: DiscussionEvent) -> EventRecord:
    return {
        "id": event.id,
        "type": event.type,
        "author": {"name": event.author, "type": "user"},
        "createdAt": event.created_at,
        "data": event.data,
    }
