"""From the command line to the exit code."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from themis_sidecar.listener.server import Server
from themis_sidecar.listener.socket_path import SocketPathError
from themis_sidecar.log_lines import start_log
from themis_sidecar.options import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)

CANNOT_LISTEN = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until a signal. 0 stopped, 1 the engine died, 2 wrong usage, 3 cannot listen."""
    settings = read_settings(arguments)
    start_log(settings.log_level)
    try:
        return asyncio.run(Server(settings.engine, settings.server).run())
    except (SocketPathError, OSError) as e:
        _log.error("cannot listen: %s", e)
        return CANNOT_LISTEN
