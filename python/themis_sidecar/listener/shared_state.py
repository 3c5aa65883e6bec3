"""What all connections of a listener share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.listener.metrics import Metrics

if TYPE_CHECKING:
    from themis_sidecar.engines.engine import Engine
    from themis_sidecar.listener.connection import Connection
    from themis_sidecar.sessions.served_call import ServedCall

# How many bytes of requests all connections together may hold.
MAX_REQUEST_BYTES = 256 * 1024 * 1024


class SharedState:
    """The engine, the counters, and the memory that requests may take."""

    def __init__(self, engine: Engine) -> None:
        """Starts with nothing taken."""
        self.engine = engine
        self.metrics = Metrics()
        self.connections: set[Connection] = set()
        self.is_draining = False

    def take_bytes(self, count: int) -> bool:
        """Takes memory for a request, if there is as much."""
        if self.metrics.request_bytes + count > MAX_REQUEST_BYTES:
            return False
        self.metrics.request_bytes += count
        return True

    def on_call_over(self, call: ServedCall, outcome: str, now: float) -> None:
        """Counts a request that is over, and gives back what it held."""
        metrics = self.metrics
        metrics.request_bytes -= call.held_bytes
        metrics.active_requests -= 1
        metrics.requests[call.kind, outcome] += 1
        metrics.input_tokens += call.prompt_tokens
        metrics.duration.add(now - call.began)

    def metrics_text(self) -> str:
        """Everything that was counted."""
        unsent = sum(connection.unsent_bytes for connection in self.connections)
        return self.metrics.text(self.engine.description, self.engine.load(), len(self.connections), unsent)
