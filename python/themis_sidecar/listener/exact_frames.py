"""Single frames on a bare socket: to their exact lengths, so that nothing of what follows is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from themis_sidecar.failures import FrameFault
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.layout import HEADER
from themis_sidecar.wire.words import Failure, Role

if TYPE_CHECKING:
    import socket

    from themis_sidecar.wire.header import FrameHeader


async def read_exact_frame(connected: socket.socket, max_bytes: int) -> tuple[FrameHeader, bytes]:
    """Reads a client's frame. FrameFault: its header is wrong, or the client is gone."""
    head = await _read_exactly(connected, HEADER.size)
    header = read_header(head, 0, Role.CLIENT, max_bytes)
    return header, head + await _read_exactly(connected, header.length - HEADER.size)


async def _read_exactly(connected: socket.socket, count: int) -> bytes:
    loop = asyncio.get_running_loop()
    data = b""
    while len(data) < count:
        piece = await loop.sock_recv(connected, count - len(data))
        if not piece:
            raise FrameFault(Failure.CONNECTION_LOST, "The client closed the connection before it was open.")
        data += piece
    return data
