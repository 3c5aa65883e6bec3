"""What follows a fixed part: arrays and texts, one after the other, padded to a multiple of eight."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, overload

from themis_sidecar.failures import violation
from themis_sidecar.wire.layout import ALIGNMENT

if TYPE_CHECKING:
    from themis_sidecar.wire.layout import Layout


class Sections:
    """Takes the sections of a frame apart after their sizes were checked together."""

    def __init__(self, frame: bytes, size: int, length: int) -> None:
        """Checks that fixed part and sections fill the frame, but for padding, which is zero."""
        self._frame = memoryview(frame)
        self._next = size
        used = size + length
        if used > len(frame) or used + (-used % ALIGNMENT) != len(frame):
            raise violation("A frame's length is not that of its sections.")
        if used != len(frame) and any(frame[used:]):
            raise violation("A frame's padding is not zero.")

    def take(self, count: int) -> bytes:
        """The next bytes."""
        start = self._next
        self._next = start + count
        return self._frame[start : start + count].tobytes()

    @overload
    def numbers(self, count: int, code: Literal["i", "I"]) -> memoryview[int]: ...
    @overload
    def numbers(self, count: int, code: Literal["f"]) -> memoryview[float]: ...
    def numbers(self, count: int, code: Literal["i", "I", "f"]) -> memoryview[int] | memoryview[float]:
        """The next numbers of four bytes each, where they lie."""
        start = self._next
        self._next = start + 4 * count
        return self._frame[start : self._next].cast(code)


def build(layout: Layout, flags: int, values: tuple[int | float, ...], *sections: bytes) -> bytes:
    """A whole frame from the numbers of its fixed part and its sections."""
    length = layout.size + sum(map(len, sections))
    padding = -length % ALIGNMENT
    head = layout.struct.pack(length + padding, layout.kind, flags, 0, *values)
    return b"".join((head, *sections, bytes(padding))) if sections or padding else head


def is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True
