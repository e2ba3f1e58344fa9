"""What the Hub refuses, with the status and `X-Error-Code` that its clients turn into exceptions.

HubRefusal
├── BadRequest            400
├── Unauthorized          401
├── PaymentRequired       402
├── Forbidden             403
├── GatedRepo             403, or 401 for a caller without a token
├── RepoNotFound          404, or 401 for a caller without a token
├── RevisionNotFound      404
├── EntryNotFound         404, with the commit that was looked in
├── NotFound              404, for anything that is not a repo
├── HubConflict           409, with the URL of what is already there
├── PreconditionFailed    412
├── Unprocessable         422
└── Unavailable           503
"""

from collections.abc import Mapping


class HubRefusal(Exception):
    status = 500
    code: str | None = None

    def __init__(self, message: str, *, status: int | None = None, fields: Mapping[str, object] | None = None) -> None:
        super().__init__(message)
        self.message = message
        if status is not None:
            self.status = status
        self.fields = dict(fields or {})

    def headers(self) -> dict[str, str]:
        """The headers that the clients read; text is cut down to what a header can carry."""
        headers = {"X-Error-Message": self.message.encode("ascii", "replace").decode().replace("\n", " ")}
        return {**headers, "X-Error-Code": self.code} if self.code else headers


class BadRequest(HubRefusal):
    status = 400


class Unauthorized(HubRefusal):
    status = 401


class PaymentRequired(HubRefusal):
    status = 402


class Forbidden(HubRefusal):
    status = 403


class GatedRepo(HubRefusal):
    status = 403
    code = "GatedRepo"


class RepoNotFound(HubRefusal):
    status = 404
    code = "RepoNotFound"


class RevisionNotFound(HubRefusal):
    status = 404
    code = "RevisionNotFound"


class EntryNotFound(HubRefusal):
    """`commit` goes into `X-Repo-Commit`: with it a client remembers that the file is not there."""

    status = 404
    code = "EntryNotFound"

    def __init__(self, message: str, commit: str | None = None) -> None:
        super().__init__(message)
        self.commit = commit

    def headers(self) -> dict[str, str]:
        headers = super().headers()
        return {**headers, "X-Repo-Commit": self.commit} if self.commit else headers


class NotFound(HubRefusal):
    status = 404


class HubConflict(HubRefusal):
    status = 409


class PreconditionFailed(HubRefusal):
    status = 412


class Unprocessable(HubRefusal):
    status = 422


class Unavailable(HubRefusal):
    status = 503
