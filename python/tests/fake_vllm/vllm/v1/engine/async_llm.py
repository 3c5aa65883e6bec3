"""AsyncLLM."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

from vllm.config import VllmConfig
from vllm.fake_core import CoreOutput, CoreRequest, core_main
from vllm.fake_tokenizer import FakeTokenizer
from vllm.faults import check_prompt, check_structure, wrong
from vllm.outputs import PoolingOutput, PoolingRequestOutput, RequestOutput
from vllm.v1.engine.collector import RequestOutputCollector
from vllm.v1.engine.exceptions import EngineDeadError, EngineGenerateError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Coroutine, Mapping

    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.lora.request import LoRARequest
    from vllm.pooling_params import PoolingParams
    from vllm.sampling_params import SamplingParams

__all__ = ["AsyncLLM", "VllmConfig"]
_IS_OLD = os.environ.get("FAKE_VLLM_VERSION", "0.32.0") < "0.20"


class AsyncLLM:
    """Speaks with one core."""

    def __init__(self, args: AsyncEngineArgs) -> None:
        """Starts the core, and returns when it is ready."""
        time.sleep(float(os.environ.get("FAKE_VLLM_START_SECONDS", "0")))
        self.vllm_config = VllmConfig(args)
        self._args = args
        self._tokenizer = None if args.skip_tokenizer_init else FakeTokenizer(args.model)
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = multiprocessing.Pipe()
        step_ms = float(os.environ.get("FAKE_VLLM_STEP_MS", "0"))
        self._core = context.Process(target=core_main, args=(theirs, args.model, args.max_loras, step_ms))
        self._core.start()
        theirs.close()
        try:
            self._pipe.recv()
        except EOFError:
            self._core.join()
            raise RuntimeError(
                "Engine core initialization failed. See root cause above. Failed core proc(s): {'EngineCore': 1}"
            ) from None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._collectors: dict[int, RequestOutputCollector] = {}
        self._internal = itertools.count()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._is_dead = False
        self._is_shut_down = False
        # For the tests: the ids, prompts and keywords that were given.
        self.given: list[dict[str, Any]] = []
        atexit.register(self.shutdown)

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
        del prompt_text, tokenization_kwargs, data_parallel_rank, session_id, kv_hints, reasoning_ended
        del reasoning_parser_kwargs
        self.given.append({
            "prompt": prompt, "params": sampling_params, "request_id": request_id, "lora": lora_request,
            "trace_headers": trace_headers,
        })  # fmt: skip
        internal: int | None = None
        try:
            self._start_output()
            request = self._request(prompt, sampling_params, lora_request, priority)
            internal = int(request.request_id)
            collector = self._collectors[internal] = RequestOutputCollector(
                request_id, request.prompt, sampling_params, self._tokenizer
            )
            self._send(("add", request))
            is_finished = False
            while not is_finished:
                output = collector.get_nowait() or await collector.get()
                is_finished = output.finished
                yield output
        except (asyncio.CancelledError, GeneratorExit):
            if internal is not None:
                self._abort(internal)
            raise
        except (EngineDeadError, type(wrong(""))):
            raise
        except Exception as e:
            raise EngineGenerateError from e
        finally:
            if internal is not None:
                self._collectors.pop(internal, None)

    async def encode(
        self, prompt: Any, pooling_params: PoolingParams, request_id: str, lora_request: LoRARequest | None = None,  # noqa: ANN401
        trace_headers: Mapping[str, str] | None = None, priority: int = 0,
        tokenization_kwargs: dict[str, Any] | None = None, reasoning_ended: bool | None = None,
    ) -> AsyncGenerator[PoolingRequestOutput, None]:  # fmt: skip
        """A vector; without a task, one for each token."""
        del lora_request, trace_headers, priority, tokenization_kwargs, reasoning_ended
        if self._args.runner != "pooling":
            raise wrong("This model does not support pooling")
        if pooling_params.dimensions is not None:
            raise wrong("Model does not support Matryoshka representation")
        ids = prompt["prompt_token_ids"]
        vector = await self._call("embed", (ids, 8))
        data: Any = vector if pooling_params.task == "embed" else [vector for _ in ids]
        yield PoolingRequestOutput(request_id, PoolingOutput(data), ids)

    async def abort(self, request_id: str | list[str], internal: bool = False) -> None:
        """Aborts all that have the id."""
        del internal
        ids = [request_id] if isinstance(request_id, str) else request_id
        for number, collector in list(self._collectors.items()):
            if collector.request_id in ids:
                self._abort(number)
                collector.put_abort()

    async def add_lora(self, lora_request: LoRARequest) -> bool:
        """Loads it."""
        return await self._call("add_lora", lora_request)

    async def remove_lora(self, lora_id: int) -> bool:
        """Drops it."""
        return await self._call("remove_lora", lora_id)

    async def list_loras(self) -> set[int]:
        """Numbers."""
        return await self._call("list_loras", None)

    async def pin_lora(self, lora_id: int) -> bool:
        """Pins it."""
        return await self._call("pin_lora", lora_id)

    async def is_paused(self) -> bool:
        """Asks the core."""
        return await self._call("is_paused", None)

    async def running_ids(self) -> list[str]:
        """For the tests: what the core runs."""
        return await self._call("running", None)

    async def check_health(self) -> None:
        """Notices a death, and not that nobody listens."""
        if self.errored:
            raise EngineDeadError

    async def get_supported_tasks(self) -> tuple[str, ...]:
        """By the runner."""
        return ("token_embed", "embed") if self._args.runner == "pooling" else ("generate",)

    async def is_tracing_enabled(self) -> bool:
        """Never."""
        return False

    async def wait_for_requests_to_drain(self, drain_timeout: int = 300) -> None:
        """Returns at once, busy or not."""
        del drain_timeout

    def get_tokenizer(self) -> Coroutine[None, None, FakeTokenizer | None] | FakeTokenizer | None:
        """Awaitable in the old version."""
        if not _IS_OLD:
            return self._tokenizer

        async def get() -> FakeTokenizer | None:
            return self._tokenizer

        return get()

    @property
    def errored(self) -> bool:
        """Whether a death was noticed."""
        return self._is_dead

    @property
    def is_running(self) -> bool:
        """The opposite."""
        return not self._is_dead

    def shutdown(self, timeout: float | None = None) -> None:
        """Ends the core; whoever waits for a token waits for ever."""
        del timeout
        if self._is_shut_down:
            return
        self._is_shut_down = self._is_dead = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.remove_reader, self._pipe.fileno())
        self._core.terminate()
        self._core.join(1)
        if self._core.exitcode is None:
            self._core.kill()
            self._core.join()

    def _request(
        self, prompt: Any, params: SamplingParams, lora: LoRARequest | None, priority: object  # noqa: ANN401
    ) -> CoreRequest:  # fmt: skip
        if self._is_dead:
            raise EngineDeadError
        if self._args.runner == "pooling":
            raise wrong("This model does not support generation")
        if not isinstance(prompt["prompt_token_ids"], (list, tuple)):
            raise TypeError("prompt_token_ids is no list")
        ids: list[int] = prompt["prompt_token_ids"]
        most = self.vllm_config.model_config.max_model_len
        check_prompt(ids, most, self.vllm_config.model_config.get_vocab_size())
        choice = check_structure(params, self._tokenizer)
        rest = most - len(ids)
        params.values["max_tokens"] = (
            rest
            if params.max_tokens is None
            else (min(params.max_tokens, rest) if type(params.max_tokens) is int else params.max_tokens)
        )
        number = str(next(self._internal))
        return CoreRequest(number, list(ids), params, lora, priority, prompt.get("cache_salt"), choice)

    def _abort(self, internal: int) -> None:
        if not self._is_dead:
            self._send(("abort", str(internal)))

    async def _call(self, method: str, argument: object) -> Any:  # noqa: ANN401
        if self._is_dead:
            raise EngineDeadError
        self._start_output()
        assert self._loop is not None
        number = next(self._internal)
        future = self._calls[number] = self._loop.create_future()
        self._send(("call", number, method, argument))
        return await future

    def _send(self, message: tuple[object, ...]) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            self._die()

    def _start_output(self) -> None:
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
            self._loop.add_reader(self._pipe.fileno(), self._on_readable)

    def _on_readable(self) -> None:
        try:
            while self._pipe.poll():
                self._on_message(self._pipe.recv())
        except (EOFError, OSError):
            self._die()

    def _on_message(self, message: tuple[Any, ...]) -> None:
        if message[0] == "reply":
            _, number, is_right, value = message
            future = self._calls.pop(number)
            if future.done():
                return
            if is_right:
                future.set_result(value)
            else:
                # A bare one: whatever the core found.
                future.set_exception(Exception(value))
            return
        output: CoreOutput
        for output in message[1]:
            collector = self._collectors.get(int(output.request_id))
            if collector is not None and collector.put(output):
                self._abort(int(output.request_id))

    def _die(self) -> None:
        self._is_dead = True
        if self._loop is not None:
            self._loop.remove_reader(self._pipe.fileno())
        for collector in self._collectors.values():
            collector.put_error(EngineDeadError())
        for future in self._calls.values():
            if not future.done():
                future.set_exception(EngineDeadError())
        self._calls.clear()
