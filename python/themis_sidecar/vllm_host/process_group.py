"""The process group that vLLM's processes have for themselves, and the watcher that ends it after us."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from themis_sidecar.engines.start_error import EngineStartError
from themis_sidecar.vllm_host import group_watcher

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)

_GROUP = "THEMIS_SIDECAR_GROUP"


def guard_children(folder: Path) -> None:
    """Starts the watcher, whose group the processes that multiprocessing starts for us join; we stay where we are.

    When we are gone, however that came, it ends the group and removes the folder.
    """
    waiting, ours = os.pipe()
    held = [ours]
    with os.fdopen(waiting, "rb") as end:
        watcher = subprocess.Popen(
            [sys.executable, "-I", "-S", group_watcher.__file__, str(folder)],
            stdin=end, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
    assert watcher.stdout is not None
    with watcher.stdout as ready:
        if not ready.read(1):
            raise EngineStartError("the watcher of vLLM's processes did not start.")
    # Programs that are started know it by this, and join as soon as they import the sidecar's program.
    os.environ[_GROUP] = str(watcher.pid)
    _log.info("vllm's processes are watched group=%d", watcher.pid)

    def let_go() -> None:
        # A child's own child has it closed already, and may have its number for something else.
        while held:
            os.close(held.pop())
        join_group()

    # Python's pipes are closed in programs that are started; a child that is only forked has to let go of it.
    os.register_at_fork(after_in_child=let_go)


def join_group() -> None:
    """Makes a process of vLLM's one of the watcher's group, which signals to ours do not reach."""
    group = _group()
    if group is not None:
        # Without a watcher there is no group any more.
        with suppress(PermissionError, ProcessLookupError):
            os.setpgid(0, group)


def kill_others() -> None:
    """Kills vLLM's processes."""
    group = _group()
    for process in () if group is None else group_watcher.living(group):
        # The watcher bears its name.
        if process != group:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _group() -> int | None:
    name = os.environ.get(_GROUP, "")
    return int(name) if name.isdigit() else None
