"""An engine that has its answers from another process."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Any, cast

from relay_link import error_of
from relay_requests import rewrite_call, rewrite_generation
from themis_sidecar.engines.engine import Description, Embedding, Ending, Engine, Health, Load
from themis_sidecar.wire.answer_frames import AcceptedFrame, EndFrame, ErrorFrame, ResultFrame
from themis_sidecar.wire.control_frames import AdminFrame, CancelFrame, CreditFrame
from themis_sidecar.wire.step_frame import StepRow
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Capability, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from relay_link import RelayLink
    from themis_sidecar.content.requests import DetokenizeRequest, EmbedRequest, GenerateRequest, TokenizeRequest
    from themis_sidecar.engines.engine import Stream

_CREDIT = 16


class RelayEngine(Engine):
    """Asks over a link, and holds the other side back while its own client does not read."""

    def __init__(self, link: RelayLink) -> None:
        """Is what the other side says it is."""
        content: dict[str, Any] = link.hello.content
        model: dict[str, Any] = content["models"][0]
        super().__init__(Description(
            content["engine"], model["name"], model["max_context_tokens"], Capability(link.hello.capabilities),
            content["max_stop_strings"], content["max_logprobs"], model.get("defaults", {}),
        ))  # fmt: skip
        self._link = link
        self._asked: dict[Stream, _Asked] = {}
        self._load = Load(0, 0)

    async def run(self) -> None:
        """Ends when the other side is gone."""
        await self._link.run()

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Asks for it."""
        asked = _Asked(self._link, stream, lambda: self._asked.pop(stream, None))
        asked.handle = self._link.take(asked)
        self._asked[stream] = asked
        self._link.send(rewrite_generation(request, asked.handle, _CREDIT).write())

    def abort(self, stream: Stream) -> None:
        """Cancels it there."""
        asked = self._asked.pop(stream, None)
        if asked is not None:
            asked.leave()

    def wake(self) -> None:
        """Lets those go on whose clients read again."""
        for asked in list(self._asked.values()):
            asked.grant()

    def load(self) -> Load:
        """What was said last."""
        return self._load

    async def health(self) -> Health:
        """Asks for it."""
        result, _ = await self._link.ask(lambda handle: AdminFrame(handle, Operation.HEALTH).write())
        answer: dict[str, Any] = read_json(result.data)
        self._load = Load(answer.get("running", 0), answer.get("waiting", 0))
        return Health(answer["healthy"], answer["detail"])

    async def embed(self, request: EmbedRequest) -> Embedding:
        """Asks for it."""
        result, end = await self._link.ask(lambda handle: rewrite_call(request, handle).write())
        numbers, length = array("f", result.data), result.extra
        vectors = [numbers[at : at + length] for at in range(0, len(numbers), length)]
        return Embedding(vectors, cast("int", end.prompt_tokens))

    async def tokenize(self, request: TokenizeRequest) -> list[int]:
        """Asks for it."""
        result, _ = await self._link.ask(lambda handle: rewrite_call(request, handle).write())
        return list(array("i", result.data))

    async def detokenize(self, request: DetokenizeRequest) -> str:
        """Asks for it."""
        result, _ = await self._link.ask(lambda handle: rewrite_call(request, handle).write())
        return result.data.decode()


class _Asked:
    """One generation."""

    def __init__(self, link: RelayLink, stream: Stream, on_over: Callable[[], object]) -> None:
        self.handle = 0
        self._link, self._on_over = link, on_over
        self._stream: Stream | None = stream
        self._used = 0

    def on_answer(self, frame: AcceptedFrame | StepRow | ResultFrame | EndFrame | ErrorFrame) -> None:
        """Hands it on."""
        stream = self._stream
        if stream is None:
            return
        if isinstance(frame, AcceptedFrame):
            stream.accept(frame.ids, frame.seed, frame.engine_id.decode())
        elif isinstance(frame, StepRow):
            self._used += max(1, len(frame.ids))
            stream.put(list(frame.ids), frame.text.decode(), frame.logprobs)
            self.grant()
        elif isinstance(frame, (EndFrame, ErrorFrame)):
            self._on_over()
            if isinstance(frame, ErrorFrame):
                stream.fail(error_of(frame))
            else:
                stream.finish(Ending(
                    frame.finish, frame.prompt_tokens, frame.completion_tokens, frame.stop_id, frame.cached_tokens,
                    frame.stop.decode(),
                ))  # fmt: skip

    def grant(self) -> None:
        """Gives back the credit that was used, if the client reads."""
        if self._used and self._stream is not None and self._stream.wants_more:
            self._link.send(CreditFrame(self.handle, self._used).write())
            self._used = 0

    def leave(self) -> None:
        """Nobody waits any more."""
        self._stream = None
        self._link.send(CancelFrame(self.handle).write())
