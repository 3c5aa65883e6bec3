"""Connections: opening, credit, cancelling, pipelining, and clients that break rules or stop reading."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest
from frame_client import Answer, only_error, wait_until_idle
from memory_client import MemoryClient
from sidecar_process import Sidecar
from themis_sidecar.wire.answer_frames import AcceptedFrame, ErrorFrame
from themis_sidecar.wire.control_frames import CancelFrame, CreditFrame, PingFrame
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepFrame
from themis_sidecar.wire.words import (
    Capability,
    Failure,
    Feature,
    FrameType,
    Given,
    Operation,
    Option,
    PromptForm,
    RequestKind,
    Role,
    Stage,
)
from wire_files import Fields, vectors

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from frame_client import FrameClient
    from themis_sidecar.wire.reading import Frame

ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS
BAD = [vector for vector in vectors("frames.fail") if vector["from"] == "client" and vector["phase"] != "upgrade"]


@pytest.fixture(scope="module")
def sidecar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    one = Sidecar(tmp_path_factory.mktemp("connection"), "--max-requests", "65535")
    yield one
    assert one.stop() == 0
    assert one.left_files() == []


@pytest.fixture(params=["uds", "shm"])
def client(request: pytest.FixtureRequest, sidecar: Sidecar) -> Iterator[FrameClient]:
    with sidecar.connect(request.param) as one:
        yield one


def test_hello_says_what_the_engine_can_do(sidecar: Sidecar) -> None:
    with sidecar.connect_raw() as client:
        hello = client.open()
    assert (hello.role, hello.required, hello.max_requests) == (Role.LISTENER, 0, 65_535)
    assert hello.offered == Feature.SHARED_MEMORY
    assert hello.capabilities & Capability.GENERATE
    assert not hello.capabilities & Capability.GRAMMAR
    assert hello.content["engine"] == "synthetic 1.0"
    assert hello.content["pid"] == sidecar.process.pid
    assert hello.content["models"] == [{"name": "synthetic", "max_context_tokens": 32_768}]


def test_listener_for_small_frames_takes_fewer_requests(start: Callable[..., Sidecar]) -> None:
    with start("--max-requests", "65535").connect_raw() as client:
        assert client.open(max_frame_bytes=65_536).max_requests == 1636


def test_no_frame_is_longer_than_the_client_accepts(start: Callable[..., Sidecar]) -> None:
    # As many requests as small frames permit, with text and with probabilities, all of them in each step.
    with start("--max-requests", "65535", "--batch", "65535").connect_raw() as client:
        handles = range(1, client.open(max_frame_bytes=65_536).max_requests + 1)
        for handle in handles:
            text, logprobs = (Option.TEXT, 0) if handle % 3 == 0 else (Option(0), Given.LOGPROBS * (handle % 3 == 1))
            client.generate(handle, [handle], options=ENDLESS | text, given=Given.MAX_TOKENS | logprobs, max_tokens=4,
                            logprobs=20 if logprobs else 0)  # fmt: skip
        client.wait(*handles)
        assert all(len(client.answers[handle].ids) == 4 for handle in handles)


def test_frames_may_come_in_any_pieces(client: FrameClient) -> None:
    frames = b"".join(
        RequestFrame(handle, RequestKind.GENERATE, PromptForm.TOKENS, int(ENDLESS), int(Given.MAX_TOKENS), 64,
                     max_tokens=5, ids=[handle], model=b"synthetic").write()
        for handle in range(1, 21)
    )  # fmt: skip
    for handle in range(1, 21):
        client.answers[handle] = Answer()
    # Indices of rings move by whole words.
    piece = 40 if isinstance(client, MemoryClient) else 37
    for start in range(0, len(frames), piece):
        client.send(frames[start : start + piece])
    client.wait(*range(1, 21))
    assert all(len(client.answers[handle].ids) == 5 for handle in range(1, 21))


@pytest.mark.parametrize("vector", BAD, ids=[str(vector["name"]) for vector in BAD])
def test_bad_frame_gets_one_typed_failure_over_the_socket(sidecar: Sidecar, vector: Fields) -> None:
    with sidecar.connect_raw() as client:
        if vector["phase"] == "open":
            client.open()
        client.send(bytes.fromhex(vector["hex"]))
        if vector["failure"] == "connection_lost":
            client.socket.shutdown(socket.SHUT_WR)
            assert client.read_until_closed() == []
            return
        error = client.read()
        assert isinstance(error, ErrorFrame)
        assert (error.code.name.lower(), error.handle == 0) == (vector["failure"], vector["scope"] == "connection")
        assert error.message
        if error.handle == 0:
            assert client.read_until_closed() == []


def test_client_that_requires_shared_memory_is_refused(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--shm", "off")
    with sidecar.connect_raw() as client:
        client.send(HelloFrame(Role.CLIENT, int(Feature.SHARED_MEMORY), int(Feature.SHARED_MEMORY)).write())
        error = only_error(client.read_until_closed())
    assert (error.handle, error.code) == (0, Failure.PROTOCOL_VIOLATION)
    # One that could use it and need not stays on the socket.
    with sidecar.connect_raw() as client:
        client.send(HelloFrame(Role.CLIENT, int(Feature.SHARED_MEMORY)).write())
        hello = client.read()
        assert isinstance(hello, HelloFrame)
        assert hello.offered == 0
        assert client.admin(1, Operation.HEALTH).end is not None


def test_second_hello_and_upgrade_are_violations(sidecar: Sidecar) -> None:
    for data in (HelloFrame(Role.CLIENT).write(), bytes.fromhex(upgrade_vector())):
        with sidecar.connect() as client:
            client.send(data)
            assert only_error(client.read_until_closed()).code == Failure.PROTOCOL_VIOLATION


def upgrade_vector() -> str:
    return next(str(vector["hex"]) for vector in vectors("frames") if vector["name"] == "upgrade-decline")


def test_handle_in_use_ends_the_connection_and_its_requests(sidecar: Sidecar, client: FrameClient) -> None:
    with sidecar.connect() as other:
        for _ in range(2):
            other.generate(1, "a", credit=0)
        frames = other.read_until_closed()
        assert isinstance(frames[0], AcceptedFrame)
        assert only_error(frames[1:]).code == Failure.PROTOCOL_VIOLATION
    wait_until_idle(client)


def test_no_token_without_credit(client: FrameClient) -> None:
    client.generate(1, "a", credit=3, options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=20)
    client.generate(2, "b", credit=0, options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=20)
    client.generate(3, "c", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=500)
    client.wait(3)
    assert [len(client.answers[handle].ids) for handle in (1, 2)] == [3, 0]
    client.send(CreditFrame(1, 17).write())
    client.wait(1)
    assert (len(client.answers[1].ids), len(client.answers[2].ids)) == (20, 0)
    client.send(CreditFrame(2, MAX_CREDIT).write())
    assert len(client.wait(2).ids) == 20


def test_credit_is_spent_to_the_last_token_and_no_further(client: FrameClient) -> None:
    # Steps of many streams take credit ahead; what they took and did not use must come back.
    for handle in range(1, 41):
        client.generate(handle, [handle], credit=2 * handle, options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=100)
    expected = [2 * handle for handle in range(1, 41)]
    while sum(len(client.answers[handle].ids) for handle in range(1, 41)) < sum(expected):
        client.pump()
    wait_until_idle(client, waiting=40)
    assert [len(client.answers[handle].ids) for handle in range(1, 41)] == expected
    for handle in range(1, 41):
        client.send(CreditFrame(handle, 100 - 2 * handle).write())
    client.wait(*range(1, 41))
    assert all(len(client.answers[handle].ids) == 100 for handle in range(1, 41))


def test_granting_too_much_is_a_violation(sidecar: Sidecar) -> None:
    with sidecar.connect() as client:
        client.generate(1, "a", credit=0, options=ENDLESS)
        assert isinstance(client.read(), AcceptedFrame)
        client.send(CreditFrame(1, MAX_CREDIT).write() + CreditFrame(1, MAX_CREDIT).write())
        errors = [frame for frame in client.read_until_closed() if isinstance(frame, ErrorFrame)]
        assert [error.code for error in errors] == [Failure.PROTOCOL_VIOLATION]


def test_cancel_stops_the_engine_and_frees_the_handle(client: FrameClient) -> None:
    for credit in (0, 1, MAX_CREDIT):
        client.generate(1, "a", credit=credit, options=ENDLESS)
        while len(client.answers[1].ids) < min(credit, 10) or client.answers[1].accepted is None:
            client.pump()
        client.send(CancelFrame(1).write() * 2)
        answer = client.wait(1)
        assert answer.error is not None
        assert answer.error.code == Failure.CANCELLED
        assert answer.error.stage == (Stage.STREAM if credit else Stage.PREFILL)
        wait_until_idle(client)
    client.send(CancelFrame(1).write() + CreditFrame(7, 3).write())
    client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=4)
    assert len(client.wait(1).ids) == 4


def test_ping_is_answered(client: FrameClient) -> None:
    client.send(PingFrame(FrameType.PING, 2**64 - 1).write())
    assert client.read() == PingFrame(FrameType.PONG, 2**64 - 1)


def test_client_that_does_not_read_stops_only_itself(sidecar: Sidecar, client: FrameClient) -> None:
    with sidecar.connect() as deaf:
        for handle in range(1, 101):
            deaf.generate(handle, [handle], credit=MAX_CREDIT, options=ENDLESS)
        for _ in range(3):
            client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=500)
            assert len(client.wait(1).ids) == 500
        # The engine is held back long before memory is at stake: what is sent comes to a rest.
        deadline = time.monotonic() + 10
        before, now = -1, 0
        while now != before:
            assert time.monotonic() < deadline
            before, now = now, waiting_bytes(client)
        assert 1_000_000 < now < 8_000_000
    wait_until_idle(client)


def waiting_bytes(client: FrameClient) -> int:
    """What the listener holds for clients that do not read."""
    text = client.admin(199, Operation.METRICS).results[0].data.decode()
    return int(text.split("\nthemis_bridge_unsent_bytes ")[1].split("\n")[0])


def test_rows_carry_only_what_was_asked_for(client: FrameClient) -> None:
    client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=3)
    frames: list[Frame] = []
    while len(frames) < 4:
        frame = client.read()
        assert frame is not None
        frames.append(frame)
    steps = [frame for frame in frames if isinstance(frame, StepFrame)]
    assert [frame.flags for frame in steps] == [0, 0, 0]


@pytest.mark.parametrize(("given", "failure"), [("None", None), ("logprobs if ids[0] % 2 else None", "ENGINE_FAILED")])
def test_engine_that_leaves_probabilities_out_breaks_no_frame(
    start: Callable[..., Sidecar], given: str, failure: str | None
) -> None:  # fmt: skip
    patch = f"""
from themis_sidecar.sessions.generation import Generation
put = Generation.put
Generation.put = lambda self, ids, text="", logprobs=None: put(self, ids, text, {given})
"""
    with start(patch=patch).connect() as client:
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS | Given.LOGPROBS, max_tokens=40, logprobs=2)
        answer = client.wait(1)
        if failure is None:
            assert (len(answer.ids), answer.logprobs) == (40, [])
        else:
            assert answer.refusal[0] == Failure[failure]
        assert client.admin(2, Operation.HEALTH).end is not None
