"""Frames over a Unix socket, once both sides have said HELLO."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from themis_sidecar.failures import FrameFault
from themis_sidecar.listener.closing import close_socket
from themis_sidecar.listener.frame_splitter import FrameSplitter

if TYPE_CHECKING:
    import socket

    from themis_sidecar.listener.frame_channel import FrameSink

# Small enough to come from the heap: a larger buffer is mapped and unmapped at each read.
_READ_BYTES = 64 * 1024
# How long a closing channel tries to get rid of what it has to say.
_LINGER_SECONDS = 1.0


class SocketChannel:
    """Reads and writes without ever waiting. Belongs to the event loop's thread."""

    kind = "uds"

    def __init__(self, connected: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        """Takes a socket that does not block; it is the channel's from now on."""
        self._socket = connected
        self._loop = loop
        self._sink: FrameSink | None = None
        self._splitter = FrameSplitter()
        self._unsent = bytearray()
        self._is_closing = False
        self._is_closed = False
        self.closed = asyncio.Event()
        """Set when the socket is closed and nothing waits any more."""
        self.stalled_since: float | None = None
        """Since when the peer has taken nothing of what waits."""

    @property
    def unsent_bytes(self) -> int:
        """How much waits to be taken."""
        return len(self._unsent)

    def start(self, sink: FrameSink) -> None:
        """Starts reading."""
        self._sink = sink
        self._loop.add_reader(self._socket.fileno(), self._read)

    def send(self, data: bytes) -> None:
        """Sends what the socket takes now, and the rest when it can."""
        if self._is_closed:
            return
        if self._unsent:
            self._unsent += data
            return
        sent = self._try_send(data)
        if sent < len(data) and not self._is_closed:
            self._unsent += memoryview(data)[sent:]
            self.stalled_since = self._loop.time()
            self._loop.add_writer(self._socket.fileno(), self._write)

    def close(self) -> None:
        """Stops reading; closes when what was sent is gone, or soon."""
        if self._is_closing or self._is_closed:
            return
        self._is_closing = True
        self._splitter.stop()
        self._loop.remove_reader(self._socket.fileno())
        if self._unsent:
            self._loop.call_later(_LINGER_SECONDS, self._shut)
        else:
            self._shut()

    def _shut(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._socket.fileno())
            self._loop.remove_writer(self._socket.fileno())
            close_socket(self._socket)
            self._unsent.clear()
            self.closed.set()

    def _lose(self) -> None:
        was_closing = self._is_closing
        self._shut()
        if self._sink is not None and not was_closing:
            self._sink.on_closed()

    def _try_send(self, data: bytes | bytearray) -> int:
        try:
            return self._socket.send(data)
        except (BlockingIOError, InterruptedError):
            return 0
        except OSError:
            # Reading finds out as well, but not while the peer's last words are unread.
            self._loop.call_soon(self._lose)
            return len(data)

    def _write(self) -> None:
        sent = self._try_send(self._unsent)
        del self._unsent[:sent]
        if sent:
            self.stalled_since = self._loop.time()
        if not self._unsent:
            self.stalled_since = None
            self._loop.remove_writer(self._socket.fileno())
            if self._is_closing:
                self._shut()
        if self._sink is not None and not self._is_closing:
            self._sink.on_sent()

    def _read(self) -> None:
        try:
            data = self._socket.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data = b""
        if not data:
            self._lose()
            return
        sink = self._sink
        if sink is None:
            return
        try:
            self._splitter.take(data, sink)
        except FrameFault as fault:
            sink.on_fault(fault)
        else:
            sink.on_heard()
