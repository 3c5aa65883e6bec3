"""A client's connection to the engine's listener, by the same codec."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError
from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import CancelFrame, PingFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import HEADER, MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.step_frame import StepFrame
from themis_sidecar.wire.words import Failure, FrameType, Role

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from themis_sidecar.wire.reading import Frame
    from themis_sidecar.wire.step_frame import StepRow

    class Asker(Protocol):
        """Who asked for something."""

        def on_answer(self, frame: AcceptedFrame | StepRow | ResultFrame | EndFrame | ErrorFrame) -> None:
            """One piece of the answer."""
            ...


class RelayLink:
    """Handles and their askers."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Takes the connection."""
        self._reader, self._writer = reader, writer
        self._askers: dict[int, Asker] = {}
        self._free: list[int] = []
        self.hello = HelloFrame(Role.LISTENER)

    @staticmethod
    async def connect(path: str) -> RelayLink:
        """An open one."""
        link = RelayLink(*await asyncio.open_unix_connection(path))
        link.send(HelloFrame(Role.CLIENT, content={"software": "relay"}).write())
        hello = await link._read()
        assert isinstance(hello, HelloFrame), hello
        link.hello = hello
        link._free = list(range(hello.max_requests, 0, -1))
        return link

    def take(self, asker: Asker) -> int:
        """A handle for somebody, which is his until his answer is over."""
        if not self._free:
            raise BridgeError(Failure.BUSY, "The engine has no place left.")
        handle = self._free.pop()
        self._askers[handle] = asker
        return handle

    def send(self, frame: bytes) -> None:
        """Sends a frame."""
        self._writer.write(frame)

    async def ask(self, write: Callable[[int], bytes]) -> tuple[ResultFrame, EndFrame]:
        """One question with one answer, cancelled if nobody waits for it."""
        call = _Call()
        handle = self.take(call)
        self.send(write(handle))
        try:
            return await call.answer
        except asyncio.CancelledError:
            self.send(CancelFrame(handle).write())
            raise

    async def run(self) -> None:
        """Hands on what comes, until the engine is gone."""
        while True:
            frame = await self._read()
            if isinstance(frame, StepFrame):
                for row in frame.rows:
                    self._askers[row.handle].on_answer(row)
            elif isinstance(frame, PingFrame) and frame.kind == FrameType.PING:
                self.send(PingFrame(FrameType.PONG, frame.value).write())
            elif isinstance(frame, (AcceptedFrame, ResultFrame, EndFrame, ErrorFrame)) and frame.handle:
                self._askers[frame.handle].on_answer(frame)
                if isinstance(frame, (EndFrame, ErrorFrame)):
                    del self._askers[frame.handle]
                    self._free.append(frame.handle)

    async def _read(self) -> Frame:
        head = await self._reader.readexactly(HEADER.size)
        header = read_header(head, 0, Role.LISTENER, MAX_FRAME_BYTES)
        return read_frame(header, head + await self._reader.readexactly(header.length - HEADER.size), Role.LISTENER)


class _Call:
    """A question."""

    def __init__(self) -> None:
        self.answer: asyncio.Future[tuple[ResultFrame, EndFrame]] = asyncio.get_running_loop().create_future()
        self._result: ResultFrame | None = None

    def on_answer(self, frame: AcceptedFrame | StepRow | ResultFrame | EndFrame | ErrorFrame) -> None:
        """Keeps it until it is whole."""
        if self.answer.done():
            return
        if isinstance(frame, ResultFrame):
            self._result = frame
        elif isinstance(frame, ErrorFrame):
            self.answer.set_exception(error_of(frame))
        elif isinstance(frame, EndFrame):
            assert self._result is not None
            self.answer.set_result((self._result, frame))


def error_of(frame: ErrorFrame) -> BridgeError:
    """What it says."""
    return BridgeError(frame.code, frame.message.decode(), frame.parameter.decode(), frame.retry_after_ms)
