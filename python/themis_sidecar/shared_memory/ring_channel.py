"""Frames through a segment's two rings. The socket says nothing any more but that the peer is gone."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from themis_sidecar.failures import FrameFault, violation
from themis_sidecar.listener.closing import close_socket
from themis_sidecar.listener.frame_splitter import FrameSplitter
from themis_sidecar.shared_memory.waiter import Waiter
from themis_sidecar.wire.words import Role

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from themis_sidecar.listener.frame_channel import FrameSink
    from themis_sidecar.shared_memory.segment import Segment

_log = logging.getLogger(__name__)

_READ_BYTES = 64 * 1024
# How long a closing channel tries to get rid of what it has to say.
_LINGER_SECONDS = 1.0


class RingChannel:
    """Everything but the sleep happens in the event loop's thread, and in pieces: the loop serves others between."""

    kind = "shm"

    def __init__(
        self, connected: socket.socket, segment: Segment, loop: asyncio.AbstractEventLoop,
        on_released: Callable[[], None],
    ) -> None:  # fmt: skip
        """Takes a socket that does not block and the memory: both are the channel's from now on.

        RuntimeError: there is no thread to be had, and they are not.
        """
        self._socket = connected
        self._segment = segment
        self._loop = loop
        self._on_released = on_released
        self._side = segment.side(Role.LISTENER)
        self._waiter = Waiter(self._side, loop, self._on_news, self._on_over)
        self._splitter = FrameSplitter()
        self._sink: FrameSink | None = None
        # Nothing can be sent: the peer's index is wrong.
        self._is_broken = False
        self._is_closing = False
        self._is_shut = False
        self.closed = asyncio.Event()
        """Set when the memory is given back."""
        self.stalled_since: float | None = None
        """Since when the peer has taken nothing of what waits."""

    @property
    def unsent_bytes(self) -> int:
        """How much waits for room."""
        return self._side.unsent_bytes

    def start(self, sink: FrameSink) -> None:
        """Starts reading."""
        self._sink = sink
        self._loop.add_reader(self._socket.fileno(), self._on_socket)
        self._waiter.go_on()

    def send(self, data: bytes) -> None:
        """Writes what the ring has room for, and the rest when there is some."""
        if self._is_broken or self._is_shut:
            return
        try:
            written = self._side.send(data)
        except FrameFault as fault:
            self._break(fault)
        else:
            self._note(written)

    def close(self) -> None:
        """Stops reading; closes when what was sent is in the ring, or soon."""
        if self._is_closing or self._is_shut:
            return
        self._is_closing = True
        self._splitter.stop()
        self._side.stop_reading()
        if self._side.unsent_bytes and not self._is_broken:
            self._loop.call_later(_LINGER_SECONDS, self._shut)
        else:
            self._shut()

    def _shut(self) -> None:
        if not self._is_shut:
            self._is_shut = True
            self._loop.remove_reader(self._socket.fileno())
            close_socket(self._socket)
            self._waiter.stop()

    def _lose(self) -> None:
        was_closing = self._is_closing
        self._shut()
        if self._sink is not None and not was_closing:
            self._sink.on_closed()

    def _on_over(self, cause: OSError | None) -> None:
        """The thread has ended, and with it the last use of the memory."""
        if cause is not None:
            _log.error("shared memory cannot be waited for cause=%r", cause)
            self._lose()
        self._segment.close()
        self._on_released()
        self.closed.set()

    def _break(self, fault: FrameFault) -> None:
        """Told later: whoever sends is in the middle of something."""
        self._is_broken = True
        self._loop.call_soon(self._tell, fault)

    def _tell(self, fault: FrameFault) -> None:
        if self._is_closing:
            self._shut()
        elif self._sink is not None:
            self._sink.on_fault(fault)

    def _note(self, written: int) -> None:
        if not self._side.unsent_bytes:
            self.stalled_since = None
        elif written or self.stalled_since is None:
            self.stalled_since = self._loop.time()

    def _on_news(self) -> None:
        """The bell has rung."""
        if self._is_shut:
            return
        self._carry_on()
        if self._read() and self._side.has_news:
            self._loop.call_soon(self._on_news)
        else:
            # Behind the answers to what has come: the thread would compete with them for the interpreter.
            self._loop.call_soon(self._waiter.go_on)

    def _carry_on(self) -> None:
        if not self._side.unsent_bytes or self._is_broken:
            return
        try:
            written = self._side.carry_on()
        except FrameFault as fault:
            self._break(fault)
            return
        self._note(written)
        if self._is_closing:
            if not self._side.unsent_bytes:
                self._shut()
        elif written and self._sink is not None:
            self._sink.on_sent()

    def _read(self) -> bool:
        """Takes in a piece of what has come; says whether there may be more."""
        sink = self._sink
        if sink is None or self._is_closing or self._is_shut:
            return False
        try:
            data = self._side.read(_READ_BYTES)
            self._splitter.take(data, sink)
        except FrameFault as fault:
            sink.on_fault(fault)
            return False
        if not data:
            return False
        sink.on_heard()
        return True

    def _on_socket(self) -> None:
        """The end of the socket is the end of the peer, however it went."""
        try:
            data = self._socket.recv(1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if data:
            if not self._is_closing and self._sink is not None:
                self._sink.on_fault(violation("Something came through a socket that the connection has left."))
            else:
                self._shut()
            return
        # What the peer had published is still taken: no more than was there can be its own.
        for _ in range(self._segment.ring_bytes // _READ_BYTES):
            if not self._read():
                break
        self._lose()
