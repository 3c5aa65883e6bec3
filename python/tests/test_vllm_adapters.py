"""Adapters of vLLM: copies of their own, replaced and unloaded while they are in use, and slow ones."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING, Any, cast

import pytest
from themis_sidecar.content.requests import Adapter, Sampling
from themis_sidecar.failures import BridgeError
from themis_sidecar.vllm_host.adapter_folder import digest_of
from themis_sidecar.wire.words import Failure, Operation
from vllm_host_in_process import ENDLESS, SECONDS, finish, hosted, load, request, start
from vllm_process import LORA, NAME, VllmTarget, wait_until_alone
from wire_files import questions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from sidecar_process import Sidecar
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

QUESTION = questions()[0]
PROMPT: list[int] = QUESTION["prompt_token_ids"]
GERMAN: list[int] = QUESTION["german_ids"]
WEIGHTS = "adapter_model.safetensors"


def run(test: Callable[[VllmEngine], Awaitable[None]], *arguments: str) -> None:
    async def body() -> None:
        async with hosted(*arguments) as engine:
            await test(engine)
            after = await finish(engine, request(PROMPT, Sampling()))
            assert after.ids == QUESTION["english_ids"], after.error

    asyncio.run(body())


@pytest.fixture
def german(tmp_path: Path) -> Path:
    """A folder of the caller's."""
    return shutil.copytree(LORA, tmp_path / "german")


def copies(engine: VllmEngine) -> list[str]:
    return sorted(one.name for one in engine.adapters.folder.iterdir())


async def until_copies_are(engine: VllmEngine, names: list[str]) -> None:
    deadline = asyncio.get_running_loop().time() + SECONDS
    while copies(engine) != names:
        assert asyncio.get_running_loop().time() < deadline, copies(engine)
        await asyncio.sleep(0.005)


def test_folder_that_goes_while_its_adapter_waits_for_a_place_harms_nobody(
    german: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "2")

    async def test(engine: VllmEngine) -> None:
        await load(engine, "german", str(german))
        endless = await start(engine, request(sampling=ENDLESS, adapter="german"))
        shutil.rmtree(german)
        # There is one place: the engine reads the first one's folder again in the midst of its steps.
        await load(engine, "other", str(LORA))
        seen = len(endless.ids)
        other = await finish(engine, request(PROMPT, Sampling(), adapter="other"))
        assert other.ids == GERMAN
        assert endless.error is None
        assert len(endless.ids) > seen
        engine.abort(endless)

    run(test)


def test_folder_that_changes_does_not_change_the_adapter_of_its_digest(german: Path) -> None:
    async def test(engine: VllmEngine) -> None:
        await load(engine, "german", str(german))
        (before,) = engine.adapters.adapters()
        (german / WEIGHTS).write_bytes(b"other weights")
        await load(engine, "other", str(LORA))
        answer = await finish(engine, request(PROMPT, Sampling(), adapter="german"))
        assert answer.ids == GERMAN
        assert before.digest == digest_of(LORA)
        # Only loading it again takes the new ones.
        await load(engine, "german", str(german))
        assert (await finish(engine, request(PROMPT, Sampling(max_tokens=5), adapter="german"))).ids != GERMAN[:5]
        assert engine.adapters.adapters()[0].digest == digest_of(german)

    run(test)


def test_adapter_is_replaced_while_it_is_in_use(german: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "5")

    async def test(engine: VllmEngine) -> None:
        await load(engine, "german", str(german))
        running = await start(engine, request(PROMPT, Sampling(), adapter="german"))
        (german / WEIGHTS).write_bytes(b"other weights")
        await load(engine, "german", str(german))
        assert copies(engine) == ["1", "2"]
        new = await finish(engine, request(PROMPT, Sampling(max_tokens=5), adapter="german"))
        assert new.ids != GERMAN[:5]
        await asyncio.wait_for(running.is_over.wait(), SECONDS)
        assert running.ids == GERMAN
        await until_copies_are(engine, ["2"])
        assert await engine.llm.list_loras() == {2}

    run(test, "--max-loras", "2")


