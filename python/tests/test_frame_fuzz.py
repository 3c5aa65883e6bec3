"""Frames that nobody would write: the codec answers each with a frame or a BridgeError, never with anything else."""

from __future__ import annotations

import os
import random
import struct
import time

from themis_sidecar.content.admin_content import read_admin_content
from themis_sidecar.content.request_content import read_request_content
from themis_sidecar.failures import BridgeError
from themis_sidecar.wire.control_frames import AdminFrame
from themis_sidecar.wire.header import read_header
from themis_sidecar.wire.layout import HEADER, MAX_FRAME_BYTES
from themis_sidecar.wire.reading import read_frame
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.step_frame import StepFrame
from themis_sidecar.wire.words import Role
from wire_files import vectors

# A million in the ordinary run, ten with THEMIS_TEST_LONG=1.
FRAMES = 10_000_000 if os.environ.get("THEMIS_TEST_LONG") == "1" else 1_000_000
SEEDS = [
    bytes.fromhex(vector["hex"])
    for vector in vectors("frames") + vectors("frames.fail")
    if HEADER.size <= len(vector["hex"]) // 2 <= 4096
]
INTERESTING = (0, 1, 2, 0xFFFF, 0x4000_0000, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
ROLES = (Role.CLIENT, Role.LISTENER)


def random_frame(choose: random.Random) -> bytearray:
    frame = bytearray(choose.randbytes(8 * choose.randrange(1, 60)))
    kind = choose.randrange(16)
    struct.pack_into("<IBBH", frame, 0, len(frame), kind, frame[5] & choose.randrange(16), 0)
    return frame


def mutated_frame(choose: random.Random) -> bytearray:
    frame = bytearray(choose.choice(SEEDS))
    for _ in range(choose.randrange(1, 4)):
        at = choose.randrange(len(frame))
        how = choose.randrange(5)
        if how == 0:
            frame[at] ^= 1 << choose.randrange(8)
        elif how == 1:
            frame[at] = choose.randrange(256)
        elif how == 2 and len(frame) >= 12:
            struct.pack_into(
                "<I", frame, at // 4 * 4 if at // 4 * 4 + 4 <= len(frame) else 8, choose.choice(INTERESTING)
            )
        elif how == 3 and len(frame) >= 24:
            del frame[8 * choose.randrange(2, len(frame) // 8 + 1) :]
            struct.pack_into("<I", frame, 0, len(frame))
        else:
            frame += bytes(8)
            struct.pack_into("<I", frame, 0, len(frame))
    return frame


def read(frame: bytes, sender: Role) -> None:
    header = read_header(frame, 0, sender, MAX_FRAME_BYTES)
    # A channel hands in exactly the bytes that the header says.
    if header.length != len(frame):
        return
    taken = read_frame(header, frame, sender)
    if isinstance(taken, RequestFrame):
        read_request_content(taken)
    elif isinstance(taken, AdminFrame):
        read_admin_content(taken)
    elif isinstance(taken, StepFrame):
        assert all(row.handle > 0 for row in taken.rows)


def test_mutated_and_random_frames_are_read_or_refused() -> None:
    seed = time.time_ns()
    choose = random.Random(seed)
    kinds: set[str] = set()
    read_ones = refused = 0
    for number in range(FRAMES):
        frame = bytes(random_frame(choose) if number % 10 == 0 else mutated_frame(choose))
        try:
            read(frame, ROLES[number & 1])
            read_ones += 1
        except BridgeError as error:
            refused += 1
            kinds.add(error.message)
        except Exception as e:
            raise AssertionError(f"seed {seed}, round {number}: {frame.hex()}") from e
    # A run that never gets past the header, or never into it, would prove nothing.
    assert read_ones > FRAMES // 100
    assert refused > FRAMES // 10
    assert len(kinds) > 60
