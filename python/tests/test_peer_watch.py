"""When a silent peer is pinged, and when it counts as dead."""

from __future__ import annotations

from themis_sidecar.listener.peer_watch import PeerWatch
from themis_sidecar.sessions.ping_state import PingState
from themis_sidecar.wire.layout import PING_AFTER_MS, PONG_WITHIN_MS

AFTER, WITHIN = PING_AFTER_MS / 1000, PONG_WITHIN_MS / 1000


def test_silent_peer_is_pinged_once_and_then_dead() -> None:
    watch = PeerWatch(PingState(), 100.0)
    assert watch.due == 100.0 + AFTER
    assert watch.ping(99.9 + AFTER) is None
    assert watch.ping(100.0 + AFTER) == 1
    dead = 100.0 + AFTER + WITHIN
    assert (watch.due, watch.ping(dead - 0.1)) == (dead, None)
    assert watch.fault(dead - 0.1, None) is None
    assert watch.fault(dead, None) == "the peer did not answer a ping"


def test_peer_that_answers_is_pinged_again() -> None:
    pings = PingState()
    watch = PeerWatch(pings, 100.0)
    assert watch.ping(110.0) == 1
    watch.on_heard(111.0)
    pings.answer(1)
    assert (watch.due, watch.fault(111.0 + WITHIN, None)) == (111.0 + AFTER, None)
    assert watch.ping(111.0 + AFTER) == 2


def test_frame_that_crossed_the_ping_buys_time_and_no_more() -> None:
    watch = PeerWatch(PingState(), 100.0)
    assert watch.ping(110.0) == 1
    watch.on_heard(110.5)
    dead = 110.5 + WITHIN
    # It is looked at when it counts as dead: neither before, again and again, nor with another ping.
    assert (watch.due, watch.ping(dead)) == (dead, None)
    assert watch.fault(dead - 0.1, None) is None
    assert watch.fault(dead, None) == "the peer did not answer a ping"


def test_peer_that_takes_nothing_is_dead_whatever_it_sends() -> None:
    watch = PeerWatch(PingState(), 100.0)
    watch.on_heard(200.0)
    assert watch.fault(200.0, 200.1 - WITHIN) is None
    assert watch.fault(200.0, 200.0 - WITHIN) == "the peer takes nothing"
