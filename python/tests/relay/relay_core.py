"""An engine core that asks an engine in another process, behind the front end of the vLLM of the tests.

The front end stays as it is: it checks, merges what nobody has taken, and tells errors as it always does.
"""

from __future__ import annotations

import asyncio
from array import array
from typing import TYPE_CHECKING, Any, cast

from relay_vllm_requests import embed_frame, generate_frame
from themis_sidecar.failures import BridgeError
from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import AdminFrame, CancelFrame, CreditFrame
from themis_sidecar.wire.step_frame import StepRow
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Failure, Finish, Operation
from vllm.core_messages import CoreOutput
from vllm.exceptions import LoRAAdapterNotFoundError, QueueOverflowError, VLLMValidationError
from vllm.logprobs import Logprob
from vllm.v1.engine.exceptions import EngineDeadError
from vllm.v1.executor import Executor

if TYPE_CHECKING:
    from collections.abc import Callable

    from relay_link import RelayLink
    from themis_sidecar.wire.step_frame import TokenLogprob
    from vllm.core_messages import CoreRequest
    from vllm.lora.request import LoRARequest

_CREDIT = 16
_WARM_UP = "themis-warm-up"
_DEAD = ("dead",)
_FINISHES = {Finish.STOP: "stop", Finish.LENGTH: "length", Finish.REPETITION: "repetition"}
_CLIENTS_FAULTS = (Failure.INVALID_REQUEST, Failure.UNSUPPORTED_OPTION, Failure.LIMIT_EXCEEDED)


class RelayCore(Executor):
    """Stands in the place of the class that runs the model. Nobody waits for an engine of vLLM's to be read: so it is
    given its credit back at once."""

    def __init__(self, link: RelayLink, model: str) -> None:
        """Takes an open link, and the name by which the engine knows its model."""
        self._link, self._model = link, model
        self._messages: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()
        self._asked: dict[str, _Asked] = {}
        self._reading: asyncio.Task[None] | None = None
        self._replies: set[asyncio.Task[None]] = set()
        self._loras: set[int] = set()
        self._is_warm = False

    def send(self, message: tuple[Any, ...]) -> None:
        """What the front end tells its core."""
        kind, *rest = message
        if kind == "add":
            self._add(rest[0])
        elif kind == "abort":
            asked = self._asked.pop(rest[0], None)
            if asked is not None:
                asked.leave()
        else:
            reply = asyncio.ensure_future(self._reply(*rest))
            self._replies.add(reply)
            reply.add_done_callback(self._replies.discard)

    async def get_output_async(self) -> tuple[Any, ...]:
        """What the core says. A core whose engine is gone is dead."""
        if self._reading is None:
            self._reading = asyncio.ensure_future(self._link.run())
            self._reading.add_done_callback(lambda _: self._messages.put_nowait(_DEAD))
        message = await self._messages.get()
        if message == _DEAD:
            raise EngineDeadError
        return message

    def shutdown(self) -> None:
        """The link ends with the process."""

    def _add(self, request: CoreRequest) -> None:
        if request.external_id == _WARM_UP:
            # That is between the sidecar and vLLM.
            self._say(CoreOutput(request.request_id, [1], "length"))
            return
        asked = _Asked(self._link, request.request_id, self._say)
        asked.handle = self._link.take(asked)
        self._asked[request.request_id] = asked
        self._link.send(generate_frame(request, asked.handle, self._model, _CREDIT).write())

    def _say(self, output: CoreOutput) -> None:
        if output.finish_reason is not None or output.error is not None:
            self._asked.pop(output.request_id, None)
        self._messages.put_nowait(("outputs", [output]))

    async def _reply(self, number: int, method: str, arguments: tuple[Any, ...]) -> None:
        try:
            reply = True, await getattr(self, f"call_{method}")(*arguments)
        except BridgeError as e:
            reply = False, f"Call to {method} method failed: {e}"
        self._messages.put_nowait(("reply", number, *reply))

    async def call_add_lora(self, lora: LoRARequest) -> bool:
        """Any is right."""
        self._loras.add(lora.lora_int_id)
        return True

    async def call_remove_lora(self, number: int) -> bool:
        """Whether it was there."""
        known = number in self._loras
        self._loras.discard(number)
        return known

    async def call_list_loras(self) -> set[int]:
        """Numbers. A core whose engine is ill hears nothing."""
        await self._until_healthy()
        return self._loras

    async def call_is_paused(self) -> bool:
        """Never; the same of an ill one."""
        await self._until_healthy()
        return False

    async def call_embed(self, ids: list[int], length: int) -> list[float]:
        """One vector."""
        if not self._is_warm:
            # The first request is between the sidecar and vLLM, as the first generations are.
            self._is_warm = True
            return [0.0] * length
        result, _ = await self._link.ask(lambda handle: embed_frame(ids, handle, self._model).write())
        return list(array("f", result.data))

    async def _until_healthy(self) -> None:
        result, _ = await self._link.ask(lambda handle: AdminFrame(handle, Operation.HEALTH).write())
        if not cast("dict[str, Any]", read_json(result.data))["healthy"]:
            await asyncio.get_running_loop().create_future()


