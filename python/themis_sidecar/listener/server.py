"""The sidecar as a whole: engine, listener and measurements, from start to drain."""

from __future__ import annotations

import asyncio
import logging
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError, FrameFault
from themis_sidecar.listener.closing import close_socket
from themis_sidecar.listener.connection import Connection
from themis_sidecar.listener.handshake import Handshake
from themis_sidecar.listener.metrics_server import MetricsServer
from themis_sidecar.listener.peer_guard import PeerGuard, peer_of
from themis_sidecar.listener.shared_state import SharedState
from themis_sidecar.listener.socket_path import ListeningSocket
from themis_sidecar.shared_memory.mode import SharedMemoryMode
from themis_sidecar.shared_memory.upgrade import SharedMemoryUpgrade
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.words import Failure, Stage

if TYPE_CHECKING:
    import socket

    from themis_sidecar.engines.engine import Engine
    from themis_sidecar.listener.addresses import MetricsAddress

_log = logging.getLogger(__name__)

MAX_CONNECTIONS = 64
# What the last frames may take to leave.
_LAST_WORDS_SECONDS = 2.0
STOPPED, ENGINE_FAILED = 0, 1


@dataclass(frozen=True, slots=True)
class ServerOptions:
    """How the sidecar listens."""

    path: str
    metrics: MetricsAddress | None = None
    drain_seconds: float = 30.0
    max_requests: int = 1024
    listed_uids: frozenset[int] = frozenset()
    group: int | None = None
    token: str | None = None
    shared_memory: SharedMemoryMode = SharedMemoryMode.ON


