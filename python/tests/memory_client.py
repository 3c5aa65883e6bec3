"""The client's side of shared memory, for the tests: it offers, checks what it is passed, and uses the rings."""

from __future__ import annotations

import fcntl
import os
import select
import socket
import time
from typing import TYPE_CHECKING

from frame_client import FrameClient
from themis_sidecar.shared_memory.segment import Segment
from themis_sidecar.shared_memory.segment_layout import (
    HEADER,
    MAGIC,
    MAJOR,
    MAX_RING_BYTES,
    MIN_RING_BYTES,
    NONCE_SIZE,
    OFFER,
    segment_bytes,
)
from themis_sidecar.wire.control_frames import UpgradeFrame, read_upgrade
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import HEADER as FRAME_HEADER
from themis_sidecar.wire.layout import MAX_FRAME_BYTES, MAX_UPGRADE_BYTES
from themis_sidecar.wire.words import Feature, Role, UpgradeKind, UpgradeStep

if TYPE_CHECKING:
    from themis_sidecar.shared_memory.ring_side import RingSide

# SEAL, SHRINK, GROW; WRITE, FUTURE_WRITE. linux/fcntl.h.
GET_SEALS, SIZE_SEALS, WRITE_SEALS = 1034, 1 | 2 | 4, 8 | 16


class DeclinedError(Exception):
    """What was passed is not as it must be."""


def read_offer(body: bytes) -> int:
    """The size of each ring; DeclinedError: the offer is none."""
    if len(body) != OFFER.size:
        raise DeclinedError("the offer has another length.")
    major, _, ring_bytes, size = OFFER.unpack(body)
    is_size = MIN_RING_BYTES <= ring_bytes <= MAX_RING_BYTES and ring_bytes & (ring_bytes - 1) == 0
    if major != MAJOR or not is_size or size != segment_bytes(ring_bytes):
        raise DeclinedError("the offered version or sizes are none that a segment can have.")
    return ring_bytes


def check_header(header: bytes, ring_bytes: int) -> None:
    """DeclinedError: it does not say what the offer said."""
    magic, major, _, said_ring, said_size = HEADER.unpack_from(header)
    if (magic, major, said_ring, said_size) != (MAGIC, MAJOR, ring_bytes, segment_bytes(ring_bytes)):
        raise DeclinedError("the memory does not begin as the offer says.")


def check_file(file: int, size: int) -> None:
    """DeclinedError: it cannot be mapped without danger."""
    try:
        seals = fcntl.fcntl(file, GET_SEALS)
    except OSError:
        raise DeclinedError("the descriptor is no memory file.") from None
    if seals & SIZE_SEALS != SIZE_SEALS or seals & WRITE_SEALS:
        raise DeclinedError("the memory can change its size, or cannot be written.")
    if os.fstat(file).st_size != size:
        raise DeclinedError("the memory has another size than was said.")


class MemoryClient(FrameClient):
    """One connection, through rings if the sidecar moves it there; a thread that waits."""

    segment: Segment | None = None
    side: RingSide
    kind = "uds"
    required = 0
    # Short, since the end of the socket rings no bell.
    park_ms = 10

    def __enter__(self) -> MemoryClient:
        return self

    def __exit__(self, *_: object) -> None:
        super().__exit__()
        if self.segment is not None:
            self.segment.close()

    def open(self, *, max_frame_bytes: int = MAX_FRAME_BYTES, **content: object) -> HelloFrame:
        """Says HELLO, gives the listener's, and moves."""
        self.max_frame_bytes = max_frame_bytes
        said = {"software": "test client", **content}
        feature = int(Feature.SHARED_MEMORY)
        self.send(HelloFrame(Role.CLIENT, feature, self.required, max_frame_bytes, content=said).write())
        hello = self.read()
        assert isinstance(hello, HelloFrame), hello
        if hello.offered & feature:
            self._move()
        return hello

    def send(self, data: bytes) -> None:
        """Sends bytes; waits for room."""
        if self.segment is None:
            super().send(data)
            return
        self.side.send(data)
        deadline = self._deadline()
        while self.side.unsent_bytes and time.monotonic() < deadline and not self.is_left:
            self.side.wait(self.park_ms)
            self.side.carry_on()

    def read_bytes(self, count: int) -> bytes | None:
        """So many bytes; None when the connection ends before them."""
        if self.segment is None:
            return super().read_bytes(count)
        data = b""
        deadline = self._deadline()
        while len(data) < count:
            # Asked before the last look: what was published before the end is still taken.
            is_left = self.is_left
            piece = self.side.read(count - len(data))
            data += piece
            if is_left and not piece:
                return None
            if not piece:
                assert time.monotonic() < deadline, "the listener says nothing"
                self.side.wait(self.park_ms)
        return data

    def read_upgrade(self) -> tuple[UpgradeFrame, list[int]]:
        """An UPGRADE and what rode on its first byte."""
        head, files, _, _ = socket.recv_fds(self.socket, FRAME_HEADER.size, 2)
        header = read_header(head, 0, Role.LISTENER, MAX_UPGRADE_BYTES)
        rest = super().read_bytes(header.length - FRAME_HEADER.size)
        assert rest is not None
        return read_upgrade(head + rest), files

    def send_upgrade(self, step: UpgradeStep, body: bytes = b"") -> None:
        """Answers."""
        super().send(UpgradeFrame(step, UpgradeKind.SHARED_MEMORY, 0, body).write())

    @property
    def is_left(self) -> bool:
        """Whether the listener has closed the socket."""
        poll = select.poll()
        poll.register(self.socket, select.POLLIN | select.POLLRDHUP)
        return bool(poll.poll(0))

    def map_offer(self, offer: UpgradeFrame, files: list[int]) -> Segment:
        """Checks the listener's memory and maps it. DeclinedError: it is not as it must be."""
        assert (offer.step, offer.descriptors, len(files)) == (UpgradeStep.OFFER, 1, 1)
        try:
            ring_bytes = read_offer(offer.body)
            check_file(files[0], segment_bytes(ring_bytes))
            segment = Segment(files[0], ring_bytes)
            self.keep(files[0])
        finally:
            os.close(files[0])
        check_header(segment.header, ring_bytes)
        return segment

    def keep(self, file: int) -> None:
        """For those that do more with the memory than a client should."""

    def show(self, segment: Segment) -> bytes:
        """The proof that it sees the memory: the body of accept."""
        segment.set_nonce(Role.CLIENT, os.urandom(NONCE_SIZE))
        return segment.nonce(Role.LISTENER) + segment.nonce(Role.CLIENT)

    def prove(self, segment: Segment) -> None:
        """Sends it."""
        self.send_upgrade(UpgradeStep.ACCEPT, self.show(segment))

    def accept(self, segment: Segment) -> None:
        """Proves that it sees the memory, and moves there."""
        self.prove(segment)
        confirm, files = self.read_upgrade()
        assert (confirm.step, confirm.body, files) == (UpgradeStep.CONFIRM, b"", [])
        self.side = segment.side(Role.CLIENT)
        self.segment = segment
        self.kind = "shm"

    def _move(self) -> None:
        offer, files = self.read_upgrade()
        if offer.step == UpgradeStep.DECLINE:
            assert files == []
        else:
            self.accept(self.map_offer(offer, files))

    def _deadline(self) -> float:
        return time.monotonic() + (self.socket.gettimeout() or 0)
