"""A sidecar over vLLM: the fake one, or the one that the environment names."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sidecar_process import Sidecar
from wire_files import MODEL, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FAKE = ROOT / "python/tests/fake_vllm"
NAME = "themis-tiny"
LORA = MODEL / "lora-german"


@dataclass(frozen=True)
class VllmTarget:
    """Where a vLLM is, and how patient one must be with it."""

    environment: dict[str, str]
    interpreter: str
    model: str
    lora: str
    seconds: float
    is_real: bool

    def start(
        self, folder: Path, *options: str, engine: tuple[str, ...] = (), patch: str = "", neighbour: str = "",
        **environment: str,
    ) -> Sidecar:  # fmt: skip
        """Starts a sidecar; what is said twice of the engine counts the second time."""
        given = ("--enable-lora", "--max-model-len", "512", *(("--dtype", "float32") if self.is_real else ()))
        return Sidecar(
            folder, "--served-model-name", NAME, *options, "--", "--model", self.model, *(engine or given),
            engine="vllm", environment={**self.environment, **environment}, interpreter=self.interpreter,
            start_seconds=self.seconds, patch=patch, neighbour=neighbour,
        )  # fmt: skip


def fake_target() -> VllmTarget:
    """The fake."""
    # A step of nothing at all would merge with the next.
    environment = {"PYTHONPATH": str(FAKE), "PYTHONDONTWRITEBYTECODE": "1", "FAKE_VLLM_STEP_MS": "2"}
    return VllmTarget(environment, sys.executable, str(MODEL / "hf"), str(LORA), 90.0, is_real=False)


def real_target() -> VllmTarget:
    """The one of THEMIS_VLLM_PYTHON, THEMIS_VLLM_MODEL and THEMIS_VLLM_LORA."""
    model = os.environ.get("THEMIS_VLLM_MODEL", str(MODEL / "hf"))
    lora = os.environ.get("THEMIS_VLLM_LORA", str(LORA))
    environment = {"HF_HUB_OFFLINE": "1", "VLLM_CPU_KVCACHE_SPACE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return VllmTarget(environment, os.environ["THEMIS_VLLM_PYTHON"], model, lora, 400.0, is_real=True)


def group_of(sidecar: Sidecar) -> dict[int, str]:
    """The command lines of vLLM's living processes, by their number; the watcher is not among them."""
    watcher = watcher_of(sidecar)
    return {process: line for process, line in _members(watcher) if process != watcher}


def watcher_of(sidecar: Sidecar) -> int:
    """The watcher, whose number is the name of the group."""
    return next(int(line.split(" group=")[1]) for line in sidecar.lines if " group=" in line)


def wait_until_alone(sidecar: Sidecar, seconds: float) -> None:
    """Waits until nobody of the group is left, the watcher neither."""
    deadline = time.monotonic() + seconds
    while left := dict(_members(watcher_of(sidecar))):
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def _members(group: int) -> Iterator[tuple[int, str]]:
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            state, _, found = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
            if int(found) == group and state not in "ZX":
                yield int(entry.name), (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (OSError, ValueError):
            continue
