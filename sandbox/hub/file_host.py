"""The host of large files: another origin than the Hub's own, where an address carries its permission itself."""

import mimetypes
from urllib.parse import unquote

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.hub.blobs import Blobs
from sandbox.hub.limits import LimitsMiddleware, RequestLimits
from sandbox.hub.signing import Signer
from sandbox.servers import LoopServer, bind, url_of

PERMISSION_SECONDS = 3600


class FileHost:
    """Serves blobs on a port of its own, from `start` to `stop`; faults that name a file's path reach it here too."""

    def __init__(self, blobs: Blobs, signer: Signer, limits: RequestLimits) -> None:
        self._blobs, self._signer = blobs, signer
        route = Route("/_files/{sha256}/{token}/{path:path}", self._send, methods=["GET"])
        self._app = Starlette(routes=[route], middleware=[Middleware(LimitsMiddleware, limits=limits)])
        self._server: LoopServer | None = None
        self._url: str | None = None

    async def start(self) -> None:
        bound = bind(0)
        self._server = LoopServer(self._app, bound)
        await self._server.start()
        self._url = url_of(bound)

    async def stop(self) -> None:
        self._url = None
        if self._server is not None:
            await self._server.stop()

    def address(self, sha256: str, path: str) -> str | None:
        """Where anybody may fetch the file for an hour; None while the host is not up. `path` is the Hub's own."""
        token, _ = self._signer.token(f"file {sha256}", PERMISSION_SECONDS)
        return f"{self._url}/_files/{sha256}/{token}{path}" if self._url else None

    async def _send(self, request: Request) -> Response:
        sha256 = request.path_params["sha256"]
        if not self._signer.accepts(f"file {sha256}", request.path_params["token"]):
            return PlainTextResponse("This address has expired.", 403)
        # Sandboxed, because a page of a repo must not run as a page of this host.
        headers = {"ETag": f'"{sha256[:32]}"', "Content-Security-Policy": "sandbox"}
        media_type = mimetypes.guess_type(unquote(request.path_params["path"]))[0] or "application/octet-stream"
        return FileResponse(self._blobs.path(sha256), headers=headers, media_type=media_type)
