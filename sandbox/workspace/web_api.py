"""The door of the Web API: faults, tokens, scopes, rates, the log; then the method itself."""

import asyncio
import json
import logging
import secrets
import time

from starlette.requests import Request
from starlette.responses import Response

from sandbox.documents import Document
from sandbox.workspace.arguments import Arguments, read_arguments
from sandbox.workspace.calls import ApiCall
from sandbox.workspace.errors import ApiError
from sandbox.workspace.faults import ApiFault
from sandbox.workspace.methods import METHODS, Method
from sandbox.workspace.parts import WorkspaceParts
from sandbox.workspace.pictures import check_pictures
from sandbox.workspace.rate_limits import RateLimitedError

HANG_SECONDS = 30.0
log = logging.getLogger(__name__)


def _token(request: Request, args: Arguments) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else args.text("token")


def _authorize(parts: WorkspaceParts, method: Method, token: str) -> None:
    """Raises `not_authed`, `invalid_auth`, `not_allowed_token_type` or `missing_scope`."""
    if not token:
        raise ApiError("not_authed")
    is_bot = secrets.compare_digest(token.encode(), parts.secrets.bot_token.encode())
    is_app = secrets.compare_digest(token.encode(), parts.secrets.app_token.encode())
    if not is_bot and not is_app:
        raise ApiError("invalid_auth")
    if is_app != method.app_token:
        raise ApiError("not_allowed_token_type")
    held = parts.manifest.scopes
    if method.scopes and not set(method.scopes) & set(held):
        raise ApiError("missing_scope", needed=",".join(method.scopes), provided=",".join(held))


def _caller(parts: WorkspaceParts, token: str) -> str:
    names = {parts.secrets.bot_token: "bot", parts.secrets.app_token: "app"}
    return names.get(token, "unknown" if token else "nobody")


def _respond(parts: WorkspaceParts, method: Method | None, status: int, answer: Document) -> Response:
    needed = ",".join(method.scopes) if method else ""
    headers = {
        "x-oauth-scopes": ",".join(parts.manifest.scopes),
        "x-accepted-oauth-scopes": needed,
        "x-slack-req-id": secrets.token_hex(16),
    }
    if status == RATE_LIMITED:
        headers["Retry-After"] = str(answer.pop("retry_after"))
    body = json.dumps(answer)
    return Response(body, status, headers, media_type="application/json; charset=utf-8")


RATE_LIMITED, SERVER_ERROR = 429, 500


async def _perform(
    parts: WorkspaceParts, method: Method, args: Arguments, token: str, name: str
) -> tuple[int, Document]:
    try:
        _authorize(parts, method, token)
        parts.limits.count_call(name, method.per_minute)
        await check_pictures(args)
        return 200, {"ok": True, **method.handler(parts, args)}
    except RateLimitedError as error:
        return RATE_LIMITED, {**error.answer(), "retry_after": error.retry_after}
    except ApiError as error:
        return 200, error.answer()
    except Exception:
        # One method's fault must not end the workspace; Slack's own word for it is internal_error.
        log.exception("%s failed", name)
        return SERVER_ERROR, {"ok": False, "error": "internal_error"}


def _fail(fault: ApiFault) -> tuple[int, Document]:
    if fault.kind == "rate_limit":
        retry_after = max(1, round(fault.seconds or 0))
        return RATE_LIMITED, {"ok": False, "error": "ratelimited", "retry_after": retry_after}
    return SERVER_ERROR, {"ok": False, "error": "internal_error"}


async def call_method(parts: WorkspaceParts, request: Request) -> Response:
    """One call of the Web API, logged with its answer."""
    name = request.path_params["method"]
    started = time.time()
    try:
        args = await read_arguments(request)
    except ApiError as error:
        return _respond(parts, None, 200, error.answer())
    token = _token(request, args)
    arguments = {key: value for key, value in args.values.items() if key != "token"}
    call = ApiCall(started, name, _caller(parts, token), arguments)
    method = METHODS.get(name)
    fault = parts.faults.take(name)
    if fault is not None and fault.kind != "hang":
        status, answer = _fail(fault)
    elif method is None:
        status, answer = 200, {"ok": False, "error": "unknown_method", "req_method": name}
    else:
        status, answer = await _perform(parts, method, args, token, name)
    # The log outlives the call: a later edit must not change what was answered.
    call.status, call.answer = status, json.loads(json.dumps(answer))
    call.ms = (time.time() - started) * 1000
    parts.calls.add(call)
    if fault is not None and fault.kind == "hang":
        # The work is done and the answer does not come: the case that a careless client does twice.
        await asyncio.sleep(HANG_SECONDS if fault.seconds is None else fault.seconds)
    return _respond(parts, method, status, answer)
