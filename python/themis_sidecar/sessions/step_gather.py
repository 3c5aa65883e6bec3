"""Gathers the rows of all generations of a connection into as few STEP frames as possible."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError
from themis_sidecar.sessions.steady_step import SteadyStep
from themis_sidecar.wire.step_frame import StepBuilder, StepRow, extra_bytes
from themis_sidecar.wire.words import Failure

if TYPE_CHECKING:
    from collections.abc import Callable

# What a row of one id takes at most, with all columns of sizes.
_ROW_BYTES = 20
_FIXED_BYTES = 64


class StepGather:
    """Rows wait here until the end of the event loop's turn, in which an engine's whole step comes."""

    def __init__(self, max_frame_bytes: int, send: Callable[[bytes, int, int], None]) -> None:
        """Takes the longest frame that the client accepts, and where frames go, with their rows and tokens."""
        self._max_frame_bytes = max_frame_bytes
        self._send = send
        self._plain = StepBuilder()
        self._with_logprobs = StepBuilder(with_logprobs=True)
        self.steady = SteadyStep(())

    @staticmethod
    def max_rows(max_frame_bytes: int) -> int:
        """How many requests may be open, so that a row of each always finds place beside as many that wait."""
        return (max_frame_bytes - _FIXED_BYTES) // (2 * _ROW_BYTES)

    def add_step(self, handles: bytes, ids: list[int]) -> None:
        """Adds a row of one id for each of these handles."""
        # So much that another row of each open request could be too much.
        if 2 * self._plain.size > self._max_frame_bytes:
            self._flush(self._plain)
        self._plain.handles.frombytes(handles)
        self._plain.ids.fromlist(ids)

    def add(self, row: StepRow, *, with_logprobs: bool) -> None:
        """Adds a row; a generation's rows have probabilities always or never, so they stay in order."""
        builder = self._with_logprobs if with_logprobs else self._plain
        size = _ROW_BYTES + 4 * len(row.ids) + extra_bytes(row)
        if builder.handles and 2 * (builder.size + size) > self._max_frame_bytes:
            self._flush(builder)
        if _FIXED_BYTES + size > self._max_frame_bytes:
            raise BridgeError(
                Failure.LIMIT_EXCEEDED, "The engine gave a piece of output that is longer than the client accepts."
            )
        builder.add(row)

    def flush(self) -> None:
        """Sends what was gathered."""
        for builder in (self._plain, self._with_logprobs):
            if builder.handles:
                self._flush(builder)

    def _flush(self, builder: StepBuilder) -> None:
        rows, tokens = len(builder.handles), len(builder.ids)
        self._send(builder.take(), rows, tokens)
