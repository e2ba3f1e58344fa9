"""A small working Hub in memory: repos, commits, pull requests, tags, visibility."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.errors import HubError, NotOnHub
from core.hub import Change, Commit, Head, Kind, Portrait, PullRequest, Push, RemoteFile, Who
from core.hub.facts import is_card, is_plumbing, is_weights
from core.usability import Usability

Files = dict[str, bytes]


def digest(content: bytes) -> str:
    return hashlib.sha1(content, usedforsecurity=False).hexdigest()


class Crash(BaseException):
    """The process ends here, as with kill -9."""


@dataclass
class MemoryRepo:
    """`commits` are those of main, oldest first, each with the whole tree."""

    kind: Kind
    id: str
    private: bool = True
    modified: float = 0.0
    commits: list[tuple[str, Files]] = field(default_factory=list)
    pulls: list[PullRequest] = field(default_factory=list)
    trees: dict[str, Files] = field(default_factory=dict)
    markers: list[str] = field(default_factory=list)
    removals: list[tuple[str, ...]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def sha(self) -> str:
        return self.commits[-1][0]

    def commit(self, files: Files) -> str:
        sha = digest(f"{self.kind}/{self.id}/{len(self.trees)}".encode())
        self.trees[sha] = dict(files)
        return sha

    def add_to_main(self, files: Files) -> str:
        sha = self.commit(files)
        self.commits.append((sha, dict(files)))
        return sha

    def remote_files(self, sha: str) -> tuple[RemoteFile, ...]:
        tree = self.trees[sha]
        return tuple(RemoteFile(path, len(tree[path]), digest(tree[path])) for path in sorted(tree))


class MemoryHub:
    """The methods of `core.hub.Hub` that releases and watches use; `merges` counts those that changed main."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self.repos: dict[tuple[str, str], MemoryRepo] = {}
        self.merges = 0
        self.comments: list[str] = []
        self.broken: dict[str, HubError] = {}
        self.names: dict[str, str] = {}  # what repos were called, to what they are called now
        self.portraits: dict[str, Portrait] = {}
        self.licenses: dict[str, str] = {"acme/reviews": "cc-by-4.0"}

    def repo(self, name: str, kind: Kind = "model") -> MemoryRepo:
        name = self.names.get(name.lower(), name)
        found = self.repos.get((kind, name.lower()))  # the Hub's own names differ from others' only in case
        if found is None:
            raise NotOnHub(f"`{name}` is not on the Hub.", repo=name, missing="repo")
        return found

    def push(self, name: str, files: Files, kind: Kind = "model", *, private: bool = False) -> str:
        """Somebody pushes to main; makes the repo where there is none."""
        repo = self.repos.setdefault((kind, name.lower()), MemoryRepo(kind, name, private))
        repo.modified = self._clock()
        return repo.add_to_main({**(repo.commits[-1][1] if repo.commits else {}), **files})

    def rename(self, before: str, now: str, kind: Kind = "model") -> None:
        """A repo goes on under another name; the old one leads to it."""
        repo = self.repos.pop((kind, before.lower()))
        repo.id = now
        self.repos[kind, now.lower()] = repo
        self.names[before.lower()] = now

    def push_to_pull(self, name: str, number: int, files: Files) -> None:
        """Somebody pushes to a pull request."""
        repo = self.repo(name)
        pull = repo.pulls[number - 1]
        sha = repo.commit({**repo.trees[pull.sha], **files})
        repo.pulls[number - 1] = replace(pull, sha=sha, files=repo.remote_files(sha))

    # What `core.hub.Hub` does

    def whoami(self) -> Who:
        return Who("bot", ("acme", "dee-labs"), "write")

    def url(self, kind: str, repo: str) -> str:
        return f"https://hub.test/{'datasets/' if kind == 'dataset' else ''}{repo}"

    def ensure_private_repo(self, repo: str) -> None:
        if ("model", repo.lower()) not in self.repos:
            self.push(repo, {".gitattributes": b""}, private=True)

    def open_release_pull_request(
        self,
        repo: str,
        folder: Path,
        title: str,
        description: str,
        marker: str,
        *,
        card: str = "",
        removed: Sequence[str] = (),
    ) -> PullRequest:
        found = self.repo(repo)
        for pull, known in zip(found.pulls, found.markers, strict=True):
            if known == marker and pull.status != "closed":
                return pull
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        files |= {"README.md": card.encode()} if card else {}
        tree = {path: content for path, content in found.commits[-1][1].items() if path not in removed}
        sha = found.commit({**tree, **files})
        number = len(found.pulls) + 1
        found.pulls.append(
            PullRequest(
                number, sha, f"{self.url('model', repo)}/discussions/{number}", title, "open", found.remote_files(sha)
            )
        )
        found.markers.append(marker)
        found.removals.append(tuple(removed))
        return found.pulls[-1]

    def pull_request(self, repo: str, num: int) -> PullRequest:
        return self.repo(repo).pulls[num - 1]

    def merge(self, repo: str, num: int) -> str:
        found = self.repo(repo)
        pull = found.pulls[num - 1]
        if pull.status == "closed":
            raise HubError("It was closed.", reason="closed")
        if pull.status != "merged":
            self.merges += 1
            main = {**found.commits[-1][1], **found.trees[pull.sha]}
            gone = found.removals[num - 1]
            sha = found.add_to_main({path: content for path, content in main.items() if path not in gone})
            files = found.remote_files(sha)
            found.pulls[num - 1] = replace(pull, status="merged", sha=sha, merge_sha=sha, files=files)
        return str(found.pulls[num - 1].merge_sha)

    def close(self, repo: str, num: int, comment: str) -> None:
        found = self.repo(repo)
        if found.pulls[num - 1].status == "open":
            found.pulls[num - 1] = replace(found.pulls[num - 1], status="closed")
            self.comments.append(comment)

    def tags(self, repo: str, kind: Kind = "model") -> dict[str, str]:
        return dict(self.repo(repo, kind).tags)

    def tag(self, repo: str, name: str, revision: str, message: str) -> None:
        if self.repo(repo).tags.setdefault(name, revision) != revision:
            raise HubError(f"There is a tag {name} on another commit.", reason="conflict")

    def set_visibility(self, repo: str, private: bool) -> None:
        self.repo(repo).private = private

    def head(self, kind: Kind, repo: str) -> Head:
        self._maybe_broken(repo)
        return _head(self.repo(repo, kind))

    def files(self, kind: Kind, repo: str, sha: str) -> tuple[RemoteFile, ...]:
        return self.repo(repo, kind).remote_files(sha)

    def license(self, kind: Kind, repo: str) -> str:
        self._maybe_broken(repo)
        return self.licenses[repo]

    def text(self, kind: Kind, repo: str, sha: str, path: str, limit: int = 0) -> str:
        return self.repo(repo, kind).trees[sha].get(path, b"").decode()

    def kind_of(self, repo: str) -> Kind | None:
        kinds: tuple[Kind, ...] = ("model", "dataset")
        return next((kind for kind in kinds if (kind, repo.lower()) in self.repos), None)

    def commits(self, kind: Kind, repo: str, limit: int = 5, revision: str = "main") -> tuple[Commit, ...]:
        found = self.repo(repo, kind)
        when = datetime.fromtimestamp(found.modified, tz=UTC)
        return tuple(Commit(sha, "Update", "mia", when) for sha, _ in found.commits[::-1][:limit])

    def portrait(self, push: Push) -> Portrait:
        return self.portraits.get(push.id, Portrait())

    def usability(self, kind: Kind, repo: str, revision: str) -> Usability:
        return self.portraits.get(repo, Portrait()).usability

    def author_heads(self, author: str, since: datetime | None = None) -> list[Head]:
        self._maybe_broken(author)
        heads = [_head(repo) for (_, name), repo in self.repos.items() if name.startswith(f"{author.lower()}/")]
        news = [head for head in heads if not head.private and (since is None or head.last_modified > since)]
        return sorted(news, key=lambda head: head.last_modified, reverse=True)

    def author_exists(self, name: str) -> bool:
        return any(key[1].startswith(f"{name.lower()}/") for key in self.repos)

    def suggest(self, repo: str, kind: Kind = "model", limit: int = 3) -> list[str]:
        return []

    def changes(self, kind: Kind, repo: str, old_sha: str | None, new_sha: str) -> Push:
        self._maybe_broken(repo)
        found = self.repo(repo, kind)
        before, after = found.trees.get(old_sha or "", {}), found.trees[new_sha]
        paths = [path for path in sorted(after) if before.get(path) != after[path]]
        shas = [sha for sha, _ in found.commits]
        new = shas[shas.index(old_sha) + 1 if old_sha in shas else 0 : shas.index(new_sha) + 1]
        return Push(
            kind,
            repo,
            old_sha,
            new_sha,
            tuple(Commit(sha, "Update", "mia", datetime.fromtimestamp(found.modified, tz=UTC)) for sha in new[::-1]),
            tuple(Change(path, "changed" if path in before else "added", len(after[path])) for path in paths),
            weights_changed=any(is_weights(path) if kind == "model" else not is_card(path) for path in paths),
            card_only=bool(paths) and all(is_card(path) for path in paths),
            is_first=all(is_plumbing(path) for path in before),
        )

    def _maybe_broken(self, name: str) -> None:
        if name in self.broken:
            raise self.broken[name]


class CrashingHub:
    """The same Hub for a process that ends right after (or right before) its n-th call."""

    def __init__(self, hub: MemoryHub, calls: int, error: BaseException, *, done: bool) -> None:
        self._hub, self._left, self._error, self._done = hub, calls, error, done

    def __getattr__(self, name: str) -> Any:
        act = getattr(self._hub, name)
        return act if name == "url" else lambda *given, **named: self._call(lambda: act(*given, **named))

    def _call(self, act: Callable[[], Any]) -> Any:
        self._left -= 1
        result = act() if self._left or self._done else None
        if not self._left:
            raise self._error
        return result


def _head(repo: MemoryRepo) -> Head:
    return Head(repo.kind, repo.id, repo.sha, datetime.fromtimestamp(repo.modified, tz=UTC), repo.private)
