"""GET /metrics and GET /health over HTTP, for Prometheus and for whoever starts the sidecar."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from themis_sidecar.listener.socket_path import ListeningSocket
from themis_sidecar.wire.strict_json import write_json

if TYPE_CHECKING:
    from themis_sidecar.listener.addresses import MetricsAddress
    from themis_sidecar.listener.shared_state import SharedState

_MAX_HEAD_BYTES = 8 * 1024
_SECONDS = 5.0
# Any user of the machine may connect to a port; the descriptors are for those who have requests.
_MAX_CONNECTIONS = 32
_REASONS = {200: "OK", 400: "Bad Request", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class MetricsServer:
    """Answers one request a connection."""

    def __init__(self, address: MetricsAddress, state: SharedState) -> None:
        """Takes where to listen and what to tell."""
        self._address = address
        self._state = state
        self._server: asyncio.Server | None = None
        self._listening: ListeningSocket | None = None
        self._open_count = 0

    async def start(self) -> str:
        """Listens; gives the address in use. OSError or SocketPathError: it cannot."""
        if self._address.path is not None:
            self._listening = ListeningSocket(self._address.path)
            self._server = await asyncio.start_unix_server(
                self._serve, sock=self._listening.socket, limit=_MAX_HEAD_BYTES
            )
            return self._address.path
        self._server = await asyncio.start_server(
            self._serve, self._address.host, self._address.port, limit=_MAX_HEAD_BYTES
        )
        host, port = self._server.sockets[0].getsockname()[:2]
        return f"{host}:{port}"

    def stop(self) -> None:
        """Stops listening; who is connected is still answered."""
        if self._listening is not None:
            self._listening.remove_file()
        if self._server is not None:
            self._server.close()
        if self._listening is not None:
            self._listening.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._open_count == _MAX_CONNECTIONS:
            writer.transport.abort()
            return
        self._open_count += 1
        try:
            await self._serve_one(reader, writer)
        finally:
            self._open_count -= 1

    async def _serve_one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.TimeoutError, asyncio.IncompleteReadError, asyncio.CancelledError):
            try:
                head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), _SECONDS)
                writer.write(await self._answer(head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")))
            except asyncio.LimitOverrunError:
                writer.write(_response(400, "text/plain", b"The request is too long.\n"))
            await asyncio.wait_for(writer.drain(), _SECONDS)
        writer.close()

    async def _answer(self, request: list[str]) -> bytes:
        if len(request) != 3 or not request[2].startswith("HTTP/1."):
            return _response(400, "text/plain", b"This is no HTTP.\n")
        method, target, _ = request
        if method not in ("GET", "HEAD"):
            return _response(405, "text/plain", b"Only GET and HEAD.\n", "Allow: GET, HEAD\r\n")
        path = target.split("?", 1)[0]
        if path == "/metrics":
            answer = _response(200, "text/plain; version=0.0.4; charset=utf-8", self._state.metrics_text().encode())
        elif path == "/health":
            answer = await self._health()
        else:
            answer = _response(404, "text/plain", b"There is /metrics and /health.\n")
        return answer if method == "GET" else answer[: answer.index(b"\r\n\r\n") + 4]

    async def _health(self) -> bytes:
        engine = self._state.engine
        health = await engine.health()
        is_well = health.healthy and not self._state.is_draining
        status = "draining" if self._state.is_draining else "ok" if health.healthy else "unhealthy"
        body = {"status": status, "detail": health.detail, "engine": engine.description.engine}
        return _response(200 if is_well else 503, "application/json", write_json(body) + b"\n")


def _response(status: int, kind: str, body: bytes, more: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} {_REASONS[status]}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        f"{more}Connection: close\r\n\r\n"
    )
    return head.encode("latin-1") + body
