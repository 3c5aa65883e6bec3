"""What the codec refuses beyond the shared vectors: long JSON, numbers that no other language counts with, null."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest
from themis_sidecar.content.admin_content import read_admin_content
from themis_sidecar.content.request_content import read_request_content
from themis_sidecar.failures import BridgeError, FrameFault
from themis_sidecar.wire.answer_frames import EndFrame, ResultFrame, read_end, read_result
from themis_sidecar.wire.control_frames import AdminFrame, UpgradeFrame, read_upgrade
from themis_sidecar.wire.hello_frame import HelloFrame, read_hello
from themis_sidecar.wire.layout import END, MAX_JSON_BYTES, MAX_UPGRADE_BYTES
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepBuilder, StepRow, read_step
from themis_sidecar.wire.strict_json import read_json, write_json
from themis_sidecar.wire.words import (
    Failure,
    Operation,
    PromptForm,
    RequestKind,
    ResultKind,
    Role,
    UpgradeKind,
    UpgradeStep,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from wire_files import Fields

MESSAGE = {"role": "user", "content": "a"}
CALL = {"id": "1", "name": "f", "arguments": "{}"}


def padded(length: int) -> bytes:
    """An object of so many bytes."""
    return b'{"a":"' + b"x" * (length - 8) + b'"}'


def result(data: bytes, kind: ResultKind = ResultKind.JSON) -> bytes:
    return ResultFrame(1, kind, len(data), 0, data).write()


def step(details: bytes) -> bytes:
    builder = StepBuilder()
    builder.add(StepRow(1, [5]))
    builder.add(StepRow(2, [6], details=details))
    return builder.take()


def refused(read: Callable[[bytes], object], frame: bytes) -> Failure:
    with pytest.raises(FrameFault) as raised:
        read(frame)
    return raised.value.failure


def test_json_of_a_result_has_its_limit() -> None:
    assert read_result(result(padded(MAX_JSON_BYTES))).items == MAX_JSON_BYTES
    assert refused(read_result, result(padded(MAX_JSON_BYTES + 1))) == Failure.LIMIT_EXCEEDED
    # It holds for JSON alone.
    assert read_result(result(padded(MAX_JSON_BYTES + 1), ResultKind.TEXT)).items == MAX_JSON_BYTES + 1


def test_details_of_a_row_have_their_limit() -> None:
    assert len(read_step(step(padded(MAX_JSON_BYTES))).rows[1].details) == MAX_JSON_BYTES
    assert refused(read_step, step(padded(MAX_JSON_BYTES + 1))) == Failure.LIMIT_EXCEEDED


def test_field_that_must_be_empty_is_looked_at_before_its_limit() -> None:
    decline = UpgradeFrame(UpgradeStep.DECLINE, UpgradeKind.SHARED_MEMORY, body=bytes(MAX_UPGRADE_BYTES + 1)).write()
    assert refused(read_upgrade, decline) == Failure.PROTOCOL_VIOLATION
    offer = UpgradeFrame(UpgradeStep.OFFER, UpgradeKind.SHARED_MEMORY, body=bytes(MAX_UPGRADE_BYTES + 1)).write()
    assert refused(read_upgrade, offer) == Failure.LIMIT_EXCEEDED


@pytest.mark.parametrize("at", range(4))
def test_end_has_numbers_that_both_languages_count_with(at: int) -> None:
    frame = bytearray(EndFrame(1, prompt_tokens=1, cached_tokens=1, completion_tokens=1, stop_id=1).write())
    struct.pack_into("<I", frame, END.size - 16 + 4 * at, 2**31 - 1)
    assert read_end(bytes(frame))[2 + at] == 2**31 - 1
    struct.pack_into("<I", frame, END.size - 16 + 4 * at, 2**31)
    assert refused(read_end, bytes(frame)) == Failure.PROTOCOL_VIOLATION


@pytest.mark.parametrize("content", [
    {"stop": [None]},
    {"stop": ["a", None]},
    {"logit_bias": [None]},
    {"logit_bias": [[1, None]]},
    {"structured_output": {"kind": "choice", "choices": [None]}},
    {"chat": {"messages": [None]}},
    {"chat": {"messages": [MESSAGE, None]}},
    {"chat": {"messages": [{**MESSAGE, "tool_calls": [None]}]}},
    {"chat": {"messages": [{**MESSAGE, "tool_calls": [CALL, None]}]}},
    {"chat": {"messages": [MESSAGE], "tools": [None]}},
])  # fmt: skip
def test_null_in_a_list_of_a_generation_is_refused(content: Fields) -> None:
    form = PromptForm.CHAT if "chat" in content else PromptForm.TEXT
    text = b"" if "chat" in content else b"a"
    frame = RequestFrame(1, RequestKind.GENERATE, form, model=b"m", text=text, json=write_json(content))
    assert invalid_request(frame) == Failure.INVALID_REQUEST


def test_null_among_inputs_is_refused() -> None:
    for inputs in ([None], ["a", None]):
        content = write_json({"inputs": inputs})
        frame = RequestFrame(1, RequestKind.EMBED, PromptForm.NONE, model=b"m", json=content)
        assert invalid_request(frame) == Failure.INVALID_REQUEST


def invalid_request(frame: RequestFrame) -> Failure:
    with pytest.raises(BridgeError) as raised:
        read_request_content(frame)
    assert not isinstance(raised.value, FrameFault)
    return raised.value.failure


def test_null_in_a_list_of_admin_is_refused() -> None:
    with pytest.raises(BridgeError) as raised:
        read_admin_content(AdminFrame(1, Operation.ADAPTER_LIST, json=b'{"model":["m",null]}'))
    assert (raised.value.failure, raised.value.parameter) == (Failure.INVALID_REQUEST, "json")


def test_null_in_a_list_of_a_listener_ends_the_connection() -> None:
    for content in ({"tool_calls": [None]}, {"logprobs": [None]}, {"logprobs": [{"id": 1, "top": [None]}]}):
        assert refused(read_step, step(write_json(content))) == Failure.PROTOCOL_VIOLATION
    for content in ({"adapters": [None]}, {"models": [None]}):
        assert refused(read_result, result(write_json(content))) == Failure.PROTOCOL_VIOLATION
    hello = HelloFrame(Role.LISTENER, max_requests=1, content={"models": [None]}).write()
    assert refused(lambda frame: read_hello(frame, Role.LISTENER), hello) == Failure.PROTOCOL_VIOLATION


def test_null_of_a_member_is_no_value() -> None:
    assert read_json(b'{"a":null,"b":[{"c":null}]}') == {"a": None, "b": [{"c": None}]}
    for text in (b'{"a":[null]}', b'{"a":[1,[null]]}', b'{"a":{"b":[{"c":[null]}]}}'):
        with pytest.raises(ValueError, match="a list holds null"):
            read_json(text)
