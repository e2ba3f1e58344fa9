"""The one HTTP listener: health, metrics, and Slack's HTTP mode."""

import logging
import socket
import threading
from collections.abc import Awaitable, Callable

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot.manifest import PATH
from core.errors import SettingsError
from core.settings import Settings

log = logging.getLogger(__name__)
Facts = dict[str, int]


class Listener:
    """Starlette on uvicorn, in a thread of its own."""

    def __init__(self, settings: Settings, app: App, facts: Callable[[], Facts]) -> None:
        routes = [Route("/healthz", _health(facts)), Route("/metrics", _metrics(facts))]
        if not settings.socket_mode:
            routes.append(Route(PATH, _slack(app), methods=["POST"]))
            routes.append(Route(PATH, _certificate, methods=["GET"]))
        self._socket = _bind(settings)
        config = uvicorn.Config(Starlette(routes=routes), log_level="warning", access_log=False, lifespan="off")
        self._server = uvicorn.Server(config)
        # uvicorn installs signal handlers only in the main thread; here it is told to stop by `stop`.
        self._thread = threading.Thread(target=self._run, name="http", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=5)

    def _run(self) -> None:
        if self._socket is not None:
            self._server.run(sockets=[self._socket])


def _bind(settings: Settings) -> socket.socket | None:
    """The listening socket. A taken port is fatal in HTTP mode; in Socket Mode only health and metrics are lost."""
    host, _, port = settings.listen.rpartition(":")
    try:
        # asyncio turns Nagle off only where the protocol is named; with it every small answer waits 40 ms.
        listening = socket.socket(
            socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP
        )
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host.strip("[]"), int(port)))
        return listening
    except OSError as error:
        sentence = f"HUGOPS_LISTEN is {settings.listen}, and that address cannot be used ({error.strerror})."
        if not settings.socket_mode:
            raise SettingsError(f"{sentence} Set it to a free one.") from error
        log.warning("%s Health and metrics are off.", sentence)
        return None


def _health(facts: Callable[[], Facts]) -> Callable[[Request], Response]:
    def health(_request: Request) -> Response:
        return JSONResponse({"ok": True, **facts()})

    return health


def _metrics(facts: Callable[[], Facts]) -> Callable[[Request], Response]:
    def metrics(_request: Request) -> Response:
        # Many a bot is never asked, and all would start later.
        from prometheus_client import CollectorRegistry, Gauge, generate_latest

        registry = CollectorRegistry()
        for name, value in facts().items():
            Gauge(f"hugops_{name}", name.replace("_", " "), registry=registry).set(float(value))
        return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return metrics


def _certificate(request: Request) -> Response:
    """Slack looks at the certificate now and then with a plain GET (`ssl_check=1`)."""
    return PlainTextResponse("ok" if "ssl_check" in request.query_params else "hugops listens here to Slack.")


def _slack(app: App) -> Callable[[Request], Awaitable[Response]]:
    async def slack(request: Request) -> Response:
        # Bolt waits for the listener's acknowledgement; meanwhile other requests must be served.
        bolt_request = to_bolt_request(request, await request.body())
        response: Response = to_starlette_response(await run_in_threadpool(app.dispatch, bolt_request))
        return response

    return slack
