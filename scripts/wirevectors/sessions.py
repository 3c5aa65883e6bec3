"""Whole sessions: frames of both sides in order, and what comes of them."""

from __future__ import annotations

from typing import Any

from wirevectors.encoding import Fields, encode
from wirevectors.frames import CLIENT_HELLO, LISTENER_HELLO, generate

REFUSED = {"failure": "protocol_violation"}
ACCEPTED: Fields = {"type": "accepted", "handle": 1}
STOP: Fields = {"type": "end", "handle": 1, "finish": "stop"}
DONE: Fields = {"type": "end", "handle": 1, "finish": "none"}
OPENING = [("client", CLIENT_HELLO), ("listener", LISTENER_HELLO)]
CANCEL: Fields = {"type": "cancel", "handle": 1}
VECTOR: Fields = {"type": "result", "handle": 1, "kind": "embedding", "vectors": [[1.0, 2.0]]}
IDS: Fields = {"type": "result", "handle": 1, "kind": "ids", "ids": [1]}
GRANT: Fields = {"type": "credit", "handle": 1, "tokens": 1}
TEXT: Fields = {"type": "result", "handle": 1, "kind": "text", "text": "a"}
PING: Fields = {"type": "ping", "value": 1}
EMPTY: Fields = {"handle": 1, "finish": "stop", "ids": []}
Steps = list[tuple[str, Fields]]


def asks(frame: Fields) -> tuple[str, Fields]:
    """A frame of the client."""
    return "client", frame


def says(frame: Fields) -> tuple[str, Fields]:
    """A frame of the listener."""
    return "listener", frame


def rows(*given: tuple[int, list[int]]) -> Fields:
    """A STEP of ids."""
    return {"type": "step", "rows": [{"handle": handle, "ids": ids} for handle, ids in given]}


def error(handle: int, code: str, stage: str) -> Fields:
    """An ERROR without words."""
    return {"type": "error", "handle": handle, "code": code, "stage": stage}


def call(kind: str, **more: Any) -> Fields:  # noqa: ANN401 - any field of the frame
    """A request that is no generation."""
    return {"type": "request", "handle": 1, "kind": kind, "model": "m", **more}


def session(name: str, steps: Steps, **more: Any) -> Fields:  # noqa: ANN401 - any member of a session
    """One script. `outcome` lists what became of the requests, in the order in which they ended."""
    script = [{"from": sender, "frame": frame, "hex": encode(frame).hex()} for sender, frame in steps]
    return {"name": name, **more, "steps": script}


def opened(name: str, steps: Steps, **more: Any) -> Fields:  # noqa: ANN401 - any member of a session
    """A script after both HELLOs."""
    return session(name, [*OPENING, *steps], **more)


def broken(name: str, steps: Steps) -> Fields:
    """A script after both HELLOs whose last frame its receiver must refuse."""
    return opened(name, steps, violation=REFUSED)


