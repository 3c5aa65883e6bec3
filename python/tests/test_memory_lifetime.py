"""Drain and death of either side of shared memory, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from frame_client import wait_until_idle
from raw_memory import mappings, memory_files, thread_count
from test_memory_faults import SMALLEST
from test_memory_negotiation import ENDLESS, logged, wait_for
from themis_sidecar.wire.answer_frames import EndFrame
from themis_sidecar.wire.control_frames import GoAwayFrame
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.words import Given, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from frame_client import FrameClient
    from sidecar_process import Sidecar

IS_LONG = os.environ.get("THEMIS_TEST_LONG") == "1"
TESTS = Path(__file__).resolve().parent
# Four clients of one process, all of which write frames longer than a ring until they are killed.
VICTIM = """
import sys
sys.path[:0] = sys.argv[2:]
from memory_client import MemoryClient
from themis_sidecar.wire.control_frames import PingFrame
from themis_sidecar.wire.words import FrameType
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.words import Given, Option, PromptForm, RequestKind
many = [MemoryClient(sys.argv[1]) for _ in range(4)]
for one in many:
    one.open()
    one.generate(1, [1], options=Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS, credit=2**31 - 1)
    one.pump()
# Longer than a ring, and refused: nothing is held for it.
prompt = RequestFrame(2, RequestKind.DETOKENIZE, PromptForm.TOKENS, ids=[1] * 30_000, model=b"other").write()
print("up", flush=True)
while True:
    for one in many:
        one.send(prompt)
        while one.read().handle != 2:
            pass
"""


def test_drain_goes_through_the_ring(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--step-ms", "5", "--drain-seconds", "20", patch=SMALLEST)
    with sidecar.connect_memory() as client:
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=60)
        while not client.answers[1].ids:
            client.pump()
        sidecar.send_signal(signal.SIGTERM)
        assert len(client.wait(1).ids) == 60
        assert any(isinstance(frame, GoAwayFrame) for frame in client.others)
        assert client.read_until_closed() == []
    assert sidecar.wait() == 0


def test_closing_waits_for_a_reader_that_is_slow(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--drain-seconds", "20", patch=SMALLEST)
    with sidecar.connect_memory() as client:
        # More than the ring holds is unsent when its last request is over.
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=4000, credit=MAX_CREDIT)
        wait_for(lambda: client.side.has_news)
        sidecar.send_signal(signal.SIGTERM)
        wait_for(lambda: logged(sidecar, "draining"))
        assert isinstance(client.wait(1).end, EndFrame)
        assert len(client.answers[1].ids) == 4000
        assert client.read_until_closed() == []
    assert sidecar.wait() == 0


def victim_of(sidecar: Sidecar) -> subprocess.Popen[bytes]:
    victim = subprocess.Popen(
        [sys.executable, "-c", VICTIM, sidecar.path, str(TESTS), str(TESTS.parent)], stdout=subprocess.PIPE
    )
    assert victim.stdout is not None
    assert victim.stdout.readline() == b"up\n"
    return victim


def test_clients_that_are_killed_leave_nothing(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch=SMALLEST)
    threads = thread_count(sidecar)
    # 100 connections ordinarily, 1,000 with THEMIS_TEST_LONG=1; four die with each process, all in mid-write.
    waits: list[float] = []
    text = b""
    with sidecar.connect() as client:
        for _ in range(250 if IS_LONG else 25):
            with victim_of(sidecar) as victim:
                victim.kill()
                killed = time.monotonic()
            while b"_connections 1\n" not in (text := client.admin(1, Operation.METRICS).results[0].data):
                assert time.monotonic() - killed < 10
            waits.append(time.monotonic() - killed)
        wait_until_idle(client)
        assert b"\nthemis_bridge_active_requests 1\n" in text
    wait_for(lambda: thread_count(sidecar) == threads and not list(mappings(sidecar)))
    assert memory_files(sidecar) == []
    # What it takes with all cores busy is not asked here: the quickest shows that nothing waits for a timer.
    assert min(waits) < 0.05, sorted(waits)


def test_client_of_a_killed_sidecar_sees_the_end(start: Callable[..., Sidecar]) -> None:
    for _ in range(30 if IS_LONG else 3):
        sidecar = start(patch=SMALLEST)
        clients: list[FrameClient] = [sidecar.connect_memory() for _ in range(3)]
        for client in clients:
            client.generate(1, "a", options=ENDLESS, credit=MAX_CREDIT)
            client.pump()
        sidecar.kill()
        for client in clients:
            while client.read_bytes(8) is not None:
                pass
            client.__exit__()
