"""Reads any frame by the type in its header."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.wire.answer_frames import read_accepted, read_end, read_error, read_result
from themis_sidecar.wire.control_frames import (
    read_admin,
    read_cancel,
    read_credit,
    read_goaway,
    read_ping,
    read_upgrade,
)
from themis_sidecar.wire.hello_frame import read_hello
from themis_sidecar.wire.request_frame import read_request
from themis_sidecar.wire.step_frame import read_step
from themis_sidecar.wire.words import FrameType

if TYPE_CHECKING:
    from collections.abc import Callable

    from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
    from themis_sidecar.wire.control_frames import (
        AdminFrame,
        CancelFrame,
        CreditFrame,
        GoAwayFrame,
        PingFrame,
        UpgradeFrame,
    )
    from themis_sidecar.wire.header import FrameHeader
    from themis_sidecar.wire.hello_frame import HelloFrame
    from themis_sidecar.wire.request_frame import RequestFrame
    from themis_sidecar.wire.step_frame import StepFrame
    from themis_sidecar.wire.words import Role

    Frame = (
        HelloFrame | UpgradeFrame | RequestFrame | AcceptedFrame | StepFrame | ResultFrame | EndFrame | ErrorFrame
        | CancelFrame | CreditFrame | PingFrame | AdminFrame | GoAwayFrame
    )  # fmt: skip

_READERS: dict[FrameType, Callable[[bytes], Frame]] = {
    FrameType.UPGRADE: read_upgrade,
    FrameType.REQUEST: read_request,
    FrameType.ACCEPTED: read_accepted,
    FrameType.STEP: read_step,
    FrameType.RESULT: read_result,
    FrameType.END: read_end,
    FrameType.CANCEL: read_cancel,
    FrameType.CREDIT: read_credit,
    FrameType.PING: read_ping,
    FrameType.PONG: read_ping,
    FrameType.ADMIN: read_admin,
    FrameType.GOAWAY: read_goaway,
}


def read_frame(header: FrameHeader, frame: bytes, sender: Role) -> Frame:
    """Reads a whole frame whose header was checked."""
    if header.kind == FrameType.HELLO:
        return read_hello(frame, sender)
    return read_error(frame, sender) if header.kind == FrameType.ERROR else _READERS[header.kind](frame)
