"""Segments' headers and offers, and traces of rings, by layout.json and struct alone."""

from __future__ import annotations

import struct
from typing import cast

from .encoding import LAYOUT, Fields

SEGMENT = cast("Fields", LAYOUT["segment"])
HEADER = cast("dict[str, tuple[str, int]]", SEGMENT["header"]["fields"])
LIMITS = cast("dict[str, int]", SEGMENT["limits"])
DATA_AT = int(SEGMENT["data"]["at"])
MASK = (1 << 64) - 1
# Long enough for every field; the rest of the page is zero.
SHOWN_BYTES = 64


def header(ring: int, **changes: int) -> bytes:
    """A segment's header for rings of that size, with some numbers changed."""
    fields = {"major": 1, "minor": 0, "ring_bytes": ring, "segment_bytes": DATA_AT + 2 * ring, **changes}
    page = bytearray(SHOWN_BYTES)
    page[0:8] = str(SEGMENT["magic"]).encode()
    for name, form in (("major", "H"), ("minor", "H"), ("ring_bytes", "I"), ("segment_bytes", "Q"), ("magic", "Q")):
        if name in fields:
            struct.pack_into("<" + form, page, HEADER[name][1], fields[name])
    start = HEADER["listener_nonce"][1]
    page[start : start + 16] = bytes(range(16))
    return bytes(page)


def offer(ring: int, size: int, major: int = 1, minor: int = 0) -> bytes:
    """The body of an offer."""
    return struct.pack("<HHIQ", major, minor, ring, size)


def segments() -> list[Fields]:
    """Offers with the header that lies in the memory, and whether a client takes them."""
    ring = 65536
    size = DATA_AT + 2 * ring
    cases: list[tuple[str, bytes, bytes, bool]] = [
        ("smallest", offer(ring, size), header(ring), True),
        ("a-mebibyte", offer(1 << 20, DATA_AT + (2 << 20)), header(1 << 20), True),
        ("largest", offer(1 << 26, DATA_AT + (2 << 26)), header(1 << 26), True),
        ("later-minor", offer(ring, size, minor=7), header(ring, minor=7), True),
        ("other-major", offer(ring, size, major=2), header(ring, major=2), False),
        ("other-magic", offer(ring, size), header(ring, magic=1), False),
        ("header-of-other-major", offer(ring, size), header(ring, major=2), False),
        ("ring-too-small", offer(32768, DATA_AT + 65536), header(32768), False),
        ("ring-too-large", offer(1 << 27, DATA_AT + (2 << 27)), header(1 << 27), False),
        ("ring-no-power-of-two", offer(ring + 8, size + 16), header(ring + 8), False),
        ("ring-zero", offer(0, DATA_AT), header(0), False),
        ("segment-smaller-than-rings", offer(ring, size - 8), header(ring), False),
        ("segment-larger-than-rings", offer(ring, size + 4096), header(ring, segment_bytes=size + 4096), False),
        ("header-of-another-ring", offer(ring, size), header(ring * 2), False),
        ("header-of-another-size", offer(ring, size), header(ring, segment_bytes=size + 8), False),
        ("offer-cut-short", offer(ring, size)[:-1], header(ring), False),
        ("offer-too-long", offer(ring, size) + b"\0", header(ring), False),
    ]
    return [
        {"name": name, "offer": body.hex(), "header": page.hex(), "accepted": good} for name, body, page, good in cases
    ]


class Ring:
    """One ring as the specification tells it, and the trace of what was done to it."""

    def __init__(self, name: str, size: int, start: int = 0) -> None:
        """A ring that has carried `start` bytes already."""
        self.size = size
        self.tail = self.head = start
        self.data = bytearray(size)
        self.trace: Fields = {"name": name, "ring_bytes": size, "start": start, "steps": []}

    def step(self, **told: object) -> None:
        """Notes a step and what the memory holds after it."""
        self.trace["steps"].append({**told, "tail": self.tail, "head": self.head})

    def write(self, content: bytes) -> None:
        """Writes as much as there is room for."""
        taken = min(len(content), self.size - (self.tail - self.head))
        for index in range(taken):
            self.data[(self.tail + index) % self.size] = content[index]
        self.tail += taken
        self.step(do="write", hex=content.hex(), taken=taken)

    def read(self, most: int) -> None:
        """Reads what there is, at most so much."""
        count = min(most, self.tail - self.head)
        content = bytes(self.data[(self.head + index) % self.size] for index in range(count))
        self.head += count
        self.step(do="read", most=most, hex=content.hex())

    def fault(self, index: str, value: int) -> None:
        """The peer stores an index that may not be; the side that looks at it refuses."""
        told = {"do": "store", "index": index, "value": str(value & MASK)}
        self.trace["steps"].append({**told, "refused_by": "reader" if index == "tail" else "writer"})

    def done(self) -> Fields:
        """The trace with the data as it is at the end."""
        return {**self.trace, "data": self.data.hex()}


def pattern(start: int, count: int) -> bytes:
    """Bytes that show where they belong."""
    return bytes((start + index) % 251 for index in range(count))


def rings() -> list[Fields]:
    """Traces: wrap, full, chained, far along, and indices that may not be."""
    wrap = Ring("around-the-end", 64)
    for round_ in range(5):
        wrap.write(pattern(round_ * 40, 40))
        wrap.read(64)
    full = Ring("full-and-emptied", 64)
    full.write(pattern(0, 64))
    full.write(pattern(64, 8))
    full.read(16)
    full.write(pattern(64, 32))
    full.read(64)
    full.read(64)
    chained = Ring("frame-longer-than-the-ring", 64)
    frame = pattern(7, 200)
    while frame:
        chained.write(frame)
        frame = frame[int(chained.trace["steps"][-1]["taken"]) :]
        chained.read(24)
    chained.read(64)
    far = Ring("past-32-bits", 64, (1 << 32) - 16)
    far.write(pattern(3, 48))
    far.read(24)
    far.write(pattern(51, 40))
    far.read(64)
    traces = [wrap, full, chained, far]
    for name, index, value in (
        ("tail-jumps", "tail", 128 + 72),
        ("tail-backwards", "tail", 120),
        ("tail-far-backwards", "tail", 0),
        ("tail-unaligned", "tail", 137),
        ("tail-negative", "tail", -8),
        ("head-jumps", "head", 144),
        ("head-backwards", "head", 120),
        ("head-unaligned", "head", 129),
        ("head-negative", "head", -64),
    ):
        bad = Ring(name, 64)
        bad.write(pattern(0, 64))
        bad.read(64)
        bad.write(pattern(64, 64))
        bad.read(64)
        if index == "head":
            bad.write(pattern(128, 8))
        bad.fault(index, value)
        traces.append(bad)
    return [trace.done() for trace in traces]
