"""Rate limits and faults: what a Hub does to its callers on a busy or a bad day."""

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.hub.errors import BadRequest

FaultKind = Literal["rate_limit", "server_error", "hang", "cut"]
WINDOW_SECONDS = 300
QUOTAS = {"api": 500, "resolvers": 3000, "pages": 100}
HANG_SECONDS = 30.0


@dataclass
class HubFault:
    """The next `count` requests whose path holds `path`."""

    kind: FaultKind
    path: str
    count: int
    seconds: float | None


class RequestLimits:
    """Counts requests in fixed windows of five minutes, by caller and bucket; refuses only where a limit is on."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._on: dict[str, int] = {}
        self._window = 0
        self._used: Counter[tuple[str, str]] = Counter()
        self._faults: list[HubFault] = []

    def set(self, limits: Mapping[str, int | None]) -> dict[str, int]:
        """Switches limits on by bucket (`api`, `resolvers`, `pages`), or off with None."""
        for bucket, quota in limits.items():
            if bucket not in QUOTAS or not (quota is None or (isinstance(quota, int) and quota >= 0)):
                raise BadRequest(f"Limits are numbers for {', '.join(QUOTAS)}.")
        with self._lock:
            self._used.clear()
            self._on = {key: n for key, n in {**self._on, **limits}.items() if n is not None}
            return dict(self._on)

    def add_fault(self, fault: HubFault) -> None:
        with self._lock:
            self._faults.append(fault)

    def take_fault(self, path: str) -> HubFault | None:
        with self._lock:
            for fault in self._faults:
                if fault.path in path:
                    fault.count -= 1
                    if fault.count <= 0:
                        self._faults.remove(fault)
                    return fault
        return None

    def count(self, bucket: str, caller: str) -> tuple[bool, dict[str, str]]:
        """Whether the request may pass, and the headers that tell how many more may."""
        moment = time.time()
        with self._lock:
            window = int(moment // WINDOW_SECONDS)
            if window != self._window:
                self._window = window
                self._used.clear()
            quota = self._on.get(bucket)
            passes = quota is None or self._used[bucket, caller] < quota
            self._used[bucket, caller] += passes
            # Without a limit nothing is ever refused, so no caller should slow down either.
            left = QUOTAS[bucket] if quota is None else quota - self._used[bucket, caller]
        return passes, limit_headers(bucket, quota, left, (window + 1) * WINDOW_SECONDS - moment)


def limit_headers(bucket: str, quota: int | None, left: int, seconds: float) -> dict[str, str]:
    allowed = QUOTAS[bucket] if quota is None else quota
    return {
        "RateLimit": f'"{bucket}";r={left};t={math.ceil(seconds)}',
        "RateLimit-Policy": f'"fixed window";"{bucket}";q={allowed};w={WINDOW_SECONDS}',
    }


class LimitsMiddleware:
    """Applies limits and faults to every request, except to the sandbox's own and to the parts of an upload."""

    def __init__(self, app: ASGIApp, limits: RequestLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if scope["type"] != "http" or path.startswith("/sandbox/"):
            await self._app(scope, receive, send)
            return
        fault = self._limits.take_fault(path)
        bucket = "api" if path.startswith("/api/") else "resolvers" if "/resolve/" in path else "pages"
        if path.startswith(("/_lfs/", "/_cas/", "/_files/")):
            headers: dict[str, str] = {}
        else:
            caller = Headers(scope=scope).get("authorization") or str((scope.get("client") or ["?"])[0])
            passes, headers = self._limits.count(bucket, caller)
            if not passes:
                await _too_many(headers)(scope, receive, send)
                return
        if fault is not None and fault.kind == "hang":
            await asyncio.sleep(HANG_SECONDS if fault.seconds is None else fault.seconds)
        elif fault is not None and fault.kind == "rate_limit":
            seconds = 1 if fault.seconds is None else fault.seconds
            await _too_many(limit_headers(bucket, None, 0, seconds))(scope, receive, send)
            return
        elif fault is not None and fault.kind == "server_error":
            await JSONResponse({"error": "Internal Error - We're working hard to fix this."}, 500)(scope, receive, send)
            return
        # A HEAD is whole without a body: its client would go on to use the connection that is cut.
        cut = fault is not None and fault.kind == "cut" and scope["method"] != "HEAD"
        await self._app(scope, receive, _Sender(send, headers, cut))


def _too_many(headers: Mapping[str, str]) -> JSONResponse:
    text = "We had to rate limit you. Try again later, or ask for a higher limit."
    return JSONResponse({"error": text}, 429, headers={**headers, "X-Error-Message": text})


class _Sender:
    """Adds headers to the answer; when `cut`, ends it in the middle so that the connection breaks."""

    def __init__(self, send: Send, headers: Mapping[str, str], cut: bool) -> None:
        self._send, self._headers, self._cut = send, headers, cut
        self._ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(self._headers)
        elif self._cut:
            if self._ended:
                return
            self._ended = True
            body = message.get("body", b"")
            message = {**message, "body": body[: len(body) // 2], "more_body": True}
        await self._send(message)
