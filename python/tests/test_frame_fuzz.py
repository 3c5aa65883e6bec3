"""Frames that nobody would write: the codec answers each with a frame or a BridgeError, never with anything else.

The corpus, which the other language's codec is tested with too, has a frame for each fault that a run found;
THEMIS_WIRE_CORPUS names a file that new ones are added to.
"""

from __future__ import annotations

import os
import random
import re
import struct
import time
from pathlib import Path

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
from wire_files import ROOT, vectors

# A million in the ordinary run, ten with THEMIS_TEST_LONG=1.
FRAMES = 10_000_000 if os.environ.get("THEMIS_TEST_LONG") == "1" else 1_000_000
CORPUS = [bytes.fromhex(line) for line in (ROOT / "tests/data/wire-corpus/frames.hex").read_text().split()]
VECTORS = [bytes.fromhex(vector["hex"]) for vector in vectors("frames") + vectors("frames.fail")]
SEEDS = [frame for frame in VECTORS + CORPUS if HEADER.size <= len(frame) <= 4096]
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
        how = choose.randrange(6)
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
        elif how == 4:
            put_null_into_a_list(frame, at)
        else:
            frame += bytes(8)
            struct.pack_into("<I", frame, 0, len(frame))
    return frame


def put_null_into_a_list(frame: bytearray, at: int) -> None:
    """The innermost list of JSON that ends behind this place holds null and nothing else."""
    end = frame.find(b"]", at)
    start = frame.rfind(b"[", 0, max(end, 0)) + 1
    if start > HEADER.size and end - start >= len(b"null"):
        frame[start:end] = b"null".ljust(end - start)


class Faults:
    """The kinds of fault that were seen, and a frame for each one that was new."""

    def __init__(self) -> None:
        self.kinds: set[tuple[int, str]] = set()
        self.new: list[bytes] = []

    def note(self, frame: bytes, error: BridgeError) -> None:
        # A message may hold a version or the name of an option.
        text = error.message.replace(error.parameter, "") if error.parameter else error.message
        kind = min(15, frame[4]), re.sub(r"[-+.e\d]+|'[^']*'", "", text)
        if kind not in self.kinds:
            self.kinds.add(kind)
            self.new.append(frame)


def faults_of_seeds() -> Faults:
    faults = Faults()
    for frame in SEEDS:
        for sender in ROLES:
            error = fault_of(frame, sender)
            if error is not None:
                faults.note(frame, error)
    faults.new.clear()
    return faults


def fault_of(frame: bytes, sender: Role) -> BridgeError | None:
    try:
        read(frame, sender)
    except BridgeError as error:
        return error
    return None


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
    faults = faults_of_seeds()
    read_ones = refused = 0
    for number in range(FRAMES):
        frame = bytes(random_frame(choose) if number % 10 == 0 else mutated_frame(choose))
        try:
            read(frame, ROLES[number & 1])
            read_ones += 1
        except BridgeError as error:
            refused += 1
            faults.note(frame, error)
        except Exception as e:
            raise AssertionError(f"seed {seed}, round {number}: {frame.hex()}") from e
    file = os.environ.get("THEMIS_WIRE_CORPUS")
    if file:
        with Path(file).open("a") as corpus:
            corpus.writelines(f"{frame.hex()}\n" for frame in faults.new)
    # A run that never gets past the header, or never into it, would prove nothing.
    assert read_ones > FRAMES // 100
    assert refused > FRAMES // 10


def test_seeds_hold_a_frame_for_most_kinds_of_fault() -> None:
    assert 120 <= len(faults_of_seeds().kinds) <= 1000


def test_null_is_put_into_lists() -> None:
    frame = bytearray(b'12345678{"a":[1,[2,3,4]],"b":["text"]}')
    put_null_into_a_list(frame, 30)
    put_null_into_a_list(frame, 8)
    put_null_into_a_list(frame, 37)
    assert frame == b'12345678{"a":[1,[null ]],"b":[null  ]}'
