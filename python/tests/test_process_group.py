"""What forked children keep of the watcher's pipe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SCRIPT = """
import os, sys
from pathlib import Path
from themis_sidecar.vllm_host.process_group import guard_children
guard_children(Path(sys.argv[1]))
child = os.fork()
if child == 0:
    reader, writer = os.pipe()
    grandchild = os.fork()
    if grandchild == 0:
        os.fstat(reader)
        os.fstat(writer)
        os._exit(0)
    os._exit(os.waitstatus_to_exitcode(os.waitpid(grandchild, 0)[1]))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_grandchild_keeps_the_pipes_that_its_parent_made(tmp_path: Path) -> None:
    package = Path(__file__).parents[1]
    ended = subprocess.run(
        [sys.executable, "-c", SCRIPT, tmp_path / "copies"],
        cwd=package,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
