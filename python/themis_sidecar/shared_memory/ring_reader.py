"""The reading end of a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.failures import violation
from themis_sidecar.shared_memory.segment_layout import RING_ALIGNMENT

if TYPE_CHECKING:
    from themis_sidecar.shared_memory.ring_control import RingControl


class RingReader:
    """Copies bytes out before anything in them is looked at. For one thread, but for has_news."""

    def __init__(self, control: RingControl, data: memoryview, start: int = 0) -> None:
        """Takes the ring, a power of two, and how many bytes it has carried before."""
        self._control = control
        self._data = data
        self._size = len(data)
        self._head = self._seen_tail = start

    @property
    def has_news(self) -> bool:
        """Whether the peer's index is another than when everything was read. From any thread."""
        return self._control.tail != self._head

    def look(self) -> int:
        """How many bytes can be read. FrameFault: the peer's index is wrong."""
        tail = self._control.tail
        if not self._seen_tail <= tail <= self._head + self._size or tail % RING_ALIGNMENT:
            raise violation("The peer's write index in shared memory jumped or ran backwards.")
        self._seen_tail = tail
        return tail - self._head

    def read(self, most: int) -> bytes:
        """Copies out what there is, at most so much; a multiple of 8 bytes."""
        count = min(self.look(), most - most % RING_ALIGNMENT)
        if count == 0:
            return b""
        at = self._head & (self._size - 1)
        first = min(count, self._size - at)
        data = self._data[at : at + first].tobytes()
        if first < count:
            data += self._data[: count - first]
        self._head += count
        self._control.head = self._head
        return data

    def take_space_wanted(self) -> bool:
        """Whether the writer waits for the room that was made. The caller rings then, whatever the writer does."""
        self._control.fence()
        if not self._control.space_wanted:
            return False
        self._control.space_wanted = 0
        return True
