"""What bad frames are made with: good ones, changed."""

from __future__ import annotations

import struct

from wirevectors.encoding import FORMATS, FRAMES, Fields, encode

PROTOCOL, LIMIT, REQUEST = "protocol_violation", "limit_exceeded", "invalid_request"


class Bad:
    """Collects bad frames under their names."""

    def __init__(self) -> None:
        """Starts with none."""
        self.vectors: list[Fields] = []

    def add(self, name: str, sender: str, data: bytes, failure: str = PROTOCOL) -> None:
        """Adds one; what is wrong with a request's content alone reaches that request only."""
        phase = {FRAMES["hello"]["type"]: "hello", FRAMES["upgrade"]["type"]: "upgrade"}.get(data[4], "open")
        scope = "request" if failure in (REQUEST, "unsupported_option") else "connection"
        self.vectors.append(
            {"name": name, "from": sender, "phase": phase, "failure": failure, "scope": scope, "hex": data.hex()}
        )


def patch(data: bytes, form: str, offset: int, value: float) -> bytes:
    """A copy with another number at an offset."""
    changed = bytearray(data)
    struct.pack_into("<" + FORMATS[form], changed, offset, value)
    return bytes(changed)


def field(frame: Fields, name: str, value: float) -> bytes:
    """A frame with another number in one field."""
    form, offset = FRAMES[frame["type"]]["fields"][name]
    return patch(encode(frame), form, offset, value)


def content(frame: Fields, data: bytes) -> bytes:
    """A frame whose JSON is these bytes, which need not be JSON."""
    spec = FRAMES[frame["type"]]
    bare = encode({name: value for name, value in frame.items() if name != "json"})
    form, offset = spec["fields"]["json_bytes"]
    sections = {name: frame.get(name, []) for name, kind, _ in spec["sections"] if kind == "i32"}
    texts = "".join(frame.get(name, "") for name, kind, _ in spec["sections"] if kind == "utf8")
    used = spec["size"] + 4 * sum(len(items) for items in sections.values()) + len(texts.encode())
    whole = bare[:used] + data + bytes(-(used + len(data)) % 8)
    return patch(patch(whole, "u32", 0, len(whole)), form, offset, len(data))