class _Asked:
    """One generation."""

    def __init__(self, link: RelayLink, request_id: str, say: Callable[[CoreOutput], None]) -> None:
        self.handle = 0
        self._link, self._request_id, self._say = link, request_id, say
        self._has_begun = self._is_left = False

    def on_answer(self, frame: AcceptedFrame | StepRow | ResultFrame | EndFrame | ErrorFrame) -> None:
        """Says it as a core does."""
        if self._is_left:
            return
        if isinstance(frame, StepRow):
            self._has_begun = True
            self._link.send(CreditFrame(self.handle, max(1, len(frame.ids))).write())
            given = frame.logprobs
            logprobs = None if given is None else list(map(_entry, frame.ids, given))
            self._say(CoreOutput(self._request_id, list(frame.ids), text=frame.text.decode(), logprobs=logprobs))
        elif isinstance(frame, EndFrame):
            reason = frame.stop.decode() or frame.stop_id
            self._say(CoreOutput(self._request_id, [], _FINISHES[frame.finish], reason, frame.cached_tokens))
        elif isinstance(frame, ErrorFrame):
            self._fail(frame)

    def leave(self) -> None:
        """The front end does not want it any more."""
        self._is_left = True
        self._link.send(CancelFrame(self.handle).write())

    def _fail(self, frame: ErrorFrame) -> None:
        if frame.code in (Failure.ABORTED_BY_ENGINE, Failure.DRAINING):
            self._say(CoreOutput(self._request_id, finish_reason="abort"))
        elif self._has_begun:
            self._say(CoreOutput(self._request_id, finish_reason="error"))
        else:
            self._say(CoreOutput(self._request_id, error=_error(frame)))


def _error(frame: ErrorFrame) -> Exception:
    """What vLLM raises when the first item is asked for."""
    text, parameter = frame.message.decode(), frame.parameter.decode() or None
    if frame.code in _CLIENTS_FAULTS:
        return VLLMValidationError(text, parameter=parameter)
    if frame.code == Failure.CONTEXT_LENGTH_EXCEEDED:
        return VLLMValidationError(text, parameter="input_tokens")
    if frame.code == Failure.UNKNOWN_ADAPTER:
        return LoRAAdapterNotFoundError(text)
    if frame.code == Failure.BUSY:
        return QueueOverflowError(text, 503)
    return RuntimeError(text)


def _entry(token: int, given: TokenLogprob) -> dict[int, Logprob]:
    """The chosen token always, and the best."""
    best = {other: Logprob(value, rank) for rank, (other, value) in enumerate(given.top, 1)}
    return {token: Logprob(given.logprob, len(best) + 1), **best}
