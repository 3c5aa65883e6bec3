"""Requests with one answer: embeddings, tokenize, detokenize."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from array import array
from typing import TYPE_CHECKING

from themis_sidecar.content.request_content import read_request_content
from themis_sidecar.content.requests import DetokenizeRequest, EmbedRequest, TokenizeRequest
from themis_sidecar.failures import BridgeError
from themis_sidecar.sessions.served_call import ServedCall
from themis_sidecar.wire.answer_frames import EndFrame, ResultFrame
from themis_sidecar.wire.layout import MAX_JSON_BYTES, RESULT
from themis_sidecar.wire.words import Failure, RequestKind, ResultKind

if TYPE_CHECKING:
    from themis_sidecar.sessions.served_call import Outlet
    from themis_sidecar.wire.request_frame import RequestFrame

_log = logging.getLogger(__name__)


class UnaryCall(ServedCall):
    """A request that is served by one task."""

    _task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Serves it in a task of its own."""
        self._task = asyncio.get_running_loop().create_task(self._run())

    def stop(self) -> None:
        """Cancels the task."""
        if self._task is not None:
            self._task.cancel()

    @abstractmethod
    async def serve(self) -> None:
        """Asks the engine and ends the call."""

    def result(self, kind: ResultKind, count: int, extra: int, data: bytes) -> None:
        """Sends RESULT. BridgeError: it is longer than the client, or anybody, accepts."""
        most = self.outlet.max_frame_bytes - RESULT.size
        if len(data) > (min(most, MAX_JSON_BYTES) if kind == ResultKind.JSON else most):
            raise BridgeError(Failure.LIMIT_EXCEEDED, "The answer is longer than the client accepts. Ask for less.")
        if not self.is_over:
            self.outlet.write(ResultFrame(self.handle, kind, count, extra, data).write())

    async def _run(self) -> None:
        try:
            await self.serve()
        except BridgeError as error:
            self.fail(error)
        except Exception:
            _log.exception("a request failed kind=%s handle=%d", self.kind, self.handle)
            self.fail(BridgeError(Failure.ENGINE_FAILED, "The engine failed. Look at the sidecar's log."))


class RequestCall(UnaryCall):
    """An embedding, a text to tokenize, or ids to detokenize."""

    def __init__(self, outlet: Outlet, frame: RequestFrame, held_bytes: int) -> None:
        """Takes the frame, whose content is not looked at yet."""
        super().__init__(outlet, frame.handle, held_bytes)
        self.kind = RequestKind(frame.kind).name.lower()
        self._frame = frame

    async def serve(self) -> None:
        """Asks the engine, and sends RESULT and END."""
        request = read_request_content(self._frame)
        engine = self.outlet.engine
        tokens: int | None = None
        if isinstance(request, EmbedRequest):
            tokens = await self._embed(request)
        elif isinstance(request, TokenizeRequest):
            ids = await engine.tokenize(request)
            context = engine.description.max_context_tokens
            self.result(ResultKind.IDS, len(ids), context, array("i", ids).tobytes())
        elif isinstance(request, DetokenizeRequest):
            text = (await engine.detokenize(request)).encode()
            self.result(ResultKind.TEXT, len(text), 0, text)
        self.end(EndFrame(self.handle, prompt_tokens=tokens))

    async def _embed(self, request: EmbedRequest) -> int:
        """Sends the vectors in as many frames as the client's limit needs."""
        vectors, tokens = await self.outlet.engine.embed(request)
        self.prompt_tokens = tokens
        length = len(vectors[0])
        at_once = max(1, (self.outlet.max_frame_bytes - RESULT.size - 8) // (4 * length))
        for first in range(0, len(vectors), at_once):
            some = vectors[first : first + at_once]
            self.result(ResultKind.EMBEDDING, len(some), length, b"".join(vector.tobytes() for vector in some))
            await self.outlet.wait_for_room()
        return tokens
