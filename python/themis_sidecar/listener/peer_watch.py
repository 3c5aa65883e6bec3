"""Whether the peer still lives: it is pinged when it is silent, and left when it stays so."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from themis_sidecar.wire.layout import PING_AFTER_MS, PONG_WITHIN_MS

if TYPE_CHECKING:
    from themis_sidecar.sessions.ping_state import PingState


class PeerWatch:
    """Keeps the times of one connection, in seconds of the loop's clock."""

    def __init__(self, pings: PingState, now: float) -> None:
        """Takes the pings of the session; the peer was just heard."""
        self._pings = pings
        self._heard = now
        self._pinged = -math.inf

    @property
    def due(self) -> float:
        """When the peer should be looked at again."""
        if self._pings.is_out:
            return max(self._pinged, self._heard) + PONG_WITHIN_MS / 1000
        return self._heard + PING_AFTER_MS / 1000

    def on_heard(self, now: float) -> None:
        """Something has come."""
        self._heard = now

    def fault(self, now: float, stalled_since: float | None) -> str | None:
        """Why the peer counts as dead; None while it does not."""
        silence = PONG_WITHIN_MS / 1000
        if stalled_since is not None and now - stalled_since >= silence:
            return "the peer takes nothing"
        # What comes after a ping and does not answer it only buys time: it may have crossed the ping.
        if self._pings.is_out and now - max(self._pinged, self._heard) >= silence:
            return "the peer did not answer a ping"
        return None

    def ping(self, now: float) -> int | None:
        """The value of a PING to send now; None for none."""
        if self._pings.is_out or now - self._heard < PING_AFTER_MS / 1000:
            return None
        self._pinged = now
        return self._pings.begin()
