"""The same streams, step after step: the usual case, and the one that must cost next to nothing per token."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from themis_sidecar.sessions.served_call import ServedCall

_MOST_STEPS = 32


class SteadyStep:
    """Takes the credit of several steps at once, so that a step need not look at each of its streams.

    Each stream keeps one credit at least. Whoever needs to know the rest settles first.
    """

    def __init__(self, streams: Sequence[ServedCall]) -> None:
        """Takes streams of one connection; nothing is taken from their credit yet."""
        self.streams = list(streams)
        self.handles = array("I", [stream.handle for stream in streams]).tobytes()
        self._left = 0

    def take_step(self) -> bool:
        """Takes one credit of each stream; False when one of them has hardly any."""
        if self._left == 0:
            steps = min(_MOST_STEPS, min((stream.credit for stream in self.streams), default=0) - 1)
            if steps < 1:
                return False
            for stream in self.streams:
                stream.credit -= steps
            self._left = steps
        self._left -= 1
        return True

    def settle(self) -> None:
        """Gives back what was taken and not used."""
        if self._left:
            for stream in self.streams:
                if not stream.is_over:
                    stream.credit += self._left
            self._left = 0
