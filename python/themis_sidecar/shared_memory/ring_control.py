"""The control page of one ring: two indices, a wish and a bell."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from themis_sidecar.shared_memory import futex
from themis_sidecar.shared_memory.segment_layout import BELL_AT, HEAD_AT, SPACE_WANTED_AT, TAIL_AT

if TYPE_CHECKING:
    from collections.abc import Iterable

_TAIL, _HEAD = TAIL_AT // 8, HEAD_AT // 8
_SPACE_WANTED, _BELL = SPACE_WANTED_AT // 4, BELL_AT // 4


class RingControl:
    """Words that the peer may change at any time.

    Each property is one load or store of an aligned word. The interpreter does not move them, and x86-64 keeps their
    order but for a load that overtakes a store to another place, which is what a fence is for.
    """

    def __init__(self, page: memoryview, address: int) -> None:
        """Takes the page, and where it lies."""
        self._indices = page.cast("Q")
        self._words = page.cast("I")
        self._bell_at = address + BELL_AT
        self._lock = threading.Lock()

    @property
    def tail(self) -> int:
        """Bytes ever written."""
        return self._indices[_TAIL]

    @tail.setter
    def tail(self, value: int) -> None:
        self._indices[_TAIL] = value

    @property
    def head(self) -> int:
        """Bytes ever read."""
        return self._indices[_HEAD]

    @head.setter
    def head(self, value: int) -> None:
        self._indices[_HEAD] = value

    @property
    def space_wanted(self) -> int:
        """1: the writer waits for room."""
        return self._words[_SPACE_WANTED]

    @space_wanted.setter
    def space_wanted(self, value: int) -> None:
        self._words[_SPACE_WANTED] = value

    @property
    def bell(self) -> int:
        """1: the reader sleeps, or is about to."""
        return self._words[_BELL]

    @bell.setter
    def bell(self, value: int) -> None:
        self._words[_BELL] = value

    def fence(self) -> None:
        """No load behind it comes before a store in front of it: a lock is taken by a locked instruction."""
        with self._lock:
            pass

    def ring(self) -> None:
        """Wakes the reader, asleep or not. Python has no exchange, and so does not ask."""
        self.bell = 0
        futex.wake(self._bell_at)

    def sleep(self, milliseconds: int) -> None:
        """Sleeps while the bell is 1; at most so long. OSError: the kernel refused."""
        futex.wait(self._bell_at, 1, milliseconds)

    def views(self) -> Iterable[memoryview]:
        """What has to be released before the memory is unmapped."""
        return (self._indices, self._words)
