"""The listener's session over the scripts that both languages play, and what they do not cover."""

from __future__ import annotations

import pytest
from themis_sidecar.failures import FrameFault, violation
from themis_sidecar.sessions.call import Call
from themis_sidecar.sessions.listener_session import ListenerSession
from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame
from themis_sidecar.wire.control_frames import AdminFrame, CancelFrame, CreditFrame, PingFrame, UpgradeFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepFrame
from themis_sidecar.wire.words import (
    Failure,
    FrameType,
    Operation,
    PromptForm,
    RequestKind,
    Role,
    Stage,
    UpgradeKind,
    UpgradeStep,
)
from wire_files import Fields, vectors

SCRIPTS = {vector["name"]: vector for vector in vectors("sessions")}


class RecordingCall(Call):
    """Writes down what it is told."""

    def __init__(self, handle: int, *, is_generation: bool) -> None:
        super().__init__(handle, is_generation=is_generation)
        self.told: list[str] = []

    def on_cancelled(self) -> None:
        self.told.append("cancelled")

    def settle(self) -> None:
        pass

    def on_credit(self) -> None:
        self.told.append("credit")

    def on_expired(self) -> None:
        self.told.append("expired")


class Listener:
    """Plays a listener of the scripts."""

    def __init__(self, max_requests: int = 4) -> None:
        self.now = 100.0
        self.calls: dict[int, RecordingCall] = {}
        self.pings = 0
        self.errors: list[ErrorFrame] = []
        self.session = ListenerSession(max_requests, self, lambda: self.now)

    def on_request(self, frame: RequestFrame) -> Call:
        return RecordingCall(frame.handle, is_generation=frame.kind == RequestKind.GENERATE)

    def on_admin(self, frame: AdminFrame) -> Call:
        return RecordingCall(frame.handle, is_generation=False)

    def on_opened(self, call: Call) -> None:
        assert isinstance(call, RecordingCall)
        self.calls[call.handle] = call

    def on_ping(self, value: int) -> None:
        self.pings = value

    def on_connection_error(self, frame: ErrorFrame) -> None:
        self.errors.append(frame)

    def receive(self, frame: bytes) -> None:
        self.session.receive(read_header(frame, 0, Role.CLIENT, MAX_FRAME_BYTES), frame)

    def send(self, data: bytes) -> None:
        """Does what must be done before a frame of the script is sent."""
        frame = read_frame(read_header(data, 0, Role.LISTENER, MAX_FRAME_BYTES), data, Role.LISTENER)
        if isinstance(frame, AcceptedFrame):
            self.session.accept(self.calls[frame.handle])
        elif isinstance(frame, StepFrame):
            for row in frame.rows:
                cost = max(1, len(row.ids))
                assert self.session.take_credit(self.calls[row.handle], cost) == cost
        elif isinstance(frame, EndFrame):
            self.session.end(self.calls[frame.handle])
        elif isinstance(frame, ErrorFrame):
            assert self.session.end(self.calls[frame.handle]) == frame.stage
        elif isinstance(frame, PingFrame) and frame.kind == FrameType.PING:
            assert self.session.pings.begin() == frame.value


def played_by_listener(vector: Fields) -> bool:
    """A violation is for its receiver to see; its sender cannot play it."""
    if vector.get("only", "listener") != "listener":
        return False
    return "violation" not in vector or vector["steps"][-1]["from"] == "client"


def play(vector: Fields) -> None:
    listener: Listener | None = None
    for step in vector["steps"]:
        data = bytes.fromhex(step["hex"])
        header = read_header(data, 0, Role[step["from"].upper()], MAX_FRAME_BYTES)
        if listener is None and step["from"] == "client":
            # What the handshake reads.
            if header.kind != FrameType.HELLO:
                raise violation("The first frame was not HELLO.")
            read_frame(header, data, Role.CLIENT)
        elif listener is None:
            hello = read_frame(header, data, Role.LISTENER)
            assert isinstance(hello, HelloFrame)
            listener = Listener(hello.max_requests)
        elif step["from"] == "client":
            listener.receive(data)
        else:
            listener.send(data)


