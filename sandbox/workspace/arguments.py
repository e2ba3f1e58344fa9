"""The arguments of a Web API call, from wherever Slack takes them: query, form, JSON or multipart."""

import json
from collections.abc import Mapping
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from sandbox.workspace.errors import ApiError


def missing(name: str) -> ApiError:
    return ApiError("invalid_arguments", response_metadata={"messages": [f"[ERROR] missing required field: {name}"]})


def read_multipart(body: bytes, content_type: str) -> list[tuple[str, str | None, bytes]]:
    """The parts of a multipart form: name, file name (None for a field), content."""
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = []
    for part in message.iter_parts():
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        parts.append((str(name), part.get_filename(), content if isinstance(content, bytes) else b""))
    return parts


async def read_arguments(request: Request) -> "Arguments":
    """Raises ApiError `invalid_json` for a body that says it is JSON and is not."""
    values: dict[str, object] = dict(request.query_params)
    body = await request.body()
    content_type = request.headers.get("content-type", "")
    if not body:
        return Arguments(values)
    if content_type.startswith("application/json"):
        try:
            parsed = json.loads(body)
        except ValueError as error:
            raise ApiError("invalid_json") from error
        if not isinstance(parsed, dict):
            raise ApiError("json_not_object")
        values |= parsed
    elif content_type.startswith("multipart/form-data"):
        values |= {name: content.decode() for name, _, content in read_multipart(body, content_type)}
    else:
        values |= dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return Arguments(values)


class Arguments:
    """Reads values leniently, as Slack does: a flag may be `1`, a list may be JSON in a string."""

    def __init__(self, values: Mapping[str, object]) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        return str(self.values.get(name, default))

    def required(self, name: str) -> str:
        value = self.text(name)
        if not value:
            raise missing(name)
        return value

    def flag(self, name: str, default: bool = False) -> bool:
        value = self.values.get(name, default)
        return value if isinstance(value, bool) else str(value).lower() in ("1", "true", "yes")

    def integer(self, name: str, default: int, error: str = "invalid_arguments") -> int:
        try:
            return int(str(self.values.get(name, default)))
        except (TypeError, ValueError) as failure:
            raise ApiError(error) from failure

    def structure(self, name: str, error: str = "invalid_arguments") -> Any:
        """A list or an object, which in a form is JSON in a string; None when left out."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError as failure:
            raise ApiError(error) from failure

    def names(self, name: str) -> list[str]:
        """A comma-separated list, or a JSON list."""
        value = self.values.get(name, "")
        values = value if isinstance(value, list) else str(value).split(",")
        return [one.strip() for one in map(str, values) if one.strip()]
