"""What vLLM does that nobody would expect, and that the sidecar's guards hold against each of it.

The numbers are those of the list of facts that the sidecar was written by; 4, 5 and 10 are about processes and stand
in test_vllm_life.py.
"""

from __future__ import annotations

import asyncio
import shutil
from array import array
from typing import TYPE_CHECKING, Any, cast

import pytest
from themis_sidecar.content.requests import Sampling, StructuredOutput
from themis_sidecar.failures import BridgeError
from themis_sidecar.vllm_host.liveness import EngineDeathError
from themis_sidecar.wire.words import Failure, Finish
from vllm_host_in_process import ENDLESS, SECONDS, finish, hosted, load, request, running, start
from vllm_process import LORA
from wire_files import questions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable
    from pathlib import Path

    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

QUESTION = questions()[0]
# What a frame cannot hold, and what nothing but the sidecar's own rules keeps from vLLM's engine.
WRONG: list[dict[str, Any]] = [
    {"seed": "a"}, {"seed": 2**70}, {"seed": True}, {"max_tokens": 1.5}, {"max_tokens": 0}, {"min_tokens": "1"},
    {"top_k": 2.0}, {"top_k": -5}, {"logprobs": "2"}, {"logprobs": 21}, {"temperature": "x"},
    {"temperature": float("nan")}, {"top_p": 0}, {"top_p": True}, {"min_p": "0"}, {"frequency_penalty": [1]},
    {"presence_penalty": 3}, {"repetition_penalty": 0}, {"ignore_eos": 1}, {"include_stop": "no"},
    {"stop": (1,)}, {"stop": ("",)}, {"stop_ids": ("a",)}, {"stop_ids": (1.0,)}, {"stop_ids": (99_999,)},
    {"logit_bias": ((1, "x"),)}, {"logit_bias": (("1", 1.0),)}, {"logit_bias": ((1, float("inf")),)},
    {"min_tokens": 5, "max_tokens": 4},
]  # fmt: skip


@pytest.fixture(autouse=True)
def quick_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "2")


def run(test: Callable[[VllmEngine], Awaitable[None]], *arguments: str) -> None:
    """Runs a test with a started engine, which must answer a question right afterwards."""

    async def body() -> None:
        async with hosted(*arguments) as engine:
            await test(engine)
            after = await finish(engine, request(QUESTION["prompt_token_ids"], Sampling()))
            assert after.ids == QUESTION["english_ids"], after.error

    asyncio.run(body())


def test_1_no_wrong_type_or_range_reaches_the_engine() -> None:
    async def test(engine: VllmEngine) -> None:
        given = cast("Any", engine.llm).given
        before = len(given)
        for wrong in WRONG:
            with pytest.raises(BridgeError) as refused:
                engine.generate(request(sampling=Sampling(**wrong)), cast("Any", None))
            assert refused.value.failure == Failure.INVALID_REQUEST, wrong
        others: list[dict[str, Any]] = [
            {"priority": "1"}, {"tenant": 5}, {"bypass_cache": 1},
            {"structured_output": StructuredOutput("choice", choices=cast("Any", (1,)))},
            {"structured_output": StructuredOutput("regex", cast("Any", 5))},
        ]  # fmt: skip
        for wrong in others:
            with pytest.raises(BridgeError):
                engine.generate(request(**wrong), cast("Any", None))
        for prompt in ([True], ["1"], [1.0], [-1], [1024]):
            assert (await finish(engine, request(cast("Any", prompt)))).error is not None
        assert len(given) == before

    run(test, "--scheduling-policy", "priority")


def test_1_wrong_type_deafens_an_engine_that_seems_well() -> None:
    """What the guard of the test above is there for, and what notices it if the guard has a hole."""

    async def body() -> None:
        async with hosted(liveness_seconds=0.5) as engine:
            with pytest.raises(BridgeError):
                engine.generate(request(sampling=Sampling(seed=cast("Any", "a"))), cast("Any", None))
            wrong = engine.names.sampling_params(seed="a", output_kind=engine.names.delta)
            stuck = asyncio.ensure_future(anext(engine.llm.generate(engine.rendered([5]), wrong, "wrong")))
            with pytest.raises(EngineDeathError, match="has not answered a question"):
                await asyncio.wait_for(engine.run(), SECONDS)
            assert not stuck.done()
            assert not engine.llm.errored
            await cast("Any", engine.llm).check_health()
            stuck.cancel()

    asyncio.run(body())


def test_2_adapter_that_went_fails_alone(tmp_path: Path) -> None:
    async def test(engine: VllmEngine) -> None:
        with pytest.raises(BridgeError) as never:
            engine.generate(request(adapter="german"), cast("Any", None))
        assert never.value.failure == Failure.UNKNOWN_ADAPTER
        (tmp_path / "adapter_config.json").write_text("{}")
        for path in (str(tmp_path / "nowhere"), str(tmp_path)):
            with pytest.raises(BridgeError) as refused:
                await load(engine, "german", path)
            assert refused.value.failure == Failure.INVALID_MODEL_FILE
        await load(engine, "german", str(LORA))
        # Takes the other's place in the engine, which has to read the other's copy again. Somebody cleared it away.
        await load(engine, "other", str(LORA))
        copies = sorted(engine.adapters.folder.iterdir())
        (copies[0] / "adapter_model.safetensors").unlink()
        broken = await finish(engine, request(adapter="german"))
        shutil.rmtree(copies[0])
        gone = await finish(engine, request(adapter="german"))
        assert len(copies) == 2
        assert broken.error is not None
        assert gone.error is not None
        assert [broken.error.failure, gone.error.failure] == [Failure.INVALID_MODEL_FILE] * 2
        assert not broken.calls + gone.calls

    run(test)


