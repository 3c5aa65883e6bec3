"""The fake vLLM held against the page of facts: names, signatures, defaults, and the texts of errors of 0.32.0."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any

import pytest
import vllm
from vllm.exceptions import (
    GracefulHTTPError,
    LoRAAdapterNotFoundError,
    MaxQueuedTokensError,
    ProfilerAlreadyActiveError,
    QueueOverflowError,
    RetryableRequestError,
    VLLMClientError,
    VLLMError,
    VLLMServerError,
    VLLMUnprocessableEntityError,
    VLLMValidationError,
)
from vllm.lora.request import LoRARequest
from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError
from vllm_host_in_process import SECONDS, first, run, running
from vllm_process import LORA

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

MEMBERS = {
    "generate": "prompt, sampling_params, request_id, *, prompt_text=None, lora_request=None, "
                "tokenization_kwargs=None, trace_headers=None, priority=0, data_parallel_rank=None, session_id=None, "
                "kv_hints=None, reasoning_ended=None, reasoning_parser_kwargs=None",
    "encode": "prompt, pooling_params, request_id, lora_request=None, trace_headers=None, priority=0, "
              "tokenization_kwargs=None, reasoning_ended=None",
    "add_request": "request_id, prompt, params, arrival_time=None, lora_request=None, tokenization_kwargs=None, "
                   "trace_headers=None, priority=0, data_parallel_rank=None, session_id=None, prompt_text=None, "
                   "reasoning_ended=None, reasoning_parser_kwargs=None, kv_hints=None",
    "abort": "request_id, internal=False", "add_lora": "lora_request", "remove_lora": "lora_id", "list_loras": "",
    "pin_lora": "lora_id", "pause_generation": "*, mode='abort', clear_cache=True", "resume_generation": "",
    "is_paused": "", "sleep": "level=1, mode='abort'", "wake_up": "tags=None", "is_sleeping": "",
    "release_kv_cache_memory": "", "reset_prefix_cache": "reset_running_requests=False, reset_connector=False",
    "reset_mm_cache": "", "reset_encoder_cache": "", "check_health": "", "do_log_stats": "", "get_supported_tasks": "",
    "is_tracing_enabled": "", "wait_for_requests_to_drain": "drain_timeout=300", "get_tokenizer": "",
    "get_num_unfinished_requests": "", "get_num_queued_tokens": "", "check_admission": "n=1, request_id=None",
    "shutdown": "timeout=None", "collective_rpc": "method, timeout=None, args=(), kwargs=None",
    "start_profile": "profile_prefix=None, *, delay_iterations=None, max_iterations=None", "stop_profile": "",
    "notify_kv_transfer_request_rejected": "request_id, kv_transfer_params, *, data_parallel_rank=None",
    "get_kv_event_sources": "",
    "__init__": "vllm_config, executor_class, log_stats, usage_context=…, mm_registry=None, log_requests=True, "
                "start_engine_loop=True, stat_loggers=None, aggregate_engine_logging=False, client_addresses=None, "
                "client_count=1, client_index=0, profiler=None",
}  # fmt: skip
MAKERS = {
    "from_engine_args": "engine_args, start_engine_loop=True, usage_context=…, stat_loggers=None",
    "from_vllm_config": "vllm_config, start_engine_loop=True, usage_context=…, stat_loggers=None, "
                        "enable_log_requests=False, aggregate_engine_logging=False, disable_log_stats=False, "
                        "client_addresses=None, client_count=1, client_index=0",
}  # fmt: skip
ASYNC = {name for name in MEMBERS if name not in {"generate", "encode", "get_tokenizer", "get_num_unfinished_requests",
         "get_num_queued_tokens", "check_admission", "shutdown", "get_kv_event_sources", "__init__"}}  # fmt: skip
DEFAULTS: dict[str, object] = {
    "n": 1, "presence_penalty": 0.0, "frequency_penalty": 0.0, "repetition_penalty": 1.0, "temperature": 1.0,
    "watermarking": None, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "seed": None, "stop": None, "stop_token_ids": None,
    "ignore_eos": False, "max_tokens": 16, "min_tokens": 0, "logprobs": None, "prompt_logprobs": None,
    "prompt_logprob_token_ids": None, "prompt_logprob_start": None, "logprob_token_ids": None, "flat_logprobs": False,
    "detokenize": True, "skip_special_tokens": True, "spaces_between_special_tokens": True,
    "include_stop_str_in_output": False, "output_kind": RequestOutputKind.CUMULATIVE, "stream_interval": None,
    "skip_clone": False, "output_text_buffer_length": 0, "structured_outputs": None, "logit_bias": None,
    "allowed_token_ids": None, "extra_args": None, "bad_words": None, "skip_reading_prefix_cache": None,
    "thinking_token_budget": None, "repetition_detection": None, "routed_experts_prompt_start": 0,
    "trace_decode_token_ids": None,
}  # fmt: skip
ERRORS: list[tuple[dict[str, Any], str]] = [
    ({"temperature": -1}, "temperature must be non-negative, got -1. (parameter=temperature, value=-1)"),
    ({"temperature": float("nan")},
     "temperature must be a finite number, got nan. (parameter=temperature, value=nan)"),
    ({"top_p": 0}, "top_p must be in (0, 1], got 0. (parameter=top_p, value=0)"),
    ({"top_k": -5}, "top_k must be 0 (disable), or at least 1, got -5."),
    ({"min_p": 2}, "min_p must be in [0, 1], got 2."),
    ({"max_tokens": 0}, "max_tokens must be at least 1, got 0. (parameter=max_tokens, value=0)"),
    ({"min_tokens": 300, "max_tokens": 256}, "min_tokens must be less than or equal to max_tokens=256, got 300."),
    ({"n": 0}, "n must be at least 1, got 0."),
    ({"n": 2, "temperature": 0}, "n must be 1 when using greedy sampling, got 2."),
    ({"stop": ["x"], "detokenize": False},
     "stop strings are only supported when detokenize is True. Set detokenize=True to use stop."),
    ({"stop": [""]}, "stop cannot contain an empty string."),
    ({"logprobs": -2}, "logprobs must be non-negative or -1, got -2. (parameter=logprobs, value=-2)"),
    ({"presence_penalty": 3}, "presence_penalty must be in [-2, 2], got 3."),
    ({"repetition_penalty": 0}, "repetition_penalty must be greater than zero, got 0."),
    ({"repetition_penalty": float("nan")}, "repetition_penalty must be a finite number, got nan."),
    ({"stop_token_ids": ["a"]}, "stop_token_ids must contain only integers, got ['a']."),
    ({"stream_interval": 0}, "stream_interval must be at least 1, got 0. (parameter=stream_interval, value=0)"),
]  # fmt: skip
_OUTSIDE = "contain out-of-vocab token ids. Vocabulary size: 1024 (parameter="
# Told when the first item is asked for; the engine goes on.
LATER: list[tuple[dict[str, Any], str]] = [
    ({"stop_token_ids": [99_999]}, f"token_id(s) [99999] in stop_token_ids {_OUTSIDE}stop_token_ids, value=[99999])"),
    ({"logit_bias": {1024: 1.0}}, f"token_id(s) [1024] in logit_bias {_OUTSIDE}logit_bias, value=[1024])"),
    ({"allowed_token_ids": [1024]}, "allowed_token_ids contains out-of-vocab token id!"),
    ({"logprobs": 25},
     "Requested sample logprobs of 25, which is greater than max allowed: 20 (parameter=logprobs, value=25)"),
    ({"structured_outputs": StructuredOutputsParams(choice=[])}, "Choice '[]' cannot be an empty list"),
    ({"structured_outputs": StructuredOutputsParams(json="{")}, "Invalid JSON grammar specification."),
]  # fmt: skip
DEAF: list[dict[str, Any]] = [
    {"seed": "a"}, {"max_tokens": 1.5}, {"seed": True}, {"stop": [1], "detokenize": True}, {"logit_bias": {1: "x"}},
    {"structured_outputs": StructuredOutputsParams(choice=["a", 1])},  # pyright: ignore[reportArgumentType]
]  # fmt: skip


async def ending_of(outputs: AsyncGenerator[vllm.RequestOutput, None]) -> str | None:
    ending = None
    async for output in outputs:
        ending = output.outputs[0].finish_reason
    return ending


def plain(member: Any, skipped: int = 0) -> str:  # noqa: ANN401
    """Its parameters without their types."""
    parameters = list(inspect.signature(member).parameters.values())[skipped:]
    text = str(inspect.Signature([one.replace(annotation=inspect.Parameter.empty) for one in parameters]))
    return text[1:-1].replace("<UsageContext.ENGINE_CONTEXT: 'ENGINE_CONTEXT'>", "…")


@pytest.mark.parametrize("name", MEMBERS)
def test_members_have_the_parameters_of_the_page(name: str) -> None:
    member: Any = getattr(vllm.AsyncLLMEngine, name)
    assert plain(member, 1) == MEMBERS[name]
    assert inspect.iscoroutinefunction(member) == (name in ASYNC)
    assert inspect.isasyncgenfunction(member) == (name in {"generate", "encode"})


def test_makers_have_the_parameters_of_the_page() -> None:
    assert {name: plain(getattr(vllm.AsyncLLMEngine, name)) for name in MAKERS} == MAKERS
    assert plain(vllm.AsyncEngineArgs.create_engine_config, 1) == "usage_context=None, headless=False"


def test_what_the_page_says_is_not_there_is_not_there() -> None:
    for name in ("get_model_config", "get_vllm_config", "get_decoding_config", "start_background_loop"):
        assert not hasattr(vllm.AsyncLLMEngine, name)


def test_sampling_params_have_the_fields_and_defaults_of_the_page() -> None:
    params = vllm.SamplingParams()
    assert {name: getattr(params, name) for name in DEFAULTS} == DEFAULTS
    private = {"_eos_token_id", "_all_stop_token_ids", "_watermarking_skipped", "_bad_words_token_ids"}
    assert set(vllm.SamplingParams.__struct_fields__) == {*DEFAULTS, *private}
    for removed in ("best_of", "logits_processors", "guided_decoding", "truncate_prompt_tokens"):
        with pytest.raises(TypeError, match=f"Unexpected keyword argument '{removed}'"):
            vllm.SamplingParams(**{removed: 1})


@pytest.mark.parametrize(("options", "text"), ERRORS)
def test_constructor_tells_what_is_out_of_range(options: dict[str, Any], text: str) -> None:
    with pytest.raises(VLLMValidationError) as told:
        vllm.SamplingParams(**options)
    assert str(told.value) == text


@pytest.mark.parametrize("options", [
    {"seed": -1}, {"seed": 2**63 - 1}, {"top_k": 10**6}, {"max_tokens": 10**9}, {"max_tokens": None}, {"seed": "a"},
    {"max_tokens": 1.5},
])  # fmt: skip
def test_constructor_takes_whatever_it_is_not_asked_to_check(options: dict[str, Any]) -> None:
    assert vllm.SamplingParams(**options)


def test_what_the_front_end_finds_leaves_the_engine_unharmed() -> None:
    async def test(engine: VllmEngine) -> None:
        for options, text in LATER:
            with pytest.raises(VLLMValidationError) as told:
                await asyncio.wait_for(first(engine, **options), SECONDS)
            assert str(told.value) == text
        cases: list[dict[str, Any]] = [{"seed": 2**70}, {"prompt": range(3)}]
        for more in cases:
            with pytest.raises(EngineGenerateError, match=r"^$"):
                await asyncio.wait_for(first(engine, **more), SECONDS)
        assert (await asyncio.wait_for(first(engine), SECONDS)).outputs

    run(test)


@pytest.mark.parametrize("options", DEAF)
def test_wrong_type_deafens_the_engine_and_nobody_is_told(options: dict[str, Any]) -> None:
    async def test(engine: VllmEngine) -> None:
        stuck = asyncio.ensure_future(first(engine, **options))
        await asyncio.sleep(0)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(engine.llm.list_loras(), 0.3)
        assert not stuck.done()
        assert (engine.llm.errored, engine.llm.is_running) == (False, True)
        await engine.llm.check_health()
        stuck.cancel()

    run(test)


@pytest.mark.parametrize("kill", ["generate", "pin"])
def test_bad_adapter_given_to_generate_and_pinning_kill_the_engine(kill: str) -> None:
    async def test(engine: VllmEngine) -> None:
        params = vllm.SamplingParams(output_kind=RequestOutputKind.DELTA)
        lora = LoRARequest("bad", 9, "/nowhere")
        with pytest.raises(Exception, match="Call to add_lora method failed: "):
            await engine.llm.add_lora(lora)
        if kill == "pin":
            await engine.llm.add_lora(LoRARequest("a", 1, str(LORA)))
            await engine.llm.pin_lora(1)
            lora = LoRARequest("b", 2, str(LORA))
        with pytest.raises(EngineDeadError):
            await asyncio.wait_for(
                anext(engine.llm.generate({"prompt_token_ids": [5]}, params, "x", lora_request=lora)), SECONDS
            )
        assert engine.llm.errored

    run(test)


def test_duplicate_ids_run_both_and_are_aborted_both() -> None:
    async def test(engine: VllmEngine) -> None:
        params = vllm.SamplingParams(output_kind=RequestOutputKind.DELTA, ignore_eos=True, max_tokens=None)
        both = [engine.llm.generate({"prompt_token_ids": [5]}, params, "same") for _ in range(2)]
        for one in both:
            await asyncio.wait_for(anext(one), SECONDS)
        await engine.llm.abort("same")
        assert [await ending_of(one) for one in both] == ["abort", "abort"]
        assert await running(engine) == []

    run(test)


def test_shutdown_leaves_who_waits_waiting() -> None:
    async def test(engine: VllmEngine) -> None:
        params = vllm.SamplingParams(output_kind=RequestOutputKind.DELTA, ignore_eos=True, max_tokens=None)
        one = engine.llm.generate({"prompt_token_ids": [5]}, params, "one")
        await asyncio.wait_for(anext(one), SECONDS)
        await asyncio.to_thread(engine.llm.shutdown)
        # What had come before is still there, and then nothing.
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(ending_of(one), 0.5)
        with pytest.raises(EngineDeadError):
            await engine.llm.list_loras()

    run(test)


@pytest.mark.parametrize(("mode", "ending"), [("abort", "abort"), ("keep", "length"), ("wait", "length")])
def test_pause_aborts_freezes_or_awaits_what_runs(mode: str, ending: str) -> None:
    async def test(engine: VllmEngine) -> None:
        params = vllm.SamplingParams(output_kind=RequestOutputKind.DELTA, ignore_eos=True, max_tokens=200)
        one = engine.llm.generate({"prompt_token_ids": [5]}, params, "one")
        await asyncio.wait_for(anext(one), SECONDS)
        await asyncio.wait_for(engine.llm.pause_generation(mode=mode), SECONDS)
        assert await engine.llm.is_paused()
        assert await running(engine) == (["2"] if mode == "keep" else [])
        late = asyncio.ensure_future(first(engine, "late"))
        await engine.llm.list_loras()
        assert not late.done()
        await engine.llm.resume_generation()
        assert await ending_of(one) == ending
        assert (await asyncio.wait_for(late, SECONDS)).outputs

    run(test)


def test_errors_are_one_family() -> None:
    assert issubclass(LoRAAdapterNotFoundError, VLLMClientError)
    assert issubclass(VLLMUnprocessableEntityError, VLLMClientError)
    for kind in (EngineDeadError, EngineGenerateError, RetryableRequestError):
        assert issubclass(kind, VLLMServerError)
    for graceful in (QueueOverflowError, MaxQueuedTokensError, ProfilerAlreadyActiveError):
        assert issubclass(graceful, GracefulHTTPError)
    assert issubclass(GracefulHTTPError, VLLMError)
    assert not issubclass(VLLMValidationError, ValueError)
