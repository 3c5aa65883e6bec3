"""One client's connection: serves many requests at once, and sends once for each turn of the event loop."""

from __future__ import annotations

import asyncio
import logging
import math
from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError, FrameFault
from themis_sidecar.listener.peer_watch import PeerWatch
from themis_sidecar.sessions.admin_call import AdminCall
from themis_sidecar.sessions.generation import Generation
from themis_sidecar.sessions.listener_session import ListenerSession
from themis_sidecar.sessions.refused_call import RefusedCall
from themis_sidecar.sessions.served_call import ServedCall
from themis_sidecar.sessions.step_gather import StepGather
from themis_sidecar.sessions.unary_call import RequestCall
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.control_frames import GoAwayFrame, PingFrame
from themis_sidecar.wire.layout import ADMIN, MAX_FRAME_BYTES
from themis_sidecar.wire.words import Failure, FrameType, RequestKind, Stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from themis_sidecar.listener.frame_channel import FrameChannel
    from themis_sidecar.listener.shared_state import SharedState
    from themis_sidecar.sessions.call import Call
    from themis_sidecar.wire.control_frames import AdminFrame
    from themis_sidecar.wire.header import FrameHeader
    from themis_sidecar.wire.hello_frame import HelloFrame
    from themis_sidecar.wire.request_frame import RequestFrame

_log = logging.getLogger(__name__)

# Beyond this engines are held back.
_ROOM_BYTES = 4 * 1024 * 1024
# More than this is unsent only when the peer reads nothing: credit and waiting for room keep honest peers below it.
_MOST_UNSENT_BYTES = 4 * MAX_FRAME_BYTES


