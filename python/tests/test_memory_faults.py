"""Peers that break the rules of the rings, do not read, or do not beat; and what is left of them."""

from __future__ import annotations

import os
import random
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from frame_client import wait_until_idle
from raw_memory import DATA_AT, RawClient, mappings, memory_files, thread_count
from test_frame_fuzz import mutated_frame
from test_memory_negotiation import ENDLESS, wait_for, works
from themis_sidecar.failures import FrameFault
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.control_frames import PingFrame
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.words import Failure, FrameType, Given, Operation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sidecar_process import Sidecar

IS_LONG = os.environ.get("THEMIS_TEST_LONG") == "1"
SMALLEST = "import themis_sidecar.shared_memory.upgrade as u; u.RING_BYTES = 65_536\n"
IMPATIENT = "import themis_sidecar.listener.peer_watch as w; w.PING_AFTER_MS, w.PONG_WITHIN_MS = 100, 300\n"
PING = PingFrame(FrameType.PING, 1).write()


@pytest.fixture
def small(start: Callable[..., Sidecar]) -> Iterator[Sidecar]:
    """A sidecar with the smallest rings. Whatever happened, nothing is left and nobody else was harmed."""
    sidecar = start(patch=SMALLEST)
    threads = thread_count(sidecar)
    yield sidecar
    wait_for(lambda: thread_count(sidecar) == threads and not list(mappings(sidecar)))
    assert memory_files(sidecar) == []
    with sidecar.connect_memory() as client:
        assert works(client)
        wait_until_idle(client)
    assert sidecar.stop() == 0
    assert not [line for line in sidecar.lines if line.split(" ")[1] == "ERROR" or "Traceback" in line]


def connect_raw_memory(sidecar: Sidecar) -> RawClient:
    client = RawClient(sidecar.path)
    client.open()
    client.send(PING)
    assert client.read() == PingFrame(FrameType.PONG, 1)
    return client


def wait_until_left(client: RawClient) -> None:
    wait_for(lambda: client.is_left)


@pytest.mark.parametrize("by", [65_536 + 8, -8, 1, 64, -(2**63), 2**63])
def test_write_index_that_is_wrong_ends_its_own_connection(small: Sidecar, by: int) -> None:
    with connect_raw_memory(small) as client, small.connect_memory() as other:
        client.generate(1, "a", options=ENDLESS, credit=0)
        client.pump()
        # Moved over bytes that nobody wrote, zeros are no frame either.
        client.put("to_listener", "tail", (client.get("to_listener", "tail") + by) % 2**64)
        client.ring()
        frames = client.read_until_closed()
        errors = [(frame.handle, frame.code) for frame in frames if isinstance(frame, ErrorFrame)]
        assert errors == [(0, Failure.PROTOCOL_VIOLATION)]
        assert works(other)


@pytest.mark.parametrize("by", [65_536 + 8, -8, 1, 2**63])
def test_read_index_that_is_wrong_ends_its_own_connection(small: Sidecar, by: int) -> None:
    with connect_raw_memory(small) as client, small.connect_memory() as other:
        # The sidecar looks at the index when its ring seems full, so it is made so.
        client.generate(1, "a", options=ENDLESS, credit=MAX_CREDIT)
        wait_for(lambda: client.get("to_client", "space_wanted") == 1)
        client.put("to_client", "head", (client.get("to_client", "head") + by) % 2**64)
        client.ring()
        wait_until_left(client)
        assert works(other)
    assert any("read index in shared memory" in line for line in small.lines)


def test_bytes_on_the_socket_end_the_connection(small: Sidecar) -> None:
    with connect_raw_memory(small) as client:
        client.socket.send(PING)
        (error,) = client.read_until_closed()
        assert isinstance(error, ErrorFrame)
        assert error.code == Failure.PROTOCOL_VIOLATION


def test_headers_that_change_while_they_are_read_harm_nobody(small: Sidecar) -> None:
    seed = time.time_ns()
    choose = random.Random(seed)
    for _ in range(300 if IS_LONG else 40):
        with RawClient(small.path) as client:
            client.open()
            client.side.send(PING * 100 + b"".join(mutated_frame(choose) for _ in range(3)) + PING * 3000)
            for _ in range(2000):
                client.memory[DATA_AT + choose.randrange(20_000)] = choose.randrange(256)
    assert not [line for line in small.lines if "Traceback" in line], seed


def test_mutated_frames_cost_their_connection_at_most(small: Sidecar) -> None:
    seed = time.time_ns()
    choose = random.Random(seed)
    for _ in range(100):
        with small.connect_memory() as victim:
            victim.send(b"".join(mutated_frame(choose) for _ in range(5)))
            with suppress(FrameFault):
                victim.send(PING)
    assert not [line for line in small.lines if "Traceback" in line], seed


