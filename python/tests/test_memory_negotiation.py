"""Who moves to shared memory, who stays on the socket, who is refused, and what the memory is like."""

from __future__ import annotations

import fcntl
import os
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from frame_client import only_error
from memory_client import GET_SEALS, SIZE_SEALS, MemoryClient
from raw_memory import RawClient, mappings, memory_files, open_files, shared_names, thread_count
from themis_sidecar.shared_memory.segment_layout import ACCEPT_SIZE, segment_bytes
from themis_sidecar.shared_memory.upgrade import RING_BYTES
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.control_frames import UpgradeFrame
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.words import Failure, Feature, Given, Operation, Option, Role, Stage, UpgradeKind, UpgradeStep

if TYPE_CHECKING:
    from collections.abc import Callable

    from frame_client import FrameClient
    from sidecar_process import Sidecar

ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS


def hello(client: MemoryClient) -> None:
    """Says HELLO with the feature, and takes the listener's."""
    client.send(HelloFrame(Role.CLIENT, int(Feature.SHARED_MEMORY)).write())
    assert isinstance(client.read(), HelloFrame)


def works(client: FrameClient) -> bool:
    """Whether requests come and go."""
    client.generate(1, "a", options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=30)
    return len(client.wait(1).ids) == 30


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def logged(sidecar: Sidecar, words: str) -> bool:
    return any(words in line for line in sidecar.lines)


@pytest.mark.parametrize(("mode", "kind"), [("on", "shm"), ("off", "uds"), ("require", "shm")])
def test_connection_moves_where_both_want_it(start: Callable[..., Sidecar], mode: str, kind: str) -> None:
    sidecar = start("--shm", mode)
    with sidecar.connect_memory_raw() as client:
        said = client.open()
        assert (client.kind, said.offered) == (kind, kind == "shm")
        assert said.required == (mode == "require")
        assert works(client)
    wait_for(lambda: logged(sidecar, "disconnected"))
    wait_for(lambda: logged(sidecar, f" transport={kind} "))


def test_client_without_it_is_refused_where_it_is_required(start: Callable[..., Sidecar]) -> None:
    with start("--shm", "require").connect_raw() as client:
        client.send(HelloFrame(Role.CLIENT).write())
        error = only_error(client.read_until_closed())
    assert (error.handle, error.code) == (0, Failure.PROTOCOL_VIOLATION)
    assert b"does not offer shared memory, which is required" in error.message


@pytest.mark.parametrize("mode", ["on", "require"])
def test_client_may_decline(start: Callable[..., Sidecar], mode: str) -> None:
    sidecar = start("--shm", mode)
    with sidecar.connect_memory_raw() as client:
        hello(client)
        os.close(client.read_upgrade()[1][0])
        client.send_upgrade(UpgradeStep.DECLINE)
        if mode == "on":
            assert works(client)
        else:
            assert only_error(client.read_until_closed()).code == Failure.CONNECTION_FAILED
        assert list(mappings(sidecar)) == []


