"""Moves a connection into a segment: the listener's part. One for all connections of a sidecar."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import socket

from themis_sidecar.failures import FrameFault, violation
from themis_sidecar.listener.exact_frames import read_exact_frame
from themis_sidecar.shared_memory.memory_file import create_memory_file
from themis_sidecar.shared_memory.mode import SharedMemoryMode, fault_of_machine
from themis_sidecar.shared_memory.ring_channel import RingChannel
from themis_sidecar.shared_memory.segment import Segment, header_of, offer_of
from themis_sidecar.shared_memory.segment_layout import NONCE_SIZE, segment_bytes
from themis_sidecar.wire.answer_frames import read_error
from themis_sidecar.wire.control_frames import UpgradeFrame, read_upgrade
from themis_sidecar.wire.layout import MAX_UPGRADE_BYTES
from themis_sidecar.wire.words import Failure, Feature, FrameType, Role, UpgradeKind, UpgradeStep

_log = logging.getLogger(__name__)

# The size of each of the two rings. Frames may be longer.
RING_BYTES = 128 * 1024
# How many connections may have a segment and a thread; others stay on the socket.
MAX_SEGMENTS = 32


class SharedMemoryUpgrade:
    """Counts the segments, and makes one for each client that wants it."""

    def __init__(self, mode: SharedMemoryMode) -> None:
        """Says once why nothing is offered where the machine cannot have it."""
        self._segments = 0
        self.is_required = mode == SharedMemoryMode.REQUIRE
        self.feature = Feature.SHARED_MEMORY
        """What HELLO offers for it."""
        fault = fault_of_machine()
        if mode == SharedMemoryMode.OFF or fault is not None:
            self.feature = Feature(0)
        if mode == SharedMemoryMode.ON and fault is not None:
            _log.warning("shared memory is not offered reason=%r", fault)

    async def accept(self, connected: socket.socket) -> RingChannel | None:
        """Offers, and waits for the answer; None: the connection stays on the socket. FrameFault: it cannot."""
        channel = await self._try_accept(connected)
        if channel is None and self.is_required:
            raise FrameFault(
                Failure.CONNECTION_FAILED,
                "Shared memory was declined, and it is required here. Look at the peer's log, or do not require it.",
            )
        return channel

    async def _try_accept(self, connected: socket.socket) -> RingChannel | None:
        if self._segments >= MAX_SEGMENTS:
            return await _decline(connected, f"all {MAX_SEGMENTS} segments are in use.")
        try:
            file, segment = _make_segment()
        except OSError as e:
            return await _decline(connected, f"no memory file could be made: {e.strerror}.")
        self._segments += 1
        is_given_away = False
        try:
            _send_offer(connected, file)
            if not await _is_agreed(connected, segment):
                return None
            try:
                channel = RingChannel(connected, segment, asyncio.get_running_loop(), self._give_back)
            except RuntimeError as e:
                return await _decline(connected, f"no thread could be started: {e}.")
            is_given_away = True
            await _confirm(connected, channel)
            return channel
        finally:
            if not is_given_away:
                segment.close()
                self._give_back()

    def _give_back(self) -> None:
        self._segments -= 1


def _make_segment() -> tuple[int, Segment]:
    file = create_memory_file(segment_bytes(RING_BYTES))
    try:
        segment = Segment(file, RING_BYTES)
    except OSError:
        os.close(file)
        raise
    segment.header = header_of(RING_BYTES)
    segment.set_nonce(Role.LISTENER, secrets.token_bytes(NONCE_SIZE))
    return file, segment


def _send_offer(connected: socket.socket, file: int) -> None:
    """Sends the file, and closes it here. The offer is small and the first thing after HELLO, so it fits."""
    offer = UpgradeFrame(UpgradeStep.OFFER, UpgradeKind.SHARED_MEMORY, 1, offer_of(RING_BYTES)).write()
    try:
        sent = socket.send_fds(connected, [offer], [file])
    finally:
        os.close(file)
    if sent != len(offer):
        raise FrameFault(Failure.CONNECTION_LOST, "The client reads nothing.")


async def _is_agreed(connected: socket.socket, segment: Segment) -> bool:
    """Waits for the client's word, and compares what it saw."""
    header, frame = await read_exact_frame(connected, MAX_UPGRADE_BYTES)
    if header.kind == FrameType.ERROR:
        error = read_error(frame, Role.CLIENT)
        raise FrameFault(Failure.CONNECTION_LOST, f"The client gave up: {error.code.name.lower()}.")
    answer = read_upgrade(frame) if header.kind == FrameType.UPGRADE else None
    if answer is not None and answer.step == UpgradeStep.DECLINE:
        _log.info("a connection stays on its socket: the client declined. Its log says why.")
        return False
    if answer is None or answer.step != UpgradeStep.ACCEPT:
        raise violation("The client's UPGRADE is none that may come at this point.")
    if answer.body == segment.nonce(Role.LISTENER) + segment.nonce(Role.CLIENT):
        return True
    await _decline(connected, "the client sees other memory.")
    return False


async def _confirm(connected: socket.socket, channel: RingChannel) -> None:
    try:
        await _send(connected, UpgradeStep.CONFIRM)
    except BaseException:
        channel.close()
        raise


async def _decline(connected: socket.socket, reason: str) -> None:
    _log.warning("a connection stays on its socket reason=%r", reason)
    await _send(connected, UpgradeStep.DECLINE)


async def _send(connected: socket.socket, step: UpgradeStep) -> None:
    frame = UpgradeFrame(step, UpgradeKind.SHARED_MEMORY).write()
    await asyncio.get_running_loop().sock_sendall(connected, frame)
