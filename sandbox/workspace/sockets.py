"""Socket Mode: tickets, connections, envelopes and their acknowledgements."""

import asyncio
import json
import logging
import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from sandbox.documents import Document
from sandbox.workspace.faults import Faults
from sandbox.workspace.people import APP_ID
from sandbox.workspace.transport import ACK_SECONDS, AppAck, AppDelivery, UndeliveredError, read_response

TICKET_SECONDS = 30
CONNECTION_SECONDS = 3600
WARNING_SECONDS = 10
MAX_CONNECTIONS = 10
HOST = "applink-sandbox"
log = logging.getLogger(__name__)


@dataclass(eq=False)
class Connection:
    """One open socket, and what was sent over it and waits for an acknowledgement."""

    socket: WebSocket
    waiting: dict[str, asyncio.Future[Any]] = field(default_factory=dict)

    async def send(self, frame: Document) -> None:
        await self.socket.send_text(json.dumps(frame))

    async def disconnect(self, reason: str) -> None:
        """Tells the app why, then closes."""
        if self.socket.application_state is WebSocketState.CONNECTED:
            await self.warn(reason)
            await self.socket.close()

    async def warn(self, reason: str) -> None:
        await self.send({"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})


class Sockets:
    """The app's open sockets. A payload goes to any one of them."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []

    def new_ticket(self) -> str:
        """A ticket for one connection within half a minute."""
        ticket = secrets.token_urlsafe(24)
        self._tickets[ticket] = time.monotonic() + TICKET_SECONDS
        return ticket

    async def serve(self, socket: WebSocket) -> None:
        """One connection, from the handshake to its end."""
        good_until = self._tickets.pop(socket.query_params.get("ticket", ""), 0.0)
        full = len(self._connections) >= MAX_CONNECTIONS
        if time.monotonic() > good_until or full or self._faults.refuses_connection():
            await socket.close()
            return
        await socket.accept()
        connection = Connection(socket)
        self._connections.append(connection)
        life = asyncio.create_task(self._end_in_time(connection))
        try:
            await connection.send(self._hello())
            await self._receive(connection)
        except (WebSocketDisconnect, RuntimeError) as error:
            # RuntimeError is what Starlette raises when the other side went without a closing handshake.
            log.debug("socket ended: %r", error)
        finally:
            life.cancel()
            self._connections.remove(connection)
            for future in connection.waiting.values():
                if not future.done():
                    future.set_exception(UndeliveredError("connection_failed"))

    def _hello(self) -> Document:
        return {
            "type": "hello",
            "num_connections": len(self._connections),
            "connection_info": {"app_id": APP_ID},
            "debug_info": {
                "host": HOST,
                "started": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
                "build_number": 1,
                "approximate_connection_time": CONNECTION_SECONDS,
            },
        }

    async def _end_in_time(self, connection: Connection) -> None:
        await asyncio.sleep(CONNECTION_SECONDS - WARNING_SECONDS)
        await connection.warn("warning")
        await asyncio.sleep(WARNING_SECONDS)
        await connection.disconnect("refresh_requested")

    async def _receive(self, connection: Connection) -> None:
        while True:
            text = await connection.socket.receive_text()
            try:
                frame = json.loads(text)
                future = connection.waiting.pop(frame["envelope_id"], None)
            except (ValueError, KeyError, TypeError):
                log.warning("a frame that is not an acknowledgement: %.200s", text)
                continue
            if future is not None and not future.done():
                future.set_result(frame.get("payload"))

    async def send(self, delivery: AppDelivery) -> AppAck:
        """See Transport. Without a connection there is nobody to wait for."""
        if not self._connections:
            raise UndeliveredError("connection_failed")
        connection = secrets.choice(self._connections)
        envelope_id = str(uuid.uuid4())
        envelope = {
            "envelope_id": envelope_id,
            "type": delivery.kind,
            "payload": delivery.payload,
            "accepts_response_payload": delivery.accepts_response,
        }
        if delivery.kind == "events_api":
            envelope |= {"retry_attempt": delivery.retry, "retry_reason": delivery.retry_reason}
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        connection.waiting[envelope_id] = future
        started = time.perf_counter()
        try:
            await connection.send(envelope)
            body = await asyncio.wait_for(future, ACK_SECONDS)
        except TimeoutError as error:
            raise UndeliveredError("timeout") from error
        except (WebSocketDisconnect, RuntimeError) as error:
            raise UndeliveredError("connection_failed") from error
        finally:
            connection.waiting.pop(envelope_id, None)
        return AppAck((time.perf_counter() - started) * 1000, read_response(body))

    async def drop(self, count: int | None = None) -> int:
        """Closes so many connections (all when None), as Slack does when it wants them made anew."""
        connections = self._connections[:count]
        for connection in connections:
            await connection.disconnect("refresh_requested")
        return len(connections)

    @property
    def connected(self) -> int:
        return len(self._connections)
