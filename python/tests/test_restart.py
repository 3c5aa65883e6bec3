"""Sidecars that follow each other on one path: after a death, and while requests run."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from frame_client import FrameClient
from sidecar_process import Sidecar
from themis_sidecar.wire.answer_frames import EndFrame, ResultFrame
from themis_sidecar.wire.control_frames import GoAwayFrame
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Failure, Given, Operation, Option, PromptForm, RequestKind, Role, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

IS_LONG = os.environ.get("THEMIS_TEST_LONG") == "1"
ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS
DEATHS = 1000 if IS_LONG else 100
PATHS = 4
RESTARTS = 50 if IS_LONG else 4
# Many processes start at once here; a busy machine is no failure.
SECONDS = 60.0


def test_killed_sidecar_is_followed_by_the_next_on_its_path(tmp_path: Path) -> None:
    # 100 deaths ordinarily, 1,000 with THEMIS_TEST_LONG=1, on four paths at once.
    with ThreadPoolExecutor(PATHS) as paths:
        list(paths.map(kill_and_follow, [tmp_path / str(number) for number in range(PATHS)]))


def kill_and_follow(folder: Path) -> None:
    folder.mkdir()
    for _ in range(DEATHS // PATHS):
        sidecar = Sidecar(folder, start_seconds=SECONDS)
        with sidecar.connect() as client:
            client.generate(1, "a", options=ENDLESS, credit=MAX_CREDIT)
            client.generate(2, "b", options=ENDLESS, credit=0)
            while not client.answers[1].ids:
                client.pump()
            sidecar.kill()
            with suppress(ConnectionResetError):
                while client.socket.recv(65_536):
                    pass
            assert sidecar.left_files() == ["engine.sock"]
    sidecar = Sidecar(folder, start_seconds=SECONDS)
    assert sidecar.stop() == 0
    assert sidecar.left_files() == []


class Load(threading.Thread):
    """A client with eight generations under way at any time, at whoever listens at the path."""

    def __init__(self, path: str) -> None:
        super().__init__(daemon=True)
        self._path = path
        self._expected: dict[int, list[int]] = {}
        self.is_stopping = threading.Event()
        self.answers = 0
        self.connections = 0
        self.fault: BaseException | None = None

    def run(self) -> None:
        try:
            while not self.is_stopping.is_set():
                with self._connect() as client:
                    self.connections += 1
                    self._use(client)
        except BaseException as e:
            self.fault = e

    def _connect(self) -> FrameClient:
        """Tries again while nobody listens, or whoever does is about to leave."""
        deadline = time.monotonic() + SECONDS
        while True:
            with suppress(OSError):
                client = FrameClient(self._path, seconds=SECONDS)
                client.send(HelloFrame(Role.CLIENT).write())
                if isinstance(client.read(), HelloFrame):
                    return client
                client.socket.close()
            assert time.monotonic() < deadline
            time.sleep(0.01)

    def _use(self, client: FrameClient) -> None:
        """Asks until the sidecar says that it leaves, and takes all that it still has to say."""
        waiting = set(range(1, 9))
        for handle in waiting:
            self._ask(client, handle)
        while waiting:
            if is_closed(client):
                # What crossed GOAWAY was not served at all.
                assert leaves(client)
                assert all(client.answers[handle].accepted is None for handle in waiting)
                return
            client.pump()
            for handle in [handle for handle in waiting if client.answers[handle].is_over]:
                self._check(client, handle)
                if self.is_stopping.is_set() or leaves(client):
                    waiting.discard(handle)
                else:
                    self._ask(client, handle)
        if leaves(client):
            assert is_closed(client)

    def _ask(self, client: FrameClient, handle: int) -> None:
        # Of different lengths, so that they never end together.
        with suppress(BrokenPipeError):
            client.generate(handle, [handle], options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=20 + 7 * handle)

    def _check(self, client: FrameClient, handle: int) -> None:
        answer = client.answers[handle]
        if answer.error is not None:
            assert leaves(client)
            assert (answer.error.code, answer.error.stage) == (Failure.DRAINING, Stage.ADMIT)
            return
        assert len(answer.ids) == 20 + 7 * handle
        assert self._expected.setdefault(handle, answer.ids) == answer.ids
        self.answers += 1


def leaves(client: FrameClient) -> bool:
    return any(isinstance(frame, GoAwayFrame) for frame in client.others)


def is_closed(client: FrameClient) -> bool:
    """Waits for the next byte, or for the end."""
    try:
        return client.socket.recv(1, socket.MSG_PEEK) == b""
    except ConnectionResetError:
        return True


def test_sidecar_is_relieved_under_load_and_nothing_is_lost(tmp_path: Path) -> None:
    options = "--step-ms", "2", "--drain-seconds", "60"
    sidecar = Sidecar(tmp_path, *options, start_seconds=SECONDS)
    path = Path(sidecar.path)
    loads = [Load(sidecar.path) for _ in range(2)]
    for load in loads:
        load.start()
    for _ in range(RESTARTS):
        wait_for_more_answers(loads)
        with sidecar.connect() as late:
            ask_for_more_than_a_socket_holds(late)
            old = sidecar
            old.send_signal(signal.SIGTERM)
            until(lambda: not path.exists(), loads)
            sidecar = Sidecar(tmp_path, *options, start_seconds=SECONDS)
            # The old one is still there since the late client has not taken its answer.
            assert old.process.poll() is None
            result, end, goaway = late.read_until_closed()
            assert isinstance(result, ResultFrame)
            assert result.items == 2048
            assert isinstance(end, EndFrame)
            assert isinstance(goaway, GoAwayFrame)
        assert old.wait() == 0
        assert sidecar.left_files() == ["engine.sock"]
        with sidecar.connect() as client:
            assert client.admin(1, Operation.HEALTH).end is not None
    for load in loads:
        load.is_stopping.set()
    for load in loads:
        load.join(SECONDS)
        assert not load.is_alive()
        assert load.fault is None, load.fault
        assert load.connections > RESTARTS
    assert sidecar.stop() == 0
    assert sidecar.left_files() == []


def wait_for_more_answers(loads: list[Load]) -> None:
    before = [load.answers for load in loads]
    until(lambda: all(load.answers > count for load, count in zip(loads, before, strict=True)), loads)


def until(condition: Callable[[], bool], loads: list[Load]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        assert all(load.fault is None for load in loads), [load.fault for load in loads]
        time.sleep(0.01)


def ask_for_more_than_a_socket_holds(client: FrameClient) -> None:
    """Returns when the answer is on its way."""
    content = write_json({"inputs": ["a"] * 2048})
    client.send(RequestFrame(1, RequestKind.EMBED, PromptForm.NONE, model=b"synthetic", json=content).write())
    assert not is_closed(client)
