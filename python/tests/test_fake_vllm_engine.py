"""The engine of the fake vLLM held against the page of facts: its types and arguments, and what is asked of it beside
answers."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
import vllm
from vllm.exceptions import ProfilerAlreadyActiveError, RetryableRequestError
from vllm.logprobs import FlatLogprobs, Logprob
from vllm.lora.request import LoRARequest
from vllm.outputs import PoolingOutput
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError
from vllm.v1.metrics.loggers import StatLoggerBase
from vllm.v1.metrics.stats import RequestStateStats, SchedulerStats
from vllm_host_in_process import SECONDS, finish, first, request, run
from vllm_process import LORA
from wire_files import MODEL

if TYPE_CHECKING:
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

DELTA = RequestOutputKind.DELTA
FIELDS: dict[type, str] = {
    vllm.RequestOutput: "request_id prompt prompt_token_ids prompt_logprobs prompt_token_id_logprobs outputs finished "
    "metrics lora_request encoder_prompt encoder_prompt_token_ids num_cached_tokens num_cache_creation_tokens "
    "kv_transfer_params ec_transfer_params",
    vllm.CompletionOutput: "index text token_ids cumulative_logprob logprobs routed_experts finish_reason stop_reason "
    "lora_request sampling_mask spec_decode_metrics weight_versions",
    vllm.PoolingRequestOutput: "request_id outputs prompt_token_ids num_cached_tokens finished error",
    vllm.PoolingParams: "use_activation dimensions step_tag_id returned_token_ids task requires_token_ids "
    "skip_reading_prefix_cache late_interaction_params extra_kwargs output_kind",
    PoolingOutput: "data",
    RequestStateStats: "num_generation_tokens num_preemptions arrival_time queued_ts scheduled_ts first_token_ts "
    "last_token_ts first_token_latency is_corrupted is_watermarked is_watermark_skipped",
    SchedulerStats: "num_running_reqs num_waiting_reqs num_skipped_waiting_reqs step_counter current_wave "
    "kv_cache_usage prefix_cache_stats waiting_lora_adapters running_lora_adapters spec_decoding_stats",
    FlatLogprobs: "start_indices end_indices token_ids logprobs ranks decoded_tokens",
    Logprob: "logprob rank decoded_token",
}
ARGUMENTS: dict[str, object] = {
    "served_model_name": None, "tokenizer": None, "runner": "auto", "convert": "auto", "skip_tokenizer_init": False,
    "trust_remote_code": False, "load_format": "auto", "dtype": "auto", "seed": 0, "max_model_len": None,
    "distributed_executor_backend": None, "tensor_parallel_size": 1, "block_size": None,
    "enable_prefix_caching": None, "gpu_memory_utilization": 0.92, "kv_cache_memory_bytes": None,
    "max_num_batched_tokens": None, "max_num_seqs": None, "max_num_queued_reqs": None, "max_num_queued_tokens": None,
    "max_logprobs": 20, "disable_log_stats": False, "enforce_eager": False, "enable_lora": False, "max_loras": 1,
    "max_lora_rank": 16, "max_cpu_loras": None, "lora_dtype": "auto", "quantization": None,
    "num_gpu_blocks_override": None, "enable_chunked_prefill": None, "scheduling_policy": "fcfs",
    "kv_events_config": None, "generation_config": "auto", "enable_sleep_mode": False, "async_scheduling": None,
    "stream_interval": 1, "shutdown_timeout": 0, "enable_log_requests": False,
}  # fmt: skip


@pytest.fixture(autouse=True)
def a_step_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of no time at all would merge."""
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "5")


@pytest.mark.parametrize("kind", FIELDS)
def test_types_have_the_fields_of_the_page(kind: Any) -> None:  # noqa: ANN401
    assert [field.name for field in dataclasses.fields(kind)] == FIELDS[kind].split()


def test_engine_arguments_have_the_defaults_of_the_page() -> None:
    given = vllm.AsyncEngineArgs()
    assert {name: getattr(given, name) for name in ARGUMENTS} == ARGUMENTS


def test_loggers_are_told_once_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "20")
    told: list[object] = []

    class Logger(StatLoggerBase):
        """Writes down."""

        def __init__(self, vllm_config: object, engine_index: int = 0) -> None:
            del vllm_config
            told.append(engine_index)

        def record(
            self, scheduler_stats: SchedulerStats | None, iteration_stats: object, mm_cache_stats: object = None,
            engine_idx: int = 0,
        ) -> None:  # fmt: skip
            del iteration_stats, mm_cache_stats, engine_idx
            told.append(scheduler_stats and scheduler_stats.num_running_reqs)

        def log_engine_initialized(self) -> None:
            told.append("there")

        def log(self) -> None:
            told.append("log")

    async def body() -> None:
        args = vllm.AsyncEngineArgs(str(MODEL / "hf"))
        llm = vllm.AsyncLLMEngine.from_engine_args(args, stat_loggers=[Logger])
        try:
            params = vllm.SamplingParams(output_kind=DELTA, max_tokens=3, ignore_eos=True)
            async for _ in llm.generate({"type": "token", "prompt_token_ids": [5]}, params, "one"):
                pass
            await llm.do_log_stats()
        finally:
            llm.shutdown()

    asyncio.run(body())
    assert told == [0, "there", 1, 1, 1, "log"]


