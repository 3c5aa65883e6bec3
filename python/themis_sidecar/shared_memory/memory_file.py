"""Memory files, without a name and sealed, and their mapping: memfd_create(2), posix_fallocate(3), fcntl(2), mmap(2).

All of it through the C library. Python's memfd_create is missing where Python was built for an old one, and Python's
mmap keeps a descriptor of its own for as long as the mapping lives.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
from typing import Final

# asm/unistd_64.h, linux/memfd.h.
_MEMFD_CREATE: Final = 319
_CLOSE_ON_EXEC: Final = 1
_ALLOW_SEALING: Final = 2

# linux/fcntl.h.
_ADD_SEALS: Final = 1033
# SEAL, SHRINK, GROW: the size stays as it is, and so do the seals.
_SIZE_SEALS: Final = 1 | 2 | 4

# asm-generic/mman.h.
_READ_AND_WRITE: Final = 1 | 2
_SHARED: Final = 1
_DONT_FORK: Final = 10
_FAILED: Final = ctypes.c_void_p(-1).value

_libc = ctypes.CDLL(None, use_errno=True)
_create = _libc.syscall
_create.argtypes, _create.restype = (ctypes.c_long, ctypes.c_char_p, ctypes.c_uint), ctypes.c_long
_map = _libc.mmap
_map.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long)
_map.restype = ctypes.c_void_p
_advise = _libc.madvise
_advise.argtypes, _advise.restype = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int), ctypes.c_int
_unmap = _libc.munmap
_unmap.argtypes, _unmap.restype = (ctypes.c_void_p, ctypes.c_size_t), ctypes.c_int


def create_memory_file(size: int) -> int:
    """Makes a file of zeros whose size nobody can change, and gives its descriptor. OSError: the kernel refused.

    It has all its memory. A page without is made when it is touched, and where the machine promises no more memory than
    it has, the kernel may have none then and ends the process (SIGBUS).
    """
    file = _create(_MEMFD_CREATE, b"themis-bridge", _CLOSE_ON_EXEC | _ALLOW_SEALING)
    if file < 0:
        raise _error("memfd_create")
    try:
        os.posix_fallocate(file, 0, size)
        fcntl.fcntl(file, _ADD_SEALS, _SIZE_SEALS)
    except OSError:
        os.close(file)
        raise
    return file


def map_memory(file: int, size: int) -> int:
    """Maps a file, which may be closed afterwards, and gives the address. OSError: the kernel refused."""
    address = _map(None, size, _READ_AND_WRITE, _SHARED, file, 0)
    if address == _FAILED:
        raise _error("mmap")
    # A child that is forked does not hold it.
    if _advise(address, size, _DONT_FORK) != 0:
        error = _error("madvise")
        unmap_memory(address, size)
        raise error
    return address


def unmap_memory(address: int, size: int) -> None:
    """Gives a mapping back. Nobody may use it any more."""
    _unmap(address, size)


def _error(call: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{call}: {os.strerror(number)}")
