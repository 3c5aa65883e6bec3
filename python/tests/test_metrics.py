"""GET /metrics and /health."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import threading
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from themis_sidecar.wire.words import Given, Operation

if TYPE_CHECKING:
    from collections.abc import Callable

    from frame_client import FrameClient
    from sidecar_process import Sidecar


def get(sidecar: Sidecar, target: str, method: str = "GET") -> tuple[int, str]:
    connection = http.client.HTTPConnection(sidecar.metrics, timeout=10)
    connection.request(method, target)
    response = connection.getresponse()
    body = response.read().decode()
    connection.close()
    return response.status, body


def values(text: str) -> dict[str, float]:
    samples = [line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#")]
    assert len({name for name, _ in samples}) == len(samples)
    return {name: float(value) for name, value in samples}


def test_work_is_counted(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--metrics", "127.0.0.1:0", "--stall", "11")
    with sidecar.connect() as client:
        client.generate(1, [1, 2, 3], given=Given.MAX_TOKENS, max_tokens=10)
        client.wait(1)
        client.generate(2, [1], model="other")
        client.wait(2)
        client.generate(3, [5])
        while len(client.answers[3].ids) < 11:
            client.pump()
        status, text = get(sidecar, "/metrics")
        assert status == 200
        seen = values(text)
        assert seen['themis_bridge_sidecar_info{version="1.0",engine="synthetic 1.0",model="synthetic"}'] == 1
        assert seen['themis_bridge_requests_total{kind="generate",outcome="length"}'] == 1
        assert seen['themis_bridge_requests_total{kind="generate",outcome="unknown_model"}'] == 1
        assert seen['themis_bridge_tokens_total{gen_ai_token_type="input"}'] == 3
        assert seen['themis_bridge_tokens_total{gen_ai_token_type="output"}'] == 21
        assert seen["themis_bridge_step_rows_total"] == 21
        assert (seen["themis_bridge_connections"], seen["themis_bridge_active_requests"]) == (1, 1)
        assert seen["gen_ai_server_time_to_first_token_seconds_count"] == 2
        assert seen['gen_ai_server_request_duration_seconds_bucket{le="+Inf"}'] == 2
        assert seen["themis_bridge_request_bytes"] > 0
        assert seen["themis_bridge_sent_bytes_total"] > 21 * 4
        kinds = [line.split()[2:4] for line in text.splitlines() if line.startswith("# TYPE")]
        assert all(name.endswith("_total") == (kind == "counter") for name, kind in kinds)


def drain(sidecar: Sidecar, client: FrameClient) -> None:
    """Has it drain, and wait for a request that does not end."""
    client.generate(1, "a")
    while not client.answers[1].ids:
        client.pump()
    sidecar.send_signal(signal.SIGTERM)
    while not client.others:
        client.pump()


def test_health_says_ok_and_then_draining_to_who_is_connected(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--metrics", "127.0.0.1:0", "--stall", "1")
    status, body = get(sidecar, "/health")
    assert (status, json.loads(body)["status"]) == (200, "ok")
    earlier = http.client.HTTPConnection(sidecar.metrics, timeout=10)
    earlier.connect()
    # Whoever connected later was answered: the earlier one was accepted.
    assert get(sidecar, "/health")[0] == 200
    with sidecar.connect() as client:
        drain(sidecar, client)
        earlier.request("GET", "/health")
        response = earlier.getresponse()
        assert (response.status, json.loads(response.read())["status"]) == (503, "draining")
        with pytest.raises(ConnectionRefusedError):
            get(sidecar, "/health")
    assert sidecar.wait() == 0


def test_successor_takes_the_address_of_one_that_drains(start: Callable[..., Sidecar], tmp_path: Path) -> None:
    unix = str(tmp_path / "metrics" / "m.sock")
    for address in ("127.0.0.1:0", unix):
        old = start("--metrics", address, "--stall", "1")
        with old.connect() as client:
            drain(old, client)
            new = start("--metrics", old.metrics, "--stall", "1")
            assert new.metrics == old.metrics
            if address != unix:
                assert get(new, "/health")[0] == 200
            assert old.process.poll() is None
        assert old.wait() == 0
        # It leaves no later what is its successor's by now.
        if address == unix:
            assert Path(unix).is_socket()
        assert new.stop() == 0
    assert list(Path(unix).parent.iterdir()) == []


@pytest.mark.parametrize(
    ("method", "target", "status"),
    [("GET", "/", 404), ("GET", "/metrics?x=1", 200), ("HEAD", "/metrics", 200), ("POST", "/metrics", 405)],
)
def test_other_requests_are_refused(start: Callable[..., Sidecar], method: str, target: str, status: int) -> None:
    sidecar = start("--metrics", "127.0.0.1:0")
    got, body = get(sidecar, target, method)
    assert got == status
    assert (body == "") == (method == "HEAD")


@pytest.mark.parametrize("sent", [b"nonsense\r\n\r\n", b"GET " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n"])
def test_nonsense_is_answered_with_400(start: Callable[..., Sidecar], sent: bytes) -> None:
    sidecar = start("--metrics", "127.0.0.1:0")
    host, port = sidecar.metrics.split(":")
    with socket.create_connection((host, int(port)), timeout=10) as one:
        sender = threading.Thread(target=one.sendall, args=(sent,))
        sender.start()
        assert one.recv(1000).startswith(b"HTTP/1.1 400 ")
        sender.join()


def test_unix_socket_serves_too(start: Callable[..., Sidecar], tmp_path: Path) -> None:
    path = tmp_path / "metrics" / "m.sock"
    sidecar = start("--metrics", str(path))
    with socket.socket(socket.AF_UNIX) as one:
        one.settimeout(10)
        one.connect(str(path))
        one.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        assert one.recv(1000).startswith(b"HTTP/1.1 200 ")
    assert path.stat().st_mode & 0o777 == 0o600
    assert sidecar.stop() == 0
    assert list(path.parent.iterdir()) == []


def test_connections_are_bounded(start: Callable[..., Sidecar]) -> None:
    sidecar = start(
        "--metrics", "127.0.0.1:0",
        patch="import themis_sidecar.listener.metrics_server as m; m._MAX_CONNECTIONS, m._SECONDS = 3, 60.0",
    )  # fmt: skip
    host, port = sidecar.metrics.split(":")
    silent = [socket.create_connection((host, int(port)), timeout=10) for _ in range(3)]
    with socket.create_connection((host, int(port)), timeout=10) as one, suppress(ConnectionResetError):
        assert one.recv(1) == b""
    # Those who have requests are served as ever, and the others again when there is place.
    with sidecar.connect() as client:
        assert client.admin(1, Operation.HEALTH).end is not None
    silent[0].sendall(b"GET /health HTTP/1.1\r\n\r\n")
    answer = b""
    while piece := silent[0].recv(1000):
        answer += piece
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert get(sidecar, "/health")[0] == 200
    for one in silent:
        one.close()
