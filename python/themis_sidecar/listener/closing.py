"""The end of a socket."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket

_MOST_DISCARDED = 1024 * 1024


def close_socket(connected: socket.socket) -> None:
    """Closes it so that the peer can still read what was sent: what it sent itself and nobody read would reset it."""
    with suppress(OSError):
        discarded = 0
        while discarded < _MOST_DISCARDED and (data := connected.recv(65_536)):
            discarded += len(data)
    connected.close()
