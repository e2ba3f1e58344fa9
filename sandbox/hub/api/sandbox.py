"""The sandbox's own switches: rate limits and faults."""

from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.hub.api.call import Call
from sandbox.hub.errors import BadRequest
from sandbox.hub.limits import Fault

_KINDS = ("rate_limit", "server_error", "hang", "cut")


def set_limits(call: Call) -> Response:
    return JSONResponse({"ok": True, "limits": call.hub.limits.set(call.json())})


def add_fault(call: Call) -> Response:
    body = call.json()
    call.hub.limits.add_fault(_fault(body))
    return JSONResponse({"ok": True})


def _fault(body: dict[str, Any]) -> Fault:
    kind, count, seconds = body.get("kind"), body.get("count", 1), body.get("seconds")
    if kind not in _KINDS:
        raise BadRequest(f"kind must be one of: {', '.join(_KINDS)}")
    if not isinstance(count, int) or count < 1 or not (seconds is None or isinstance(seconds, int | float)):
        raise BadRequest("count must be a positive number, and seconds a number.")
    return Fault(kind, str(body.get("path") or ""), count, seconds)