@pytest.mark.parametrize("name", [name for name, vector in SCRIPTS.items() if played_by_listener(vector)])
def test_listener_agrees_with_every_step(name: str) -> None:
    vector = SCRIPTS[name]
    if "violation" not in vector:
        play(vector)
        return
    with pytest.raises(FrameFault) as raised:
        play(vector)
    assert raised.value.failure.name.lower() == vector["violation"]["failure"]


def generate(handle: int, credit: int = 0, total_ms: int = 0, first_token_ms: int = 0) -> bytes:
    return RequestFrame(
        handle, RequestKind.GENERATE, PromptForm.TOKENS, credit=credit, total_ms=total_ms,
        first_token_ms=first_token_ms, ids=[1], model=b"m",
    ).write()  # fmt: skip


def test_credit_is_taken_once_and_never_below_zero() -> None:
    listener = Listener()
    listener.receive(generate(1, credit=3))
    call = listener.calls[1]
    with pytest.raises(RuntimeError):
        listener.session.take_credit(call, 1)
    listener.session.accept(call)
    assert [listener.session.take_credit(call, 2) for _ in range(3)] == [2, 1, 0]
    listener.receive(CreditFrame(1, 5).write())
    assert (call.credit, call.told) == (5, ["credit"])
    with pytest.raises(RuntimeError):
        listener.session.accept(call)


def test_cancel_is_told_once_and_what_crosses_it_is_passed_over() -> None:
    listener = Listener()
    listener.receive(generate(1))
    for frame in (CancelFrame(1), CancelFrame(1), CreditFrame(1, 5), CancelFrame(3), CreditFrame(60_000, 1)):
        listener.receive(frame.write())
    assert listener.calls[1].told == ["cancelled"]
    assert listener.session.end(listener.calls[1]) == Stage.ADMIT
    with pytest.raises(RuntimeError):
        listener.session.end(listener.calls[1])
    listener.receive(generate(1))


def test_budgets_count_from_the_request() -> None:
    listener = Listener()
    listener.receive(generate(1, credit=2, total_ms=5000, first_token_ms=1000))
    listener.receive(generate(2, total_ms=9000))
    listener.receive(generate(3))
    assert listener.session.next_due() == 101.0
    # The first row has come: its budget counts no more.
    listener.session.accept(listener.calls[1])
    listener.session.take_credit(listener.calls[1], 1)
    assert listener.session.next_due() == 105.0
    listener.session.expire(104.9)
    assert listener.calls[1].told == []
    listener.session.expire(105.0)
    listener.session.expire(106.0)
    assert [listener.calls[handle].told for handle in (1, 2, 3)] == [["expired"], [], []]
    assert listener.session.next_due() == 109.0


def test_lost_connection_cancels_what_is_open_once() -> None:
    listener = Listener()
    listener.receive(generate(1))
    listener.receive(AdminFrame(2, Operation.HEALTH).write())
    listener.receive(CancelFrame(1).write())
    listener.session.lose()
    assert [listener.calls[handle].told for handle in (1, 2)] == [["cancelled"], ["cancelled"]]
    assert listener.session.open_count == 0


def test_connection_error_of_the_client_is_told() -> None:
    listener = Listener()
    listener.receive(ErrorFrame(0, Failure.LIMIT_EXCEEDED, Stage.CONNECT).write())
    assert [error.code for error in listener.errors] == [Failure.LIMIT_EXCEEDED]


@pytest.mark.parametrize("step", UpgradeStep)
def test_upgrade_has_no_place_since_none_was_offered(step: UpgradeStep) -> None:
    with pytest.raises(FrameFault) as raised:
        Listener().receive(UpgradeFrame(step, UpgradeKind.SHARED_MEMORY).write())
    assert raised.value.failure == Failure.PROTOCOL_VIOLATION


def test_one_ping_at_a_time() -> None:
    listener = Listener()
    assert listener.session.pings.begin() == 1
    assert listener.session.pings.begin() is None
    with pytest.raises(FrameFault):
        listener.receive(PingFrame(FrameType.PONG, 2).write())
