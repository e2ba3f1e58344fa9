"""The writing calls of a release. Each is safe to repeat: a crash may come between any two of them."""

from collections.abc import Sequence
from http import HTTPStatus
from pathlib import Path
from typing import cast

from huggingface_hub import CommitOperationAdd, CommitOperationDelete
from huggingface_hub.community import DiscussionComment, DiscussionWithDetails
from huggingface_hub.errors import HfHubHTTPError, RepositoryNotFoundError

from core.errors import HubError
from core.hub.facts import Kind, PullRequest, Who
from core.hub.gateway import plain
from core.hub.watch import History

CARD = "README.md"
Operation = CommitOperationAdd | CommitOperationDelete
NOT_OURS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


class RepoWriter(History):
    """The only writing side of the gateway."""

    def whoami(self) -> Who:
        """The account behind the token, its organisations and what the token may do."""
        with self.asking():
            answer = self._api.whoami()
        token = (answer.get("auth") or {}).get("accessToken") or {}
        orgs = tuple(org["name"] for org in answer.get("orgs") or ())
        return Who(name=answer["name"], orgs=orgs, role=token.get("role") or "read")

    def repo_exists(self, repo: str) -> bool:
        """Whether this token can see a model repo of that name."""
        with self.asking(repo):
            return self._api.repo_exists(repo)

    def main_sha(self, repo: str) -> str:
        """The commit that main of a model repo is at."""
        return self.head("model", repo).sha

    def ensure_private_repo(self, repo: str) -> None:
        """Makes a private model repo if there is none of that name; one that is there stays as it is."""
        owner = repo.partition("/")[0]
        with self.asking(repo):
            if self._api.repo_exists(repo):
                return
            try:
                self._api.create_repo(repo, private=True, exist_ok=True)
            except HfHubHTTPError as error:
                if error.response.status_code not in NOT_OURS:
                    raise
                raise HubError(
                    f"I may not make repos under `{plain(owner)}`. Publish to a name that I may write, "
                    f"or give its account write access to `{plain(owner)}` on the Hub.",
                    repo=repo,
                    status=int(HTTPStatus.FORBIDDEN),
                ) from error

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
        """One pull request with all files of `folder`; the same `marker` again returns the first one.

        `card` stands in for the folder's README.md, `removed` are paths that go. The marker is kept in the
        description. A closed pull request does not count.
        """
        with self.asking(repo):
            number = self._marked(repo, marker)
            if number is None:
                operations = _operations(folder, card, removed)
                number = self._open(repo, operations, title, f"{description}\n\n{marker}")
        return self.pull_request(repo, number)

    def pull_request(self, repo: str, num: int) -> PullRequest:
        """The pull request as it is now, with the files that its newest commit would bring to main."""
        with self.asking(repo):
            details = self._api.get_discussion_details(repo, num)
            revision = details.merge_commit_oid or f"refs/pr/{num}"
            sha = cast("str", self._api.model_info(repo, revision=revision, expand=["sha"]).sha)
            files = tuple(self._tree("model", repo, sha).values())
        return PullRequest(
            num=num,
            sha=sha,
            url=f"{self.url('model', repo)}/discussions/{num}",
            title=details.title,
            status=details.status,
            files=tuple(sorted(files, key=lambda file: file.path)),
            merge_sha=details.merge_commit_oid,
        )

    def merge(self, repo: str, num: int) -> str:
        """Merges the pull request and returns the commit of main; merged already is fine, closed is not."""
        with self.asking(repo):
            status = self._api.get_discussion_details(repo, num).status
            if status == "closed":
                raise HubError(
                    f"Pull request {num} of `{plain(repo)}` was closed on the Hub, so it cannot be merged. "
                    "Ask for the release again.",
                    repo=repo,
                    reason="closed",
                )
            if status != "merged":
                self._api.merge_pull_request(repo, num)
            commit = self._api.get_discussion_details(repo, num).merge_commit_oid
        return commit or self.main_sha(repo)

    def close(self, repo: str, num: int, comment: str) -> None:
        """Closes the pull request with a comment; closed, merged or deleted already is fine."""
        with self.asking(repo):
            try:
                details = self._api.get_discussion_details(repo, num)
            except RepositoryNotFoundError:
                return
            if details.status in ("open", "draft"):
                self._api.change_discussion_status(repo, num, "closed", comment=comment)

    def tags(self, repo: str, kind: Kind = "model") -> dict[str, str]:
        """Tag name to commit."""
        with self.asking(repo):
            refs = self._api.list_repo_refs(repo, repo_type=kind)
        return {tag.name: tag.target_commit for tag in refs.tags}

    def tag(self, repo: str, name: str, revision: str, message: str) -> None:
        """Tags the commit; the same tag there already is fine, on another commit it is a HubError."""
        with self.asking(repo):
            try:
                self._api.create_tag(repo, tag=name, tag_message=message, revision=revision)
            except HfHubHTTPError as error:
                if error.response.status_code != HTTPStatus.CONFLICT:
                    raise
                tagged = {tag.name: tag.target_commit for tag in self._api.list_repo_refs(repo).tags}.get(name, "")
                if tagged == revision:
                    return
                raise HubError(
                    f"`{plain(repo)}` has a tag `{plain(name)}` on another commit, {tagged[:7]}. Delete it "
                    "on the Hub, or publish under the next version.",
                    repo=repo,
                    reason="conflict",
                ) from error

    def set_visibility(self, repo: str, private: bool) -> None:
        """Makes the model repo private or public; it may be so already."""
        with self.asking(repo):
            self._api.update_repo_settings(repo, private=private)

    def _marked(self, repo: str, marker: str) -> int | None:
        for pull in self._api.get_repo_discussions(repo, discussion_type="pull_request"):
            if pull.status == "closed":
                continue
            if marker in pull.title or marker in _description(self._api.get_discussion_details(repo, pull.num)):
                return pull.num
        return None

    def _open(self, repo: str, operations: Sequence[Operation], title: str, description: str) -> int:
        try:
            commit = self._api.create_commit(
                repo, operations, commit_message=title, commit_description=description, create_pr=True
            )
        except HfHubHTTPError:
            raise
        except ValueError as error:
            raise HubError(
                f"The Hub refuses the model card: {plain(str(error))}. Correct it and ask again.",
                reason="card",
            ) from error
        except (OSError, RuntimeError) as error:  # what hf_xet, the uploader of large files, raises
            raise HubError(
                f"The files for `{plain(repo)}` could not be uploaded. Nothing was published; try again in a minute.",
                repo=repo,
                reason="upload",
            ) from error
        if commit.pr_num is None:
            raise HubError(
                f"`{plain(repo)}` already holds exactly these files, so there is nothing to release.",
                repo=repo,
                reason="unchanged",
            )
        return int(commit.pr_num)


def _operations(folder: Path, card: str, removed: Sequence[str]) -> list[Operation]:
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    if not files:
        raise HubError(f"There is nothing to publish: {plain(folder.name)} has no files.", reason="empty")
    added = {path.relative_to(folder).as_posix(): str(path) for path in files}
    contents: dict[str, str | bytes] = {**added, **({CARD: card.encode()} if card else {})}
    return [
        *(CommitOperationAdd(path, content) for path, content in contents.items()),
        *(CommitOperationDelete(path) for path in removed),
    ]


def _description(details: DiscussionWithDetails) -> str:
    return next((event.content for event in details.events if isinstance(event, DiscussionComment)), "")
