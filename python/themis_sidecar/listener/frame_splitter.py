"""Cuts what comes through a channel into frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.layout import HEADER, MAX_FRAME_BYTES
from themis_sidecar.wire.words import Role

if TYPE_CHECKING:
    from themis_sidecar.listener.frame_channel import FrameSink


class FrameSplitter:
    """Keeps what is not whole, and looks at it again when enough of it is there."""

    def __init__(self) -> None:
        """Starts with nothing."""
        self._received = bytearray()
        self._needed = HEADER.size
        self._is_stopped = False

    def stop(self) -> None:
        """Hands in nothing any more."""
        self._is_stopped = True

    def take(self, data: bytes, sink: FrameSink) -> None:
        """Hands in what is whole. FrameFault: it is no frame, or the sink refuses it."""
        whole: bytes | bytearray = data
        if self._received:
            self._received += data
            if len(self._received) < self._needed:
                return
            whole, self._received = self._received, bytearray()
        start = 0
        self._needed = HEADER.size
        while len(whole) - start >= HEADER.size and not self._is_stopped:
            header = read_header(whole, start, Role.CLIENT, MAX_FRAME_BYTES)
            if len(whole) - start < header.length:
                self._needed = header.length
                break
            sink.on_frame(header, bytes(whole[start : start + header.length]))
            start += header.length
        self._received += memoryview(whole)[start:]
