"""The sidecar with an engine that asks an engine in another process, for the suite that every transport has to pass.

The suite scripts an engine in C#. It is served there by the listener of C#; here the sidecar's own server, session and
codec stand before it, and what they took in is asked of it anew.

usage: relay_sidecar.py --uds PATH --engine PATH --max-requests N
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from relay_engine import RelayEngine
from relay_link import RelayLink
from themis_sidecar.listener.server import Server, ServerOptions
from themis_sidecar.log_lines import start_log


async def _serve(given: argparse.Namespace) -> int:
    link = await RelayLink.connect(given.engine)
    # Whoever drains it for less time hurries it by a second signal.
    options = ServerOptions(given.uds, drain_seconds=600, max_requests=given.max_requests)
    return await Server(RelayEngine(link), options).run()


def main() -> int:
    """Runs until a signal."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--uds", required=True)
    parser.add_argument("--engine", required=True)
    parser.add_argument("--max-requests", type=int, required=True)
    given = parser.parse_args()
    start_log("info")
    return asyncio.run(_serve(given))


if __name__ == "__main__":
    sys.exit(main())
