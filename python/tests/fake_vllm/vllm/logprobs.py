"""Logprob."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Logprob:
    """How probable a token was."""

    logprob: float
    rank: int | None = None
    decoded_token: str | None = None
