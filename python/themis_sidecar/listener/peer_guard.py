"""Decides who may talk to the listener."""

from __future__ import annotations

import hashlib
import hmac
import os
import socket
import struct
from typing import NamedTuple

from themis_sidecar.failures import FrameFault
from themis_sidecar.wire.words import Failure

# pid is signed; uid and gid go up to 2^32 - 2.
_UCRED = struct.Struct("iII")


class Peer(NamedTuple):
    """The kernel's word on who connected."""

    pid: int
    uid: int


def peer_of(connected: socket.socket) -> Peer:
    """Who is at the other end."""
    pid, uid, _ = _UCRED.unpack(connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size))
    return Peer(pid, uid)


class PeerGuard:
    """Our own user is let in; listed ones when they show the token; nobody else."""

    def __init__(self, listed_uids: frozenset[int], token: str | None) -> None:
        """Takes the users beside our own, and what they must show."""
        self._listed = listed_uids
        self._digest = None if token is None else _digest(token)

    def check_user(self, uid: int) -> bool:
        """Looks at the user before anything is read; says whether the token must be shown."""
        if uid == os.geteuid():
            return False
        if uid in self._listed and self._digest is not None:
            return True
        raise FrameFault(
            Failure.UNAUTHORIZED,
            f"The user {uid} may not use this listener. Run as the listener's user, or list the user there and show "
            "its token.",
        )

    def check_token(self, shown: object) -> None:
        """Looks at what a listed user shows, in constant time."""
        digest = _digest(shown) if isinstance(shown, str) else b""
        if self._digest is None or not hmac.compare_digest(digest, self._digest):
            raise FrameFault(
                Failure.UNAUTHORIZED,
                "The bearer token is missing or wrong. Configure the listener's token for this engine.",
            )


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
