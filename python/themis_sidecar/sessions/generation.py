"""A generation: what its engine gives becomes rows as far as its credit goes; the rest waits here."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from themis_sidecar.content.request_content import read_request_content
from themis_sidecar.content.requests import GenerateRequest
from themis_sidecar.failures import BridgeError, invalid
from themis_sidecar.sessions.served_call import ServedCall
from themis_sidecar.sessions.steady_step import SteadyStep
from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame
from themis_sidecar.wire.step_frame import StepRow
from themis_sidecar.wire.words import Failure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from themis_sidecar.engines.engine import Ending
    from themis_sidecar.sessions.served_call import Outlet
    from themis_sidecar.wire.request_frame import RequestFrame
    from themis_sidecar.wire.step_frame import TokenLogprob

# An engine that cannot be held back may gather more; it leaves in pieces that fit any frame.
_MAX_ROW_IDS = 1024


class Generation(ServedCall):
    """The way of one generation's tokens to its client."""

    kind = "generate"

    def __init__(self, outlet: Outlet, frame: RequestFrame, held_bytes: int) -> None:
        """Takes the frame, whose content is not looked at yet."""
        super().__init__(outlet, frame.handle, held_bytes, is_generation=True)
        self._frame: RequestFrame | None = frame
        self._with_text = False
        self._wants_prompt_ids = False
        self._gives_logprobs: bool | None = None
        """Whether the engine gives probabilities, asked for or not: with all tokens or with none; None before one."""
        self._waiting: deque[StepRow] = deque()
        self._ending: EndFrame | None = None

    def start(self) -> None:
        """Hands it to the engine."""
        frame, self._frame = self._frame, None
        try:
            request = read_request_content(frame) if frame else None
            if not isinstance(request, GenerateRequest):
                raise invalid("kind", "The request is no generation.")
            self.request_id = request.request_id
            self._with_text = request.wants_text
            self._wants_prompt_ids = request.wants_prompt_ids
            self.outlet.engine.generate(request, self)
        except BridgeError as error:
            self.fail(error)

    def stop(self) -> None:
        """Stops it in the engine."""
        self._waiting.clear()
        self.outlet.engine.abort(self)

    def settle(self) -> None:
        """Makes its credit what it really is."""
        self.outlet.gather.steady.settle()

    def on_credit(self) -> None:
        """Sends what waits, and wakes the engine for more."""
        self._send_waiting()
        if self.wants_more:
            self.outlet.engine.wake()

    @property
    def wants_more(self) -> bool:
        """Whether the client reads."""
        return self.credit > 0 and not self._waiting and self.outlet.has_room

    def accept(self, prompt_ids: Sequence[int], seed: int | None, engine_id: str = "") -> None:
        """Sends ACCEPTED."""
        if self.is_over or self.outlet.is_over:
            return
        self.prompt_tokens = len(prompt_ids)
        ids = prompt_ids if self._wants_prompt_ids else ()
        frame = AcceptedFrame(self.handle, seed, ids, engine_id=engine_id.encode()).write()
        if len(frame) > self.outlet.max_frame_bytes:
            self.stop()
            self.fail(BridgeError(
                Failure.LIMIT_EXCEEDED, "The prompt's ids are more than the client accepts. Do not ask for them.",
                "prompt_ids",
            ))  # fmt: skip
            return
        self.outlet.session.accept(self)
        self.outlet.write(frame)

    def put(self, ids: list[int], text: str = "", logprobs: list[TokenLogprob] | None = None) -> None:
        """Sends what the credit covers; text that was not asked for is left out."""
        if self.is_over:
            return
        data = text.encode() if self._with_text else b""
        if not ids and not data:
            return
        if ids:
            gives = logprobs is not None
            if self._gives_logprobs not in (None, gives):
                self._abort(BridgeError(Failure.ENGINE_FAILED, "The engine gave probabilities with some tokens alone."))
                return
            self._gives_logprobs = gives
        last = self._waiting[-1] if self._waiting else None
        if last is not None and last.logprobs is None and logprobs is None:
            # The engine runs ahead of the credit: its pieces become one row.
            self._waiting[-1] = last._replace(ids=last.ids + ids, text=last.text + data)
        else:
            self._waiting.append(StepRow(self.handle, ids, data, b"", logprobs))
        self._send_waiting()

    def finish(self, ending: Ending) -> None:
        """Sends END behind the last row."""
        self._ending = EndFrame(
            self.handle, ending.finish, ending.prompt_tokens, ending.cached_tokens, ending.completion_tokens,
            ending.stop_id, ending.stop.encode(),
        )  # fmt: skip
        self._send_waiting()

    def _send_waiting(self) -> None:
        try:
            while self._waiting and not self.is_over:
                if not self._send_row(self._waiting[0]):
                    break
        except BridgeError as error:
            self.stop()
            self.fail(error)
        if self.is_over:
            return
        if not self._waiting and self._ending is not None:
            self.end(self._ending)

    def _send_row(self, row: StepRow) -> bool:
        """Sends as much of the first row that waits as the credit covers; says whether that was anything."""
        if self.outlet.is_over:
            return False
        is_first = not self.has_row
        cost = max(1, len(row.ids))
        taken = self.outlet.session.take_credit(self, min(cost, _MAX_ROW_IDS))
        if taken == 0:
            return False
        if is_first:
            self.outlet.on_first_row(self)
        if taken < cost:
            logprobs = row.logprobs
            self._waiting[0] = row._replace(
                ids=row.ids[taken:], text=b"", logprobs=logprobs[taken:] if logprobs else None
            )
            row = row._replace(ids=row.ids[:taken], logprobs=logprobs[:taken] if logprobs else None)
        else:
            self._waiting.popleft()
        self.outlet.gather.add(row, with_logprobs=self._gives_logprobs is True)
        self.outlet.flush_soon()
        return True


def put_step(outlet: Outlet, streams: list[Generation], ids: list[int]) -> None:
    """Puts one token into each of a connection's streams, a whole step of an engine, and sends it: the hot path.

    The streams want ids alone, have got a token before, and nothing waits in them.
    """
    gather = outlet.gather
    steady = gather.steady
    if steady.streams != streams:
        steady.settle()
        steady = gather.steady = SteadyStep(streams)
    if steady.take_step():
        gather.add_step(steady.handles, ids)
    else:
        for stream, token in zip(streams, ids, strict=True):
            stream.put([token])
    outlet.flush()
