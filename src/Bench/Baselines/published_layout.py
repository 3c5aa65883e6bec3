"""The server of the published shared-memory layout, as it was published: one segment, two named semaphores.

usage: published_layout.py SEGMENT REQUEST_SEMAPHORE RESPONSE_SEMAPHORE ANSWER_IDS

It reads and writes where the published server does: the count of ids at 4160 and the limit at 4164, inside of the
request's ids; the answer's ids from 8192 and their count at 24576. The model is left out: the answer is that many ids.
posix_ipc is what it used; the same calls are made through ctypes here. The input's end is the script's end.
"""

import ctypes
import mmap
import os
import signal
import struct
import sys
import threading
from pathlib import Path

IDS_AT = 64
COUNT_AT = 4160
LIMIT_AT = 4164
ANSWER_AT = 8192
ANSWER_COUNT_AT = 24576


def open_semaphore(libc: ctypes.CDLL, name: str) -> ctypes.c_void_p:
    """Open a semaphore that the client has made."""
    libc.sem_open.restype = ctypes.c_void_p
    semaphore = libc.sem_open(name.encode(), 0)
    if not semaphore:
        raise OSError(ctypes.get_errno(), name)
    return ctypes.c_void_p(semaphore)


def main() -> None:
    """Answer until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    with (Path("/dev/shm") / sys.argv[1]).open("r+b") as file:  # noqa: S108
        memory = mmap.mmap(file.fileno(), 0)
    requests = open_semaphore(libc, sys.argv[2])
    responses = open_semaphore(libc, sys.argv[3])
    answer = list(range(int(sys.argv[4])))
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    print("ready", flush=True)
    while True:
        if libc.sem_wait(requests) != 0:
            continue
        count = struct.unpack("i", memory[COUNT_AT : COUNT_AT + 4])[0]
        limit = struct.unpack("i", memory[LIMIT_AT : LIMIT_AT + 4])[0]
        ids = struct.unpack(f"{count}i", memory[IDS_AT : IDS_AT + 4 * count])
        generated = answer[: min(limit, len(ids))]
        memory[ANSWER_AT : ANSWER_AT + 4 * len(generated)] = struct.pack(f"{len(generated)}i", *generated)
        memory[ANSWER_COUNT_AT : ANSWER_COUNT_AT + 4] = struct.pack("i", len(generated))
        libc.sem_post(responses)


main()
