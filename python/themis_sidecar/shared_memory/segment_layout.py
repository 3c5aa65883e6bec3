"""Every number of a segment. A test holds all of it equal to protos/wire/layout.json."""

from __future__ import annotations

import struct
from typing import Final

MAGIC: Final = int.from_bytes(b"THEMSHM1", "little")
MAJOR: Final = 1
MINOR: Final = 0

HEADER_SIZE: Final = 4_096
NONCE_SIZE: Final = 16
LISTENER_NONCE_AT: Final = 24
CLIENT_NONCE_AT: Final = 40
# magic, major, minor, ring_bytes, segment_bytes.
HEADER: Final = struct.Struct("<QHHIQ")

CONTROL_SIZE: Final = 4_096
TO_LISTENER_AT: Final = 4_096
TO_CLIENT_AT: Final = 8_192
TAIL_AT: Final = 0
HEAD_AT: Final = 128
SPACE_WANTED_AT: Final = 256
BELL_AT: Final = 384

DATA_AT: Final = 12_288

# major, minor, ring_bytes, segment_bytes.
OFFER: Final = struct.Struct("<HHIQ")
ACCEPT_SIZE: Final = 32

MIN_RING_BYTES: Final = 65_536
MAX_RING_BYTES: Final = 67_108_864
RING_ALIGNMENT: Final = 8
PARK_MS: Final = 1_000
"""How long a side sleeps at most before it looks again by itself."""


def segment_bytes(ring_bytes: int) -> int:
    """The size of a segment with rings of a size."""
    return DATA_AT + 2 * ring_bytes
