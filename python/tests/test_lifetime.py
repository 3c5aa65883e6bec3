"""The process: start, path, drain, deaths on either side, and nothing left behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest
from sidecar_process import PROGRAM, SECONDS, Sidecar, run_program
from themis_sidecar.wire.answer_frames import EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import GoAwayFrame
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Failure, Given, Operation, Option, PromptForm, RequestKind, Role, Stage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from frame_client import FrameClient

IS_LONG = os.environ.get("THEMIS_TEST_LONG") == "1"
ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS
# A client that is killed while four of its connections read; it needs nothing but a socket.
VICTIM = """
import socket, sys
path, hello, request = sys.argv[1], bytes.fromhex(sys.argv[2]), bytes.fromhex(sys.argv[3])
open_ones = []
for _ in range(4):
    one = socket.socket(socket.AF_UNIX)
    one.connect(path)
    one.sendall(hello)
    one.sendall(request)
    open_ones.append(one)
for one in open_ones:
    one.recv(2000)
    one.recv(1)
print("up", flush=True)
open_ones[0].recv(10, socket.MSG_WAITALL)
sys.stdin.read()
"""
EARLY_SIGNAL = """
import os, signal
from themis_sidecar.listener import socket_path
make = socket_path.ListeningSocket.__init__

def make_and_signal(self, *given, **more):
    make(self, *given, **more)
    os.kill(os.getpid(), signal.SIGTERM)

