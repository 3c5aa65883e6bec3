"""Frames as the fields of the vectors, and back."""

from __future__ import annotations

import struct
from array import array
from typing import TYPE_CHECKING, Any

from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import (
    AdminFrame,
    CancelFrame,
    CreditFrame,
    GoAwayFrame,
    PingFrame,
    UpgradeFrame,
)
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepBuilder, StepFrame, StepRow, TokenLogprob
from themis_sidecar.wire.strict_json import read_json, write_json
from themis_sidecar.wire.words import (
    Capability,
    Failure,
    Feature,
    Finish,
    FrameType,
    Given,
    Operation,
    Option,
    PromptForm,
    RequestKind,
    ResultKind,
    Role,
    Stage,
    UpgradeKind,
    UpgradeStep,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import IntEnum, IntFlag

    from themis_sidecar.wire.reading import Frame
    from wire_files import Fields

_REQUEST_NUMBERS = ("credit", "total_ms", "first_token_ms", "idle_ms", "priority")
_REQUEST_TEXTS = ("model", "request_id", "traceparent", "adapter", "tenant", "text")


def mask(bits: type[IntFlag], names: Iterable[str | int]) -> int:
    """The bits of a list of words or numbers."""
    return sum(bits[name.upper()] if isinstance(name, str) else 1 << name for name in names)


def names(bits: type[IntFlag], value: int) -> list[str | int]:
    """The list of words, or numbers where there is no word."""
    known = {bit.value: bit.name for bit in bits}
    return [str(known[1 << i]).lower() if 1 << i in known else i for i in range(64) if value >> i & 1]


def word(value: IntEnum) -> str:
    """A value as the vectors write it."""
    return value.name.lower()


def write_fields(fields: Fields) -> bytes:
    """The frame of the fields, by the codec."""
    kind = str(fields["type"])
    if kind == "hello":
        return HelloFrame(
            Role[fields["role"].upper()], mask(Feature, fields["offered"]), mask(Feature, fields["required"]),
            fields["max_frame_bytes"], fields.get("max_requests", 0), mask(Capability, fields.get("capabilities", [])),
            fields.get("json", {}), fields["minor"],
        ).write()  # fmt: skip
    if kind == "upgrade":
        step, where = UpgradeStep[fields["step"].upper()], UpgradeKind[fields["kind"].upper()]
        return UpgradeFrame(step, where, fields.get("descriptors", 0), bytes.fromhex(fields.get("body", ""))).write()
    if kind == "request":
        return _write_request(fields)
    if kind in ("cancel", "credit", "ping", "pong", "admin", "goaway"):
        return _write_control(kind, fields)
    return _write_answer(kind, fields)


def _write_request(fields: Fields) -> bytes:
    numbers = {bit.name.lower(): bit for bit in Given if bit.name}
    values: Fields = {name: fields[name] for name in (*_REQUEST_NUMBERS, *numbers, "ids", "stop_ids") if name in fields}
    values |= {name: fields[name].encode() for name in _REQUEST_TEXTS if name in fields}
    return RequestFrame(
        fields["handle"], RequestKind[fields["kind"].upper()], PromptForm[fields["prompt"].upper()],
        mask(Option, fields.get("options", [])), sum(bit for name, bit in numbers.items() if name in fields),
        json=write_json(fields["json"]) if "json" in fields else b"", **values,
    ).write()  # fmt: skip


def _write_control(kind: str, fields: Fields) -> bytes:
    if kind == "cancel":
        return CancelFrame(fields["handle"]).write()
    if kind == "credit":
        return CreditFrame(fields["handle"], fields["tokens"]).write()
    if kind == "admin":
        text = write_json(fields["json"]) if "json" in fields else b""
        operation = Operation[fields["operation"].upper()]
        return AdminFrame(fields["handle"], operation, fields.get("total_ms", 0), text).write()
    if kind == "goaway":
        return GoAwayFrame(fields["drain_ms"], fields.get("message", "").encode()).write()
    return PingFrame(FrameType[kind.upper()], fields["value"]).write()


def _write_answer(kind: str, fields: Fields) -> bytes:
    if kind == "step":
        return _write_step(fields["rows"])
    handle = fields["handle"]
    if kind == "accepted":
        model, engine_id = fields.get("model", "").encode(), fields.get("engine_id", "").encode()
        return AcceptedFrame(handle, fields.get("seed"), fields.get("ids", []), model, engine_id).write()
    if kind == "end":
        numbers = {
            name: fields.get(name) for name in ("prompt_tokens", "cached_tokens", "completion_tokens", "stop_id")
        }
        finish = Finish[fields["finish"].upper()]
        return EndFrame(handle, finish, **numbers, stop=fields.get("stop", "").encode()).write()
    if kind == "error":
        texts = fields.get("parameter", "").encode(), fields.get("message", "").encode()
        code, stage = Failure[fields["code"].upper()], Stage[fields["stage"].upper()]
        return ErrorFrame(handle, code, stage, *texts, fields.get("retry_after_ms")).write()
    return _write_result(fields)


def _write_step(rows: list[Fields]) -> bytes:
    builder = StepBuilder(with_logprobs="logprobs" in rows[0])
    for row in rows:
        details = write_json(row["details"]) if "details" in row else b""
        logprobs = [
            TokenLogprob(one["logprob"], tuple((pair[0], pair[1]) for pair in one["top"]))
            for one in row.get("logprobs", [])
        ]
        builder.add(StepRow(row["handle"], row.get("ids", []), row.get("text", "").encode(), details, logprobs))
    return builder.take()


def _write_result(fields: Fields) -> bytes:
    kind, extra = ResultKind[fields["kind"].upper()], 0
    if kind == ResultKind.EMBEDDING:
        extra = len(fields["vectors"][0])
        data = b"".join(array("f", vector).tobytes() for vector in fields["vectors"])
        items = len(fields["vectors"])
    elif kind == ResultKind.IDS:
        data, items, extra = array("i", fields["ids"]).tobytes(), len(fields["ids"]), fields["max_model_length"]
    else:
        data = fields["text"].encode() if kind == ResultKind.TEXT else write_json(fields["json"])
        items = len(data)
    return ResultFrame(fields["handle"], kind, items, extra, data).write()


def read_fields(frame: Frame) -> Fields:
    """The fields of a frame; what is empty is left out."""
    fields = _fields_of(frame)
    return {name: value for name, value in fields.items() if value is not None and value not in ([], "", {})}


def _fields_of(frame: Frame) -> Fields:
    if isinstance(frame, HelloFrame):
        return _hello_fields(frame)
    if isinstance(frame, UpgradeFrame):
        return {"type": "upgrade", "step": word(frame.step), "kind": word(frame.kind),
                "descriptors": frame.descriptors or None, "body": frame.body.hex()}  # fmt: skip
    if isinstance(frame, RequestFrame):
        return _request_fields(frame)
    if isinstance(frame, StepFrame):
        return {"type": "step", "rows": [_row_fields(row) for row in frame.rows]}
    if isinstance(frame, ResultFrame):
        return _result_fields(frame)
    return _small_fields(frame)


def _hello_fields(frame: HelloFrame) -> Fields:
    return {
        "type": "hello", "major": 1, "minor": frame.minor, "role": word(frame.role),
        "offered": names(Feature, frame.offered), "required": names(Feature, frame.required),
        "max_frame_bytes": frame.max_frame_bytes, "max_requests": frame.max_requests or None,
        "capabilities": names(Capability, frame.capabilities), "json": frame.content,
    }  # fmt: skip


def _request_fields(frame: RequestFrame) -> Fields:
    fields: Fields = {
        "type": "request", "handle": frame.handle, "kind": word(frame.kind), "prompt": word(frame.prompt),
        "options": names(Option, frame.options), "ids": list(frame.ids), "stop_ids": list(frame.stop_ids),
        "json": read_json(frame.json) if frame.json else None,
    }  # fmt: skip
    every: Fields = frame._asdict()
    fields |= {name: every[name] for name in _REQUEST_NUMBERS if every[name]}
    fields |= {name: every[name] for name in names(Given, frame.given) if isinstance(name, str)}
    return fields | {name: every[name].decode() for name in _REQUEST_TEXTS}


def _row_fields(row: StepRow) -> Fields:
    fields: Fields = {"handle": row.handle, "ids": row.ids}
    if row.text:
        fields["text"] = row.text.decode()
    if row.details:
        fields["details"] = read_json(row.details)
    if row.logprobs is not None:
        fields["logprobs"] = [{"logprob": one.logprob, "top": [list(pair) for pair in one.top]} for one in row.logprobs]
    return fields


def _result_fields(frame: ResultFrame) -> Fields:
    fields: Fields = {"type": "result", "handle": frame.handle, "kind": word(frame.kind)}
    if frame.kind == ResultKind.EMBEDDING:
        numbers = struct.unpack(f"<{frame.items * frame.extra}f", frame.data)
        return fields | {
            "vectors": [list(numbers[i * frame.extra : (i + 1) * frame.extra]) for i in range(frame.items)]
        }
    if frame.kind == ResultKind.IDS:
        return fields | {"ids": list(array("i", frame.data)), "max_model_length": frame.extra or None}
    if frame.kind == ResultKind.TEXT:
        return fields | {"text": frame.data.decode()}
    return fields | {"json": read_json(frame.data)}


def _small_fields(frame: Any) -> Fields:  # noqa: ANN401 - what is left are tuples whose members have the right names
    words = {UpgradeFrame: "upgrade", AcceptedFrame: "accepted", EndFrame: "end", ErrorFrame: "error",
             CancelFrame: "cancel", CreditFrame: "credit", AdminFrame: "admin", GoAwayFrame: "goaway"}  # fmt: skip
    fields: Fields = dict(frame._asdict())
    if isinstance(frame, PingFrame):
        return {"type": word(frame.kind), "value": frame.value}
    for name, value in fields.items():
        if isinstance(value, bytes):
            fields[name] = value.decode() if name != "json" else read_json(value) if value else None
        elif name in ("finish", "code", "stage", "operation"):
            fields[name] = word(value)
        elif name == "ids":
            fields[name] = list(value)
        elif name == "total_ms":
            fields[name] = value or None
    return {"type": words[type(frame)], **fields}
