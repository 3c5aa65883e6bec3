"""The file of a listening socket when several listeners come and go at one path."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest
from themis_sidecar.listener.socket_path import ListeningSocket, SocketPathError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path / "engine.sock"


def connects(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as one:
        return one.connect_ex(str(path)) == 0


def test_closing_twice_leaves_the_successor_its_file(path: Path) -> None:
    old = ListeningSocket(str(path))
    # A file system gives the number of a removed file to the next one: here for certain, by a second name.
    second_name = path.with_name("second")
    second_name.hardlink_to(path)
    old.close()
    assert not path.exists()
    second_name.rename(path)
    old.close()
    assert path.exists()


def test_file_of_another_listener_is_left_to_it(path: Path) -> None:
    first = ListeningSocket(str(path))
    path.unlink()
    second = ListeningSocket(str(path))
    first.close()
    assert connects(path)
    second.close()
    assert list(path.parent.iterdir()) == []


def test_of_two_that_start_at_once_one_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusals: list[str] = []
    listen = socket.socket.listen

    def listen_late(one: socket.socket, backlog: int) -> None:
        # The first one is bound and does not listen yet: now comes the second.
        monkeypatch.setattr(socket.socket, "listen", listen)
        try:
            ListeningSocket(str(path)).close()
        except SocketPathError as e:
            refusals.append(str(e))
        listen(one, backlog)

    monkeypatch.setattr(socket.socket, "listen", listen_late)
    first = ListeningSocket(str(path))
    assert refusals == ["another listener is just starting there. Choose another path."]
    assert connects(path)
    first.close()
    assert list(path.parent.iterdir()) == []


def test_start_that_fails_after_the_file_was_made_leaves_none(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path.parent.chmod(0o750)

    def refuse(*_: object) -> None:
        assert path.exists()
        raise PermissionError(1, os.strerror(1))

    monkeypatch.setattr(os, "chown", refuse)
    with pytest.raises(SocketPathError, match="Operation not permitted"):
        ListeningSocket(str(path), is_shared=True, group=65_500)
    assert list(path.parent.iterdir()) == []
