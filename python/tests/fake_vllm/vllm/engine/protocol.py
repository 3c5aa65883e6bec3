"""EngineClient."""

from __future__ import annotations

from abc import ABC, abstractmethod


class EngineClient(ABC):
    """What AsyncLLM is for whoever asks it."""

    @property
    @abstractmethod
    def is_running(self) -> bool:
        """Whether it works."""

    @property
    @abstractmethod
    def is_stopped(self) -> bool:
        """The opposite."""

    @property
    @abstractmethod
    def errored(self) -> bool:
        """Whether it died."""

    @property
    @abstractmethod
    def dead_error(self) -> BaseException:
        """What is told of its death."""
