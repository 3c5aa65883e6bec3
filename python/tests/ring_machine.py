"""A machine of two processors as x86-64 has them: each store waits in a buffer until it reaches the memory.

Any number of threads run on it, one at a time, and any of them may be the next at each access to memory.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from themis_sidecar.shared_memory.ring_control import RingControl

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

_SECONDS = 60


class StuckError(Exception):
    """Everybody waits, and not everything is done."""


class Actor:
    """A thread of the machine."""

    def __init__(self, run: Callable[[], None]) -> None:
        self.run = run
        self.turn = threading.Semaphore(0)
        self.awaits: Callable[[], bool] | None = None
        self.is_done = False

    @property
    def can_run(self) -> bool:
        return not self.is_done and (self.awaits is None or self.awaits())


class Machine:
    """Memory, store buffers, and the kernel's list of sleepers."""

    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self._memory: dict[str, int] = {}
        self._buffers: tuple[list[tuple[str, int]], ...] = ([], [])
        self._asleep: set[str] = set()
        self._actors: list[Actor] = []
        self._current: Actor | None = None
        self._over = threading.Event()
        self._is_stuck = False

    def run(self, *programs: Callable[[], None]) -> None:
        """Runs all of them to their ends; StuckError: they cannot come there."""
        self._actors = [Actor(program) for program in programs]
        threads = [threading.Thread(target=self._begin, args=(actor,), daemon=True) for actor in self._actors]
        for thread in threads:
            thread.start()
        self._pass_on()
        assert self._over.wait(_SECONDS)
        for actor in self._actors:
            actor.turn.release()
        for thread in threads:
            thread.join(_SECONDS)
        if self._is_stuck:
            raise StuckError

    def load(self, processor: int, word: str) -> int:
        self._step()
        own = [value for name, value in self._buffers[processor] if name == word]
        return own[-1] if own else self._memory.get(word, 0)

    def store(self, processor: int, word: str, value: int) -> None:
        self._step()
        self._buffers[processor].append((word, value))

    def fence(self, processor: int) -> None:
        self._step()
        while self._buffers[processor]:
            self._drain(processor)

    def sleep(self, processor: int, word: str) -> None:
        """The kernel looks at the word and lists the sleeper in one step."""
        self.fence(processor)
        if self._memory.get(word, 0) == 1:
            self._asleep.add(word)
            self.wait_until(lambda: word not in self._asleep)

    def wake(self, processor: int, word: str) -> None:
        self.fence(processor)
        self._asleep.discard(word)

    def wait_until(self, condition: Callable[[], bool]) -> None:
        """Waits for another thread of the same process, which is a fence as well."""
        actor = self._current
        assert actor is not None
        actor.awaits = condition
        self._pass_on(actor)
        actor.awaits = None

    def _begin(self, actor: Actor) -> None:
        actor.turn.acquire()
        if self._over.is_set():
            return
        try:
            actor.run()
        except StuckError:
            return
        actor.is_done = True
        self._pass_on()

    def _step(self) -> None:
        while self._choose.random() < 0.4:
            self._drain(self._choose.randrange(2))
        if self._choose.random() < 0.4:
            self._pass_on(self._current)

    def _drain(self, processor: int) -> None:
        if self._buffers[processor]:
            word, value = self._buffers[processor].pop(0)
            self._memory[word] = value

    def _pass_on(self, actor: Actor | None = None) -> None:
        ready = [one for one in self._actors if one.can_run]
        if not ready:
            self._is_stuck = not all(one.is_done for one in self._actors)
            self._over.set()
        else:
            chosen = self._choose.choice(ready)
            if chosen is actor:
                return
            self._current = chosen
            chosen.turn.release()
        if actor is not None:
            actor.turn.acquire()
            if self._over.is_set():
                raise StuckError


class ModelControl(RingControl):
    """The words of a ring as one processor sees them."""

    def __init__(self, machine: Machine, processor: int, ring: str, *, has_fence: bool = True) -> None:
        self._machine = machine
        self._processor = processor
        self._ring = ring
        self._has_fence = has_fence

    def _load(self, name: str) -> int:
        return self._machine.load(self._processor, self._ring + name)

    def _store(self, name: str, value: int) -> None:
        self._machine.store(self._processor, self._ring + name, value)

    def fence(self) -> None:
        if self._has_fence:
            self._machine.fence(self._processor)

    def ring(self) -> None:
        self.bell = 0
        self._machine.wake(self._processor, self._ring + "bell")

    def sleep(self, milliseconds: int) -> None:
        assert milliseconds > 0
        self._machine.sleep(self._processor, self._ring + "bell")

    @property
    def tail(self) -> int:
        return self._load("tail")

    @tail.setter
    def tail(self, value: int) -> None:
        self._store("tail", value)

    @property
    def head(self) -> int:
        return self._load("head")

    @head.setter
    def head(self, value: int) -> None:
        self._store("head", value)

    @property
    def space_wanted(self) -> int:
        return self._load("wanted")

    @space_wanted.setter
    def space_wanted(self, value: int) -> None:
        self._store("wanted", value)

    @property
    def bell(self) -> int:
        return self._load("bell")

    @bell.setter
    def bell(self, value: int) -> None:
        self._store("bell", value)
