"""Both ends of a ring, and headers and offers of segments, over the vectors that the C# side is tested with too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from memory_client import DeclinedError, check_header, read_offer
from themis_sidecar.failures import FrameFault
from themis_sidecar.shared_memory.ring_control import RingControl
from themis_sidecar.shared_memory.ring_reader import RingReader
from themis_sidecar.shared_memory.ring_writer import RingWriter
from themis_sidecar.shared_memory.segment import header_of, offer_of
from themis_sidecar.shared_memory.segment_layout import CONTROL_SIZE, HEADER
from themis_sidecar.wire.words import Failure
from wire_files import vectors

if TYPE_CHECKING:
    from wire_files import Fields

TRACES = {vector["name"]: vector for vector in vectors("rings")}
SEGMENTS = {vector["name"]: vector for vector in vectors("segments")}


@pytest.mark.parametrize("name", TRACES)
def test_ring_follows_its_trace(name: str) -> None:
    trace = TRACES[name]
    control = RingControl(memoryview(bytearray(CONTROL_SIZE)), 0)
    data = memoryview(bytearray(trace["ring_bytes"]))
    control.tail = control.head = trace["start"]
    reader, writer = RingReader(control, data, trace["start"]), RingWriter(control, data, trace["start"])
    for step in trace["steps"]:
        if step["do"] == "write":
            assert writer.write(bytes.fromhex(step["hex"])) == step["taken"]
        elif step["do"] == "read":
            assert reader.read(step["most"]).hex() == step["hex"]
        else:
            refuse(control, reader, writer, step)
            continue
        assert (control.tail, control.head) == (step["tail"], step["head"])
    assert data.hex() == trace["data"]


def refuse(control: RingControl, reader: RingReader, writer: RingWriter, step: Fields) -> None:
    setattr(control, step["index"], int(step["value"]))
    use = (lambda: reader.read(64)) if step["refused_by"] == "reader" else (lambda: writer.write(bytes(1024)))
    with pytest.raises(FrameFault) as raised:
        use()
    assert raised.value.failure == Failure.PROTOCOL_VIOLATION


@pytest.mark.parametrize("name", SEGMENTS)
def test_offer_and_header_are_taken_or_declined(name: str) -> None:
    vector = SEGMENTS[name]
    offer, header = bytes.fromhex(vector["offer"]), bytes.fromhex(vector["header"])
    if vector["accepted"]:
        check_header(header, read_offer(offer))
        return
    with pytest.raises(DeclinedError):
        check_header(header, read_offer(offer))


@pytest.mark.parametrize("name", ["smallest", "a-mebibyte", "largest"])
def test_offer_and_header_are_written(name: str) -> None:
    vector = SEGMENTS[name]
    offer = bytes.fromhex(vector["offer"])
    ring_bytes = read_offer(offer)
    assert offer_of(ring_bytes) == offer
    assert header_of(ring_bytes) == bytes.fromhex(vector["header"])[: HEADER.size]
