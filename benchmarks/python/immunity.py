#!/usr/bin/env python3
"""How long the sidecar takes to answer a PING while another thread of its process works in Python, beside an idle one.

The sidecar's own server runs in a process of its own with a thread that computes when it is told to, as whatever else
shares the interpreter may. Blocks of both kinds alternate; the round trip of a PING over the Unix
socket as the client sees it, medians of the blocks' medians, and the ratio of each pair. Once for each switch interval,
which is how long a thread may keep the interpreter from another one that wants it.

usage: immunity.py [BLOCKS] [PINGS]
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python/tests"))

from frame_client import FrameClient
from themis_sidecar.engines.synthetic_engine import SyntheticEngine, SyntheticOptions
from themis_sidecar.listener.server import Server, ServerOptions
from themis_sidecar.main import SWITCH_SECONDS
from themis_sidecar.wire.control_frames import PingFrame
from themis_sidecar.wire.words import FrameType

if TYPE_CHECKING:
    from multiprocessing.synchronize import Event

# Python's own, and the sidecar's.
INTERVALS = (0.005, SWITCH_SECONDS)


def serve(path: str, interval: float, is_busy: Event) -> None:
    """The sidecar, and the thread beside it."""
    sys.setswitchinterval(interval)

    def work() -> None:
        total = 0
        while True:
            is_busy.wait()
            for number in range(10_000):
                total += number * number

    threading.Thread(target=work, daemon=True).start()
    asyncio.run(Server(SyntheticEngine(SyntheticOptions()), ServerOptions(path)).run())


def connect(path: str) -> FrameClient:
    """A client that is open, as soon as there is a listener."""
    while True:
        try:
            client = FrameClient(path)
        except OSError:
            time.sleep(0.05)
            continue
        client.open()
        return client


def block(client: FrameClient, pings: int) -> float:
    """The median of so many round trips in microseconds, a moment apart as requests are."""
    taken: list[float] = []
    for number in range(pings):
        time.sleep(0.002)
        began = time.perf_counter()
        client.send(PingFrame(FrameType.PING, number + 1).write())
        frame = client.read()
        taken.append(time.perf_counter() - began)
        assert isinstance(frame, PingFrame), frame
        assert (frame.kind, frame.value) == (FrameType.PONG, number + 1)
    return statistics.median(taken) * 1e6


def measure(interval: float, blocks: int, pings: int) -> None:
    """Measures and prints."""
    context = multiprocessing.get_context("spawn")
    is_busy = context.Event()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/run/a.sock"
        sidecar = context.Process(target=serve, args=(path, interval, is_busy))
        sidecar.start()
        with connect(path) as client:
            block(client, pings)
            idle: list[float] = []
            busy: list[float] = []
            for _ in range(blocks):
                is_busy.clear()
                idle.append(block(client, pings))
                is_busy.set()
                busy.append(block(client, pings))
            is_busy.clear()
        assert sidecar.pid is not None
        os.kill(sidecar.pid, signal.SIGTERM)
        sidecar.join()
    ratios = sorted(slow / fast for slow, fast in zip(busy, idle, strict=True))
    print(f"switch interval {interval * 1000:g} ms, {blocks} blocks of {pings} pings")
    print(f"  idle  {statistics.median(idle):8.0f} us ({min(idle):.0f} to {max(idle):.0f})")
    print(f"  busy  {statistics.median(busy):8.0f} us ({min(busy):.0f} to {max(busy):.0f})")
    print(f"  busy / idle = {statistics.median(ratios):.1f} ({ratios[0]:.1f} to {ratios[-1]:.1f})")


def main() -> None:
    """One table for each switch interval."""
    blocks = int(sys.argv[1]) if len(sys.argv) > 1 else 10
    pings = int(sys.argv[2]) if len(sys.argv) > 2 else 200
    print(f"Python {'.'.join(map(str, sys.version_info[:3]))}")
    for interval in INTERVALS:
        measure(interval, blocks, pings)


if __name__ == "__main__":
    main()
