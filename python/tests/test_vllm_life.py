"""The sidecar over vLLM as processes: its start, drain, deaths of each of them, and nobody left. Runs with both."""

from __future__ import annotations

import os
import signal
import time
from typing import TYPE_CHECKING

import pytest
from themis_sidecar.wire.words import Failure, Given, Option
from vllm_process import NAME, group_of, wait_until_alone

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from frame_client import FrameClient
    from sidecar_process import Sidecar
    from vllm_process import VllmTarget

ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS


def start_endless(client: FrameClient, *handles: int, tokens: int = 480) -> None:
    client.socket.settimeout(120)
    for handle in handles:
        client.generate(handle, [5, handle], model=NAME, options=ENDLESS, given=Given.MAX_TOKENS, max_tokens=tokens,
                        credit=100_000)  # fmt: skip
    while not all(client.answers[handle].ids for handle in handles):
        client.pump()


def children(sidecar: Sidecar) -> list[int]:
    """vLLM's processes; the youngest is a worker."""
    return sorted(group_of(sidecar))


def test_sigterm_lets_own_requests_end(start_vllm: Callable[..., Sidecar]) -> None:
    # vLLM's own way of draining returns at once: the sidecar counts for itself.
    sidecar = start_vllm(FAKE_VLLM_STEP_MS="5")
    with sidecar.connect() as client:
        start_endless(client, 1, 2, tokens=100)
        sidecar.send_signal(signal.SIGTERM)
        answers = client.wait(1), client.wait(2)
        assert [len(answer.ids) for answer in answers] == [100, 100]
    assert sidecar.wait() == 0
    wait_until_alone(sidecar, 30)


def test_drain_that_is_over_answers_everybody(start_vllm: Callable[..., Sidecar]) -> None:
    sidecar = start_vllm("--drain-seconds", "0.1", FAKE_VLLM_STEP_MS="50")
    with sidecar.connect() as client:
        start_endless(client, 1, 2)
        sidecar.send_signal(signal.SIGINT)
        for handle in (1, 2):
            assert client.wait(handle).refusal[0] == Failure.DRAINING
        assert client.read_until_closed() == []
    assert sidecar.wait() == 0
    wait_until_alone(sidecar, 30)


def test_interrupt_at_the_terminal_reaches_the_sidecar_and_not_its_engine(start_vllm: Callable[..., Sidecar]) -> None:
    sidecar = start_vllm(neighbour="true", FAKE_VLLM_STEP_MS="5")
    with sidecar.connect() as client:
        start_endless(client, 1, 2, tokens=100)
        os.killpg(sidecar.process.pid, signal.SIGINT)
        answers = client.wait(1), client.wait(2)
        assert [len(answer.ids) for answer in answers] == [100, 100]
    assert sidecar.wait() == 0
    wait_until_alone(sidecar, 30)


def test_killed_sidecar_leaves_its_neighbours_alone(start_vllm: Callable[..., Sidecar], tmp_path: Path) -> None:
    # As `sidecar | tee log` at a shell: both are in the group that the sidecar leads.
    number = tmp_path / "neighbour"
    sidecar = start_vllm(neighbour=f"sh -c 'echo $$ > {number}; exec sleep 120' >/dev/null 2>&1")
    neighbour = int(number.read_text())
    try:
        assert os.getpgid(neighbour) == sidecar.process.pid
        assert len(children(sidecar)) >= 2
        sidecar.kill()
        wait_until_alone(sidecar, 20)
        assert os.getpgid(neighbour) == sidecar.process.pid
    finally:
        os.kill(neighbour, signal.SIGKILL)


def test_shutdown_that_hangs_is_ended_by_killing(start_vllm: Callable[..., Sidecar]) -> None:
    patch = "from themis_sidecar.vllm_host import vllm_engine\nvllm_engine._SHUTDOWN_SECONDS = 0.5"
    sidecar = start_vllm(patch=patch, FAKE_VLLM_SHUTDOWN="hangs")
    assert sidecar.stop() == 0
    assert any("its processes are killed" in line for line in sidecar.lines)
    wait_until_alone(sidecar, 5)


def test_killed_sidecar_leaves_no_orphan(start_vllm: Callable[..., Sidecar]) -> None:
    sidecar = start_vllm()
    assert len(children(sidecar)) >= 2
    with sidecar.connect() as client:
        start_endless(client, 1)
        sidecar.kill()
        wait_until_alone(sidecar, 20)


@pytest.mark.parametrize("victim", [0, -1])
def test_death_of_the_engine_reaches_everybody(start_vllm: Callable[..., Sidecar], victim: int) -> None:
    sidecar = start_vllm(FAKE_VLLM_STEP_MS="20")
    with sidecar.connect() as client, sidecar.connect() as idle:
        start_endless(client, 1, 2)
        os.kill(vllm_process(sidecar, victim), signal.SIGKILL)
        for handle in (1, 2):
            assert client.wait(handle).refusal[0] == Failure.ENGINE_FAILED
        idle.socket.settimeout(60)
        idle.read_until_closed()
    assert sidecar.wait() == 1
    wait_until_alone(sidecar, 30)


def vllm_process(sidecar: Sidecar, which: int) -> int:
    """The engine's core or a worker: the first or last of those that are no resource tracker."""
    names = group_of(sidecar)
    return [process for process in children(sidecar) if "resource_tracker" not in names[process]][which]


def test_engine_that_is_silent_counts_as_dead(start_vllm: Callable[..., Sidecar], target: VllmTarget) -> None:
    sidecar = start_vllm("--liveness-seconds", "10" if target.is_real else "1.5", FAKE_VLLM_STEP_MS="20")
    with sidecar.connect() as client:
        start_endless(client, 1)
        os.kill(vllm_process(sidecar, -1), signal.SIGSTOP)
        began = time.monotonic()
        assert client.wait(1).refusal[0] == Failure.ENGINE_FAILED
        assert time.monotonic() - began < 60
    assert sidecar.process.wait(60) == 1
    wait_until_alone(sidecar, 30)
    assert any("has not answered a question" in line for line in sidecar.lines)
