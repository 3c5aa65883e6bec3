"""A running sidecar: a process of its own, as users have it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from frame_client import FrameClient
from memory_client import MemoryClient
from wire_files import MODEL, ROOT

if TYPE_CHECKING:
    from pathlib import Path

PROGRAM = ROOT / "python/vllm_shm_server.py"
SECONDS = 20.0


def run_program(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the program to its end."""
    return subprocess.run(
        [sys.executable, PROGRAM, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False
    )


class Sidecar:
    """Starts it, waits until it listens, and leaves nothing behind."""

    def __init__(
        self, folder: Path, *arguments: str, engine: str = "synthetic", patch: str = "",
        environment: dict[str, str] | None = None, interpreter: str = sys.executable, start_seconds: float = SECONDS,
        neighbour: str = "",
    ) -> None:  # fmt: skip
        """Starts an engine with these arguments; its socket is in a folder of its own. A patch is run before.

        With a neighbour, a line for the shell, it leads a process group that the neighbour is in.
        """
        self.folder = folder / "run"
        self.path = str(self.folder / "engine.sock")
        self.lines: list[str] = []
        self._is_up = threading.Event()
        program = PROGRAM
        if patch:
            program = folder / "patched.py"
            program.write_text(
                f"import sys\n\nsys.path.insert(0, {str(PROGRAM.parent)!r})\n{patch}\n{PROGRAM.read_text()}"
            )
        first = ["sh", "-c", f'{neighbour} & exec "$@"', "sh"] if neighbour else []
        command = [*first, interpreter, str(program), "--engine", engine, "--uds", self.path, *arguments]
        if engine == "scripted":
            command += ["--script", str(MODEL / "expected.json"), "--tokenizer", str(MODEL / "hf")]
        self.process = subprocess.Popen(
            command,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            cwd=PROGRAM.parent,
            env={**os.environ, **(environment or {})},
            start_new_session=bool(neighbour),
        )
        self._reader = threading.Thread(target=self._read_log, daemon=True)
        self._reader.start()
        if not self._is_up.wait(start_seconds):
            self.process.kill()
            raise AssertionError("\n".join(self.lines))
        assert self.process.poll() is None or self.is_listening, "\n".join(self.lines)

    @property
    def is_listening(self) -> bool:
        """Whether it ever said so."""
        return any(" listening path=" in line for line in self.lines)

    @property
    def metrics(self) -> str:
        """The address that it says its measurements are at."""
        return next(line.split(" metrics address=")[1] for line in self.lines if " metrics address=" in line)

    def connect_raw(self) -> FrameClient:
        """A client that has said nothing yet."""
        return FrameClient(self.path, seconds=SECONDS)

    def connect(self, transport: str = "uds") -> FrameClient:
        """A client that is open."""
        client = self.connect_memory_raw() if transport == "shm" else self.connect_raw()
        client.open()
        return client

    def connect_memory_raw(self) -> MemoryClient:
        """A client that has said nothing yet and will move to shared memory."""
        return MemoryClient(self.path, seconds=SECONDS)

    def connect_memory(self) -> MemoryClient:
        """A client that is open, in shared memory."""
        client = self.connect_memory_raw()
        client.open()
        assert client.kind == "shm", self.lines
        return client

    def send_signal(self, number: int) -> None:
        """Sends a signal."""
        self.process.send_signal(number)

    def wait(self) -> int:
        """Waits for its end and gives the exit code."""
        code = self.process.wait(SECONDS)
        self._reader.join(SECONDS)
        return code

    def stop(self) -> int:
        """Ends it by SIGTERM."""
        if self.process.poll() is None:
            self.send_signal(signal.SIGTERM)
        return self.wait()

    def kill(self) -> None:
        """Ends it whatever it does."""
        self.process.kill()
        self.wait()

    def left_files(self) -> list[str]:
        """What is in its folder."""
        return sorted(path.name for path in self.folder.iterdir())

    def _read_log(self) -> None:
        stream = self.process.stderr
        assert stream is not None
        for line in stream:
            self.lines.append(line.rstrip("\n"))
            if " listening path=" in line:
                self._is_up.set()
        self._is_up.set()
        stream.close()
