"""From an accepted socket to an open connection: HELLO from both sides, read to exact lengths."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import TYPE_CHECKING

from themis_sidecar import VERSION
from themis_sidecar.failures import FrameFault, violation
from themis_sidecar.sessions.step_gather import StepGather
from themis_sidecar.wire.answer_frames import ErrorFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.hello_frame import HelloFrame, read_hello
from themis_sidecar.wire.layout import HEADER, HELLO_MS, MAX_HELLO_BYTES
from themis_sidecar.wire.words import Failure, FrameType, Role, Stage

if TYPE_CHECKING:
    import socket

    from themis_sidecar.engines.engine import Description
    from themis_sidecar.listener.peer_guard import PeerGuard


class Handshake:
    """What a listener says and asks for before it serves anybody."""

    def __init__(self, guard: PeerGuard, description: Description, max_requests: int) -> None:
        """Takes whom to let in and what to tell."""
        self._guard = guard
        self._description = description
        self._max_requests = max_requests

    async def run(self, connected: socket.socket, uid: int) -> tuple[HelloFrame, HelloFrame]:
        """Gives what both sides said, ours first. On FrameFault the client was told why; the caller closes."""
        try:
            return await asyncio.wait_for(self._run(connected, uid), HELLO_MS / 1000)
        except (asyncio.TimeoutError, OSError) as e:
            raise FrameFault(Failure.CONNECTION_LOST, "The client did not say HELLO in its time.") from e
        except FrameFault as fault:
            # Best effort: the client may be gone, or not listening.
            if fault.failure != Failure.CONNECTION_LOST:
                with suppress(OSError):
                    connected.send(ErrorFrame.of(0, fault, Stage.CONNECT).write())
            raise

    async def _run(self, connected: socket.socket, uid: int) -> tuple[HelloFrame, HelloFrame]:
        must_show_token = self._guard.check_user(uid)
        loop = asyncio.get_running_loop()
        head = await _read_exactly(connected, HEADER.size)
        header = read_header(head, 0, Role.CLIENT, MAX_HELLO_BYTES)
        if header.kind != FrameType.HELLO:
            raise violation("The first frame was not HELLO.")
        peer = read_hello(head + await _read_exactly(connected, header.length - HEADER.size), Role.CLIENT)
        if must_show_token:
            self._guard.check_token(peer.content.get("token"))
        own = self._hello(peer)
        if peer.required & ~own.offered:
            raise violation("The client requires a feature that this listener does not offer. Do not require it.")
        await loop.sock_sendall(connected, own.write())
        return own, peer

    def _hello(self, peer: HelloFrame) -> HelloFrame:
        description = self._description
        return HelloFrame(
            Role.LISTENER,
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


async def _read_exactly(connected: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        piece = await loop.sock_recv(connected, count - len(data))
        if not piece:
            raise FrameFault(Failure.CONNECTION_LOST, "The client closed the connection before it was open.")
        data += piece
    return data
