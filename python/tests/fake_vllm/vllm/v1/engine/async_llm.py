"""AsyncLLM."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

from vllm.config import VllmConfig
from vllm.core_messages import CoreRequest
from vllm.decoding import is_too_large
from vllm.faults import check_params, check_prompt, check_structure, told_errors, wrong
from vllm.outputs import PoolingOutput, PoolingRequestOutput, RequestOutput
from vllm.v1.engine.collector import RequestOutputCollector
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError
from vllm.v1.engine.utility_calls import UtilityCalls

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Iterable, Mapping

    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.lora.request import LoRARequest
    from vllm.pooling_params import PoolingParams
    from vllm.sampling_params import SamplingParams

__all__ = ["AsyncLLM", "VllmConfig"]
_IS_OLD = os.environ.get("FAKE_VLLM_VERSION", "0.32.0") < "0.20"
_VECTOR = 8


class AsyncLLM(UtilityCalls):
    """Generations and vectors."""

    def __init__(self, args: AsyncEngineArgs) -> None:
        """Starts the core."""
        super().__init__(args)
        # For the tests: the ids, prompts and keywords that were given.
        self.given: list[dict[str, Any]] = []

    @classmethod
    def from_engine_args(
        cls, engine_args: AsyncEngineArgs, start_engine_loop: bool = True, usage_context: object = None,
        stat_loggers: object = None,
    ) -> AsyncLLM:  # fmt: skip
        """Makes one."""
        del start_engine_loop, usage_context, stat_loggers
        return cls(engine_args)

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
                self._abort(collector.internal)
            raise
        except (EngineDeadError, *told_errors()):
            raise
        except Exception as e:
            raise EngineGenerateError from e
        finally:
            if collector is not None:
                self._collectors.pop(collector.internal, None)

    async def add_request(
        self, request_id: str, prompt: Any, params: SamplingParams, arrival_time: float | None = None,  # noqa: ANN401
        lora_request: LoRARequest | None = None, tokenization_kwargs: dict[str, Any] | None = None,
        trace_headers: Mapping[str, str] | None = None, priority: int = 0, data_parallel_rank: int | None = None,
        session_id: str | None = None, prompt_text: str | None = None, reasoning_ended: bool | None = None,
        reasoning_parser_kwargs: dict[str, Any] | None = None, kv_hints: object = None,
    ) -> RequestOutputCollector:  # fmt: skip
        """Checks what the front end checks, and sends the rest as it is."""
        del arrival_time, tokenization_kwargs, session_id, prompt_text, reasoning_ended, reasoning_parser_kwargs
        del kv_hints
        if self._is_dead:
            raise EngineDeadError
        if data_parallel_rank:
            raise wrong(f"data_parallel_rank {data_parallel_rank} is out of range [0, 1).")
        self.check_admission(params.n, request_id)
        self._start_output()
        request = self._request(prompt, params, lora_request, priority)
        request.external_id, request.trace_headers = request_id, trace_headers
        internal = int(request.request_id)
        collector = self._collectors[internal] = RequestOutputCollector(
            request_id, internal, request.prompt, params, self._tokenizer
        )
        self._send(("add", request))
        return collector

    async def encode(
        self, prompt: Any, pooling_params: PoolingParams, request_id: str, lora_request: LoRARequest | None = None,  # noqa: ANN401
        trace_headers: Mapping[str, str] | None = None, priority: int = 0,
        tokenization_kwargs: dict[str, Any] | None = None, reasoning_ended: bool | None = None,
    ) -> AsyncGenerator[PoolingRequestOutput, None]:  # fmt: skip
        """A vector; without a task, one for each token."""
        del lora_request, trace_headers, priority, tokenization_kwargs, reasoning_ended
        if self._args.runner != "pooling":
            raise wrong("This model does not support pooling")
        tasks = ["token_embed", "embed"]
        if pooling_params.task not in (None, *tasks):
            raise wrong(f"Unsupported task: '{pooling_params.task}' Supported tasks: {tasks}")
        if pooling_params.dimensions is not None and not self.model_config.is_matryoshka:
            raise wrong("Model does not support Matryoshka representation")
        ids = prompt["prompt_token_ids"]
        vector = await self._call("embed", ids, pooling_params.dimensions or _VECTOR)
        data: Any = vector if pooling_params.task == "embed" else [vector for _ in ids]
        yield PoolingRequestOutput(request_id, PoolingOutput(data), ids)

    async def abort(self, request_id: str | Iterable[str], internal: bool = False) -> None:
        """Aborts all that have the id."""
        ids = [request_id] if isinstance(request_id, str) else list(request_id)
        for number, collector in list(self._collectors.items()):
            if (str(number) if internal else collector.request_id) in ids:
                self._abort(number)
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
            return self._tokenizer

        async def get() -> FakeTokenizer | None:
            return self._tokenizer

        return get()

    @property
    def tokenizer(self) -> FakeTokenizer | None:
        """The same."""
        return self._tokenizer

    def _request(
        self, prompt: Any, params: SamplingParams, lora: LoRARequest | None, priority: object  # noqa: ANN401
    ) -> CoreRequest:  # fmt: skip
        if self._args.runner == "pooling":
            raise wrong("This model does not support generation")
        if not isinstance(prompt["prompt_token_ids"], (list, tuple)):
            raise TypeError("prompt_token_ids is no list")
        ids: list[int] = list(prompt["prompt_token_ids"])
        most, vocab = self.model_config.max_model_len, self.model_config.get_vocab_size()
        check_prompt(ids, most, vocab)
        check_params(params, vocab, self._args.max_logprobs)
        choice = check_structure(params, self._tokenizer)
        if is_too_large(params):
            raise OverflowError("int too big to convert")
        rest = most - len(ids)
        limit = params.max_tokens
        if limit is None or type(limit) is int:
            params.values["max_tokens"] = rest if limit is None else min(limit, rest)
        number = str(next(self._internal))
        return CoreRequest(number, ids, params, lora, priority, prompt.get("cache_salt"), choice)
