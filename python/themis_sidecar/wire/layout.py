"""Every number of the frames. Written out, so that a deployed sidecar needs no other file.

A test holds all of it equal to protos/wire/layout.json.
"""

from __future__ import annotations

import struct
import sys
from typing import Final

from themis_sidecar.wire.words import FrameType, Role

if sys.byteorder != "little":
    raise ImportError("The frames are little-endian, and so must be the machine.")

MAJOR: Final = 1
MINOR: Final = 0
MAGIC: Final = int.from_bytes(b"THEMISBR", "little")
ALIGNMENT: Final = 8

MIN_FRAME_LIMIT: Final = 65_536
MAX_FRAME_BYTES: Final = 33_554_432
MAX_HELLO_BYTES: Final = 65_536
MAX_UPGRADE_BYTES: Final = 4_096
MAX_JSON_BYTES: Final = 8_388_608
MAX_JSON_DEPTH: Final = 16
MAX_REQUESTS: Final = 65_535
MAX_CREDIT: Final = 2_147_483_647
MAX_NAME_BYTES: Final = 256
MAX_REQUEST_ID_BYTES: Final = 128
MAX_TRACEPARENT_BYTES: Final = 55
MAX_TENANT_BYTES: Final = 512
MAX_STOP_IDS: Final = 1_024
MAX_STOP_BYTES: Final = 4_096
MAX_TOP_LOGPROBS: Final = 32
MAX_MESSAGE_BYTES: Final = 4_096
MAX_PARAMETER_BYTES: Final = 256
MAX_BEARER_BYTES: Final = 4_096

HELLO_MS: Final = 5_000
PING_AFTER_MS: Final = 5_000
PONG_WITHIN_MS: Final = 10_000


class Layout:
    """Header and fixed part of one type of frame."""

    def __init__(self, kind: FrameType, senders: tuple[Role, ...], fields: str, **flags: int) -> None:
        """Takes the fields in the order of their places, each as a name and a letter of struct."""
        words = fields.split()
        self.kind = kind
        self.senders = senders
        self.flags = flags
        self.known_flags = sum(flags.values())
        self.names = words[0::2]
        self.struct = struct.Struct("<IBBH" + "".join(words[1::2]))
        self.size = self.struct.size


BOTH: Final = (Role.CLIENT, Role.LISTENER)
CLIENT: Final = (Role.CLIENT,)
LISTENER: Final = (Role.LISTENER,)

HEADER: Final = struct.Struct("<IBBH")

HELLO: Final = Layout(
    FrameType.HELLO,
    BOTH,
    "magic Q major H minor H role B reserved0 B reserved1 H offered Q required Q max_frame_bytes I max_requests I "
    "capabilities Q json_bytes I reserved2 I",
)
UPGRADE: Final = Layout(FrameType.UPGRADE, BOTH, "step B kind B descriptors B reserved B body_bytes I")
REQUEST: Final = Layout(
    FrameType.REQUEST,
    CLIENT,
    "handle I kind B prompt B options H given I credit I total_ms I first_token_ms I idle_ms I priority i max_tokens i "
    "min_tokens i top_k i seed i logprobs i dimensions i temperature d top_p d min_p d frequency_penalty d "
    "presence_penalty d repetition_penalty d model_bytes H request_id_bytes H traceparent_bytes H adapter_bytes H "
    "tenant_bytes H stop_id_count H id_count I text_bytes I json_bytes I",
)
ACCEPTED: Final = Layout(
    FrameType.ACCEPTED, LISTENER, "handle I seed i id_count I model_bytes H engine_id_bytes H", seed=1
)
STEP: Final = Layout(FrameType.STEP, LISTENER, "rows I tokens I", counts=1, text=2, logprobs=4, details=8)
RESULT: Final = Layout(FrameType.RESULT, LISTENER, "handle I kind B reserved0 B reserved1 H count I extra I")
END: Final = Layout(
    FrameType.END,
    LISTENER,
    "handle I finish B reserved B stop_bytes H prompt_tokens I cached_tokens I completion_tokens I stop_id i",
    prompt_tokens=1,
    cached_tokens=2,
    completion_tokens=4,
    stop_id=8,
)
ERROR: Final = Layout(
    FrameType.ERROR,
    BOTH,
    "handle I code B stage B parameter_bytes H retry_after_ms I message_bytes H reserved H",
    retry_after=1,
)
CANCEL: Final = Layout(FrameType.CANCEL, CLIENT, "handle I reserved I")
CREDIT: Final = Layout(FrameType.CREDIT, CLIENT, "handle I tokens I")
PING: Final = Layout(FrameType.PING, BOTH, "value Q")
PONG: Final = Layout(FrameType.PONG, BOTH, "value Q")
ADMIN: Final = Layout(FrameType.ADMIN, CLIENT, "handle I operation B reserved0 B reserved1 H total_ms I json_bytes I")
GOAWAY: Final = Layout(FrameType.GOAWAY, LISTENER, "drain_ms I message_bytes H reserved H")

LAYOUTS: Final = {
    layout.kind: layout
    for layout in (
        HELLO, UPGRADE, REQUEST, ACCEPTED, STEP, RESULT, END, ERROR, CANCEL, CREDIT, PING, PONG, ADMIN, GOAWAY
    )
}  # fmt: skip
