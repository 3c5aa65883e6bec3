"""What one token costs the sidecar at 64 live streams: from one step's rows to the bytes handed to the socket.

usage: frame_egress.py SIDECAR_FOLDER STREAMS

Each line "block N" on standard input is answered with a JSON list of N numbers: the microseconds per token of an engine
step in which each stream gets one token. There is no engine; credit is taken, the STEP frame is made and sent. The
socket's other end is emptied after each step, untimed and by the same thread, as sse_egress.py does it.
"""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING

sys.path.insert(0, sys.argv[1])

from themis_sidecar.engines.engine import Description, Engine, Health, Load, Stream
from themis_sidecar.listener.connection import Connection
from themis_sidecar.listener.shared_state import SharedState
from themis_sidecar.listener.socket_channel import SocketChannel
from themis_sidecar.sessions.generation import Generation, put_step
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import MAX_CREDIT, MAX_FRAME_BYTES, MAX_REQUESTS
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.words import Capability, PromptForm, RequestKind, Role

if TYPE_CHECKING:
    from themis_sidecar.content.requests import GenerateRequest

FIRST_TOKEN = 1000


class NoEngine(Engine):
    """Takes every generation and makes no token of its own."""

    def __init__(self) -> None:
        """Starts with no stream."""
        super().__init__(Description("none", "none", 1 << 20, Capability.GENERATE))
        self.streams: list[Generation] = []

    async def run(self) -> None:
        """Does nothing."""

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Takes it, with a first token: nearly all of a stream's life comes after it."""
        del request
        assert isinstance(stream, Generation)
        stream.accept([1], None)
        stream.put([1])
        self.streams.append(stream)

    def abort(self, stream: Stream) -> None:
        """Does nothing."""

    def wake(self) -> None:
        """Does nothing."""

    def load(self) -> Load:
        """Says nothing."""
        return Load(0, 0)

    async def health(self) -> Health:
        """Is well."""
        return Health(healthy=True)


class Egress:
    """One connection with all its streams, and the far end of its socket."""

    def __init__(self, streams: int) -> None:
        """Opens it. Belongs to the event loop."""
        ours, self._far = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.setblocking(False)
        engine = NoEngine()
        self._connection = Connection(
            SocketChannel(ours, asyncio.get_running_loop()), HelloFrame(Role.LISTENER, max_requests=MAX_REQUESTS),
            HelloFrame(Role.CLIENT), SharedState(engine), lambda _: None,
        )  # fmt: skip
        for handle in range(1, streams + 1):
            frame = RequestFrame(
                handle, RequestKind.GENERATE, PromptForm.TOKENS, credit=MAX_CREDIT, ids=[1], model=b"none"
            ).write()
            self._connection.on_frame(read_header(frame, 0, Role.CLIENT, MAX_FRAME_BYTES), frame)
        self._connection.flush()
        self._far.recv(1 << 20)
        self._streams = engine.streams
        self._ids = list(range(FIRST_TOKEN, FIRST_TOKEN + streams))

    def step(self) -> float:
        """One token for each stream; returns the microseconds per token."""
        before = time.perf_counter_ns()
        put_step(self._connection, self._streams, self._ids)
        cost = (time.perf_counter_ns() - before) / 1000 / len(self._streams)
        if self._connection.unsent_bytes or not self._far.recv(1 << 16):
            raise RuntimeError("the socket did not take a step")
        return cost


async def main() -> None:
    """Time blocks of steps until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    egress = Egress(int(sys.argv[2]))
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word != "block":
            break
        print(json.dumps([egress.step() for _ in range(int(count))]), flush=True)


asyncio.run(main())
