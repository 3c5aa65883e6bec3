"""The small frames: UPGRADE, CANCEL, CREDIT, PING, PONG, ADMIN, GOAWAY."""

from __future__ import annotations

from typing import NamedTuple

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import (
    ADMIN,
    CANCEL,
    CREDIT,
    GOAWAY,
    MAX_JSON_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_UPGRADE_BYTES,
    PING,
    PONG,
    UPGRADE,
)
from themis_sidecar.wire.sections import Sections, build, is_utf8
from themis_sidecar.wire.words import FrameType, Operation, UpgradeKind, UpgradeStep


class UpgradeFrame(NamedTuple):
    """UPGRADE: one step of the move of a channel elsewhere."""

    step: UpgradeStep
    kind: UpgradeKind
    descriptors: int = 0
    body: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        return build(UPGRADE, 0, (self.step, self.kind, self.descriptors, 0, len(self.body)), self.body)


class CancelFrame(NamedTuple):
    """CANCEL: stop a request."""

    handle: int

    def write(self) -> bytes:
        """The frame."""
        return build(CANCEL, 0, (self.handle, 0))


class CreditFrame(NamedTuple):
    """CREDIT: more tokens may be sent."""

    handle: int
    tokens: int

    def write(self) -> bytes:
        """The frame."""
        return build(CREDIT, 0, (self.handle, self.tokens))


class PingFrame(NamedTuple):
    """PING, or the PONG that answers it."""

    kind: FrameType
    value: int

    def write(self) -> bytes:
        """The frame."""
        return build(PING if self.kind == FrameType.PING else PONG, 0, (self.value,))


class AdminFrame(NamedTuple):
    """ADMIN: a question to the listener itself; its JSON is not looked at yet."""

    handle: int
    operation: Operation
    total_ms: int = 0
    json: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        return build(ADMIN, 0, (self.handle, self.operation, 0, 0, self.total_ms, len(self.json)), self.json)


class GoAwayFrame(NamedTuple):
    """GOAWAY: no new requests."""

    drain_ms: int
    message: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        return build(GOAWAY, 0, (self.drain_ms, len(self.message), 0), self.message)


def read_upgrade(frame: bytes) -> UpgradeFrame:
    """Reads one whose header was checked."""
    _, _, _, _, step, kind, descriptors, reserved, body_bytes = UPGRADE.struct.unpack_from(frame)
    if not 1 <= step <= UpgradeStep.DECLINE or kind != UpgradeKind.SHARED_MEMORY or descriptors > 1 or reserved:
        raise violation("UPGRADE has an unknown step or kind, or a field that is out of range.")
    if (descriptors and step != UpgradeStep.OFFER) or (body_bytes and step == UpgradeStep.DECLINE):
        raise violation("UPGRADE has a descriptor and is no offer, or a body and declines.")
    if body_bytes > MAX_UPGRADE_BYTES:
        raise over_limit("UPGRADE has a body over its limit.")
    body = Sections(frame, UPGRADE.size, body_bytes).take(body_bytes)
    return UpgradeFrame(UpgradeStep(step), UpgradeKind(kind), descriptors, body)


def read_cancel(frame: bytes) -> CancelFrame:
    """Reads one whose header was checked."""
    _, _, _, _, handle, reserved = CANCEL.struct.unpack_from(frame)
    if handle == 0 or reserved or len(frame) != CANCEL.size:
        raise violation("CANCEL has no handle, a reserved field that is not zero, or too much in it.")
    return CancelFrame(handle)


def read_credit(frame: bytes) -> CreditFrame:
    """Reads one whose header was checked."""
    _, _, _, _, handle, tokens = CREDIT.struct.unpack_from(frame)
    if handle == 0 or tokens == 0 or len(frame) != CREDIT.size:
        raise violation("CREDIT has no handle, no tokens, or too much in it.")
    return CreditFrame(handle, tokens)


def read_ping(frame: bytes) -> PingFrame:
    """Reads a PING or PONG whose header was checked."""
    _, kind, _, _, value = PING.struct.unpack_from(frame)
    if len(frame) != PING.size:
        raise violation("PING or PONG has too much in it.")
    return PingFrame(FrameType(kind), value)


def read_admin(frame: bytes) -> AdminFrame:
    """Reads one whose header was checked."""
    _, _, _, _, handle, operation, reserved0, reserved1, total_ms, json_bytes = ADMIN.struct.unpack_from(frame)
    if handle == 0 or not 1 <= operation <= Operation.ADAPTER_LIST or reserved0 or reserved1:
        raise violation("ADMIN has no handle, an unknown operation, or a reserved field that is not zero.")
    if json_bytes > MAX_JSON_BYTES:
        raise over_limit("ADMIN has JSON over its limit.")
    text = Sections(frame, ADMIN.size, json_bytes).take(json_bytes)
    return AdminFrame(handle, Operation(operation), total_ms, text)


def read_goaway(frame: bytes) -> GoAwayFrame:
    """Reads one whose header was checked."""
    _, _, _, _, drain_ms, message_bytes, reserved = GOAWAY.struct.unpack_from(frame)
    if reserved:
        raise violation("GOAWAY has a reserved field that is not zero.")
    if message_bytes > MAX_MESSAGE_BYTES:
        raise over_limit("GOAWAY has a message over its limit.")
    message = Sections(frame, GOAWAY.size, message_bytes).take(message_bytes)
    if not is_utf8(message):
        raise violation("GOAWAY has a message that is not UTF-8.")
    return GoAwayFrame(drain_ms, message)
