"""Tokens as text that never splits a character."""

from __future__ import annotations

import codecs


class TextAssembler:
    """Holds the beginning of a character back until its end has come."""

    def __init__(self) -> None:
        """Starts with nothing held back."""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def add(self, data: bytes) -> str:
        """The text that is whole now."""
        return self._decoder.decode(data)

    def finish(self) -> str:
        """What was held back, which no end has come for."""
        return self._decoder.decode(b"", final=True)
