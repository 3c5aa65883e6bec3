"""The file of a listening socket: its folder, its mode, and what a dead listener left behind."""

from __future__ import annotations

import fcntl
import os
import socket
import stat
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator

# sun_path of Linux, less its terminating zero.
_MAX_BYTES = 107
_BACKLOG = 128


class SocketPathError(Exception):
    """The path cannot be listened at: why, and what to do."""


def fault_of(path: str) -> str | None:
    """What is wrong with a path, or None."""
    if not path.startswith("/") or "\0" in path or path.endswith("/"):
        return "expected the absolute path of a Unix socket, such as /run/themis/engine.sock."
    if len(os.fsencode(path)) > _MAX_BYTES:
        return f"the path of a Unix socket has at most {_MAX_BYTES} bytes."
    return None


class ListeningSocket:
    """A bound socket and its file."""

    def __init__(self, path: str, *, is_shared: bool = False, group: int | None = None) -> None:
        """Binds and listens. Shared: other users may connect, by a group that socket and folder are given."""
        self._path = Path(path)
        self._file: tuple[int, int] | None = None
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.socket.setblocking(False)
        try:
            _prepare_folder(self._path.parent, is_shared=is_shared, group=group)
            # Of two listeners that start at once, one holds the lock while it looks, removes, binds and listens: a
            # file that is bound and not listened at looks like what a dead listener left.
            with _locked(self._path):
                _remove_stale(self._path)
                self._listen(0o660 if is_shared else 0o600, group)
        except OSError as e:
            self.socket.close()
            raise SocketPathError(f"the socket cannot be made: {e.strerror}.") from e
        except SocketPathError:
            self.socket.close()
            raise

    def close(self) -> None:
        """Removes the file and stops listening."""
        # While it listens nobody takes its path, and while it is open no other file gets its number.
        self.remove_file()
        self.socket.close()

    def remove_file(self) -> None:
        """Removes the file, once, unless somebody else's is there by now."""
        file, self._file = self._file, None
        with suppress(FileNotFoundError):
            if file is not None and _identity(self._path) == file:
                self._path.unlink()

    def _listen(self, mode: int, group: int | None) -> None:
        # The file must never have been open to others, not even before a change of its mode.
        before = os.umask(0o177)
        try:
            self.socket.bind(str(self._path))
        finally:
            os.umask(before)
        self._file = _identity(self._path)
        try:
            self._path.chmod(mode)
            if group is not None:
                os.chown(self._path, -1, group)
            self.socket.listen(_BACKLOG)
        except OSError:
            self.remove_file()
            raise


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


def _prepare_folder(folder: Path, *, is_shared: bool, group: int | None) -> None:
    wanted = 0o750 if is_shared else 0o700
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True)
        if group is not None:
            os.chown(folder, -1, group)
        folder.chmod(wanted)
        return
    status = folder.stat()
    if status.st_uid not in (os.geteuid(), 0):
        raise SocketPathError("the folder of the socket belongs to another user. Use a folder of its own.")
    mode = stat.S_IMODE(status.st_mode)
    if mode & ~(wanted | 0o7000):
        raise SocketPathError(
            f"the folder of the socket is open to other users (mode {mode:o}). "
            f"Use a folder of its own with mode 0{wanted:o}."
        )


@contextmanager
def _locked(path: Path) -> Generator[None]:
    lock = path.with_name(path.name + ".lock")
    number = _take_lock(lock)
    try:
        yield
    finally:
        lock.unlink(missing_ok=True)
        os.close(number)


def _take_lock(lock: Path) -> int:
    while True:
        number = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # It may have been removed by its last owner after it was opened here.
            with suppress(FileNotFoundError):
                if os.fstat(number).st_ino == lock.stat().st_ino:
                    return number
        except BlockingIOError:
            os.close(number)
            raise SocketPathError("another listener is just starting there. Choose another path.") from None
        os.close(number)


def _remove_stale(path: Path) -> None:
    """Removes what was left by a listener that was killed; refuses to take a path from a living one."""
    try:
        is_socket = stat.S_ISSOCK(path.lstat().st_mode)
    except FileNotFoundError:
        return
    if not is_socket:
        raise SocketPathError("the path is a file that is no socket. Choose another path.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            path.unlink()
            return
        except BlockingIOError:
            # Its queue is full, so somebody listens.
            pass
    raise SocketPathError("somebody listens there already. Choose another path, or stop the other listener.")
