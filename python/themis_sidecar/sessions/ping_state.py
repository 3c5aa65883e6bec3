"""The PINGs of one side of a connection."""

from __future__ import annotations

from themis_sidecar.failures import violation


class PingState:
    """At most one PING is unanswered."""

    def __init__(self) -> None:
        """Starts with none sent."""
        self._value = 0
        self.is_out = False

    def begin(self) -> int | None:
        """The value of a PING to send now; None while one is unanswered."""
        if self.is_out:
            return None
        self.is_out = True
        self._value += 1
        return self._value

    def answer(self, value: int) -> None:
        """Takes a PONG."""
        if not self.is_out or value != self._value:
            raise violation("A PONG came that answers no PING.")
        self.is_out = False
