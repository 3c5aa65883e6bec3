"""The process group that vLLM's processes share with us, and the watcher that stands outside it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from themis_sidecar.vllm_host import group_watcher


def guard_children() -> None:
    """Makes a group of our own, and starts the watcher that ends it after us."""
    if os.getpgrp() != os.getpid():
        os.setpgid(0, 0)
    waiting, ours = os.pipe()
    held = [ours]

    def let_go() -> None:
        # A child's own child has it closed already, and may have its number for something else.
        while held:
            os.close(held.pop())

    # Python's pipes are closed in programs that are started; a child that is only forked has to let go of it.
    os.register_at_fork(after_in_child=let_go)
    with os.fdopen(waiting, "rb") as end:
        subprocess.Popen(
            [sys.executable, "-I", "-S", group_watcher.__file__, str(os.getpgrp())],
            stdin=end, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip


def kill_others() -> None:
    """Kills all of the group but us."""
    for process in group_watcher.living(os.getpgrp()):
        if process != os.getpid():
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