class Connection:
    """Outlet of its requests, events of its session, sink of its channel."""

    def __init__(
        self, channel: FrameChannel, own: HelloFrame, peer: HelloFrame, state: SharedState,
        on_over: Callable[[Connection], None],
    ) -> None:  # fmt: skip
        """Takes the channel, which is its own from now on, and what both sides said."""
        self._loop = asyncio.get_running_loop()
        self._channel = channel
        self._state = state
        self._on_over = on_over
        # What leaves at the end of the loop's turn, in this order.
        self._first: list[bytes] = []
        self._steps: list[bytes] = []
        self._last: list[bytes] = []
        self._is_flush_due = False
        self._is_draining = False
        self._room = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None
        self._armed = math.inf
        self.is_over = False
        self.engine = state.engine
        self.max_frame_bytes = peer.max_frame_bytes
        self.session = ListenerSession(own.max_requests, self, self._loop.time)
        self._watch = PeerWatch(self.session.pings, self._loop.time())
        self.gather = StepGather(peer.max_frame_bytes, self._send_step)

    async def wait_closed(self) -> None:
        """Returns when its last words are sent, or cannot be."""
        await self._channel.closed.wait()

    def start(self) -> None:
        """Starts reading."""
        self._channel.start(self)
        self._arm()

    # What requests use.

    @property
    def unsent_bytes(self) -> int:
        """What the client has not taken."""
        return self._channel.unsent_bytes

    @property
    def has_room(self) -> bool:
        """Whether the client has taken most of what was sent."""
        return self._channel.unsent_bytes <= _ROOM_BYTES

    async def wait_for_room(self) -> None:
        """Returns when it has."""
        self.flush()
        while not self.has_room and not self.is_over:
            self._room.clear()
            await self._room.wait()

    def write(self, frame: bytes) -> None:
        """Sends a frame before the rows that were gathered."""
        self._first.append(frame)
        self.flush_soon()

    def write_last(self, frame: bytes) -> None:
        """Sends a frame behind all rows."""
        self._last.append(frame)
        self.flush_soon()

    def flush_soon(self) -> None:
        """Sends at the end of the loop's turn."""
        if not self._is_flush_due:
            self._is_flush_due = True
            self._loop.call_soon(self._flush_due)

    def metrics_text(self) -> str:
        """All measurements."""
        return self._state.metrics_text()

    def on_first_row(self, call: ServedCall) -> None:
        """Measures the time to it."""
        self._state.metrics.first_token.add(self._loop.time() - call.began)

    def on_call_over(self, call: ServedCall, outcome: str) -> None:
        """Gives back what it held."""
        _log.debug("over kind=%s handle=%d request=%s outcome=%s", call.kind, call.handle, call.request_id, outcome)
        self._state.on_call_over(call, outcome, self._loop.time())
        self._settle_drain()

    # What the session tells.

    def on_request(self, frame: RequestFrame) -> Call:
        """Makes what serves it."""
        held = frame.content_bytes
        refusal = self._admit(held)
        if refusal is not None:
            return RefusedCall(self, frame.handle, RequestKind(frame.kind).name.lower(), refusal)
        if frame.kind == RequestKind.GENERATE:
            return Generation(self, frame, held)
        return RequestCall(self, frame, held)

    def on_admin(self, frame: AdminFrame) -> Call:
        """Makes what serves it."""
        held = ADMIN.size + len(frame.json)
        refusal = self._admit(held)
        if refusal is not None:
            return RefusedCall(self, frame.handle, frame.operation.name.lower(), refusal)
        return AdminCall(self, frame, held)

    def on_opened(self, call: Call) -> None:
        """Serves it."""
        if isinstance(call, ServedCall):
            call.began = self._loop.time()
            self._state.metrics.active_requests += 1
            call.start()
        if call.next_due < self._armed:
            self._arm()

    def on_ping(self, value: int) -> None:
        """Answers it."""
        self.write(PingFrame(FrameType.PONG, value).write())

    def on_connection_error(self, frame: ErrorFrame) -> None:
        """Goes."""
        _log.warning("the client gave up failure=%s", frame.code.name.lower())
        self.close(None)

    # What the channel tells.

    def on_frame(self, header: FrameHeader, frame: bytes) -> None:
        """Hands a frame to the session."""
        self.session.receive(header, frame)

    def on_fault(self, fault: FrameFault) -> None:
        """Says why, and goes."""
        _log.warning("the client broke a rule failure=%s reason=%r", fault.failure.name.lower(), fault.message)
        self.close(fault)

    def on_heard(self) -> None:
        """The peer lives. One that only asks and never reads is left."""
        self._watch.on_heard(self._loop.time())
        if self._channel.unsent_bytes > _MOST_UNSENT_BYTES:
            self._leave("it asks and does not read the answers")

    def on_sent(self) -> None:
        """Wakes who waits for room."""
        if self.has_room:
            self._room.set()
            self.engine.wake()
        self._settle_drain()

    def on_closed(self) -> None:
        """The peer is gone."""
        self.close(None)

    # Its end.

    def drain(self, drain_ms: int) -> None:
        """Takes no new requests, and closes when those that run are over and the client has taken all of it."""
        if not self.is_over and not self._is_draining:
            self._is_draining = True
            self.write(GoAwayFrame(min(drain_ms, 0xFFFF_FFFF), b"The listener is shutting down.").write())
            self._settle_drain()

    def abort_all(self) -> None:
        """Ends what is still open, and closes."""
        for call in self.session.open_calls():
            if isinstance(call, ServedCall):
                call.on_listener_stops()

    def fail_all(self, error: BridgeError) -> None:
        """Ends what is still open since the engine is dead."""
        for call in self.session.open_calls():
            if isinstance(call, ServedCall):
                call.fail(error)

    def close(self, fault: FrameFault | None) -> None:
        """Goes, once; tells the peer why unless it is gone."""
        if self.is_over:
            return
        if fault is not None:
            self.flush()
            self._channel.send(ErrorFrame.of(0, fault, Stage.CONNECT).write())
        self.is_over = True
        if self._timer is not None:
            self._timer.cancel()
        self.session.lose()
        self._room.set()
        self._channel.close()
        self._on_over(self)

    def _settle_drain(self) -> None:
        if self._is_draining and self.session.open_count == 0:
            self.flush()
            if self._channel.unsent_bytes == 0:
                self.close(None)

    def _leave(self, reason: str) -> None:
        _log.warning("the connection is closed reason=%r", reason)
        self.close(None)

    def _admit(self, held: int) -> BridgeError | None:
        if self._is_draining:
            return BridgeError(Failure.DRAINING, "The listener is shutting down and takes no new requests.")
        if not self._state.take_bytes(held):
            return BridgeError(
                Failure.BUSY, "The listener holds as many bytes of requests as it may. Try again later.",
                retry_after_ms=1000,
            )  # fmt: skip
        return None

    def _send_step(self, frame: bytes, rows: int, tokens: int) -> None:
        metrics = self._state.metrics
        metrics.step_frames += 1
        metrics.step_rows += rows
        metrics.output_tokens += tokens
        self._steps.append(frame)

    def _flush_due(self) -> None:
        self._is_flush_due = False
        self.flush()

    def flush(self) -> None:
        """Sends everything that waits, in one piece."""
        if self.is_over:
            return
        self.gather.flush()
        out = self._steps
        if self._first or self._last:
            out = [*self._first, *out, *self._last]
            del self._first[:], self._last[:]
        if out:
            data = out[0] if len(out) == 1 else b"".join(out)
            del self._steps[:]
            self._state.metrics.sent_bytes += len(data)
            self._channel.send(data)

    # Its clock.

    def _arm(self) -> None:
        """Wakes up when the next budget is over, or the peer should be looked at."""
        self._armed = min(self._watch.due, self.session.next_due())
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(self._armed, self._tick)

    def _tick(self) -> None:
        now = self._loop.time()
        self.session.expire(now)
        fault = self._watch.fault(now, self._channel.stalled_since)
        if fault is not None:
            self._leave(fault)
        if self.is_over:
            return
        value = self._watch.ping(now)
        if value is not None:
            self.write(PingFrame(FrameType.PING, value).write())
        self._arm()
