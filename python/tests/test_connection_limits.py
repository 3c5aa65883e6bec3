"""Connections that cost too much: silent ones, ones that take nothing, too many, and broken ones."""

from __future__ import annotations

import random
import socket
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from frame_client import only_error, wait_until_idle
from test_frame_fuzz import mutated_frame
from themis_sidecar.wire.control_frames import CancelFrame, PingFrame
from themis_sidecar.wire.layout import MAX_CREDIT, MIN_FRAME_LIMIT
from themis_sidecar.wire.words import Failure, FrameType, Given, Operation, Option, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from sidecar_process import Sidecar

ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS


def test_silent_client_is_pinged_and_left(start: Callable[..., Sidecar]) -> None:
    sidecar = start(
        patch="import themis_sidecar.listener.peer_watch as w; w.PING_AFTER_MS, w.PONG_WITHIN_MS = 100, 300"
    )
    with sidecar.connect() as client:
        # One that answers stays.
        for value in (1, 2, 3):
            assert client.read() == PingFrame(FrameType.PING, value)
            client.send(PingFrame(FrameType.PONG, value).write())
        assert client.read_until_closed() == [PingFrame(FrameType.PING, 4)]


def test_client_that_sends_after_a_ping_and_answers_it_never_is_left(start: Callable[..., Sidecar]) -> None:
    sidecar = start(
        patch="import themis_sidecar.listener.peer_watch as w; w.PING_AFTER_MS, w.PONG_WITHIN_MS = 100, 2000"
    )
    with sidecar.connect() as client:
        assert client.read() == PingFrame(FrameType.PING, 1)
        client.send(CancelFrame(1).write())
        assert client.read_until_closed() == []
    deadline = time.monotonic() + 15
    while not any("the peer did not answer a ping" in line for line in sidecar.lines):
        assert time.monotonic() < deadline


def test_client_that_says_nothing_is_closed(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import themis_sidecar.listener.handshake as h; h.HELLO_MS = 200")
    with sidecar.connect_raw() as client:
        client.send(b"\x68")
        assert client.read_until_closed() == []


def test_client_that_takes_nothing_is_left(start: Callable[..., Sidecar]) -> None:
    sidecar = start(
        patch="import themis_sidecar.listener.peer_watch as w; w.PING_AFTER_MS, w.PONG_WITHIN_MS = 100, 300"
    )
    with sidecar.connect() as deaf, sidecar.connect() as other:
        for handle in range(1, 101):
            deaf.generate(handle, [handle], credit=MAX_CREDIT, options=ENDLESS)
        deadline = time.monotonic() + 15
        while not any("the peer takes nothing" in line for line in sidecar.lines):
            assert time.monotonic() < deadline
            # It is heard all the time, so no ping finds out.
            with suppress(BrokenPipeError):
                deaf.send(CancelFrame(101).write())
            other.admin(1, Operation.HEALTH)
        wait_until_idle(other)


def test_memory_of_requests_is_bounded(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import themis_sidecar.listener.shared_state as s; s.MAX_REQUEST_BYTES = 4000")
    with sidecar.connect() as client:
        client.generate(1, [1] * 500, credit=0)
        client.generate(2, [1] * 500, credit=0)
        answer = client.wait(2)
        assert answer.error is not None
        assert (answer.error.code, answer.error.stage) == (Failure.BUSY, Stage.ADMIT)
        assert answer.error.retry_after_ms == 1000
        client.send(CancelFrame(1).write())
        client.wait(1)
        client.generate(2, [1] * 500, given=Given.MAX_TOKENS, max_tokens=1)
        assert client.wait(2).end is not None


def test_connections_are_bounded(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import themis_sidecar.listener.server as s; s.MAX_CONNECTIONS = 2")
    with sidecar.connect(), sidecar.connect() as second:
        with sidecar.connect_raw() as third:
            assert only_error(third.read_until_closed()).code == Failure.BUSY
        second.socket.close()
        while not any("disconnected" in line for line in sidecar.lines):
            time.sleep(0.01)
        with sidecar.connect() as fourth:
            assert fourth.admin(1, Operation.HEALTH).end is not None


def test_mutated_frames_cost_their_connection_at_most(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--step-ms", "1")
    seed = time.time_ns()
    choose = random.Random(seed)
    for _ in range(300):
        with sidecar.connect() as victim:
            frames = [mutated_frame(choose) for _ in range(5)]
            with suppress(BrokenPipeError, ConnectionResetError):
                victim.send(b"".join(frames))
                victim.socket.shutdown(socket.SHUT_WR)
            while victim.read_bytes(1) is not None:
                pass
    with sidecar.connect() as client:
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=9)
        assert len(client.wait(1).ids) == 9
        wait_until_idle(client)
    sidecar.stop()
    assert not [line for line in sidecar.lines if line.split(" ")[1] == "ERROR" or "Traceback" in line], seed


def test_answers_are_never_longer_than_the_client_accepts(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--step-ms", "1")
    with sidecar.connect_raw() as client:
        client.open(max_frame_bytes=MIN_FRAME_LIMIT)
        ids = [1] * (MIN_FRAME_LIMIT // 4)
        client.generate(1, ids, options=ENDLESS | Option.PROMPT_IDS)
        assert client.wait(1).refusal == (Failure.LIMIT_EXCEEDED, "prompt_ids")
        assert (client.answers[1].accepted, client.answers[1].error and client.answers[1].error.stage) == (
            None, Stage.ADMIT,
        )  # fmt: skip
        wait_until_idle(client)
        for number in range(MIN_FRAME_LIMIT // 256):
            adapter = {"model": "synthetic", "name": f"{number:0256}"}
            assert client.admin(1, Operation.ADAPTER_LOAD, adapter).end is not None
        listed = client.admin(1, Operation.ADAPTER_LIST, {"model": "synthetic"})
        assert listed.refusal == (Failure.LIMIT_EXCEEDED, "")
        # Ids that nobody asked for are not sent, and what fits is.
        client.generate(1, ids, options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=2)
        assert client.wait(1).end is not None


def test_json_of_an_answer_has_its_limit(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import themis_sidecar.sessions.unary_call as u; u.MAX_JSON_BYTES = 100")
    with sidecar.connect() as client:
        assert client.admin(1, Operation.HEALTH).end is not None
        assert client.admin(1, Operation.METRICS).end is not None
        client.admin(1, Operation.ADAPTER_LOAD, {"model": "synthetic", "name": "a" * 100})
        listed = client.admin(1, Operation.ADAPTER_LIST, {"model": "synthetic"})
        assert listed.refusal == (Failure.LIMIT_EXCEEDED, "")
