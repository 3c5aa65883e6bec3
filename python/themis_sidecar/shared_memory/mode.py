"""Whether connections move from the Unix socket to shared memory."""

from __future__ import annotations

import platform
import sys
from enum import Enum


class SharedMemoryMode(str, Enum):
    """What --shm says."""

    ON = "on"
    """They do where both sides offer it, and stay on the socket where not."""
    OFF = "off"
    """They stay on the socket."""
    REQUIRE = "require"
    """A connection that cannot move is refused."""


def fault_of_machine() -> str | None:
    """Why this machine cannot have it; None when it can.

    Python has no memory order of its own: loads and stores that are ordered by the processor, and the numbers of two
    system calls, are those of x86-64 under Linux.
    """
    machine = platform.machine()
    if sys.platform == "linux" and machine == "x86_64" and sys.maxsize > 2**32:
        return None
    return f"shared memory needs 64-bit Python on x86-64 Linux, and this is {machine} {sys.platform}."
