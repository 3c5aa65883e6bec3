"""HELLO: who a side is and what it can do. The first frame of each side."""

from __future__ import annotations

from dataclasses import dataclass, field

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import (
    ALIGNMENT,
    HELLO,
    MAGIC,
    MAJOR,
    MAX_BEARER_BYTES,
    MAX_FRAME_BYTES,
    MAX_HELLO_BYTES,
    MAX_REQUESTS,
    MIN_FRAME_LIMIT,
    MINOR,
)
from themis_sidecar.wire.sections import Sections, build
from themis_sidecar.wire.strict_json import JsonObject, read_json, write_json
from themis_sidecar.wire.words import Feature, Role

_KNOWN_FEATURES = int(Feature.SHARED_MEMORY)
_MEMBERS = {
    "software": str,
    "pid": int,
    "token": str,
    "engine": str,
    "max_stop_strings": int,
    "max_logprobs": int,
    "models": list,
}


@dataclass(frozen=True, slots=True)
class HelloFrame:
    """What one side said. Bits that are not known here are kept as they came."""

    role: Role
    offered: int = 0
    required: int = 0
    max_frame_bytes: int = MAX_FRAME_BYTES
    max_requests: int = 0
    capabilities: int = 0
    content: JsonObject = field(default_factory=dict[str, object])
    minor: int = MINOR

    def write(self) -> bytes:
        """The frame."""
        text = write_json(self.content) if self.content else b""
        if HELLO.size + len(text) > MAX_HELLO_BYTES:
            raise over_limit("HELLO would be over its limit; serve fewer models over one listener.")
        return build(
            HELLO, 0,
            (MAGIC, MAJOR, self.minor, self.role, 0, 0, self.offered, self.required, self.max_frame_bytes,
             self.max_requests, self.capabilities, len(text), 0),
            text,
        )  # fmt: skip


def read_hello(frame: bytes, sender: Role) -> HelloFrame:
    """Reads one whose header was checked."""
    (_, _, _, _, magic, major, minor, role, reserved0, reserved1, offered, required, max_frame_bytes, max_requests,
     capabilities, json_bytes, reserved2) = HELLO.struct.unpack_from(frame)  # fmt: skip
    # These places are the same in every version, so that a foreign one can be told what it met.
    if magic != MAGIC:
        raise violation("The peer does not speak ThemisBridge's frames.")
    if major != MAJOR:
        raise violation(
            f"The peer speaks version {major} of the frames and this side version {MAJOR}. Update the older one."
        )
    if role != sender or reserved0 or reserved1 or reserved2:
        raise violation("HELLO has the wrong role, or a reserved field that is not zero.")
    if not MIN_FRAME_LIMIT <= max_frame_bytes <= MAX_FRAME_BYTES or max_frame_bytes % ALIGNMENT:
        raise violation("HELLO states a limit of frames that is out of range.")
    if not _has_right_numbers(sender, max_requests, capabilities):
        raise violation("HELLO states a number of requests or capabilities that its role cannot have.")
    if required & ~(offered & _KNOWN_FEATURES):
        raise violation("The peer requires a feature that is not known here, or that it does not offer itself.")
    if json_bytes > MAX_HELLO_BYTES:
        raise over_limit("HELLO has JSON over its limit.")
    content = _read_content(Sections(frame, HELLO.size, json_bytes).take(json_bytes))
    return HelloFrame(sender, offered, required, max_frame_bytes, max_requests, capabilities, content, minor)


def _has_right_numbers(sender: Role, max_requests: int, capabilities: int) -> bool:
    if sender == Role.LISTENER:
        return 0 < max_requests <= MAX_REQUESTS
    return max_requests == 0 and capabilities == 0


def _read_content(text: bytes) -> JsonObject:
    try:
        content = read_json(text) if text else {}
    except ValueError as e:
        raise violation("HELLO has JSON that is none.") from e
    for name, kind in _MEMBERS.items():
        value = content.get(name)
        if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
            raise violation(f"HELLO has a member '{name}' of another type.")
    token = content.get("token")
    if isinstance(token, str) and len(token.encode()) > MAX_BEARER_BYTES:
        raise over_limit("HELLO has a token over its limit.")
    return content
