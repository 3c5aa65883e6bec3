"""A sidecar whose engine answers at once, with all the ids that are asked for in one piece.

usage: answer_at_once.py SIDECAR_FOLDER on|off|require SOCKET

It says "ready" when the socket listens, and serves until its input ends.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING

sys.path.insert(0, sys.argv[1])

from themis_sidecar.engines.engine import Description, Ending, Engine, Health, Load, Stream
from themis_sidecar.listener.server import Server, ServerOptions
from themis_sidecar.shared_memory.mode import SharedMemoryMode
from themis_sidecar.wire.words import Capability, Finish

if TYPE_CHECKING:
    from themis_sidecar.content.requests import GenerateRequest

ABILITIES = Capability.GENERATE | Capability.TOKEN_PROMPT | Capability.TOKEN_ID_OUTPUT


class ReadyEngine(Engine):
    """Costs nothing: what is measured is the way to it and back."""

    def __init__(self) -> None:
        """Takes nothing."""
        super().__init__(Description("ready", "bench", 1 << 20, ABILITIES))
        self._ended = asyncio.Event()

    async def run(self) -> None:
        """Says that the socket listens, and waits."""
        loop = asyncio.get_running_loop()
        # The input's end is the script's end; ^C is the bench's own affair.
        loop.remove_signal_handler(signal.SIGINT)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        loop.add_reader(sys.stdin.fileno(), self._stop)
        print("ready", flush=True)
        await self._ended.wait()

    def _stop(self) -> None:
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        signal.raise_signal(signal.SIGTERM)

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Answers."""
        count = request.sampling.max_tokens or 1
        stream.accept([1], None)
        stream.put(list(range(count)))
        stream.finish(Ending(Finish.LENGTH, 1, count))

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


OPTIONS = ServerOptions(sys.argv[3], drain_seconds=1.0, shared_memory=SharedMemoryMode(sys.argv[2]))
asyncio.run(Server(ReadyEngine(), OPTIONS).run())
