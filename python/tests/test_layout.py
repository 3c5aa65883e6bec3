"""The numbers in the code are those of layout.json."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from themis_sidecar.shared_memory import segment_layout as segment
from themis_sidecar.wire import layout, words
from wire_files import LAYOUT, Fields

if TYPE_CHECKING:
    from enum import IntEnum, IntFlag

FORMATS = {"u8": "B", "u16": "H", "u32": "I", "u64": "Q", "i32": "i", "f64": "d", "u8[16]": "16s"}
ENUMS: dict[str, type[IntEnum]] = {
    "role": words.Role, "upgrade_step": words.UpgradeStep, "upgrade_kind": words.UpgradeKind,
    "request_kind": words.RequestKind, "prompt": words.PromptForm, "result_kind": words.ResultKind,
    "finish": words.Finish, "stage": words.Stage, "operation": words.Operation, "failure": words.Failure,
}  # fmt: skip
BITS: dict[str, type[IntFlag]] = {
    "feature": words.Feature, "options": words.Option, "given": words.Given, "capability": words.Capability,
}  # fmt: skip


@pytest.mark.parametrize("name", LAYOUT["frames"])
def test_frame_has_the_layout_of_the_specification(name: str) -> None:
    spec = LAYOUT["frames"][name]
    kind = words.FrameType[name.upper()]
    ours = layout.LAYOUTS[kind]
    fields = spec["fields"]
    assert (ours.kind, ours.size, ours.flags) == (spec["type"], spec["size"], spec["flags"])
    senders = {"both": layout.BOTH, "client": layout.CLIENT, "listener": layout.LISTENER}
    assert ours.senders == senders[spec["from"]]
    assert ours.names == list(fields)
    codes = "".join(FORMATS[form] for form, _ in fields.values())
    assert ours.struct.format == "<IBBH" + codes
    offsets = [struct.calcsize("<IBBH" + codes[:index]) for index in range(len(codes))]
    assert offsets == [offset for _, offset in fields.values()]


def test_no_frame_is_missing() -> None:
    assert [kind.name.lower() for kind in layout.LAYOUTS] == list(LAYOUT["frames"])
    header = {
        "size": layout.HEADER.size,
        "fields": {"length": ["u32", 0], "type": ["u8", 4], "flags": ["u8", 5], "reserved": ["u16", 6]},
    }
    assert header == LAYOUT["header"]


def test_words_are_those_of_the_specification() -> None:
    ours = {table: {one.name.lower(): one.value for one in enum} for table, enum in ENUMS.items()}
    assert ours == LAYOUT["values"]
    bits = {
        table: {str(one.name).lower(): one.value.bit_length() - 1 for one in flags} for table, flags in BITS.items()
    }
    assert bits == LAYOUT["bits"]


def test_limits_and_times_are_those_of_the_specification() -> None:
    ours = {name: getattr(layout, name.upper()) for name in LAYOUT["limits"]}
    assert ours == LAYOUT["limits"]
    assert {name: getattr(layout, f"{name.upper()}_MS") for name in LAYOUT["timers_ms"]} == LAYOUT["timers_ms"]
    ours = {"major": layout.MAJOR, "minor": layout.MINOR}
    assert ours == LAYOUT["version"]
    magic = layout.MAGIC.to_bytes(8, "little").decode()
    assert (magic, layout.ALIGNMENT) == (LAYOUT["magic"], LAYOUT["alignment"])


def test_segment_has_the_layout_of_the_specification() -> None:
    spec = LAYOUT["segment"]
    assert segment.MAGIC.to_bytes(8, "little").decode() == spec["magic"]
    header = spec["header"]["fields"]
    assert (segment.HEADER.format, segment.HEADER_SIZE) == (packed(header, 5), spec["header"]["size"])
    assert [at for _, at in header.values()][5:] == [segment.LISTENER_NONCE_AT, segment.CLIENT_NONCE_AT]
    assert header["client_nonce"][1] - header["listener_nonce"][1] == segment.NONCE_SIZE
    control = spec["control"]
    pages = (segment.CONTROL_SIZE, segment.TO_LISTENER_AT, segment.TO_CLIENT_AT)
    assert pages == (control["size"], control["to_listener"], control["to_client"])
    ours = (segment.TAIL_AT, segment.HEAD_AT, segment.SPACE_WANTED_AT, segment.BELL_AT)
    assert ours == tuple(at for _, at in control["fields"].values())
    assert spec["data"] == {"at": segment.DATA_AT}
    bodies = spec["bodies"]
    assert (segment.OFFER.format, segment.OFFER.size) == (packed(bodies["offer"]["fields"], 4), bodies["offer"]["size"])
    assert bodies["accept"]["size"] == segment.ACCEPT_SIZE
    assert {name: getattr(segment, name.upper()) for name in spec["limits"]} == spec["limits"]


def packed(fields: Fields, count: int) -> str:
    """The format of the first fields, which follow each other without gaps."""
    form, offset = "<", 0
    for code, at in list(fields.values())[:count]:
        assert at == offset
        form += FORMATS[code]
        offset = struct.calcsize(form)
    return form