socket_path.ListeningSocket.__init__ = make_and_signal
"""


def goes_away(client: FrameClient) -> GoAwayFrame:
    while not any(isinstance(frame, GoAwayFrame) for frame in client.others):
        client.pump()
    return next(frame for frame in client.others if isinstance(frame, GoAwayFrame))


def test_sigterm_lets_requests_end_and_refuses_new_ones(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--step-ms", "20", "--drain-seconds", "20")
    with sidecar.connect() as client, sidecar.connect() as idle:
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=40)
        while not client.answers[1].ids:
            client.pump()
        sidecar.send_signal(signal.SIGTERM)
        assert goes_away(client).drain_ms == 20_000
        assert [type(frame) for frame in idle.read_until_closed()] == [GoAwayFrame]
        client.generate(2, "a")
        answer = client.wait(2)
        assert answer.error is not None
        assert (answer.error.code, answer.error.stage) == (Failure.DRAINING, Stage.ADMIT)
        # New clients find nobody there any more.
        assert sidecar.left_files() == []
        assert len(client.wait(1).ids) == 40
        assert client.read_until_closed() == []
    assert sidecar.wait() == 0


def test_sigterm_waits_until_answers_are_taken(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--drain-seconds", "20")
    with sidecar.connect() as late, sidecar.connect() as client:
        # More than a socket holds, of which nothing is taken before the drain.
        inputs = RequestFrame(
            1, RequestKind.EMBED, PromptForm.NONE, model=b"synthetic", json=write_json({"inputs": ["a"] * 2048})
        )
        late.send(inputs.write())
        deadline = time.monotonic() + SECONDS
        while unsent_bytes(client) == 0:
            assert time.monotonic() < deadline
        sidecar.send_signal(signal.SIGTERM)
        client.read_until_closed()
        with pytest.raises(subprocess.TimeoutExpired):
            sidecar.process.wait(2.0)
        result, end, goaway = late.read_until_closed()
        assert isinstance(result, ResultFrame)
        assert result.items == 2048
        assert isinstance(end, EndFrame)
        assert isinstance(goaway, GoAwayFrame)
    assert sidecar.wait() == 0


def metrics_of(client: FrameClient) -> bytes:
    return client.admin(1, Operation.METRICS).results[0].data


def unsent_bytes(client: FrameClient) -> int:
    return int(metrics_of(client).split(b"\nthemis_bridge_unsent_bytes ")[1].split(b"\n")[0])


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain_ends_with_its_time(start: Callable[..., Sidecar], number: signal.Signals) -> None:
    sidecar = start("--stall", "3", "--drain-seconds", "0.3")
    with sidecar.connect() as client:
        client.generate(1, "a", options=ENDLESS)
        client.generate(2, "a", options=ENDLESS, credit=0)
        while len(client.answers[1].ids) < 3:
            client.pump()
        sidecar.send_signal(number)
        client.wait(1, 2)
        errors = [client.answers[handle].error for handle in (1, 2)]
        assert [error and error.code for error in errors] == [Failure.DRAINING] * 2
        assert client.read_until_closed() == []
    assert sidecar.wait() == 0


def test_second_signal_hurries(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--stall", "1", "--drain-seconds", "600")
    with sidecar.connect() as client:
        client.generate(1, "a", options=ENDLESS)
        while not client.answers[1].ids:
            client.pump()
        sidecar.send_signal(signal.SIGTERM)
        goes_away(client)
        sidecar.send_signal(signal.SIGTERM)
        answer = client.wait(1)
        assert answer.error is not None
        assert answer.error.code == Failure.DRAINING
    assert sidecar.wait() == 0


def test_idle_sidecar_stops_at_once(start: Callable[..., Sidecar]) -> None:
    started = time.monotonic()
    assert start("--drain-seconds", "600").stop() == 0
    assert time.monotonic() - started < 10


def test_client_that_does_not_read_holds_nobody_up(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--drain-seconds", "0.2")
    with sidecar.connect() as deaf, sidecar.connect() as client:
        for handle in range(1, 101):
            deaf.generate(handle, [handle], options=ENDLESS, credit=2**31 - 1)
        client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=2000)
        client.wait(1)
        assert sidecar.stop() == 0


def test_death_of_the_engine_is_told_and_ends_the_process(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch=(
        "from themis_sidecar.engines.synthetic_engine import SyntheticEngine\n"
        "def die(self, batch):\n    if any(one.produced == 7 for one in batch): raise MemoryError('made up')\n"
        "SyntheticEngine.after_step = die"
    ))  # fmt: skip
    with sidecar.connect() as client:
        # The one that waits for credit first: the other ends the process.
        client.generate(1, "a", options=ENDLESS, credit=0)
        client.generate(2, "a", options=ENDLESS)
        client.wait(1, 2)
        errors = [client.answers[handle].error for handle in (1, 2)]
        assert [error and error.code for error in errors] == [Failure.ENGINE_FAILED] * 2
    assert sidecar.wait() == 1
    assert any("the engine is dead" in line and "made up" in line for line in sidecar.lines)


def test_clients_that_are_killed_leave_nothing_running(start: Callable[..., Sidecar]) -> None:
    # 100 connections ordinarily, 1,000 with THEMIS_TEST_LONG=1; four die with each process.
    sidecar = start("--step-ms", "1")
    hello = HelloFrame(Role.CLIENT).write().hex()
    request = RequestFrame(
        1, RequestKind.GENERATE, PromptForm.TOKENS, int(ENDLESS), credit=2**31 - 1, ids=[1], model=b"synthetic"
    ).write()
    with sidecar.connect() as client:
        for _ in range(250 if IS_LONG else 25):
            victim = subprocess.Popen(
                [sys.executable, "-S", "-c", VICTIM, sidecar.path, hello, request.hex()],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
            with victim:
                assert victim.stdout is not None
                assert victim.stdout.readline() == b"up\n"
                victim.kill()
        deadline = time.monotonic() + 10
        while b'"running":0,"waiting":0' not in client.admin(1, Operation.HEALTH).results[0].data:
            assert time.monotonic() < deadline
        text = client.admin(1, Operation.METRICS).results[0].data.decode()
        assert "\nthemis_bridge_connections 1\n" in text
        assert "\nthemis_bridge_active_requests 1\n" in text
        count = 1000 if IS_LONG else 100
        assert f'requests_total{{kind="generate",outcome="cancelled"}} {count}\n' in text


def test_signal_as_soon_as_there_is_a_file_leaves_none(tmp_path: Path) -> None:
    sidecar = Sidecar(tmp_path, patch=EARLY_SIGNAL)
    assert sidecar.wait() == 0
    assert sidecar.left_files() == []


def test_two_bridges_share_one_sidecar(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--step-ms", "1")
    with sidecar.connect() as one, sidecar.connect() as two:
        for client in (one, two):
            client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=30)
        assert one.wait(1).ids == two.wait(1).ids
        one.socket.close()
        two.generate(1, "b", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=30)
        assert isinstance(two.wait(1).end, EndFrame)


def cannot_listen(path: str) -> str:
    ended = run_program("--engine", "synthetic", "--uds", path)
    assert (ended.returncode, ended.stdout) == (3, "")
    assert len(ended.stderr.splitlines()) == 1
    return ended.stderr


def test_path_of_a_living_listener_is_left_to_it(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    assert "somebody listens there already" in cannot_listen(sidecar.path)
    assert sidecar.left_files() == ["engine.sock"]
    with sidecar.connect() as client:
        assert client.admin(1, Operation.HEALTH).end is not None


def test_folder_and_file_must_be_ours_alone(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "open to other users (mode 755)" in cannot_listen(str(tmp_path / "a.sock"))
    tmp_path.chmod(0o700)
    (tmp_path / "a.sock").write_text("precious")
    assert "a file that is no socket" in cannot_listen(str(tmp_path / "a.sock"))
    assert [path.name for path in tmp_path.iterdir()] == ["a.sock"]
    assert (tmp_path / "a.sock").read_text() == "precious"


def test_socket_and_folder_have_their_modes(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    modes = [path.stat().st_mode & 0o777 for path in (sidecar.folder, sidecar.folder / "engine.sock")]
    assert modes == [0o700, 0o600]


def test_of_many_that_start_at_once_one_listens(tmp_path: Path) -> None:
    path = tmp_path / "run"
    path.mkdir(0o700)
    # What a killed listener leaves, so that all of them find something to remove.
    with socket.socket(socket.AF_UNIX) as stale:
        stale.bind(str(path / "engine.sock"))
    command = [sys.executable, str(PROGRAM), "--engine", "synthetic", "--uds", str(path / "engine.sock")]
    many = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    deadline = time.monotonic() + SECONDS
    while sum(one.poll() is None for one in many) > 1:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    winner = next(one for one in many if one.poll() is None)
    assert [one.returncode for one in many if one is not winner] == [3, 3, 3]
    winner.terminate()
    for one in many:
        one.communicate()
    assert winner.returncode == 0
    assert list(path.iterdir()) == []


def test_log_is_one_line_a_record(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    with sidecar.connect_raw() as client:
        client.send(HelloFrame(Role.CLIENT, content={"software": "evil\n2026 ERROR forged"}).write())
        client.read()
    with sidecar.connect_raw() as client:
        client.send(b"GET / HTTP/1.1\r\n\r\n")
        assert isinstance(client.read(), ErrorFrame)
    sidecar.stop()
    assert all(" INFO " in line or " WARNING " in line for line in sidecar.lines)
    assert any(r"software='evil\n2026 ERROR forged'" in line for line in sidecar.lines)
