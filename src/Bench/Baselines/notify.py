"""The bare sender of a one-way notice after a gap: what an engine's step costs until anybody hears of it.

usage: notify.py GAP_SECONDS socket PATH
       notify.py GAP_SECONDS futex PATH

For each line "block N" on standard input it sleeps and sends, N times, then answers "sent". A notice is the
sender's CLOCK_MONOTONIC in nanoseconds: eight bytes on the Unix socket, or the next slot of the mapped file (a
counter in the first four bytes, slots from byte 4096) and a wake on its counter. The input's end is the script's
end. The futex way relies on stores becoming visible in order, so it is for x86-64.
"""

import ctypes
import mmap
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from pathlib import Path

SLOTS_AT = 4096
SLOTS = 1024
FUTEX_CALL = 202
FUTEX_WAKE = 1


def socket_sender(path: str) -> Callable[[], None]:
    """Connect, and give what sends one notice."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(path)

    def send() -> None:
        connection.send(struct.pack("<q", time.clock_gettime_ns(time.CLOCK_MONOTONIC)))

    return send


def futex_sender(path: str) -> Callable[[], None]:
    """Map the file, and give what leaves one notice in it and wakes the reader."""
    with Path(path).open("r+b") as file:
        memory = mmap.mmap(file.fileno(), 0)
    word = ctypes.c_uint32.from_buffer(memory)
    slots = (ctypes.c_int64 * SLOTS).from_buffer(memory, SLOTS_AT)
    address = ctypes.c_void_p(ctypes.addressof(word))
    call = ctypes.CDLL(None).syscall

    def send() -> None:
        slots[word.value % SLOTS] = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
        word.value += 1
        call(FUTEX_CALL, address, FUTEX_WAKE, 1, None, None, 0)

    return send


def main() -> None:
    """Send blocks of notices until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gap, way, path = float(sys.argv[1]), sys.argv[2], sys.argv[3]
    send = {"socket": socket_sender, "futex": futex_sender}[way](path)
    print("ready", flush=True)
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word != "block":
            break
        for _ in range(int(count)):
            time.sleep(gap)
            send()
        print("sent", flush=True)


main()