def test_client_that_reads_nothing_is_held_back_and_left(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch=SMALLEST + IMPATIENT)
    with sidecar.connect_memory() as deaf, sidecar.connect() as other:
        for handle in range(1, 101):
            deaf.generate(handle, [handle], credit=MAX_CREDIT, options=ENDLESS)
        most = 0
        deadline = time.monotonic() + 15
        while not any("the peer takes nothing" in line for line in sidecar.lines):
            assert time.monotonic() < deadline
            text = other.admin(1, Operation.METRICS).results[0].data.decode()
            most = max(most, int(text.split("\nthemis_bridge_unsent_bytes ")[1].split("\n")[0]))
        assert 0 < most < 8_000_000
        wait_until_idle(other)
    wait_for(lambda: list(mappings(sidecar)) == [])


def test_silent_client_is_pinged_in_its_ring_and_left(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch=IMPATIENT)
    with sidecar.connect_memory() as client:
        for value in (1, 2, 3):
            assert client.read() == PingFrame(FrameType.PING, value)
            client.send(PingFrame(FrameType.PONG, value).write())
        assert client.read_until_closed() == [PingFrame(FrameType.PING, 4)]


def test_streams_go_on_beside_one_that_is_not_read(small: Sidecar) -> None:
    with small.connect_memory() as client:
        for handle in range(1, 257):
            client.generate(handle, [handle], credit=5 if handle == 7 else 4096, options=ENDLESS,
                            given=Given.MAX_TOKENS, max_tokens=200)  # fmt: skip
        client.wait(*(handle for handle in range(1, 257) if handle != 7))
        assert [len(client.answers[handle].ids) for handle in (6, 7, 8)] == [200, 5, 200]


def test_frames_may_be_longer_than_the_ring(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--max-model-len", "2000000", patch=SMALLEST)
    answers: list[list[int]] = []
    for transport in ("uds", "shm"):
        with sidecar.connect(transport) as client:
            client.generate(
                1,
                [number % 30_000 for number in range(1_000_000)],
                options=ENDLESS,
                given=Given.MAX_TOKENS,
                max_tokens=20,
            )
            answers.append(client.wait(1).ids)
            assert len(answers[-1]) == 20
    assert answers[0] == answers[1]


def test_peer_that_keeps_the_bell_rung_costs_time_and_nothing_else(small: Sidecar) -> None:
    with connect_raw_memory(small) as client, small.connect_memory() as other:
        deadline = time.monotonic() + 1.0
        rounds = 0
        while time.monotonic() < deadline:
            for _ in range(1000):
                client.ring()
            rounds += works(other)
        assert rounds > 3


def test_lost_bell_is_found_within_its_time(small: Sidecar) -> None:
    with connect_raw_memory(small) as client:
        # As if the peer died between its exchange and its wake: the word is 0, and somebody sleeps.
        before = time.monotonic()
        data = memoryview(client.memory)[DATA_AT : DATA_AT + 65_536]
        tail = client.get("to_listener", "tail")
        data[tail : tail + len(PING)] = PING
        data.release()
        client.put("to_listener", "tail", tail + len(PING))
        assert client.read() == PingFrame(FrameType.PONG, 1)
        assert time.monotonic() - before < 5


def test_no_bell_is_lost_under_load(start: Callable[..., Sidecar]) -> None:
    # With a sleep that only a bell ends: one that is lost costs a minute.
    sidecar = start(patch="import themis_sidecar.shared_memory.segment_layout as s; s.PARK_MS = 60_000\n" + SMALLEST)
    before = time.monotonic()
    with sidecar.connect_memory() as client:
        client.park_ms = 60_000
        for _ in range(20 if IS_LONG else 4):
            for value in range(500):
                client.send(PingFrame(FrameType.PING, value).write())
                assert client.read() == PingFrame(FrameType.PONG, value)
            # Both rings are full again and again.
            for handle in range(1, 65):
                client.generate(handle, [handle] * 2000, credit=MAX_CREDIT, options=ENDLESS, given=Given.MAX_TOKENS,
                                max_tokens=300)  # fmt: skip
            client.wait(*range(1, 65))
    assert time.monotonic() - before < 55


def test_what_a_client_said_last_is_taken(small: Sidecar) -> None:
    with small.connect_memory() as other:
        for _ in range(20):
            with small.connect_memory() as client:
                for handle in range(1, 51):
                    client.generate(handle, "a", options=ENDLESS)
        counted = 0
        while counted < 20 * 50:
            text = other.admin(1, Operation.METRICS).results[0].data.decode()
            lines = [line for line in text.split("\n") if 'requests_total{kind="generate"' in line]
            counted = sum(int(line.split(" ")[1]) for line in lines)
        assert counted == 20 * 50
