"""What keeps an engine from starting."""

from __future__ import annotations


class EngineStartError(Exception):
    """The engine cannot be started: one line says why, and what to do."""