def test_adapter_is_unloaded_when_nothing_runs_on_it(german: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "5")

    async def test(engine: VllmEngine) -> None:
        await load(engine, "german", str(german))
        running = await start(engine, request(PROMPT, Sampling(), adapter="german"))
        assert await engine.unload_adapter(NAME, "german")
        assert not await engine.unload_adapter(NAME, "german")
        with pytest.raises(BridgeError) as refused:
            engine.generate(request(adapter="german"), cast("Any", None))
        assert refused.value.failure == Failure.UNKNOWN_ADAPTER
        # vLLM would drop it although it is in use, and have it back with the next step.
        assert (copies(engine), await engine.llm.list_loras()) == (["1"], {1})
        await asyncio.wait_for(running.is_over.wait(), SECONDS)
        assert running.ids == GERMAN
        await until_copies_are(engine, [])
        assert await engine.llm.list_loras() == set()

    run(test)


def test_adapter_that_nobody_waits_for_is_loaded_all_the_same(german: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_LOAD_SECONDS", "0.3")

    async def test(engine: VllmEngine) -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(engine.load_adapter(Adapter(NAME, "german", str(german))), 0.1)
        await load(engine, "german", str(german))
        assert copies(engine) == ["1"]
        assert await engine.llm.list_loras() == {1}

    run(test)


def test_failed_load_leaves_no_copy(german: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(engine: VllmEngine) -> None:
        (german / WEIGHTS).unlink()
        with pytest.raises(BridgeError) as refused:
            await load(engine, "german", str(german))
        assert refused.value.parameter == "adapter"
        assert copies(engine) == []
        digests = iter(("before", "after"))

        def change(*_: object) -> str:
            return next(digests)

        monkeypatch.setattr("themis_sidecar.vllm_host.adapter_table.digest_of", change)
        with pytest.raises(BridgeError, match="changed while it was read"):
            await load(engine, "german", str(german))
        assert (copies(engine), engine.adapters.adapters()) == ([], [])

    run(test)


def test_slow_load_is_no_death(start_vllm: Callable[..., Sidecar], target: VllmTarget) -> None:
    sidecar = start_vllm("--liveness-seconds", "0.5", FAKE_VLLM_LOAD_SECONDS="2")
    with sidecar.connect() as client:
        german = {"model": NAME, "name": "german", "peft_path": target.lora}
        assert client.admin(1, Operation.ADAPTER_LOAD, german).end is not None
        # Takes the place of the first, which a request has the engine load again.
        assert client.admin(2, Operation.ADAPTER_LOAD, {**german, "name": "other"}).end is not None
        client.generate(3, PROMPT, model=NAME, adapter=b"german")
        assert client.wait(3).ids == GERMAN


def test_health_while_an_adapter_is_loaded_is_good(german: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_LOAD_SECONDS", "3")

    async def body() -> None:
        async with hosted(liveness_seconds=0.5) as engine:
            loading = asyncio.ensure_future(engine.load_adapter(Adapter(NAME, "german", str(german))))
            while not engine.adapters.is_loading:
                await asyncio.sleep(0.005)
            assert await engine.health() == (True, "vLLM is loading an adapter.")
            assert not loading.done()
            await asyncio.wait_for(loading, SECONDS)
            assert await engine.health() == (True, "")

    asyncio.run(body())


@pytest.mark.parametrize("is_killed", [True, False])
def test_copies_are_gone_with_the_sidecar(
    start_vllm: Callable[..., Sidecar], target: VllmTarget, tmp_path: Path, *, is_killed: bool
) -> None:  # fmt: skip
    place = tmp_path / "place"
    place.mkdir()
    sidecar = start_vllm(TMPDIR=str(place))
    with sidecar.connect() as client:
        german = {"model": NAME, "name": "german", "peft_path": target.lora}
        assert client.admin(1, Operation.ADAPTER_LOAD, german).end is not None
    (folder,) = place.glob("themis-sidecar-*")
    assert folder.stat().st_mode & 0o777 == 0o700
    assert digest_of(folder / "1") == digest_of(LORA)
    if is_killed:
        sidecar.kill()
        wait_until_alone(sidecar, 20)
    else:
        assert sidecar.stop() == 0
    assert not folder.exists()
