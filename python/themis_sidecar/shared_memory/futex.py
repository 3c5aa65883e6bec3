"""The kernel's wait-and-wake on a word of memory that two processes share: futex(2)."""

from __future__ import annotations

import ctypes
import errno
import os
from typing import Final

# asm/unistd_64.h and linux/futex.h, without FUTEX_PRIVATE_FLAG: the two sides are two processes.
_FUTEX: Final = 202
_WAIT: Final = 0
_WAKE: Final = 1


class _Timespec(ctypes.Structure):
    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


# Other threads run while this one sleeps.
_wait = ctypes.CDLL(None, use_errno=True).syscall
_wait.argtypes = (ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_void_p)
_wait.restype = ctypes.c_long
# It never blocks: a thread that gave the interpreter away for it would wait to get it back.
_wake = ctypes.PyDLL(None).syscall
_wake.argtypes = (ctypes.c_long, ctypes.c_void_p, ctypes.c_int, ctypes.c_uint)
_wake.restype = ctypes.c_long


def wait(address: int, expected: int, milliseconds: int) -> None:
    """Sleeps while the word has a value, until it is woken or the time is over. OSError: the kernel refused."""
    limit = _Timespec(milliseconds // 1000, milliseconds % 1000 * 1_000_000)
    if _wait(_FUTEX, address, _WAIT, expected, ctypes.addressof(limit)) < 0:
        error = ctypes.get_errno()
        if error not in (errno.EAGAIN, errno.EINTR, errno.ETIMEDOUT):
            raise OSError(error, f"futex: {os.strerror(error)}")


def wake(address: int) -> None:
    """Wakes one sleeper, if there is one."""
    _wake(_FUTEX, address, _WAKE, 1)
