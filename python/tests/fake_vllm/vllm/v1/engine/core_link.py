"""The front end's side of the pipe to the engine core."""

from __future__ import annotations

import asyncio
import atexit
import itertools
import multiprocessing
import os
import time
from typing import TYPE_CHECKING, Any

from vllm.config import VllmConfig
from vllm.core_messages import CoreOptions, CoreOutput
from vllm.fake_core import core_main
from vllm.fake_tokenizer import FakeTokenizer
from vllm.v1.engine.exceptions import EngineDeadError

if TYPE_CHECKING:
    from vllm.engine.arg_utils import AsyncEngineArgs
    from vllm.v1.engine.collector import RequestOutputCollector


class CoreLink:
    """Speaks with one core."""

    def __init__(self, args: AsyncEngineArgs) -> None:
        """Starts the core, and returns when it is ready."""
        time.sleep(float(os.environ.get("FAKE_VLLM_START_SECONDS", "0")))
        self.vllm_config = VllmConfig(args)
        self.model_config = self.vllm_config.model_config
        self.scheduler_config = self.vllm_config.scheduler_config
        self._args = args
        self._tokenizer = None if args.skip_tokenizer_init else FakeTokenizer(args.model)
        self._pipe, theirs = multiprocessing.Pipe()
        options = CoreOptions(
            args.model, args.max_loras, float(os.environ.get("FAKE_VLLM_STEP_MS", "0")) / 1000,
            float(os.environ.get("FAKE_VLLM_LOAD_SECONDS", "0")), self.model_config.end_ids,
            args.scheduling_policy == "priority", self.scheduler_config.max_num_seqs,
        )  # fmt: skip
        self._core = multiprocessing.get_context("spawn").Process(target=core_main, args=(theirs, options))
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
        atexit.register(self.shutdown)

    @property
    def errored(self) -> bool:
        """Whether a death was noticed."""
        return self._is_dead

    @property
    def is_running(self) -> bool:
        """The opposite."""
        return not self._is_dead

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
        if os.environ.get("FAKE_VLLM_SHUTDOWN") == "hangs":
            # As when a worker is stuck in a driver.
            self._core.join()
        self._is_shut_down = self._is_dead = True
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._loop.remove_reader, self._pipe.fileno())
        self._core.terminate()
        self._core.join(1)
        if self._core.exitcode is None:
            self._core.kill()
            self._core.join()

    def _abort(self, internal: int) -> None:
        if not self._is_dead:
            self._send(("abort", str(internal)))

    async def _call(self, method: str, *arguments: object) -> Any:  # noqa: ANN401
        if self._is_dead:
            raise EngineDeadError
        self._start_output()
        assert self._loop is not None
        number = next(self._internal)
        future = self._calls[number] = self._loop.create_future()
        self._send(("call", number, method, arguments))
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
