"""A program of its own, the first of the process group of vLLM's: ends whoever is left in it when we are gone.

vLLM's processes do not notice the death of the one that started them. This one waits at a pipe whose other end is
ours alone: it comes to its end however we do, SIGKILL included.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

# vLLM's engine takes its workers with it on SIGTERM, and their shared memory is tidied up, if it has the time.
GRACE_SECONDS = 8.0
_LOOK_SECONDS = 0.05
_STATE, _GROUP = 0, 2


def living(group: int) -> list[int]:
    """The processes of a group that are no zombies."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError, IndexError, ValueError):
            # The name, in parentheses, may hold anything.
            fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
            if int(fields[_GROUP]) == group and fields[_STATE] not in "ZX":
                found.append(int(entry.name))
    return found


def end_group(group: int, grace_seconds: float) -> None:
    """Asks all of a group but ourselves to end, and kills who does not."""
    deadline = time.monotonic() + grace_seconds
    for number in (signal.SIGTERM, signal.SIGKILL):
        for process in _others(group):
            with suppress(ProcessLookupError):
                os.kill(process, number)
        while _others(group) and time.monotonic() < deadline:
            time.sleep(_LOOK_SECONDS)


def _others(group: int) -> list[int]:
    return [process for process in living(group) if process != os.getpid()]


def main() -> None:
    """Waits for the end of the pipe."""
    # Whoever stops a whole terminal session stops us as well; we have to outlive it.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    os.setpgid(0, 0)
    # Whoever started us waits for it: only now there is a group to join.
    os.write(1, b"\n")
    os.close(1)
    while os.read(0, 1):
        pass
    end_group(os.getpid(), GRACE_SECONDS)
    shutil.rmtree(sys.argv[1], ignore_errors=True)


if __name__ == "__main__":
    main()
