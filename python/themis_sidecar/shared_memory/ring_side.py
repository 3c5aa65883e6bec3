"""One side's ends of the two rings, and how it waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.shared_memory.segment_layout import PARK_MS

if TYPE_CHECKING:
    from themis_sidecar.shared_memory.ring_control import RingControl
    from themis_sidecar.shared_memory.ring_reader import RingReader
    from themis_sidecar.shared_memory.ring_writer import RingWriter


class RingSide:
    """Reads and writes in one thread; wait and has_come may be another's."""

    def __init__(self, reader: RingReader, writer: RingWriter, own: RingControl, peer: RingControl) -> None:
        """Takes the ends, and the rings by whose bells each side is woken: the one that it reads."""
        self._reader = reader
        self._writer = writer
        self._own = own
        self._peer = peer
        self._unsent = bytearray()
        self._is_reading = True
        self.is_over = False
        """Whether nobody waits any more."""

    @property
    def unsent_bytes(self) -> int:
        """How much found no room."""
        return len(self._unsent)

    @property
    def has_news(self) -> bool:
        """Whether there is something to read."""
        return self._is_reading and self._reader.has_news

    @property
    def has_come(self) -> bool:
        """Whether there is something to read, room for what waits, or an end of waiting."""
        return self.is_over or self.has_news or (len(self._unsent) > 0 and self._writer.has_new_room)

    def send(self, data: bytes) -> int:
        """Writes what there is room for, keeps the rest, and gives how much was written."""
        if self._unsent:
            self._unsent += data
            return 0
        written = self._writer.write(data)
        if written < len(data):
            # Before the wish: the thread that waits must know when the reader answers it.
            self._unsent += data[written:]
            written += self._wish()
        return self._publish(written)

    def carry_on(self) -> int:
        """Writes of what waits, and gives how much."""
        if not self._unsent:
            return 0
        written = self._write_unsent()
        if self._unsent:
            written += self._wish()
        return self._publish(written)

    def read(self, most: int) -> bytes:
        """Takes what has come, at most so much."""
        data = self._reader.read(most)
        if data and self._reader.take_space_wanted():
            self._peer.ring()
        return data

    def stop_reading(self) -> None:
        """Waits for room alone from now on."""
        self._is_reading = False

    def wait(self, milliseconds: int = PARK_MS) -> None:
        """Sleeps unless something has come; at most so long. OSError: the kernel refused."""
        self._own.bell = 1
        if self._unsent:
            # Once more: the reader may have taken the wish back for room that was used up since, and found nobody
            # asleep to wake.
            self._writer.want_space()
        self._own.fence()
        if not self.has_come:
            self._own.sleep(milliseconds)
        self._own.bell = 0

    def stop_waiting(self) -> None:
        """Ends the wait of another thread, and every later one."""
        self.is_over = True
        self._own.ring()

    def _wish(self) -> int:
        """Asks for room. What was made before the reader could see that is found at once."""
        self._writer.want_space()
        return self._write_unsent()

    def _write_unsent(self) -> int:
        with memoryview(self._unsent) as unsent:
            written = self._writer.write(unsent)
        del self._unsent[:written]
        return written

    def _publish(self, written: int) -> int:
        if written:
            self._peer.ring()
        return written
