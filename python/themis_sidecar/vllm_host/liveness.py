"""Whether vLLM lives. It says so itself of an engine that hears nothing any more: so it is asked a question."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from themis_sidecar.engines.engine import Health

if TYPE_CHECKING:
    from collections.abc import Callable

    from themis_sidecar.vllm_host.vllm_names import VllmNames
    from vllm import AsyncLLMEngine

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0
_MOST_BETWEEN = 10.0
_HEALTH_SECONDS = 5.0


class EngineDeathError(Exception):
    """vLLM's engine is dead, or as good as dead."""


class Liveness:
    """Asks from time to time, and looks more often whether vLLM has noticed a death itself."""

    def __init__(
        self, llm: AsyncLLMEngine, names: VllmNames, *, has_adapters: bool, seconds: float,
        is_loading: Callable[[], bool],
    ) -> None:  # fmt: skip
        """Takes how long vLLM may leave a question unanswered, and whether it is loading, when it answers none."""
        self._llm = llm
        self._names = names
        self._has_adapters = has_adapters
        self._seconds = seconds
        self._is_loading = is_loading
        self._found = asyncio.Event()
        self._cause: Exception | None = None

    def on_dead(self, error: Exception) -> None:
        """Somebody has found it dead."""
        self._cause = self._cause or error
        self._found.set()

    async def run(self) -> None:
        """Ends by EngineDeathError, and no other way."""
        between = min(_MOST_BETWEEN, self._seconds / 3)
        while True:
            await self._look_for(between)
            await self._ask(self._seconds)

    async def health(self) -> Health:
        """How it is now."""
        seconds = min(_HEALTH_SECONDS, self._seconds)
        try:
            await asyncio.wait_for(self._ask(seconds), seconds + _LOOK_SECONDS)
        except EngineDeathError as e:
            return Health(healthy=False, detail=str(e))
        except asyncio.TimeoutError:
            return Health(healthy=True, detail="vLLM is loading an adapter.")
        return Health(healthy=True)

    async def _look_for(self, seconds: float) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while (left := end - loop.time()) > 0:
            await self._look(left)

    async def _look(self, seconds: float, *others: asyncio.Future[Any]) -> None:
        """Waits, a second at most, for any of these or for somebody's finding vLLM dead."""
        found = asyncio.ensure_future(self._found.wait())
        try:
            await asyncio.wait((found, *others), timeout=min(_LOOK_SECONDS, seconds),
                               return_when=asyncio.FIRST_COMPLETED)  # fmt: skip
        finally:
            found.cancel()
        self._check()

    async def _ask(self, seconds: float) -> None:
        self._check()
        # The question about adapters goes as far as the workers; without adapters it would be an error in vLLM's log.
        question = asyncio.ensure_future(self._llm.list_loras() if self._has_adapters else self._llm.is_paused())
        # Counted in looks and not by the clock, which goes on while the whole process is stopped.
        left = seconds
        try:
            while not question.done() and left > 0:
                await self._look(left, question)
                if not self._is_loading():
                    left -= _LOOK_SECONDS
        finally:
            is_answered = question.done()
            question.cancel()
        if not is_answered:
            raise EngineDeathError(f"vLLM has not answered a question for {seconds:g} s.")
        try:
            question.result()
        except self._names.dead_errors as e:
            raise EngineDeathError("vLLM's engine died.") from e
        except Exception as e:
            _log.debug("vllm answered the question whether it lives by cause=%r", e)

    def _check(self) -> None:
        if self._cause is not None or self._llm.errored:
            raise EngineDeathError("vLLM's engine died.") from self._cause
