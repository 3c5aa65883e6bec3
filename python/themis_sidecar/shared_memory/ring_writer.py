"""The writing end of a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.failures import violation
from themis_sidecar.shared_memory.segment_layout import RING_ALIGNMENT

if TYPE_CHECKING:
    from themis_sidecar.shared_memory.ring_control import RingControl


class RingWriter:
    """Never reads its own index back from the memory. For one thread, but for has_new_room and want_space."""

    def __init__(self, control: RingControl, data: memoryview, start: int = 0) -> None:
        """Takes the ring, a power of two, and how many bytes it has carried before."""
        self._control = control
        self._data = data
        self._size = len(data)
        self._tail = self._seen_head = start

    @property
    def has_new_room(self) -> bool:
        """Whether the peer has read since the last look. From any thread."""
        return self._control.head != self._seen_head

    def write(self, data: bytes | memoryview) -> int:
        """Writes as much as there is room for, and says how much. FrameFault: the peer's index is wrong."""
        # The peer's index is looked at only when the ring seems full.
        if self._size - (self._tail - self._seen_head) < len(data):
            self._look()
        taken = min(len(data), self._size - (self._tail - self._seen_head))
        if taken == 0:
            return 0
        at = self._tail & (self._size - 1)
        first = min(taken, self._size - at)
        self._data[at : at + first] = data[:first]
        if first < taken:
            self._data[: taken - first] = data[first:taken]
        self._tail += taken
        self._control.tail = self._tail
        return taken

    def want_space(self) -> None:
        """Asks the reader to ring when it has read; look for room again afterwards."""
        self._control.space_wanted = 1
        self._control.fence()

    def _look(self) -> None:
        head = self._control.head
        if not self._seen_head <= head <= self._tail or head % RING_ALIGNMENT:
            raise violation("The peer's read index in shared memory jumped or ran backwards.")
        self._seen_head = head
