"""Who is let in: users are told apart by the kernel, so these tests need to be root."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sidecar_process import SECONDS, Sidecar
from themis_sidecar.failures import FrameFault
from themis_sidecar.listener.peer_guard import Peer, PeerGuard, peer_of
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame
from themis_sidecar.wire.layout import MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.words import Failure, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

    from themis_sidecar.wire.reading import Frame

LISTED, OTHER, GROUP = 65_501, 65_502, 65_500
TOKEN = "a-secret"  # noqa: S105 - of this test alone
# Says HELLO as another user and prints what comes back.
STRANGER = """
import socket, sys
one = socket.socket(socket.AF_UNIX)
one.settimeout(20)
one.connect(sys.argv[1])
try:
    one.sendall(bytes.fromhex(sys.argv[2]))
    one.shutdown(socket.SHUT_WR)
except OSError:
    pass  # refused before it said a word
print(one.recv(65536).hex())
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be several users")


@pytest.fixture
def shared() -> Iterator[Sidecar]:
    # pytest's own folders let nobody else through.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    token = folder / "token"
    token.write_text(f" {TOKEN} \n")
    token.chmod(0o600)
    sidecar = Sidecar(folder, "--allow-uid", str(LISTED), "--group", str(GROUP), "--token-file", str(token))
    yield sidecar
    assert sidecar.stop() == 0
    shutil.rmtree(folder)


def connect_as(uid: int, sidecar: Sidecar, **content: object) -> Frame:
    hello = HelloFrame(Role.CLIENT, content=content).write().hex()
    ended = subprocess.run(
        [sys.executable, "-S", "-c", STRANGER, sidecar.path, hello], user=uid, group=GROUP, extra_groups=[],
        capture_output=True, text=True, timeout=SECONDS, check=True, cwd="/",
    )  # fmt: skip
    data = bytes.fromhex(ended.stdout)
    return read_frame(read_header(data, 0, Role.LISTENER, MAX_FRAME_BYTES), data, Role.LISTENER)


def refusal(frame: Frame) -> tuple[Failure, str]:
    assert not isinstance(frame, HelloFrame)
    return frame.code, frame.message.decode()  # type: ignore[union-attr]


@needs_root
def test_folder_and_socket_are_open_to_the_group(shared: Sidecar) -> None:
    for path, mode in ((shared.folder, 0o750), (Path(shared.path), 0o660)):
        status = path.stat()
        assert (status.st_mode & 0o777, status.st_gid) == (mode, GROUP)


@needs_root
def test_listed_user_shows_the_token(shared: Sidecar) -> None:
    assert isinstance(connect_as(LISTED, shared, token=TOKEN), HelloFrame)
    for content in ({}, {"token": "wrong"}, {"token": ""}):
        failure, message = refusal(connect_as(LISTED, shared, **content))
        assert failure == Failure.UNAUTHORIZED
        assert "token is missing or wrong" in message
    assert not any(TOKEN in line or "wrong'" in line for line in shared.lines)


@needs_root
def test_other_user_is_refused_even_with_the_token(shared: Sidecar) -> None:
    failure, message = refusal(connect_as(OTHER, shared, token=TOKEN))
    assert failure == Failure.UNAUTHORIZED
    assert f"The user {OTHER} may not use this listener" in message


@needs_root
def test_own_user_needs_no_token(shared: Sidecar) -> None:
    with shared.connect() as client:
        client.generate(1, "a", max_tokens=1, given=1)
        assert len(client.wait(1).ids) == 1


class Connected(socket.socket):
    """A socket whose peer is a user with the greatest number there is."""

    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> bytes:  # type: ignore[override]
        assert (level, optname) == (socket.SOL_SOCKET, socket.SO_PEERCRED)
        return struct.pack("iII", 7, 2**32 - 2, 2**32 - 3)[:buflen]


def test_users_go_up_to_the_greatest_number() -> None:
    with Connected(socket.AF_UNIX) as connected:
        assert peer_of(connected) == Peer(7, 2**32 - 2)
    assert PeerGuard(frozenset((2**32 - 2,)), TOKEN).check_user(2**32 - 2)


def test_listed_user_is_refused_where_there_is_no_token() -> None:
    guard = PeerGuard(frozenset((LISTED,)), None)
    assert not guard.check_user(os.geteuid())
    with pytest.raises(FrameFault) as raised:
        guard.check_user(LISTED)
    assert raised.value.failure == Failure.UNAUTHORIZED


def test_token_must_be_the_whole_token() -> None:
    guard = PeerGuard(frozenset((LISTED,)), TOKEN)
    assert guard.check_user(LISTED)
    guard.check_token(TOKEN)
    for shown in (None, 1, "", TOKEN[:-1], TOKEN + "x"):
        with pytest.raises(FrameFault):
            guard.check_token(shown)
