"""The eight bytes that every frame starts with."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import ALIGNMENT, HEADER, LAYOUTS, MAX_HELLO_BYTES, MAX_UPGRADE_BYTES
from themis_sidecar.wire.words import FrameType

if TYPE_CHECKING:
    from themis_sidecar.wire.words import Role

_BY_TYPE = {int(kind): layout for kind, layout in LAYOUTS.items()}
_LIMITS = {int(FrameType.HELLO): MAX_HELLO_BYTES, int(FrameType.UPGRADE): MAX_UPGRADE_BYTES}


class FrameHeader(NamedTuple):
    """A header that was checked."""

    length: int
    """Length of the whole frame in bytes."""
    kind: FrameType
    flags: int


def read_header(data: bytes | bytearray, offset: int, sender: Role, max_frame_bytes: int) -> FrameHeader:
    """Reads and checks a header, of which all eight bytes are there."""
    length, kind, flags, reserved = HEADER.unpack_from(data, offset)
    if length > max_frame_bytes:
        raise over_limit("A frame is longer than this side accepts.")
    layout = _BY_TYPE.get(kind)
    if layout is None:
        raise violation("A frame has an unknown type.")
    if length > _LIMITS.get(kind, length):
        raise over_limit("A HELLO or UPGRADE is longer than its limit.")
    if length % ALIGNMENT or length < layout.size:
        raise violation("A frame has a length that its type cannot have.")
    if sender not in layout.senders:
        raise violation("A frame came from the side that does not send its type.")
    if flags & ~layout.known_flags or reserved:
        raise violation("A header has an unknown flag or a reserved field that is not zero.")
    return FrameHeader(length, layout.kind, flags)
