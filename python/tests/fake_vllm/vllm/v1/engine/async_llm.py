"""AsyncLLM."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from vllm.faults import told_errors, wrong
from vllm.outputs import PoolingOutput, PoolingRequestOutput, RequestOutput
from vllm.usage.usage_lib import UsageContext
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError
from vllm.v1.engine.utility_calls import UtilityCalls
from vllm.v1.executor import Executor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping

    from vllm.config import VllmConfig
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.lora.request import LoRARequest
    from vllm.pooling_params import PoolingParams
    from vllm.sampling_params import SamplingParams
    from vllm.v1.engine.collector import RequestOutputCollector
    from vllm.v1.metrics.loggers import StatLoggerFactory

_IS_OLD = os.environ.get("FAKE_VLLM_VERSION", "0.32.0") < "0.20"
_VECTOR = 8


class AsyncLLM(UtilityCalls):
    """Generations and vectors."""

    @classmethod
    def from_vllm_config(
        cls, vllm_config: VllmConfig, start_engine_loop: bool = True,
        usage_context: UsageContext = UsageContext.ENGINE_CONTEXT, stat_loggers: list[StatLoggerFactory] | None = None,
        enable_log_requests: bool = False, aggregate_engine_logging: bool = False, disable_log_stats: bool = False,
        client_addresses: dict[str, str] | None = None, client_count: int = 1, client_index: int = 0,
    ) -> AsyncLLM:  # fmt: skip
        """Makes one."""
        return cls(
            vllm_config, Executor.get_class(vllm_config), not disable_log_stats, usage_context,
            log_requests=enable_log_requests, start_engine_loop=start_engine_loop, stat_loggers=stat_loggers,
            aggregate_engine_logging=aggregate_engine_logging, client_addresses=client_addresses,
            client_count=client_count, client_index=client_index,
        )  # fmt: skip

    @classmethod
    def from_engine_args(
        cls, engine_args: AsyncEngineArgs, start_engine_loop: bool = True,
        usage_context: UsageContext = UsageContext.ENGINE_CONTEXT, stat_loggers: list[StatLoggerFactory] | None = None,
    ) -> AsyncLLM:  # fmt: skip
        """Makes one."""
        return cls.from_vllm_config(
            engine_args.create_engine_config(usage_context), start_engine_loop, usage_context, stat_loggers,
            enable_log_requests=engine_args.enable_log_requests, disable_log_stats=engine_args.disable_log_stats,
        )  # fmt: skip

    async def generate(
        self, prompt: Any, sampling_params: SamplingParams, request_id: str, *, prompt_text: str | None = None,  # noqa: ANN401
        lora_request: LoRARequest | None = None, tokenization_kwargs: dict[str, Any] | None = None,
        trace_headers: Mapping[str, str] | None = None, priority: int = 0, data_parallel_rank: int | None = None,
        session_id: str | None = None, kv_hints: object = None, reasoning_ended: bool | None = None,
        reasoning_parser_kwargs: dict[str, Any] | None = None,
    ) -> AsyncGenerator[RequestOutput, None]:  # fmt: skip
        """Does nothing until its first item is asked for."""
        self.given.append({
            "prompt": prompt, "params": sampling_params, "request_id": request_id, "lora": lora_request,
            "trace_headers": trace_headers, "priority": priority,
        })  # fmt: skip
        collector: RequestOutputCollector | None = None
        try:
            collector = await self.add_request(
                request_id, prompt, sampling_params, None, lora_request, tokenization_kwargs, trace_headers, priority,
                data_parallel_rank, session_id, prompt_text, reasoning_ended, reasoning_parser_kwargs, kv_hints,
            )  # fmt: skip
            is_finished = False
            while not is_finished:
                output = collector.get_nowait() or await collector.get()
                is_finished = output.finished
                yield output
        except (asyncio.CancelledError, GeneratorExit):
            if collector is not None:
                collector.close()
            raise
        except (EngineDeadError, *told_errors()):
            raise
        except Exception as e:
            raise EngineGenerateError from e
        finally:
            if collector is not None:
                self._forget(collector)

    async def add_request(
        self, request_id: str, prompt: Any, params: SamplingParams, arrival_time: float | None = None,  # noqa: ANN401
        lora_request: LoRARequest | None = None, tokenization_kwargs: dict[str, Any] | None = None,
        trace_headers: Mapping[str, str] | None = None, priority: int = 0, data_parallel_rank: int | None = None,
        session_id: str | None = None, prompt_text: str | None = None, reasoning_ended: bool | None = None,
        reasoning_parser_kwargs: dict[str, Any] | None = None, kv_hints: object = None,
    ) -> RequestOutputCollector:  # fmt: skip
        """Checks what the front end checks, and sends the rest as it is."""
        del tokenization_kwargs, session_id, reasoning_ended, reasoning_parser_kwargs, kv_hints
        if self.errored:
            raise EngineDeadError
        if data_parallel_rank:
            raise wrong(f"data_parallel_rank {data_parallel_rank} is out of range [0, 1).")
        if self._refuses:
            from vllm.exceptions import RetryableRequestError

            raise RetryableRequestError("Generation is paused. Please retry after it resumes.")
        self.check_admission(params.n, request_id)
        self._start_output()
        given = await self.input_processor.read(prompt)
        requests = self.input_processor.process_inputs(given, params, lora_request, priority, self._internal)
        for one in requests:
            one.external_id, one.trace_headers = request_id, trace_headers
        collector = self._collect(request_id, requests, arrival_time, prompt_text or given.text)
        for one in requests:
            self._send(("add", one))
        return collector

    async def encode(
        self, prompt: Any, pooling_params: PoolingParams, request_id: str, lora_request: LoRARequest | None = None,  # noqa: ANN401
        trace_headers: Mapping[str, str] | None = None, priority: int = 0,
        tokenization_kwargs: dict[str, Any] | None = None, reasoning_ended: bool | None = None,
    ) -> AsyncGenerator[PoolingRequestOutput[PoolingOutput], None]:  # fmt: skip
        """A vector; without a task, one for each token."""
        del lora_request, trace_headers, priority, tokenization_kwargs, reasoning_ended
        if self._args.runner != "pooling":
            raise wrong("This model does not support pooling")
        tasks = ["token_embed", "embed"]
        if pooling_params.task not in (None, *tasks):
            raise wrong(f"Unsupported task: '{pooling_params.task}' Supported tasks: {tasks}")
        if pooling_params.dimensions is not None and not self.model_config.is_matryoshka:
            raise wrong("Model does not support Matryoshka representation")
        ids = (await self.input_processor.read(prompt)).ids
        vector = await self._call("embed", ids, pooling_params.dimensions or _VECTOR)
        data: Any = vector if pooling_params.task == "embed" else [vector for _ in ids]
        yield PoolingRequestOutput(request_id, PoolingOutput(data), ids, 0, finished=True)

    async def abort(self, request_id: str | Iterable[str], internal: bool = False) -> None:
        """Aborts all that have the id."""
        ids = [request_id] if isinstance(request_id, str) else list(request_id)
        for number, collector in list(self._collectors.items()):
            if (str(number) if internal else collector.request_id) in ids:
                collector.close()
                collector.put_abort()

    def check_admission(self, n: int = 1, request_id: str | None = None) -> None:
        """Refuses what would wait behind too many; there are no limits unless they are asked for."""
        del request_id
        requests, tokens = self._args.max_num_queued_reqs, self._args.max_num_queued_tokens
        if requests is None and tokens is None:
            return
        from vllm.exceptions import MaxQueuedTokensError, QueueOverflowError

        if requests is not None and self.get_num_unfinished_requests() + n > requests:
            raise QueueOverflowError(f"There are {requests} requests already.", 503)
        if tokens is not None and self.get_num_queued_tokens() >= tokens:
            raise MaxQueuedTokensError(f"{tokens} tokens wait already.", 503)

    def get_num_unfinished_requests(self) -> int:
        """Counts."""
        return len(self._collectors)

    def get_num_queued_tokens(self) -> int:
        """Those of prompts that nothing has come of yet."""
        return sum(len(one.prompt) for one in self._collectors.values() if not one.has_begun)

    def get_tokenizer(self) -> Coroutine[None, None, FakeTokenizer | None] | FakeTokenizer | None:
        """Awaitable in the old version."""
        if not _IS_OLD:
            return self.tokenizer

        async def get() -> FakeTokenizer | None:
            return self.tokenizer

        return get()
