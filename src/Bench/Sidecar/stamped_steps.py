"""A sidecar whose engine steps 1 ms after the step before; what it generates is the moment of each step.

usage: stamped_steps.py SIDECAR_FOLDER GAP_SECONDS SOCKET

It says "ready" when the socket listens, and serves until its input ends. A token row is two ids, the upper and the
lower 31 bits of CLOCK_MONOTONIC in nanoseconds, read when the engine has its step.
"""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from typing import TYPE_CHECKING

sys.path.insert(0, sys.argv[1])

from themis_sidecar.engines.engine import Description, Ending, Engine, Health, Load, Stream
from themis_sidecar.listener.server import Server, ServerOptions
from themis_sidecar.wire.words import Capability, Finish

if TYPE_CHECKING:
    from themis_sidecar.content.requests import GenerateRequest

ABILITIES = Capability.GENERATE | Capability.TOKEN_PROMPT | Capability.TOKEN_ID_OUTPUT
HALF_BITS = 31
HALF = (1 << HALF_BITS) - 1


class StampingEngine(Engine):
    """One generation at a time, of as many steps as its max_tokens."""

    def __init__(self, gap: float) -> None:
        """Takes the gap between two steps in seconds."""
        super().__init__(Description("stamps", "bench", 1 << 20, ABILITIES))
        self._gap = gap
        self._asked: asyncio.Queue[tuple[Stream, int]] = asyncio.Queue()

    async def run(self) -> None:
        """Steps."""
        loop = asyncio.get_running_loop()
        # The input's end is the script's end; ^C is the bench's own affair.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(sys.stdin.fileno(), self._stop)
        print("ready", flush=True)
        while True:
            stream, steps = await self._asked.get()
            for _ in range(steps):
                await asyncio.sleep(self._gap)
                moment = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
                stream.put([moment >> HALF_BITS, moment & HALF])
            stream.finish(Ending(Finish.LENGTH, 1, 2 * steps))

    def _stop(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        signal.raise_signal(signal.SIGTERM)

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Takes it."""
        stream.accept([1], None)
        self._asked.put_nowait((stream, request.sampling.max_tokens or 1))

    def abort(self, stream: Stream) -> None:
        """Does nothing: the bench reads everything."""

    def wake(self) -> None:
        """Does nothing."""

    def load(self) -> Load:
        """Says nothing."""
        return Load(0, 0)

    async def health(self) -> Health:
        """Is well."""
        return Health(healthy=True)


asyncio.run(Server(StampingEngine(float(sys.argv[2])), ServerOptions(sys.argv[3], drain_seconds=1.0)).run())
