"""A client that owns its half of the memory and does with it what it likes, by the numbers of the specification."""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from memory_client import MemoryClient
from themis_sidecar.shared_memory import futex
from wire_files import LAYOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sidecar_process import Sidecar

CONTROL = LAYOUT["segment"]["control"]
DATA_AT: int = LAYOUT["segment"]["data"]["at"]
_FORMATS = {"u32": "<I", "u64": "<Q"}


class RawClient(MemoryClient):
    """Reaches the memory beside the client's own code."""

    memory: mmap.mmap

    def keep(self, file: int) -> None:
        self.memory = mmap.mmap(file, os.fstat(file).st_size)

    def get(self, ring: str, field: str) -> int:
        """A word of a ring: to_listener or to_client."""
        form, at = CONTROL["fields"][field]
        return int(struct.unpack_from(_FORMATS[form], self.memory, CONTROL[ring] + at)[0])

    def put(self, ring: str, field: str, value: int) -> None:
        """Overwrites one."""
        form, at = CONTROL["fields"][field]
        struct.pack_into(_FORMATS[form], self.memory, CONTROL[ring] + at, value)

    def ring(self) -> None:
        """Wakes the sidecar's reader."""
        self.put("to_listener", "bell", 0)
        word = ctypes.c_uint32.from_buffer(self.memory, CONTROL["to_listener"] + CONTROL["fields"]["bell"][1])
        futex.wake(ctypes.addressof(word))

    def __enter__(self) -> RawClient:
        return self

    def __exit__(self, *arguments: object) -> None:
        super().__exit__(*arguments)
        self.memory.close()


def mappings(sidecar: Sidecar) -> Iterator[str]:
    """The kernel's words on each segment that the sidecar has mapped."""
    lines = Path(f"/proc/{sidecar.process.pid}/smaps").read_text().splitlines()
    for index, line in enumerate(lines):
        if "memfd:themis-bridge" in line:
            yield next(flags for flags in lines[index:] if flags.startswith("VmFlags:"))


def memory_files(sidecar: Sidecar) -> list[str]:
    """The memory files that it has open."""
    folder = Path(f"/proc/{sidecar.process.pid}/fd")
    links = [str(path.readlink()) for path in folder.iterdir()]
    return [link for link in links if "memfd:" in link]


def open_files(sidecar: Sidecar) -> int:
    """How many descriptors it has."""
    return len(list(Path(f"/proc/{sidecar.process.pid}/fd").iterdir()))


def shared_names() -> list[str]:
    """What has a name in the machine's shared memory."""
    return sorted(path.name for path in Path("/dev/shm").iterdir())  # noqa: S108 - looked at alone


def thread_count(sidecar: Sidecar) -> int:
    """How many threads it has."""
    return len(list(Path(f"/proc/{sidecar.process.pid}/task").iterdir()))
