"""The errors of the workspace.

Exception
└── ApiError          what Slack's Web API answers with `ok: false`
    └── UserSideError what the user's side answers with `ok: false`
"""

from sandbox.documents import Document


class ApiError(Exception):
    """An answer `{ok: false, error, …}`; `extra` holds its other fields."""

    def __init__(self, error: str, **extra: object) -> None:
        super().__init__(error)
        self.error = error
        self.extra = extra

    def answer(self) -> Document:
        return {"ok": False, "error": self.error, **self.extra}


class UserSideError(ApiError):
    """What a user tried and Slack's client or server refused."""
