"""Two sides over two small rings, an access to memory of either at a time in any order, on x86-64's order of memory.

What comes out is what a queue would give, and never do both sleep while there is something to do: on the machine of
this test nobody wakes up by the time alone.
"""

from __future__ import annotations

import os
import random
import time
from typing import TYPE_CHECKING

from ring_machine import Machine, ModelControl, StuckError
from themis_sidecar.shared_memory.ring_reader import RingReader
from themis_sidecar.shared_memory.ring_side import RingSide
from themis_sidecar.shared_memory.ring_writer import RingWriter
from themis_sidecar.shared_memory.segment_layout import PARK_MS

if TYPE_CHECKING:
    from collections.abc import Callable

RUNS = 20_000 if os.environ.get("THEMIS_TEST_LONG") == "1" else 400
RING = 64


class ForgetfulSide(RingSide):
    """Wishes for room once, and not again before each sleep."""

    def wait(self, milliseconds: int = PARK_MS) -> None:
        self._own.bell = 1
        self._own.fence()
        if not self.has_come:
            self._own.sleep(milliseconds)
        self._own.bell = 0


class Process:
    """One side as the sidecar runs it: an event loop, and a thread that waits."""

    def __init__(self, machine: Machine, side: RingSide, messages: list[bytes], expected: int) -> None:
        self._machine = machine
        self._side = side
        self._messages = messages
        self._expected = expected
        self._is_told = False
        self._may_go_on = True
        self.taken = b""

    def loop(self) -> None:
        while len(self.taken) < self._expected or self._messages or self._side.unsent_bytes:
            self._machine.wait_until(lambda: self._is_told or bool(self._messages))
            if self._messages:
                self._side.send(self._messages.pop(0))
            if self._is_told:
                self._side.carry_on()
                data = self._side.read(24)
                self.taken += data
                self._is_told = bool(data) and self._side.has_news
                self._may_go_on |= not self._is_told
        self._side.stop_waiting()

    def waiter(self) -> None:
        while self._take_turn():
            while not self._side.is_over and not self._side.has_come:
                self._side.wait()
            self._is_told = True

    def _take_turn(self) -> bool:
        self._machine.wait_until(lambda: self._may_go_on or self._side.is_over)
        self._may_go_on = False
        return not self._side.is_over


def run(seed: int, *, has_fence: bool = True, kind: type[RingSide] = RingSide) -> None:
    choose = random.Random(seed)
    machine = Machine(choose)
    data = [memoryview(bytearray(RING)) for _ in range(2)]
    messages = [[choose.randbytes(8 * choose.randint(1, 20)) for _ in range(choose.randint(0, 5))] for _ in range(2)]
    expected = [b"".join(some) for some in messages]
    processes: list[Process] = []
    for own in range(2):
        # The ring of a number is the one that the side of that number reads.
        incoming, outgoing = (ModelControl(machine, own, f"{ring} ", has_fence=has_fence) for ring in (own, 1 - own))
        side = kind(RingReader(incoming, data[own]), RingWriter(outgoing, data[1 - own]), incoming, outgoing)
        processes.append(Process(machine, side, messages[own], len(expected[1 - own])))
    machine.run(*(program for one in processes for program in (one.loop, one.waiter)))
    assert [one.taken for one in processes] == expected[::-1], seed


def gets_stuck(attempt: Callable[[int], None]) -> bool:
    """Whether one of many runs comes to no end."""
    return any(ends_stuck(attempt, seed) for seed in range(3000))


def ends_stuck(attempt: Callable[[int], None], seed: int) -> bool:
    """Whether both sides sleep at the end of a run."""
    try:
        attempt(seed)
    except StuckError:
        return True
    return False


def test_any_interleaving_delivers_everything_in_order() -> None:
    first = time.time_ns()
    for seed in range(first, first + RUNS):
        assert not ends_stuck(run, seed), seed


# The model must be able to fail.
def test_side_without_fences_is_found() -> None:
    assert gets_stuck(lambda seed: run(seed, has_fence=False))


def test_side_that_wishes_for_room_only_once_is_found() -> None:
    assert gets_stuck(lambda seed: run(seed, kind=ForgetfulSide))
