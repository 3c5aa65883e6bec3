"""What runs the model: here the process of the engine core, as the front end sees it."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
from typing import TYPE_CHECKING, Any

from vllm.core_messages import CoreOptions
from vllm.fake_core import core_main
from vllm.v1.engine.exceptions import EngineDeadError

if TYPE_CHECKING:
    from vllm.config import VllmConfig


class Executor:
    """One core, and the pipe to it."""

    def __init__(self, vllm_config: VllmConfig) -> None:
        """Starts the core, and returns when it is ready."""
        args = vllm_config.args
        self._pipe, theirs = multiprocessing.Pipe()
        options = CoreOptions(
            args.model, args.max_loras, float(os.environ.get("FAKE_VLLM_STEP_MS", "0")) / 1000,
            float(os.environ.get("FAKE_VLLM_LOAD_SECONDS", "0")), vllm_config.model_config.end_ids,
            args.scheduling_policy == "priority", vllm_config.scheduler_config.max_num_seqs,
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

    @staticmethod
    def get_class(vllm_config: VllmConfig) -> type[Executor]:
        """There is one."""
        del vllm_config
        return Executor

    def send(self, message: tuple[object, ...]) -> None:
        """OSError: the core is dead."""
        self._pipe.send(message)

    async def get_output_async(self) -> tuple[Any, ...]:
        """The core's next message."""
        try:
            while not self._pipe.poll():
                await self._readable()
            return self._pipe.recv()
        except (EOFError, OSError):
            raise EngineDeadError from None

    def shutdown(self) -> None:
        """Ends the core."""
        if os.environ.get("FAKE_VLLM_SHUTDOWN") == "hangs":
            # As when a worker is stuck in a driver.
            self._core.join()
        self._core.terminate()
        self._core.join(1)
        if self._core.exitcode is None:
            self._core.kill()
            self._core.join()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = asyncio.Event()
        loop.add_reader(self._pipe.fileno(), ready.set)
        try:
            await ready.wait()
        finally:
            loop.remove_reader(self._pipe.fileno())
