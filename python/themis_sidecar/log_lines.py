"""The log: one line a record on standard error, so that nothing of a peer's can look like two."""

from __future__ import annotations

import logging
import sys
import time


class LineFormatter(logging.Formatter):
    """Time in UTC, level, module, message."""

    converter = time.gmtime

    def __init__(self) -> None:
        """Takes the form of a line."""
        super().__init__("%(asctime)s.%(msecs)03dZ %(levelname)s %(module)s %(message)s", "%Y-%m-%dT%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        return " | ".join(super().format(record).splitlines())


def start_log(level: str) -> None:
    """Sends everything from a level on to standard error."""
    lines = logging.StreamHandler(sys.stderr)
    lines.setFormatter(LineFormatter())
    root = logging.getLogger("themis_sidecar")
    root.handlers[:] = [lines]
    root.setLevel(level.upper())
    root.propagate = False