class Server:
    """Runs until a signal or the engine ends it."""

    def __init__(self, engine: Engine, options: ServerOptions) -> None:
        """Takes the engine, which is not running yet."""
        self._engine = engine
        self._options = options
        self._state = SharedState(engine)
        self._guard = PeerGuard(options.listed_uids, options.token)
        upgrade = SharedMemoryUpgrade(options.shared_memory)
        self._handshake = Handshake(self._guard, engine.description, options.max_requests, upgrade)
        self._opening: set[asyncio.Task[None]] = set()
        self._closing: set[asyncio.Future[None]] = set()
        self._is_empty = asyncio.Event()
        self._signals: asyncio.Queue[int] = asyncio.Queue()
        self._metrics: MetricsServer | None = None

    async def run(self) -> int:
        """Serves; gives the exit code. OSError or SocketPathError: it cannot listen."""
        # Before there is a file that a signal could leave behind.
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signals.put_nowait, number)
        listening = ListeningSocket(
            self._options.path, is_shared=bool(self._options.listed_uids), group=self._options.group
        )
        try:
            if self._options.metrics is not None:
                self._metrics = MetricsServer(self._options.metrics, self._state)
                _log.info("metrics address=%s", await self._metrics.start())
            return await self._serve(listening)
        finally:
            self._leave_addresses(listening)

    async def _serve(self, listening: ListeningSocket) -> int:
        loop = asyncio.get_running_loop()
        engine = loop.create_task(self._engine.run())
        accepting = loop.create_task(self._accept(listening.socket))
        stopping = loop.create_task(self._signals.get())
        description = self._engine.description
        _log.info("listening path=%s engine=%r model=%s", self._options.path, description.engine, description.model)
        await asyncio.wait((engine, stopping), return_when=asyncio.FIRST_COMPLETED)
        accepting.cancel()
        self._leave_addresses(listening)
        self._state.is_draining = True
        if engine.done():
            code = self._bury(engine)
        else:
            _log.info("draining signal=%s open=%d", signal.Signals(stopping.result()).name, self._open_count())
            code = await self._drain(engine)
        await self._say_last_words()
        for task in (engine, stopping, accepting):
            task.cancel()
        await asyncio.gather(engine, stopping, accepting, return_exceptions=True)
        _log.info("stopped code=%d", code)
        return code

    def _leave_addresses(self, listening: ListeningSocket) -> None:
        """Both, so that a successor may start while this one drains."""
        listening.close()
        if self._metrics is not None:
            self._metrics.stop()

    async def _drain(self, engine: asyncio.Task[None]) -> int:
        """Lets what runs come to its end, as long as it may, as nobody hurries, and as the engine lives."""
        seconds = self._options.drain_seconds
        for connection in list(self._state.connections):
            connection.drain(int(seconds * 1000))
        hurry = asyncio.ensure_future(self._signals.get())
        empty = asyncio.ensure_future(self._wait_empty())
        await asyncio.wait((engine, hurry, empty), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        empty.cancel()
        return self._bury(engine) if engine.done() else STOPPED

    async def _wait_empty(self) -> None:
        while self._state.connections or self._opening:
            self._is_empty.clear()
            await self._is_empty.wait()

    def _bury(self, engine: asyncio.Task[None]) -> int:
        """The engine is dead: tells whoever waits for it."""
        cause = None if engine.cancelled() else engine.exception()
        _log.error("the engine is dead cause=%r", cause, exc_info=cause)
        for connection in list(self._state.connections):
            connection.fail_all(BridgeError(Failure.ENGINE_FAILED, "The engine is dead. Look at the sidecar's log."))
        return ENGINE_FAILED

    async def _say_last_words(self) -> None:
        for task in self._opening:
            task.cancel()
        connections = list(self._state.connections)
        for connection in connections:
            connection.abort_all()
            connection.drain(0)
        # Those too that are over and still have something to say.
        closing = set(self._closing)
        if closing:
            await asyncio.wait(closing, timeout=_LAST_WORDS_SECONDS)
            for one in closing:
                one.cancel()

    async def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connected, _ = await loop.sock_accept(listening)
            except OSError as e:
                # Out of descriptors, most likely: those who wait are taken later.
                _log.warning("a connection could not be accepted cause=%r", e)
                await asyncio.sleep(0.1)
                continue
            connected.setblocking(False)
            task = loop.create_task(self._open(connected))
            self._opening.add(task)
            task.add_done_callback(self._on_opened)

    def _on_opened(self, task: asyncio.Task[None]) -> None:
        self._opening.discard(task)
        self._is_empty.set()

    async def _open(self, connected: socket.socket) -> None:
        """From an accepted socket to a connection that is served, or refused."""
        try:
            peer = peer_of(connected)
            if len(self._state.connections) + len(self._opening) > MAX_CONNECTIONS:
                busy = FrameFault(Failure.BUSY, f"The listener has {MAX_CONNECTIONS} connections already.")
                with suppress(OSError):
                    connected.send(ErrorFrame.of(0, busy, Stage.CONNECT).write())
                raise busy
            channel, own, theirs = await self._handshake.run(connected, peer.uid)
        except (FrameFault, OSError) as e:
            self._state.metrics.connections_refused += 1
            _log.warning("a client was refused reason=%r", str(e))
            close_socket(connected)
            return
        except asyncio.CancelledError:
            close_socket(connected)
            raise
        software = theirs.content.get("software")
        _log.info("connected pid=%d uid=%d transport=%s software=%r", peer.pid, peer.uid, channel.kind, software)
        connection = Connection(channel, own, theirs, self._state, self._on_over)
        self._state.connections.add(connection)
        self._state.metrics.connections_total += 1
        connection.start()
        if self._state.is_draining:
            connection.drain(0)

    def _on_over(self, connection: Connection) -> None:
        if connection in self._state.connections:
            self._state.connections.remove(connection)
            closing = asyncio.ensure_future(connection.wait_closed())
            self._closing.add(closing)
            closing.add_done_callback(self._closing.discard)
            self._is_empty.set()
            _log.info("disconnected open=%d", len(self._state.connections))

    def _open_count(self) -> int:
        return sum(connection.session.open_count for connection in self._state.connections)
