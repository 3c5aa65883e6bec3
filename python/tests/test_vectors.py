"""Both directions of the codec over the vectors that the C# codec is tested with too."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from frame_fields import read_fields, write_fields
from themis_sidecar.content.admin_content import read_admin_content
from themis_sidecar.content.request_content import read_request_content
from themis_sidecar.content.requests import GenerateRequest
from themis_sidecar.failures import BridgeError, FrameFault
from themis_sidecar.wire.control_frames import AdminFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.layout import HEADER, MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.words import Failure, FrameType, PromptForm, RequestKind, Role
from wire_files import vectors

if TYPE_CHECKING:
    from themis_sidecar.wire.reading import Frame
    from wire_files import Fields

GOOD = {vector["name"]: vector for vector in vectors("frames")}
BAD = {vector["name"]: vector for vector in vectors("frames.fail")}
PHASES = {"hello": {FrameType.HELLO}, "upgrade": {FrameType.UPGRADE}}


def read(data: bytes, sender: Role) -> Frame:
    """Reads a frame as a channel does, which knows of an end of file in the middle."""
    if len(data) < HEADER.size:
        raise FrameFault(Failure.CONNECTION_LOST, "end of file in a header")
    header = read_header(data, 0, sender, MAX_FRAME_BYTES)
    if len(data) < header.length:
        raise FrameFault(Failure.CONNECTION_LOST, "end of file in a frame")
    assert len(data) == header.length
    return read_frame(header, data, sender)


def without_empty(fields: Fields) -> Fields:
    return {name: value for name, value in fields.items() if value not in ([], {})}


@pytest.mark.parametrize("name", GOOD)
def test_good_frame_is_read(name: str) -> None:
    vector = GOOD[name]
    frame = read(bytes.fromhex(vector["hex"]), Role[vector["from"].upper()])
    assert read_fields(frame) == without_empty(vector["frame"])


@pytest.mark.parametrize("name", [name for name, vector in GOOD.items() if not vector.get("read_only")])
def test_good_frame_is_written(name: str) -> None:
    assert write_fields(GOOD[name]["frame"]).hex() == GOOD[name]["hex"]


@pytest.mark.parametrize("name", [name for name, vector in GOOD.items() if vector["from"] == "client"])
def test_content_of_a_good_frame_is_taken(name: str) -> None:
    frame = read(bytes.fromhex(GOOD[name]["hex"]), Role.CLIENT)
    if isinstance(frame, RequestFrame):
        assert read_request_content(frame).model == "m"
    elif isinstance(frame, AdminFrame):
        adapter = read_admin_content(frame)
        assert adapter is None or adapter.model == "m"


def read_content(data: bytes, sender: Role) -> None:
    frame = read(data, sender)
    if isinstance(frame, RequestFrame):
        read_request_content(frame)
    elif isinstance(frame, AdminFrame):
        read_admin_content(frame)


@pytest.mark.parametrize("name", BAD)
def test_bad_frame_is_refused(name: str) -> None:
    vector = BAD[name]
    with pytest.raises(BridgeError) as raised:
        read_content(bytes.fromhex(vector["hex"]), Role[vector["from"].upper()])
    assert raised.value.failure.name.lower() == vector["failure"]
    assert isinstance(raised.value, FrameFault) == (vector["scope"] == "connection")


@pytest.mark.parametrize(
    ("token", "is_right"), [("1", True), ("1.0", True), ("1e0", True), ("1.5", False), ("1e400", False)]
)
def test_token_of_a_bias_counts_by_its_value(token: str, is_right: bool) -> None:
    text = f'{{"logit_bias":[[{token},2]]}}'.encode()
    frame = RequestFrame(1, RequestKind.GENERATE, PromptForm.TOKENS, ids=(1,), model=b"m", json=text)
    if is_right:
        request = read_request_content(frame)
        assert isinstance(request, GenerateRequest)
        assert request.sampling.logit_bias == ((1, 2.0),)
    else:
        with pytest.raises(BridgeError) as raised:
            read_request_content(frame)
        assert raised.value.failure == Failure.INVALID_REQUEST
