"""Where the measurements can be had."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

from themis_sidecar.listener.socket_path import fault_of


class MetricsAddress(NamedTuple):
    """The path of a Unix socket, or host and port."""

    path: str | None
    host: str = ""
    port: int = 0

    @property
    def is_local(self) -> bool:
        """Whether nobody from another machine can connect."""
        if self.path is not None or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_metrics_address(text: str) -> MetricsAddress:
    """Reads HOST:PORT, [HOST]:PORT or a path; ValueError says what is wrong."""
    if text.startswith("/"):
        fault = fault_of(text)
        if fault is not None:
            raise ValueError(fault)
        return MetricsAddress(text)
    host, colon, port = text.rpartition(":")
    host = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if not colon or not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise ValueError("expected HOST:PORT, such as 127.0.0.1:9464, or the absolute path of a Unix socket.")
    return MetricsAddress(None, host, int(port))
