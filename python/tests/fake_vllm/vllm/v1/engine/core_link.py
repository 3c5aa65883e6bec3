"""The front end's link to the engine core."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import logging
import os
import time
from typing import TYPE_CHECKING, Any

from vllm.engine.protocol import EngineClient
from vllm.fake_tokenizer import FakeTokenizer
from vllm.usage.usage_lib import UsageContext
from vllm.v1.engine.collector import RequestOutputCollector
from vllm.v1.engine.exceptions import EngineDeadError
from vllm.v1.engine.input_processor import InputProcessor
from vllm.v1.metrics.loggers import StatLoggerManager
from vllm.v1.metrics.stats import RequestStateStats

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vllm.config import VllmConfig
    from vllm.core_messages import CoreOutput, CoreRequest
    from vllm.v1.executor import Executor
    from vllm.v1.metrics.loggers import StatLoggerFactory


_log = logging.getLogger("vllm")


class CoreLink(EngineClient):
    """Speaks with one core."""

    def __init__(
        self, vllm_config: VllmConfig, executor_class: Callable[[VllmConfig], Executor], log_stats: bool,
        usage_context: UsageContext = UsageContext.ENGINE_CONTEXT, mm_registry: object = None,
        log_requests: bool = True, start_engine_loop: bool = True,
        stat_loggers: list[StatLoggerFactory] | None = None, aggregate_engine_logging: bool = False,
        client_addresses: dict[str, str] | None = None, client_count: int = 1, client_index: int = 0,
        profiler: object = None,
    ) -> None:  # fmt: skip
        """Starts the core, and returns when it is ready."""
        del usage_context, mm_registry, log_requests, aggregate_engine_logging, client_addresses, client_count
        del client_index, profiler
        time.sleep(float(os.environ.get("FAKE_VLLM_START_SECONDS", "0")))
        self.vllm_config = vllm_config
        self.model_config = vllm_config.model_config
        self.scheduler_config = vllm_config.scheduler_config
        self._args = vllm_config.args
        self._log_stats = log_stats
        tokenizer = None if self._args.skip_tokenizer_init else self.load_tokenizer()
        self.input_processor = InputProcessor(vllm_config, tokenizer)
        self.engine_core = executor_class(vllm_config)
        self.output_handler: asyncio.Task[None] | None = None
        self.logger_manager = StatLoggerManager(stat_loggers or [], vllm_config) if log_stats else None
        # By the number of each answer.
        self._collectors: dict[int, RequestOutputCollector] = {}
        self._internal = itertools.count()
        self._calls: dict[int, asyncio.Future[Any]] = {}
        self._is_dead = self._is_shut_down = False
        # For the tests: the ids, prompts and keywords that were given.
        self.given: list[dict[str, Any]] = []
        atexit.register(self.shutdown)
        if start_engine_loop and _is_in_loop():
            self._start_output()

    @property
    def is_running(self) -> bool:
        """Whether there is anybody who takes what the core says."""
        return self.output_handler is None or not self.output_handler.done()

    @property
    def errored(self) -> bool:
        """Whether a death was noticed."""
        return self._is_dead or not self.is_running

    @property
    def is_stopped(self) -> bool:
        """The same as errored."""
        return self.errored

    @property
    def dead_error(self) -> EngineDeadError:
        """A fresh one."""
        return EngineDeadError()

    def shutdown(self, timeout: float | None = None) -> None:
        """Ends the core; whoever waits for a token waits for ever."""
        del timeout
        if self._is_shut_down:
            return
        self._is_shut_down = self._is_dead = True
        handler = self.output_handler
        if handler is not None and not handler.get_loop().is_closed():
            handler.get_loop().call_soon_threadsafe(handler.cancel)
        self.engine_core.shutdown()

    @property
    def tokenizer(self) -> FakeTokenizer | None:
        """Of the model."""
        return self.input_processor.tokenizer

    def load_tokenizer(self) -> FakeTokenizer:
        """From the model's folder."""
        return FakeTokenizer(self._args.model)

    def _collect(
        self, request_id: str, requests: list[CoreRequest], arrival_time: float | None, text: str | None
    ) -> RequestOutputCollector:  # fmt: skip
        now = time.monotonic()
        stats = RequestStateStats(
            arrival_time=time.time() if arrival_time is None else arrival_time, queued_ts=now, scheduled_ts=now
        )  # fmt: skip
        collector = RequestOutputCollector(
            request_id, requests, self.tokenizer, self._args.stream_interval, stats if self._log_stats else None,
            self._abort, text,
        )  # fmt: skip
        self._collectors.update(dict.fromkeys(collector.answers, collector))
        return collector

    def _forget(self, collector: RequestOutputCollector) -> None:
        for internal in collector.answers:
            self._collectors.pop(internal, None)

    def _abort(self, internals: Iterable[int]) -> None:
        for internal in internals:
            if not self._is_dead:
                self._send(("abort", str(internal)))

    async def _call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401
        if self.errored:
            raise EngineDeadError
        self._start_output()
        number = next(self._internal)
        future = self._calls[number] = asyncio.get_running_loop().create_future()
        self._send(("call", number, method, arguments))
        return await future

    def _send(self, message: tuple[object, ...]) -> None:
        try:
            self.engine_core.send(message)
        except OSError:
            self._die()

    def _start_output(self) -> None:
        if self.output_handler is None:
            self.output_handler = asyncio.get_running_loop().create_task(self._handle_output())

    async def _handle_output(self) -> None:
        try:
            while True:
                self._on_message(await self.engine_core.get_output_async())
        except Exception as e:
            if not isinstance(e, EngineDeadError):
                _log.exception("AsyncLLM output_handler failed.")
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
            internal = int(output.request_id)
            collector = self._collectors.get(internal)
            if collector is not None and collector.put(internal, output):
                self._abort((internal,))
        if self.logger_manager is not None:
            self.logger_manager.record(len(message[1]), sum(not one.has_begun for one in self._collectors.values()))

    def _die(self) -> None:
        self._is_dead = True
        for collector in self._collectors.values():
            collector.put_error(EngineDeadError())
        for future in self._calls.values():
            if not future.done():
                future.set_exception(EngineDeadError())
        self._calls.clear()


def _is_in_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
