"""From the command line to the exit code."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import TYPE_CHECKING

from themis_sidecar.engines.start_error import EngineStartError
from themis_sidecar.listener.server import Server
from themis_sidecar.listener.socket_path import SocketPathError
from themis_sidecar.log_lines import start_log
from themis_sidecar.options import read_settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from themis_sidecar.options import Settings

_log = logging.getLogger(__name__)

# How long another thread may keep the interpreter from the one that answers clients; Python's own is 5 ms.
SWITCH_SECONDS = 0.00005
CANNOT_LISTEN, NOT_STARTED = 3, 4


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs until a signal. 0 stopped, 1 the engine died, 2 wrong usage, 3 cannot listen, 4 the engine did not start."""
    settings = read_settings(arguments)
    start_log(settings.log_level)
    sys.setswitchinterval(SWITCH_SECONDS)
    try:
        return asyncio.run(_serve(settings))
    except EngineStartError as e:
        _log.error("the engine did not start: %s", e)
        return NOT_STARTED
    except (SocketPathError, OSError) as e:
        _log.error("cannot listen: %s", e)
        return CANNOT_LISTEN


async def _serve(settings: Settings) -> int:
    engine = await settings.open_engine()
    try:
        return await Server(engine, settings.server).run()
    finally:
        await engine.close()
