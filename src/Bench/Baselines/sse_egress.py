"""What one token costs a Python server that writes a server-sent event per token: json.dumps and send.

usage: sse_egress.py STREAMS

Each line "block N" on standard input is answered with a JSON list of N numbers: the microseconds per token of an engine
step in which each stream gets one event. The other ends of the sockets are emptied after each step, untimed and by the
same thread, so that no reader takes the interpreter or the core. The input's end is the script's end.
"""

import json
import signal
import socket
import sys
import time


def event(stream: int, token: int) -> dict:
    """The fields that the completion endpoint of vLLM 0.32 streams, with a text of ordinary length."""
    return {
        "id": f"cmpl-{stream:016x}",
        "object": "text_completion",
        "created": 1700000000,
        "model": "org/some-model-8b-instruct",
        "choices": [
            {
                "index": 0,
                "text": " token",
                "logprobs": None,
                "finish_reason": None,
                "stop_reason": None,
                "prompt_token_ids": None,
                "token_ids": [token],
            }
        ],
    }


def step(outputs: list[socket.socket], token: int) -> float:
    """Writes one event to each stream; returns the microseconds per token."""
    before = time.perf_counter_ns()
    for stream, output in enumerate(outputs):
        output.send(b"data: " + json.dumps(event(stream, token)).encode() + b"\n\n")
    return (time.perf_counter_ns() - before) / 1000 / len(outputs)


def main() -> None:
    """Time blocks of tokens until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pairs = [socket.socketpair() for _ in range(int(sys.argv[1]))]
    outputs = [pair[0] for pair in pairs]
    inputs = [pair[1] for pair in pairs]
    for line in sys.stdin:
        word, _, count = line.strip().partition(" ")
        if word != "block":
            break
        costs = []
        for token in range(int(count)):
            costs.append(step(outputs, token))
            for source in inputs:
                source.recv(4096)
        print(json.dumps(costs), flush=True)


main()
