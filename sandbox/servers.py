"""Two servers in one event loop, on loopback alone, stopped by whoever started them."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette

STOP_SECONDS = 3
PING_SECONDS = 10.0


def bind(port: int) -> socket.socket:
    """A listening address on loopback; port 0 means any. Raises OSError where the port is taken."""
    # asyncio turns Nagle off only where the protocol is named; with it every small answer waits 40 ms.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def url_of(bound: socket.socket) -> str:
    """The address's URL, without a slash at the end."""
    return f"http://127.0.0.1:{bound.getsockname()[1]}"


class LoopServer(uvicorn.Server):
    """A server that leaves signals to the process around it, and says when it is up."""

    def __init__(self, app: Starlette, bound: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            ws_ping_interval=PING_SECONDS,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=STOP_SECONDS,
        )
        super().__init__(config)
        self._bound = bound
        self._up = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._up.set()

    async def start(self) -> None:
        """Returns when connections are taken; raises what the server died of."""
        self._task = asyncio.create_task(self.serve(sockets=[self._bound]))
        up = asyncio.create_task(self._up.wait())
        await asyncio.wait({self._task, up}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            up.cancel()
            await self._task

    async def stop(self) -> None:
        self.should_exit = True
        if self._task is not None:
            await self._task
