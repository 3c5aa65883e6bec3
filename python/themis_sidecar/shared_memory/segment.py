"""The mapped memory of one connection: a header and two rings."""

from __future__ import annotations

import ctypes

from themis_sidecar.shared_memory.memory_file import map_memory, unmap_memory
from themis_sidecar.shared_memory.ring_control import RingControl
from themis_sidecar.shared_memory.ring_reader import RingReader
from themis_sidecar.shared_memory.ring_side import RingSide
from themis_sidecar.shared_memory.ring_writer import RingWriter
from themis_sidecar.shared_memory.segment_layout import (
    CLIENT_NONCE_AT,
    CONTROL_SIZE,
    DATA_AT,
    HEADER,
    LISTENER_NONCE_AT,
    MAGIC,
    MAJOR,
    MINOR,
    NONCE_SIZE,
    OFFER,
    TO_CLIENT_AT,
    TO_LISTENER_AT,
    segment_bytes,
)
from themis_sidecar.wire.words import Role

_NONCE_AT = {Role.LISTENER: LISTENER_NONCE_AT, Role.CLIENT: CLIENT_NONCE_AT}
_CONTROL_AT = {Role.LISTENER: TO_LISTENER_AT, Role.CLIENT: TO_CLIENT_AT}
_OTHER = {Role.LISTENER: Role.CLIENT, Role.CLIENT: Role.LISTENER}


class Segment:
    """Whoever uses it makes sure that nobody does after it was closed."""

    def __init__(self, file: int, ring_bytes: int) -> None:
        """Maps a file, which may be closed afterwards. OSError: the kernel refused."""
        self.ring_bytes = ring_bytes
        self.is_closed = False
        self._bytes = segment_bytes(ring_bytes)
        self._address = map_memory(file, self._bytes)
        self._memory = memoryview((ctypes.c_ubyte * self._bytes).from_address(self._address)).cast("B")
        # By who reads there.
        self._controls = {role: self._control(at) for role, at in _CONTROL_AT.items()}
        self._data = {
            Role.LISTENER: self._memory[DATA_AT : DATA_AT + ring_bytes],
            Role.CLIENT: self._memory[DATA_AT + ring_bytes :],
        }

    @property
    def header(self) -> bytes:
        """A copy of the numbers at its beginning."""
        return self._memory[: HEADER.size].tobytes()

    @header.setter
    def header(self, value: bytes) -> None:
        self._memory[: HEADER.size] = value

    def nonce(self, role: Role) -> bytes:
        """A copy of a side's proof that it sees this memory. The peer may change it at any time."""
        return self._memory[_NONCE_AT[role] : _NONCE_AT[role] + NONCE_SIZE].tobytes()

    def set_nonce(self, role: Role, value: bytes) -> None:
        """Shows that this side sees it."""
        self._memory[_NONCE_AT[role] : _NONCE_AT[role] + NONCE_SIZE] = value

    def side(self, role: Role) -> RingSide:
        """The ends of a side."""
        other = _OTHER[role]
        reader = RingReader(self._controls[role], self._data[role])
        writer = RingWriter(self._controls[other], self._data[other])
        return RingSide(reader, writer, self._controls[role], self._controls[other])

    def close(self) -> None:
        """Unmaps it, once. Python refuses every later use of what was cut from it."""
        if self.is_closed:
            return
        self.is_closed = True
        for control in self._controls.values():
            for view in control.views():
                view.release()
        for view in self._data.values():
            view.release()
        self._memory.release()
        unmap_memory(self._address, self._bytes)

    def _control(self, at: int) -> RingControl:
        return RingControl(self._memory[at : at + CONTROL_SIZE], self._address + at)


def header_of(ring_bytes: int) -> bytes:
    """The numbers at the beginning of a segment."""
    return HEADER.pack(MAGIC, MAJOR, MINOR, ring_bytes, segment_bytes(ring_bytes))


def offer_of(ring_bytes: int) -> bytes:
    """The body of an offer."""
    return OFFER.pack(MAJOR, MINOR, ring_bytes, segment_bytes(ring_bytes))
