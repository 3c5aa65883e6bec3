"""Fixtures that more than one file uses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sidecar_process import Sidecar
from vllm_process import VllmTarget, fake_target, wait_until_alone

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


@pytest.fixture(scope="session")
def target() -> VllmTarget:
    """The vLLM that tests of the sidecar over vLLM run with."""
    return fake_target()


@pytest.fixture(scope="module")
def vllm(target: VllmTarget, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sidecar]:
    """A sidecar over vLLM that the tests of a file share."""
    sidecar = target.start(tmp_path_factory.mktemp("vllm"))
    yield sidecar
    assert sidecar.stop() == 0
    assert sidecar.left_files() == []


@pytest.fixture
def start_vllm(target: VllmTarget, tmp_path: Path) -> Iterator[Callable[..., Sidecar]]:
    """Starts sidecars over vLLM of a test's own."""
    started: list[Sidecar] = []

    def run(
        *options: str, engine: tuple[str, ...] = (), patch: str = "", neighbour: str = "", **environment: str
    ) -> Sidecar:  # fmt: skip
        folder = tmp_path / f"vllm{len(started)}"
        folder.mkdir()
        started.append(target.start(folder, *options, engine=engine, patch=patch, neighbour=neighbour, **environment))
        return started[-1]

    yield run
    for sidecar in started:
        sidecar.stop()
        wait_until_alone(sidecar, 30)
