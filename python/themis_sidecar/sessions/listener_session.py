"""A listener's side of a connection after both HELLOs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from themis_sidecar.failures import violation
from themis_sidecar.sessions.ping_state import PingState
from themis_sidecar.wire.answer_frames import read_error
from themis_sidecar.wire.control_frames import read_admin, read_cancel, read_credit, read_ping
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.request_frame import read_request
from themis_sidecar.wire.words import FrameType, Role

if TYPE_CHECKING:
    from collections.abc import Callable

    from themis_sidecar.sessions.call import Call
    from themis_sidecar.wire.answer_frames import ErrorFrame
    from themis_sidecar.wire.control_frames import AdminFrame
    from themis_sidecar.wire.header import FrameHeader
    from themis_sidecar.wire.request_frame import RequestFrame
    from themis_sidecar.wire.words import Stage


class ListenerEvents(Protocol):
    """What a listener is told while frames are read. A call that it makes must be ended, whatever becomes of it."""

    def on_request(self, frame: RequestFrame) -> Call:
        """A request has come; texts and JSON are not checked yet."""
        ...

    def on_admin(self, frame: AdminFrame) -> Call:
        """A question to the listener itself has come; its JSON is not checked yet."""
        ...

    def on_opened(self, call: Call) -> None:
        """The call's handle is taken: it may be served."""
        ...

    def on_ping(self, value: int) -> None:
        """A PING has come that must be answered."""
        ...

    def on_connection_error(self, frame: ErrorFrame) -> None:
        """The client gives up the connection."""
        ...


class ListenerSession:
    """Handles, credit, cancelling, budgets and pings, without I/O. Its owner hands in the frames that come."""

    def __init__(self, max_requests: int, events: ListenerEvents, clock: Callable[[], float]) -> None:
        """Takes a clock in seconds for the budgets."""
        self._max_requests = max_requests
        self._events = events
        self._clock = clock
        self._open: dict[int, Call] = {}
        self.pings = PingState()

    @property
    def open_count(self) -> int:
        """How many requests are open."""
        return len(self._open)

    def open_calls(self) -> list[Call]:
        """What is open."""
        return list(self._open.values())

    def receive(self, header: FrameHeader, frame: bytes) -> None:
        """Takes in a frame of the client whose header was checked; FrameFault ends the connection."""
        kind = header.kind
        if kind == FrameType.REQUEST:
            self._receive_request(read_request(frame))
        elif kind == FrameType.CREDIT:
            credit = read_credit(frame)
            self._receive_credit(credit.handle, credit.tokens)
        elif kind == FrameType.CANCEL:
            self._receive_cancel(read_cancel(frame).handle)
        elif kind == FrameType.ADMIN:
            self._receive_admin(read_admin(frame))
        elif kind == FrameType.PING:
            self._events.on_ping(read_ping(frame).value)
        elif kind == FrameType.PONG:
            self.pings.answer(read_ping(frame).value)
        elif kind == FrameType.ERROR:
            self._events.on_connection_error(read_error(frame, Role.CLIENT))
        else:
            # HELLO a second time, or UPGRADE, which nobody offered.
            raise violation("A frame came that has no place in an open connection.")

    def accept(self, call: Call) -> None:
        """ACCEPTED is about to be sent."""
        if not call.is_generation or call.is_accepted or self._open.get(call.handle) is not call:
            raise RuntimeError("The listener was about to accept what it must not.")
        call.is_accepted = True

    def take_credit(self, call: Call, tokens: int) -> int:
        """Takes credit for a row; says how much of it may be sent, 0 for nothing now."""
        if not call.is_accepted or self._open.get(call.handle) is not call:
            raise RuntimeError("The listener was about to send a row that its state forbids.")
        call.settle()
        taken = min(call.credit, tokens)
        call.credit -= taken
        call.has_row |= taken > 0
        return taken

    def end(self, call: Call) -> Stage:
        """END or ERROR is about to be sent: the handle is free again. Says how far the request had come."""
        if self._open.pop(call.handle, None) is not call:
            raise RuntimeError("The listener was about to end a request twice.")
        return call.stage

    def next_due(self) -> float:
        """When the next budget is over; infinity for never."""
        return min((call.next_due for call in self._open.values()), default=math.inf)

    def expire(self, now: float) -> None:
        """Tells the requests whose budgets are over."""
        for call in self.open_calls():
            if call.next_due <= now:
                call.is_ending = True
                call.on_expired()

    def lose(self) -> None:
        """The connection is gone: cancels what is open, once each."""
        for call in self.open_calls():
            if not call.is_ending:
                call.is_ending = True
                call.on_cancelled()
        self._open.clear()

    def _receive_request(self, frame: RequestFrame) -> None:
        self._check_free(frame.handle)
        call = self._events.on_request(frame)
        call.credit = frame.credit
        call.due = self._due(frame.total_ms)
        call.first_due = self._due(frame.first_token_ms)
        self._open[frame.handle] = call
        self._events.on_opened(call)

    def _receive_admin(self, frame: AdminFrame) -> None:
        self._check_free(frame.handle)
        call = self._events.on_admin(frame)
        call.due = self._due(frame.total_ms)
        self._open[frame.handle] = call
        self._events.on_opened(call)

    # CANCEL and CREDIT for a free handle crossed its END.
    def _receive_cancel(self, handle: int) -> None:
        call = self._open.get(handle)
        if call is not None and not call.is_ending:
            call.is_ending = True
            call.on_cancelled()

    def _receive_credit(self, handle: int, tokens: int) -> None:
        call = self._open.get(handle)
        if call is None or call.is_ending:
            return
        call.settle()
        if call.credit + tokens > MAX_CREDIT:
            raise violation("CREDIT granted more than its limit.")
        call.credit += tokens
        call.on_credit()

    def _check_free(self, handle: int) -> None:
        if handle > self._max_requests or handle in self._open:
            raise violation("A request came with a handle that is not free, or over the limit.")

    def _due(self, budget_ms: int) -> float:
        return self._clock() + budget_ms / 1000 if budget_ms else math.inf
