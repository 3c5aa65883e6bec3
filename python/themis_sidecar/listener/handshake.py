"""From an accepted socket to an open connection: HELLO from both sides, and the channel that they agree on."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from themis_sidecar import VERSION
from themis_sidecar.failures import FrameFault, violation
from themis_sidecar.listener.exact_frames import read_exact_frame
from themis_sidecar.listener.socket_channel import SocketChannel
from themis_sidecar.sessions.step_gather import StepGather
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.hello_frame import HelloFrame, read_hello
from themis_sidecar.wire.layout import HELLO_MS, MAX_HELLO_BYTES
from themis_sidecar.wire.words import Failure, Feature, FrameType, Role, Stage

if TYPE_CHECKING:
    import socket

    from themis_sidecar.engines.engine import Description
    from themis_sidecar.listener.frame_channel import FrameChannel
    from themis_sidecar.listener.peer_guard import PeerGuard
    from themis_sidecar.shared_memory.upgrade import SharedMemoryUpgrade


class Handshake:
    """What a listener says and asks for before it serves anybody."""

    def __init__(
        self, guard: PeerGuard, description: Description, max_requests: int, upgrade: SharedMemoryUpgrade
    ) -> None:
        """Takes whom to let in, what to tell, and where channels may move to."""
        self._guard = guard
        self._description = description
        self._max_requests = max_requests
        self._upgrade = upgrade

    async def run(self, connected: socket.socket, uid: int) -> tuple[FrameChannel, HelloFrame, HelloFrame]:
        """Gives the channel, which owns the socket, and what both sides said, ours first.

        On FrameFault the client was told why; the caller closes.
        """
        try:
            return await asyncio.wait_for(self._run(connected, uid), HELLO_MS / 1000)
        except (asyncio.TimeoutError, OSError) as e:
            raise FrameFault(Failure.CONNECTION_LOST, "The client did not open the connection in its time.") from e
        except FrameFault as fault:
            # Best effort: the client may be gone, or not listening.
            if fault.failure != Failure.CONNECTION_LOST:
                with suppress(OSError):
                    connected.send(ErrorFrame.of(0, fault, Stage.CONNECT).write())
            raise

    async def _run(self, connected: socket.socket, uid: int) -> tuple[FrameChannel, HelloFrame, HelloFrame]:
        must_show_token = self._guard.check_user(uid)
        loop = asyncio.get_running_loop()
        header, frame = await read_exact_frame(connected, MAX_HELLO_BYTES)
        if header.kind != FrameType.HELLO:
            raise violation("The first frame was not HELLO.")
        peer = read_hello(frame, Role.CLIENT)
        if must_show_token:
            self._guard.check_token(peer.content.get("token"))
        own = self._hello(peer)
        if peer.required & ~own.offered:
            raise violation("The client requires a feature that this listener does not offer. Do not require it.")
        if own.required & ~peer.offered:
            raise violation("The client does not offer shared memory, which is required here. Switch it on there.")
        await loop.sock_sendall(connected, own.write())
        channel: FrameChannel | None = None
        if own.offered & peer.offered & Feature.SHARED_MEMORY:
            channel = await self._upgrade.accept(connected)
        return channel or SocketChannel(connected, loop), own, peer

    def _hello(self, peer: HelloFrame) -> HelloFrame:
        description = self._description
        return HelloFrame(
            Role.LISTENER,
            offered=int(self._upgrade.feature),
            required=int(self._upgrade.feature) if self._upgrade.is_required else 0,
            max_requests=min(self._max_requests, StepGather.max_rows(peer.max_frame_bytes)),
            capabilities=int(description.capabilities),
            content={
                "software": f"themis-sidecar {VERSION}",
                "pid": os.getpid(),
                "engine": description.engine,
                "max_stop_strings": description.max_stop_strings,
                "max_logprobs": description.max_logprobs,
                "models": description.models(),
            },
        )