def test_workers_are_asked_and_what_they_cannot_do_is_a_bare_exception() -> None:
    async def test(engine: VllmEngine) -> None:
        assert await engine.llm.collective_rpc("check_health") == [None]
        assert await engine.llm.collective_rpc(_name_of, args=("a",), kwargs={"more": "b"}) == ["Worker a b"]
        with pytest.raises(Exception, match=r"^Call to collective_rpc method failed: Worker failed with error") as told:
            await engine.llm.collective_rpc("nothing")
        assert type(told.value) is Exception
        assert (await asyncio.wait_for(first(engine), SECONDS)).outputs

    run(test)


def _name_of(worker: object, first: str, more: str) -> str:
    return f"{type(worker).__name__} {first} {more}"


def test_profiler_starts_once() -> None:
    async def test(engine: VllmEngine) -> None:
        await engine.llm.start_profile()
        with pytest.raises(ProfilerAlreadyActiveError):
            await engine.llm.start_profile("again", delay_iterations=1, max_iterations=2)
        await engine.llm.stop_profile()
        await engine.llm.start_profile()

    run(test)


def test_engine_without_its_output_task_does_not_run() -> None:
    async def test(engine: VllmEngine) -> None:
        handler = engine.llm.output_handler
        assert handler is not None
        assert (engine.llm.is_running, engine.llm.errored) == (True, False)
        handler.cancel()
        await asyncio.wait((handler,))
        assert (engine.llm.is_running, engine.llm.errored, engine.llm.is_stopped) == (False, True, True)
        with pytest.raises(EngineDeadError):
            await first(engine)

    run(test)


def test_adapter_goes_by_its_number_and_comes_back_after_it_was_dropped() -> None:
    async def test(engine: VllmEngine) -> None:
        llm = engine.llm
        german = LoRARequest("german", 1, str(LORA))
        assert await llm.add_lora(german)
        assert await llm.add_lora(LoRARequest("other", 1, "/nowhere"))
        params = vllm.SamplingParams(output_kind=DELTA, ignore_eos=True, max_tokens=None)
        one = llm.generate({"type": "token", "prompt_token_ids": [5]}, params, "one", lora_request=german)
        await asyncio.wait_for(anext(one), SECONDS)
        assert await llm.remove_lora(1)
        # It goes on, and needs it at its next step.
        deadline = asyncio.get_running_loop().time() + SECONDS
        while await llm.list_loras() != {1}:
            assert asyncio.get_running_loop().time() < deadline
        await asyncio.wait_for(anext(one), SECONDS)
        assert not await llm.remove_lora(9)
        assert await llm.add_lora(LoRARequest("second", 2, str(LORA)))
        await one.aclose()

    run(test)


def test_bad_adapter_is_told_as_the_page_says() -> None:
    async def test(engine: VllmEngine) -> None:
        with pytest.raises(Exception, match="Loading lora nope2 failed") as told:
            await engine.llm.add_lora(LoRARequest("nope2", 2, "does-not-exist"))
        assert str(told.value) == (
            "Call to add_lora method failed: Worker failed with error 'Loading lora nope2 failed: No adapter found "
            "for does-not-exist', please check the stack trace above for the root cause"
        )

    run(test)


@pytest.mark.parametrize(("version", "error"), [("0.32.0", EngineGenerateError), ("0.33.0", RetryableRequestError)])
def test_what_may_be_tried_again_is_wrapped_until_0_33(
    version: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def test(engine: VllmEngine) -> None:
        monkeypatch.setenv("FAKE_VLLM_VERSION", version)
        waiting = asyncio.ensure_future(first(engine))
        await asyncio.sleep(0)
        collector = next(iter(engine.llm._collectors.values()))  # pyright: ignore[reportPrivateUsage]
        collector.put_error(RetryableRequestError("full"))
        with pytest.raises(error):
            await waiting

    run(test)


def test_paused_0_33_refuses_and_the_client_is_told_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(engine: VllmEngine) -> None:
        monkeypatch.setenv("FAKE_VLLM_VERSION", "0.33.0")
        await engine.llm.pause_generation()
        with pytest.raises(RetryableRequestError, match=r"^Generation is paused\. Please retry after it resumes\.$"):
            await first(engine)
        stream = await finish(engine, request())
        assert stream.error is not None
        assert stream.error.failure.name == "BUSY"
        await engine.llm.resume_generation()
        assert (await finish(engine, request())).error is None

    run(test)


def test_structures_take_one_constraint_of_six() -> None:
    assert StructuredOutputsParams(regex="a", disable_any_whitespace=True, whitespace_pattern=" ").regex == "a"
    with pytest.raises(Exception, match="You can only use one kind of structured outputs constraint but multiple"):
        StructuredOutputsParams(regex="a", choice=["b"])
