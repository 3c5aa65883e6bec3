"""What carries frames of an open connection, whatever it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import asyncio

    from themis_sidecar.failures import FrameFault
    from themis_sidecar.wire.header import FrameHeader


class FrameSink(Protocol):
    """Who is told what comes."""

    def on_frame(self, header: FrameHeader, frame: bytes) -> None:
        """A frame has come, its header checked. FrameFault ends the channel's reading."""
        ...

    def on_fault(self, fault: FrameFault) -> None:
        """The peer broke a rule."""
        ...

    def on_heard(self) -> None:
        """Something has come; its frames were handed in."""
        ...

    def on_sent(self) -> None:
        """The peer has taken something that waited."""
        ...

    def on_closed(self) -> None:
        """The peer is gone. Not called after close."""
        ...


class FrameChannel(Protocol):
    """Reads and writes without ever waiting. Belongs to the event loop's thread."""

    closed: asyncio.Event
    """Set when nothing of it is left and nothing waits any more."""
    stalled_since: float | None
    """Since when the peer has taken nothing of what waits."""

    @property
    def kind(self) -> str:
        """How it is called: uds or shm."""
        ...

    @property
    def unsent_bytes(self) -> int:
        """How much waits to be taken."""
        ...

    def start(self, sink: FrameSink) -> None:
        """Starts reading."""
        ...

    def send(self, data: bytes) -> None:
        """Sends what can be sent now, and the rest when it can."""
        ...

    def close(self) -> None:
        """Stops reading; closes when what was sent is gone, or soon."""
        ...
