"""Who is told of each step."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING

from vllm.v1.metrics.stats import SchedulerStats

if TYPE_CHECKING:
    from vllm.config import VllmConfig


class StatLoggerBase(ABC):
    """Made by a factory, and told once per step, after the step's outputs were handed out."""

    @abstractmethod
    def __init__(self, vllm_config: VllmConfig, engine_index: int = 0) -> None:
        """Takes the engine."""

    @abstractmethod
    def record(
        self, scheduler_stats: SchedulerStats | None, iteration_stats: object, mm_cache_stats: object = None,
        engine_idx: int = 0,
    ) -> None:  # fmt: skip
        """A step is over."""

    @abstractmethod
    def log_engine_initialized(self) -> None:
        """The engine is there."""

    def log(self) -> None:  # noqa: B027 - may be left out
        """Writes it down."""

    def record_sleep_state(self, is_awake: int, level: int) -> None:  # noqa: B027 - may be left out
        """It sleeps, or wakes."""


StatLoggerFactory = Callable[["VllmConfig", int], StatLoggerBase]


class StatLoggerManager:
    """All loggers of an engine."""

    def __init__(self, factories: list[StatLoggerFactory], vllm_config: VllmConfig) -> None:
        """Makes them."""
        self._loggers = [factory(vllm_config, 0) for factory in factories]
        self._steps = 0
        for one in self._loggers:
            one.log_engine_initialized()

    def record(self, running: int, waiting: int) -> None:
        """A step's outputs were handed out."""
        self._steps += 1
        for one in self._loggers:
            one.record(SchedulerStats(running, waiting, step_counter=self._steps), None)

    def log(self) -> None:
        """Asks all of them."""
        for one in self._loggers:
            one.log()