def test_3_more_adapters_than_places_take_turns(tmp_path: Path) -> None:
    async def test(engine: VllmEngine) -> None:
        for name in ("a", "b", "c"):
            await load(engine, name, str(shutil.copytree(LORA, tmp_path / f"german-{name}")))
        for name in ("a", "b", "c", "a"):
            answer = await finish(engine, request(QUESTION["prompt_token_ids"], Sampling(), adapter=name))
            assert answer.ids == QUESTION["german_ids"]

    run(test)


def test_6_request_counts_as_admitted_when_its_first_item_is_there() -> None:
    async def test(engine: VllmEngine) -> None:
        refused = await finish(engine, request(structured_output=StructuredOutput("regex", "((")))
        assert refused.error is not None
        assert (refused.error.failure, refused.error.parameter) == (Failure.INVALID_REQUEST, "structured_output")
        assert "second line" not in refused.error.message
        assert refused.calls == []

    run(test)


def test_7_abort_closes_the_generator_whatever_it_waits_for() -> None:
    async def test(engine: VllmEngine) -> None:
        kept: list[AsyncGenerator[object, None]] = []
        make = engine.llm.generate

        def keep(*given: Any, **more: Any) -> Any:  # noqa: ANN401 - as it comes
            kept.append(make(*given, **more))
            return kept[-1]

        # As if somebody held it: a generator that is only left goes on.
        cast("Any", engine.llm).generate = keep
        reading = await start(engine, request(sampling=ENDLESS))
        held = await start(engine, request(sampling=ENDLESS), wants_more=False)
        assert len(await running(engine)) == 2
        for stream in (reading, held):
            engine.abort(stream)
        deadline = asyncio.get_running_loop().time() + SECONDS
        while engine.load() != (0, 0):
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0)
        assert await running(engine) == []
        assert (reading.error, held.error, len(kept)) == (None, None, 2)

    run(test)


def test_8_ids_of_clients_may_come_twice() -> None:
    async def test(engine: VllmEngine) -> None:
        one = await start(engine, request(sampling=ENDLESS, request_id="same"))
        two = await start(engine, request(sampling=Sampling(ignore_eos=True, max_tokens=60), request_id="same"))
        ids = [given["request_id"] for given in cast("Any", engine.llm).given]
        assert len(set(ids[-2:])) == 2
        # Whatever is done to one of them in vLLM must not reach the other.
        await engine.llm.abort(ids[-2])
        await asyncio.wait_for(two.is_over.wait(), SECONDS)
        await asyncio.wait_for(one.is_over.wait(), SECONDS)
        assert len(two.ids) == 60
        assert one.error is not None
        assert one.error.failure == Failure.ABORTED_BY_ENGINE

    run(test)


def test_9_end_token_is_delivered_and_is_no_stop_id() -> None:
    async def test(engine: VllmEngine) -> None:
        ended = await finish(engine, request(QUESTION["prompt_token_ids"], Sampling()))
        assert ended.ids[-1] == 2
        assert ended.ending is not None
        assert (ended.ending.finish, ended.ending.stop_id) == (Finish.STOP, None)
        stop = QUESTION["english_ids"][4]
        stopped = await finish(engine, request(QUESTION["prompt_token_ids"], Sampling(stop_ids=(stop,))))
        assert stopped.ids[-1] == stop
        assert stopped.ending is not None
        assert stopped.ending.stop_id == stop

    run(test)


@pytest.mark.parametrize(("stop_ids", "told"), [((), None), ((0,), 0)])
def test_9_end_of_the_generation_configuration_is_a_stop_id_only_for_who_named_it(
    stop_ids: tuple[int, ...], told: int | None
) -> None:  # fmt: skip
    async def test(engine: VllmEngine) -> None:
        ended = await finish(engine, request([5, 1023], Sampling(stop_ids=stop_ids)))
        assert ended.ids == [0]
        assert ended.ending is not None
        assert (ended.ending.finish, ended.ending.stop_id) == (Finish.STOP, told)

    run(test)


def as_array(ids: list[int]) -> array[int]:
    return array("i", ids)


@pytest.mark.parametrize("kind", [tuple, as_array])
def test_11_prompt_becomes_a_list_of_ints(kind: Callable[[list[int]], object]) -> None:
    async def test(engine: VllmEngine) -> None:
        answer = await finish(engine, request(cast("Any", kind(QUESTION["prompt_token_ids"])), Sampling()))
        assert answer.ids == QUESTION["english_ids"], answer.error

    run(test)


def test_12_nobody_waits_for_ever_after_the_shutdown() -> None:
    async def body() -> None:
        async with hosted() as engine:
            streams = [await start(engine, request(sampling=ENDLESS), wants_more=one != 2) for one in range(3)]
            others = asyncio.all_tasks()
            await asyncio.wait_for(engine.close(), SECONDS)
            assert engine.load() == (0, 0)
            assert {task for task in others if not task.done()} == {asyncio.current_task()}
            assert all(stream.error is None for stream in streams)

    asyncio.run(body())


def test_13_cheapest_way_is_taken() -> None:
    async def test(engine: VllmEngine) -> None:
        await finish(engine, request([5, 6], tenant="one"))
        given = cast("Any", engine.llm).given[-1]
        assert given["prompt"] == {"type": "token", "prompt_token_ids": [5, 6], "cache_salt": "one"}
        assert (given["params"].detokenize, given["params"].output_kind) == (False, engine.names.delta)
        await finish(engine, request([5, 6], wants_text=True))
        assert cast("Any", engine.llm).given[-1]["params"].detokenize is True

    run(test)