def test_client_that_sees_other_memory_stays_on_the_socket(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    with sidecar.connect_memory_raw() as client:
        hello(client)
        os.close(client.read_upgrade()[1][0])
        client.send_upgrade(UpgradeStep.ACCEPT, bytes(ACCEPT_SIZE))
        assert client.read_upgrade()[0].step == UpgradeStep.DECLINE
        assert works(client)
    wait_for(lambda: logged(sidecar, "the client sees other memory"))
    assert list(mappings(sidecar)) == memory_files(sidecar) == []


def test_connections_beyond_the_segments_stay_on_the_socket(start: Callable[..., Sidecar]) -> None:
    sidecar = start(patch="import themis_sidecar.shared_memory.upgrade as u; u.MAX_SEGMENTS = 2")
    with sidecar.connect_memory() as first, sidecar.connect_memory():
        with sidecar.connect_memory_raw() as third:
            third.open()
            assert third.kind == "uds"
            assert works(third)
        assert works(first)
        wait_for(lambda: logged(sidecar, "all 2 segments are in use"))
    # The places of connections that are gone are free again.
    wait_for(lambda: list(mappings(sidecar)) == [])
    with sidecar.connect_memory() as fourth:
        assert works(fourth)


NO_FILE = """
import errno, os, themis_sidecar.shared_memory.upgrade as u
def refuse(size): raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
u.create_memory_file = refuse
"""
NO_MEMORY = """
import errno, os
def refuse(*_): raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
os.posix_fallocate = refuse
"""
NO_MAPPING = """
import errno, os, themis_sidecar.shared_memory.segment as s
def refuse(file, size): raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
s.map_memory = refuse
"""
NO_THREAD = """
import themis_sidecar.shared_memory.upgrade as u
def refuse(*_): raise RuntimeError("can't start new thread")
u.RingChannel = refuse
"""


@pytest.mark.parametrize(
    ("patch", "reason"),
    [
        (NO_FILE, "Too many open files"),
        (NO_MEMORY, "No space left on device"),
        (NO_MAPPING, "Cannot allocate memory"),
        (NO_THREAD, "no thread could be started"),
    ],
    ids=["file", "memory", "mapping", "thread"],
)
def test_sidecar_that_can_have_no_more_declines(start: Callable[..., Sidecar], patch: str, reason: str) -> None:
    sidecar = start(patch=patch)
    for _ in range(3):
        with sidecar.connect_memory_raw() as client:
            hello(client)
            upgrade, files = client.read_upgrade()
            if files:
                # The thread is what was missing: found out at the end.
                segment = client.map_offer(upgrade, files)
                client.prove(segment)
                segment.close()
                upgrade, files = client.read_upgrade()
            assert (upgrade.step, files) == (UpgradeStep.DECLINE, [])
            assert works(client)
    wait_for(lambda: logged(sidecar, reason))
    assert list(mappings(sidecar)) == memory_files(sidecar) == []


WRONG = {
    "confirm": UpgradeFrame(UpgradeStep.CONFIRM, UpgradeKind.SHARED_MEMORY).write(),
    "hello": HelloFrame(Role.CLIENT).write(),
    "descriptor": UpgradeFrame(UpgradeStep.ACCEPT, UpgradeKind.SHARED_MEMORY, 1, bytes(ACCEPT_SIZE)).write(),
    "long": b"\x08\x20\x00\x00\x02\x00\x00\x00",
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answer_to_an_offer_is_refused(start: Callable[..., Sidecar], name: str) -> None:
    sidecar = start()
    with sidecar.connect_memory_raw() as client:
        hello(client)
        os.close(client.read_upgrade()[1][0])
        client.send(WRONG[name])
        error = only_error(client.read_until_closed())
    assert error.code == (Failure.LIMIT_EXCEEDED if name == "long" else Failure.PROTOCOL_VIOLATION)
    assert list(mappings(sidecar)) == memory_files(sidecar) == []


def test_clients_that_leave_in_between_leave_nothing(start: Callable[..., Sidecar]) -> None:
    sidecar = start(
        patch="import themis_sidecar.shared_memory.upgrade as u; u.MAX_SEGMENTS = 1\n"
        "import themis_sidecar.listener.handshake as h; h.HELLO_MS = 300"
    )
    threads = thread_count(sidecar)
    for steps in range(4):
        with sidecar.connect_memory_raw() as client:
            hello(client)
            upgrade, files = client.read_upgrade()
            segment = client.map_offer(upgrade, files)
            if steps == 1:
                client.send_upgrade(UpgradeStep.ACCEPT, b"")
            elif steps > 1:
                client.prove(segment)
            if steps == 3:
                client.socket.shutdown(socket.SHUT_RD)
            segment.close()
        wait_for(lambda: list(mappings(sidecar)) == [])
    # One that says nothing loses its place.
    with sidecar.connect_memory_raw() as client:
        hello(client)
        os.close(client.read_upgrade()[1][0])
        assert client.read_until_closed() == []
    with sidecar.connect_memory() as client:
        assert works(client)
    wait_for(lambda: thread_count(sidecar) == threads)
    assert memory_files(sidecar) == []


def test_memory_is_sealed_has_no_name_and_goes_with_its_connection(start: Callable[..., Sidecar]) -> None:
    names = shared_names()
    sidecar = start()
    threads = thread_count(sidecar)
    client = RawClient(sidecar.path)
    with client:
        hello(client)
        upgrade, files = client.read_upgrade()
        assert fcntl.fcntl(files[0], GET_SEALS) == SIZE_SEALS
        # All of it is there: no page has to be found when it is touched.
        assert os.fstat(files[0]).st_blocks * 512 == segment_bytes(RING_BYTES)
        with pytest.raises(PermissionError):
            os.ftruncate(files[0], 0)
        with pytest.raises(PermissionError):
            os.ftruncate(files[0], segment_bytes(2 * RING_BYTES))
        client.accept(client.map_offer(upgrade, files))
        # dc: not copied on fork. The file itself is closed.
        (flags,) = mappings(sidecar)
        assert " dc" in flags
        assert memory_files(sidecar) == []
        assert thread_count(sidecar) == threads + 1
        assert works(client)
        assert shared_names() == names
    wait_for(lambda: thread_count(sidecar) == threads and not list(mappings(sidecar)))
    assert memory_files(sidecar) == []


def test_descriptors_that_a_client_sends_are_closed(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    before = open_files(sidecar)
    with sidecar.connect_memory_raw() as client, Path("/dev/null").open("rb") as one:
        hello(client)
        upgrade, files = client.read_upgrade()
        segment = client.map_offer(upgrade, files)
        accept = UpgradeFrame(UpgradeStep.ACCEPT, UpgradeKind.SHARED_MEMORY, 0, client.show(segment)).write()
        socket.send_fds(client.socket, [accept], [one.fileno()] * 50)
        assert client.read_upgrade()[0].step == UpgradeStep.CONFIRM
        assert open_files(sidecar) == before + 1
        segment.close()


def test_error_instead_of_an_answer_ends_the_connection(start: Callable[..., Sidecar]) -> None:
    sidecar = start()
    with sidecar.connect_memory_raw() as client:
        hello(client)
        os.close(client.read_upgrade()[1][0])
        client.send(ErrorFrame(0, Failure.BUSY, Stage.CONNECT, message=b"not now").write())
        assert client.read_until_closed() == []
    wait_for(lambda: logged(sidecar, "The client gave up: busy."))
    with sidecar.connect_memory() as client:
        assert client.admin(1, Operation.HEALTH).end is not None