def finished() -> list[Fields]:
    """Scripts in which nobody does anything wrong."""
    two = [1, 2]
    embed = call("embed", prompt="none", json={"inputs": ["a", "b", "c"]})
    return [
        opened("generation", [asks(generate(1, [1, 2, 3])), says(ACCEPTED), says(rows((1, [7]))),
                               says(rows((1, [8, 2]))), says({**STOP, "completion_tokens": 3})],
                outcome=[{"handle": 1, "finish": "stop", "ids": [7, 8, 2]}]),
        opened("two-at-once", [asks(generate(1, two)), asks(generate(2, two)), says({**ACCEPTED, "handle": 2}),
                                says(ACCEPTED), says(rows((1, [7]), (2, [9]))), says(rows((2, [10]), (1, [8]))),
                                says({**STOP, "handle": 2, "finish": "length"}), says(rows((1, [2]))), says(STOP)],
                outcome=[{"handle": 2, "finish": "length", "ids": [9, 10]},
                         {"handle": 1, "finish": "stop", "ids": [7, 8, 2]}]),
        opened("handle-used-again", [asks(generate(1, two)), says(ACCEPTED), says(STOP),
                                      asks(generate(1, two)), says(ACCEPTED), says(rows((1, [5]))), says(STOP)],
                outcome=[EMPTY, {"handle": 1, "finish": "stop", "ids": [5]}]),
        opened("credit-renewed", [asks(generate(1, two, credit=2)), says(ACCEPTED), says(rows((1, [7, 8]))),
                                   asks(GRANT), says(rows((1, [9]))), says(STOP)],
                outcome=[{"handle": 1, "finish": "stop", "ids": [7, 8, 9]}]),
        opened("no-credit-needed-to-end", [asks(generate(1, two, credit=0)), says(ACCEPTED), says(STOP)],
                outcome=[EMPTY]),
        opened("cancelled", [asks(generate(1, two)), says(ACCEPTED), asks(CANCEL),
                              says(rows((1, [7]))), says(error(1, "cancelled", "stream"))],
                outcome=[{"handle": 1, "error": "cancelled", "stage": "stream", "ids": [7]}]),
        opened("cancelled-too-late", [asks(generate(1, two)), asks(CANCEL),
                                       says(ACCEPTED), says(STOP)],
                outcome=[EMPTY]),
        opened("cancel-and-credit-cross-the-end",
                [asks(generate(1, two)), says(ACCEPTED), says(STOP), asks(CANCEL),
                 asks({"type": "credit", "handle": 1, "tokens": 5}), asks({"type": "cancel", "handle": 4}),
                 asks(generate(1, two)), says(ACCEPTED), says(STOP)],
                only="listener",
                outcome=[EMPTY, EMPTY]),
        opened("refused-by-the-engine", [asks(generate(1, two)),
                                          says(error(1, "unknown_model", "admit")),
                                          asks(generate(1, two)), says(ACCEPTED),
                                          says(error(1, "engine_failed", "prefill"))],
                outcome=[{"handle": 1, "error": "unknown_model", "stage": "admit", "ids": []},
                         {"handle": 1, "error": "engine_failed", "stage": "prefill", "ids": []}]),
        opened("embedding-in-two-frames",
                [asks(embed), says({**VECTOR, "vectors": [[1.0], [2.0]]}), says({**VECTOR, "vectors": [[3.0]]}),
                 says(DONE)],
                outcome=[{"handle": 1, "finish": "none", "vectors": [[1.0], [2.0], [3.0]]}]),
        opened("tokenized-and-back",
                [asks(call("tokenize", prompt="text", text="ab")),
                 says({"type": "result", "handle": 1, "kind": "ids", "ids": [97, 98]}), says(DONE),
                 asks(call("detokenize", prompt="tokens", ids=[97])),
                 says(TEXT), says(DONE)],
                outcome=[{"handle": 1, "finish": "none", "ids": [97, 98]},
                         {"handle": 1, "finish": "none", "text": "a"}]),
        opened("health", [asks({"type": "admin", "handle": 1, "operation": "health"}),
                           says({"type": "result", "handle": 1, "kind": "json", "json": {"healthy": True}}),
                           says(DONE)],
                outcome=[{"handle": 1, "finish": "none", "json": {"healthy": True}}]),
        opened("drained", [asks(generate(1, two)), says(ACCEPTED), asks(generate(2, two)),
                            says({"type": "goaway", "drain_ms": 1000}), says(error(2, "draining", "admit")),
                            says(rows((1, [7]))), says(STOP)],
                outcome=[{"handle": 2, "error": "draining", "stage": "admit", "ids": []},
                         {"handle": 1, "finish": "stop", "ids": [7]}]),
        opened("pinged-by-both", [asks(PING), says(PING),
                                   asks({"type": "pong", "value": 1}), says({"type": "pong", "value": 1})],
                outcome=[]),
        opened("listener-dies", [asks(generate(1, two)), asks(generate(2, two)), says(ACCEPTED),
                                  says({**ACCEPTED, "handle": 2}), says(rows((2, [7]))), asks(generate(3, two))],
                eof=True, only="client",
                outcome=[{"handle": 1, "error": "connection_lost", "stage": "prefill", "ids": []},
                         {"handle": 2, "error": "connection_lost", "stage": "stream", "ids": [7]},
                         {"handle": 3, "error": "connection_lost", "stage": "admit", "ids": []}]),
        opened("listener-refuses-to-go-on", [asks(generate(1, two)), says(error(0, "limit_exceeded", "connect"))],
                only="client", outcome=[{"handle": 1, "error": "limit_exceeded", "stage": "admit", "ids": []}]),
    ]  # fmt: skip


