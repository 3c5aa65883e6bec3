"""Fixtures that more than one file uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sidecar_process import Sidecar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Sidecar]]:
    """Starts sidecars and ends them, each with nothing left in its folder."""
    started: list[Sidecar] = []

    def run(*arguments: str, engine: str = "synthetic", patch: str = "") -> Sidecar:
        folder = tmp_path / f"sidecar{len(started)}"
        folder.mkdir()
        started.append(Sidecar(folder, *arguments, engine=engine, patch=patch))
        return started[-1]

    yield run
    for sidecar in started:
        if sidecar.process.poll() is None:
            sidecar.stop()
        assert sidecar.process.returncode == -9 or sidecar.left_files() == []
