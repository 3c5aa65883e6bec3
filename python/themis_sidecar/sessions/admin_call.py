"""Questions to the listener itself: health, metrics, adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.content.admin_content import adapter_members, read_admin_content
from themis_sidecar.sessions.unary_call import UnaryCall
from themis_sidecar.wire.answer_frames import EndFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Operation, ResultKind

if TYPE_CHECKING:
    from themis_sidecar.content.requests import Adapter
    from themis_sidecar.sessions.served_call import Outlet
    from themis_sidecar.wire.control_frames import AdminFrame
    from themis_sidecar.wire.strict_json import JsonObject


class AdminCall(UnaryCall):
    """One question."""

    def __init__(self, outlet: Outlet, frame: AdminFrame, held_bytes: int) -> None:
        """Takes the frame, whose JSON is not looked at yet."""
        super().__init__(outlet, frame.handle, held_bytes)
        self.kind = frame.operation.name.lower()
        self._frame = frame

    async def serve(self) -> None:
        """Answers it."""
        adapter = read_admin_content(self._frame)
        if adapter is not None:
            await self._serve_adapter(adapter)
        elif self._frame.operation == Operation.METRICS:
            self._answer(ResultKind.TEXT, self.outlet.metrics_text().encode())
        else:
            self._answer(ResultKind.JSON, write_json(await self._health()))
        self.end(EndFrame(self.handle))

    async def _serve_adapter(self, adapter: Adapter) -> None:
        engine = self.outlet.engine
        if self._frame.operation == Operation.ADAPTER_LOAD:
            await engine.load_adapter(adapter)
        elif self._frame.operation == Operation.ADAPTER_UNLOAD:
            unloaded = await engine.unload_adapter(adapter.model, adapter.name)
            self._answer(ResultKind.JSON, write_json({"unloaded": unloaded}))
        else:
            loaded = [adapter_members(one) for one in await engine.list_adapters(adapter.model)]
            self._answer(ResultKind.JSON, write_json({"adapters": loaded}))

    async def _health(self) -> JsonObject:
        engine = self.outlet.engine
        health, load = await engine.health(), engine.load()
        return {
            "healthy": health.healthy,
            "detail": health.detail,
            "running": load.running,
            "waiting": load.waiting,
        }

    def _answer(self, kind: ResultKind, data: bytes) -> None:
        self.result(kind, len(data), 0, data)