def violated() -> list[Fields]:
    """Scripts whose last frame is refused."""
    open_one: Steps = [asks(generate(1, [1]))]
    running: Steps = [*open_one, says(ACCEPTED)]
    embed: Steps = [asks(call("embed", prompt="none", json={"inputs": ["a", "b"]}))]
    return [
        session("request-before-hello", [asks(generate(1, [1]))], violation=REFUSED),
        session("answer-before-hello", [asks(CLIENT_HELLO), says(ACCEPTED)], violation=REFUSED),
        broken("hello-twice", [asks(CLIENT_HELLO)]),
        broken("handle-not-free", [*open_one, asks(generate(1, [1]))]),
        broken("handle-not-free-after-cancel", [*open_one, asks(CANCEL), asks(generate(1, [1]))]),
        broken("handle-over-max-requests", [asks(generate(5, [1]))]),
        broken("admin-handle-not-free", [*open_one, asks({"type": "admin", "handle": 1, "operation": "health"})]),
        broken("credit-overflows", [asks(generate(1, [1], credit=2147483647)),
                                    asks(GRANT)]),
        broken("row-over-credit", [asks(generate(1, [1], credit=2)), says(ACCEPTED), says(rows((1, [7, 8, 9])))]),
        broken("row-without-ids-over-credit", [asks(generate(1, [1], credit=0)), says(ACCEPTED),
                                               says({"type": "step", "rows": [{"handle": 1, "text": "a"}]})]),
        broken("two-rows-over-credit",
               [asks(generate(1, [1], credit=1)), says(ACCEPTED), says(rows((1, [7]), (1, [8])))]),
        broken("row-for-a-free-handle", [*running, says(rows((1, [7]), (2, [8])))]),
        broken("row-over-max-requests", [*running, says(rows((9, [7])))]),
        broken("row-before-accepted", [*open_one, says(rows((1, [7])))]),
        broken("row-after-end", [*running, says(STOP), says(rows((1, [7])))]),
        broken("accepted-twice", [*running, says(ACCEPTED)]),
        broken("accepted-for-a-free-handle", [says(ACCEPTED)]),
        broken("end-before-accepted", [*open_one, says(STOP)]),
        broken("end-twice", [*running, says(STOP), says(STOP)]),
        broken("end-after-error", [*running, says(error(1, "busy", "prefill")), says(STOP)]),
        broken("end-without-a-reason", [*running, says(DONE)]),
        broken("error-for-a-free-handle", [says(error(2, "busy", "admit"))]),
        broken("cancelled-by-nobody", [*running, says(error(1, "cancelled", "stream"))]),
        broken("result-of-a-generation", [*running, says(TEXT)]),
        broken("accepted-for-an-embedding", [*embed, says(ACCEPTED)]),
        broken("row-for-an-embedding", [*embed, says(rows((1, [7])))]),
        broken("result-of-another-kind", [*embed, says(IDS)]),
        broken("vectors-missing", [*embed, says(VECTOR), says(DONE)]),
        broken("vectors-too-many", [*embed, says({**VECTOR, "vectors": [[1.0], [2.0], [3.0]]})]),
        broken("vectors-of-other-lengths", [*embed, says(VECTOR), says({**VECTOR, "vectors": [[1.0]]})]),
        broken("embedding-with-a-reason", [*embed, says(VECTOR), says(VECTOR), says(STOP)]),
        broken("two-results", [asks(call("tokenize", prompt="text", text="a")),
                               says(IDS),
                               says(IDS)]),
        broken("no-result", [asks(call("tokenize", prompt="text", text="a")), says(DONE)]),
        broken("goaway-twice", [says({"type": "goaway", "drain_ms": 5}), says({"type": "goaway", "drain_ms": 5})]),
        broken("pong-of-nothing", [says({"type": "pong", "value": 1})]),
        broken("pong-of-another-ping", [asks(PING), says({"type": "pong", "value": 2})]),
    ]  # fmt: skip


def sessions() -> list[Fields]:
    """All of them."""
    return [*finished(), *violated()]
