#!/usr/bin/env python3
"""What it costs the sidecar to get a token out, beside what a Python server with Server-Sent Events pays for it.

Both sides: the same interpreter, 64 live streams, no engine, Unix sockets that another process empties. Ours: a whole
step is put into its streams, credit is taken, one STEP frame is built and sent. Theirs: for each token json.dumps makes
the chunk of OpenAI's API, and it is sent on the stream's own socket. Blocks of both alternate; CPU time of this process
per token, the median of the blocks, and the ratio of each pair.

usage: egress.py [STREAMS] [BLOCKS]
"""

from __future__ import annotations

import asyncio
import json
import os
import select
import socket
import statistics
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

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

TOKENS_PER_BLOCK = 64_000


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


def emptied_sockets(count: int) -> list[socket.socket]:
    """Sockets whose other ends one process of its own empties."""
    pairs = [socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM) for _ in range(count)]
    if os.fork() == 0:
        poll = select.epoll()
        for ours, theirs in pairs:
            ours.close()
            poll.register(theirs, select.EPOLLIN)
        by_number = {theirs.fileno(): theirs for _, theirs in pairs}
        while by_number:
            for number, _ in poll.poll():
                if not by_number[number].recv(1 << 18):
                    poll.unregister(number)
                    del by_number[number]
        os._exit(0)
    for ours, theirs in pairs:
        ours.setblocking(False)
        theirs.close()
    return [ours for ours, _ in pairs]


def open_connection(connected: socket.socket, streams: int) -> list[Generation]:
    """A connection with so many generations."""
    engine = NoEngine()
    channel = SocketChannel(connected, asyncio.get_running_loop())
    own = HelloFrame(Role.LISTENER, max_requests=MAX_REQUESTS)
    connection = Connection(channel, own, HelloFrame(Role.CLIENT), SharedState(engine), lambda _: None)
    for handle in range(1, streams + 1):
        frame = RequestFrame(
            handle, RequestKind.GENERATE, PromptForm.TOKENS, credit=MAX_CREDIT, ids=[1], model=b"none"
        ).write()
        connection.on_frame(read_header(frame, 0, Role.CLIENT, MAX_FRAME_BYTES), frame)
    return engine.streams


async def frames_block(streams: list[Generation]) -> float:
    """CPU seconds per token of ours."""
    ids = list(range(1000, 1000 + len(streams)))
    steps = TOKENS_PER_BLOCK // len(streams)
    outlet = streams[0].outlet
    assert isinstance(outlet, Connection)
    spent = 0.0
    for _ in range(steps):
        began = time.process_time()
        put_step(outlet, streams, ids)
        spent += time.process_time() - began
        # What the socket did not take is waited for outside the measured time.
        while outlet.unsent_bytes:
            await asyncio.sleep(0.001)
    return spent / (steps * len(streams))


async def events_block(sockets: list[socket.socket]) -> float:
    """CPU seconds per token of theirs. A socket that is full is waited for outside the measured time."""
    steps = TOKENS_PER_BLOCK // len(sockets) // 8
    spent = 0.0
    for step in range(steps):
        began = time.process_time()
        full: list[tuple[socket.socket, bytes]] = []
        for number, one in enumerate(sockets):
            chunk = {
                "id": f"chatcmpl-{number:032x}",
                "object": "chat.completion.chunk",
                "created": 1_764_000_000,
                "model": "themis-tiny",
                "choices": [
                    {"index": 0, "delta": {"content": f" word{step}"}, "logprobs": None, "finish_reason": None}
                ],
            }
            data = f"data: {json.dumps(chunk)}\n\n".encode()
            try:
                one.send(data)
            except BlockingIOError:
                full.append((one, data))
        spent += time.process_time() - began
        for one, data in full:
            await asyncio.get_running_loop().sock_sendall(one, data)
    return spent / (steps * len(sockets))


async def main() -> None:
    """Measures and prints."""
    streams = int(sys.argv[1]) if len(sys.argv) > 1 else 64
    blocks = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    sockets = emptied_sockets(streams + 1)
    generations = open_connection(sockets.pop(), streams)
    await asyncio.sleep(0.1)
    ours: list[float] = []
    theirs: list[float] = []
    for _ in range(blocks):
        ours.append(await frames_block(generations) * 1e6)
        theirs.append(await events_block(sockets) * 1e6)
    ratios = sorted(event / frame for event, frame in zip(theirs, ours, strict=True))
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"Python {version}, {streams} streams, {blocks} blocks of {TOKENS_PER_BLOCK} tokens")
    print(f"frames  {statistics.median(ours):.3f} us per token ({min(ours):.3f} to {max(ours):.3f})")
    print(f"events  {statistics.median(theirs):.3f} us per token ({min(theirs):.3f} to {max(theirs):.3f})")
    print(f"events / frames = {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})")


if __name__ == "__main__":
    asyncio.run(main())
