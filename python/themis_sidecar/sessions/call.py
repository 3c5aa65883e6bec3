"""What a handle in use stands for."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

from themis_sidecar.wire.words import Stage


class Call(ABC):
    """A request under way. The session keeps its state here, so that a row costs one look-up."""

    def __init__(self, handle: int, *, is_generation: bool) -> None:
        """Takes the handle, which it keeps until its END or ERROR is sent."""
        self.handle = handle
        self.is_generation = is_generation
        self.credit = 0
        self.is_accepted = False
        self.has_row = False
        self.is_ending = False
        """Cancelled or expired: what may still come is its END or ERROR."""
        self.due = math.inf
        self.first_due = math.inf

    @property
    def stage(self) -> Stage:
        """How far the request has come."""
        if self.has_row:
            return Stage.STREAM
        return Stage.PREFILL if self.is_accepted else Stage.ADMIT

    @property
    def next_due(self) -> float:
        """When the next of its budgets is over; never once it is ending anyway."""
        if self.is_ending:
            return math.inf
        return self.due if self.has_row else min(self.due, self.first_due)

    @abstractmethod
    def settle(self) -> None:
        """Makes its credit what it really is, if some was taken for later."""

    @abstractmethod
    def on_cancelled(self) -> None:
        """The client cancelled it, or is gone."""

    @abstractmethod
    def on_credit(self) -> None:
        """It may send more."""

    @abstractmethod
    def on_expired(self) -> None:
        """A budget is over."""
