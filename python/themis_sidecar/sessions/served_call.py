"""A request under way on the listener's side."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Protocol

from themis_sidecar.failures import BridgeError
from themis_sidecar.sessions.call import Call
from themis_sidecar.wire.answer_frames import EndFrame, ErrorFrame
from themis_sidecar.wire.words import Failure, Finish

if TYPE_CHECKING:
    from collections.abc import Callable

    from themis_sidecar.engines.engine import Engine
    from themis_sidecar.sessions.listener_session import ListenerSession
    from themis_sidecar.sessions.step_gather import StepGather
    from themis_sidecar.wire.words import Stage


class Outlet(Protocol):
    """The connection as a request sees it. Writing to one that is over does nothing."""

    session: ListenerSession
    gather: StepGather
    engine: Engine
    max_frame_bytes: int

    @property
    def is_over(self) -> bool:
        """Whether nobody reads any more."""
        ...

    @property
    def has_room(self) -> bool:
        """Whether the client has taken most of what was sent."""
        ...

    async def wait_for_room(self) -> None:
        """Returns when the client has taken most of what was sent."""
        ...

    def metrics_text(self) -> str:
        """All measurements as Prometheus reads them."""
        ...

    def write(self, frame: bytes) -> None:
        """Sends a frame at the end of the loop's turn, before the rows that were gathered."""
        ...

    def write_last(self, frame: bytes) -> None:
        """Sends END or ERROR at the end of the loop's turn, behind all rows: so a whole step stays one frame."""
        ...

    def flush_soon(self) -> None:
        """Sends what was gathered at the end of the loop's turn."""
        ...

    def flush(self) -> None:
        """Sends what was gathered now: whoever knows that nothing more comes in this turn."""
        ...

    def on_first_row(self, call: ServedCall) -> None:
        """Its first row is about to leave."""
        ...

    def on_call_over(self, call: ServedCall, outcome: str) -> None:
        """Its handle is free."""
        ...


class ServedCall(Call):
    """What all requests have in common: they end once, and give back what they held."""

    kind = ""

    def __init__(self, outlet: Outlet, handle: int, held_bytes: int, *, is_generation: bool = False) -> None:
        """Takes how many bytes it holds of the listener's budget."""
        super().__init__(handle, is_generation=is_generation)
        self.outlet = outlet
        self.held_bytes = held_bytes
        self.is_over = False
        self.began = 0.0
        self.prompt_tokens = 0
        self.request_id = ""

    @abstractmethod
    def start(self) -> None:
        """Serves it; its handle is taken."""

    @abstractmethod
    def stop(self) -> None:
        """Stops it where it is served; nothing comes any more from there."""

    def on_cancelled(self) -> None:
        """Stops it in the engine, and says so."""
        self._abort(BridgeError(Failure.CANCELLED, "The request was cancelled."))

    def on_credit(self) -> None:
        """Needs none."""

    def settle(self) -> None:
        """Has none."""

    def on_expired(self) -> None:
        """Stops it in the engine, and says why."""
        self._abort(
            BridgeError(Failure.DEADLINE_EXCEEDED, "The budget of the request was over before its answer was complete.")
        )

    def on_listener_stops(self) -> None:
        """Stops it since the listener ends."""
        self._abort(BridgeError(Failure.DRAINING, "The listener shut down before the answer was complete."))

    def end(self, frame: EndFrame) -> None:
        """Sends END."""
        outcome = "ok" if frame.finish == Finish.NONE else frame.finish.name.lower()
        self._close(outcome, lambda _: frame.write())

    def fail(self, error: BridgeError) -> None:
        """Sends ERROR."""
        self._close(error.failure.name.lower(), lambda stage: ErrorFrame.of(self.handle, error, stage).write())

    def _abort(self, error: BridgeError) -> None:
        if not self.is_over:
            self.stop()
            self.fail(error)

    def _close(self, outcome: str, last: Callable[[Stage], bytes]) -> None:
        """Frees the handle and says so, once, if there is still somebody to tell."""
        if self.is_over:
            return
        self.is_over = True
        self.credit = 0
        if not self.outlet.is_over:
            self.outlet.write_last(last(self.outlet.session.end(self)))
        self.outlet.on_call_over(self, outcome)
