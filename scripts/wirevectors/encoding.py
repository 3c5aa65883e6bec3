"""Frames from fields, by layout.json and struct alone."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any, cast

Fields = dict[str, Any]

WIRE = Path(__file__).resolve().parents[2] / "protos" / "wire"
LAYOUT = cast("Fields", json.loads((WIRE / "layout.json").read_text()))
FRAMES = cast("Fields", LAYOUT["frames"])
VALUES = cast("Fields", LAYOUT["values"])
BITS = cast("Fields", LAYOUT["bits"])
LIMITS = cast("dict[str, int]", LAYOUT["limits"])
FORMATS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "f32": "f", "f64": "d"}

# Fields that hold a word of layout.json, and the table it stands in.
WORDS = {
    "hello.role": "role",
    "upgrade.step": "upgrade_step",
    "upgrade.kind": "upgrade_kind",
    "request.kind": "request_kind",
    "request.prompt": "prompt",
    "result.kind": "result_kind",
    "end.finish": "finish",
    "error.code": "failure",
    "error.stage": "stage",
    "admin.operation": "operation",
}
# Fields that hold bits, given as a list of words or numbers, and their table.
BIT_FIELDS = {
    "hello.offered": "feature",
    "hello.required": "feature",
    "hello.capabilities": "capability",
    "request.options": "options",
}


def pack(kind: str, values: list[Any]) -> bytes:
    """Packs numbers of one type, little-endian."""
    return struct.pack(f"<{len(values)}{FORMATS[kind]}", *values)


def json_text(value: object) -> bytes:
    """One object as compact JSON."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def mask(table: str, names: list[str | int]) -> int:
    """The bits of a list of words or numbers."""
    return sum(1 << (BITS[table][name] if isinstance(name, str) else name) for name in names)


def build(kind: str, values: Fields, sections: bytes, flags: int) -> bytes:
    """A frame from the numbers of its fixed part and its finished sections."""
    spec = FRAMES[kind]
    size = int(spec["size"])
    align = int(LAYOUT["alignment"])
    length = (size + len(sections) + align - 1) // align * align
    frame = bytearray(length)
    struct.pack_into("<IBBH", frame, 0, length, spec["type"], flags, 0)
    for name, (form, offset) in spec["fields"].items():
        struct.pack_into("<" + FORMATS[form], frame, offset, values.get(name, 0))
    frame[size : size + len(sections)] = sections
    return bytes(frame)


def encode_step(rows: list[Fields]) -> bytes:
    """A STEP frame from rows; a column is there when a row needs it."""
    flags = 0
    counts = [len(row.get("ids", [])) for row in rows]
    ids = [number for row in rows for number in row.get("ids", [])]
    out = pack("u32", [row["handle"] for row in rows])
    if any(count != 1 for count in counts):
        flags |= 1
        out += pack("u32", counts)
    out += pack("i32", ids)
    texts = [cast("str", row.get("text", "")).encode() for row in rows]
    details = [json_text(row["details"]) if "details" in row else b"" for row in rows]
    if any("text" in row for row in rows):
        flags |= 2
        out += pack("u32", [len(text) for text in texts])
    if any(details):
        flags |= 8
        out += pack("u32", [len(detail) for detail in details])
    if any("logprobs" in row for row in rows):
        flags |= 4
        entries = [entry for row in rows for entry in row["logprobs"]]
        tops = [pair for entry in entries for pair in entry["top"]]
        out += pack("f32", [entry["logprob"] for entry in entries])
        out += pack("u32", [len(entry["top"]) for entry in entries])
        out += pack("i32", [pair[0] for pair in tops]) + pack("f32", [pair[1] for pair in tops])
    if flags & 2:
        out += b"".join(texts)
    if flags & 8:
        out += b"".join(details)
    return build("step", {"rows": len(rows), "tokens": len(ids)}, out, flags)


def encode_result(frame: Fields) -> bytes:
    """A RESULT frame; what its data is depends on its kind."""
    kind = frame["kind"]
    values: Fields = {"handle": frame["handle"], "kind": VALUES["result_kind"][kind]}
    if kind == "embedding":
        vectors = cast("list[list[float]]", frame["vectors"])
        values |= {"count": len(vectors), "extra": len(vectors[0])}
        data = pack("f32", [number for vector in vectors for number in vector])
    elif kind == "ids":
        values |= {"count": len(frame["ids"]), "extra": frame.get("max_model_length", 0)}
        data = pack("i32", frame["ids"])
    else:
        data = frame["text"].encode() if kind == "text" else json_text(frame["json"])
        values["count"] = len(data)
    return build("result", values, data, 0)


def numbers(kind: str, frame: Fields) -> tuple[Fields, int]:
    """The numbers of a frame's fixed part, but for the sizes of its sections, and its flags."""
    spec = FRAMES[kind]
    values: Fields = {"magic": int.from_bytes(LAYOUT["magic"].encode(), "little")}
    flags = 0
    for name, value in frame.items():
        path = f"{kind}.{name}"
        flags |= spec["flags"].get(name.removesuffix("_ms"), 0)
        if kind == "request" and name in BITS["given"]:
            values["given"] = values.get("given", 0) | 1 << BITS["given"][name]
        if path in WORDS:
            values[name] = VALUES[WORDS[path]][value]
        elif path in BIT_FIELDS:
            values[name] = mask(BIT_FIELDS[path], value)
        else:
            values[name] = value
    return values, flags


def section(form: str, given: Any) -> tuple[bytes, int]:  # noqa: ANN401 - what it is depends on the form
    """One section's bytes and its length in items."""
    if form in FORMATS:
        return pack(form, given or []), len(given or [])
    data = b""
    if given:
        data = json_text(given) if form == "json" else given.encode() if form == "utf8" else bytes.fromhex(given)
    return data, len(data)


def encode(frame: Fields) -> bytes:
    """Any frame from its fields: words for enumerations, lists for bits, sections by their names."""
    kind = cast("str", frame["type"])
    if kind == "step":
        return encode_step(frame["rows"])
    if kind == "result":
        return encode_result(frame)
    values, flags = numbers(kind, frame)
    sections = b""
    for name, form, count in FRAMES[kind]["sections"]:
        data, values[count] = section(form, frame.get(name))
        sections += data
    return build(kind, values, sections, flags)
