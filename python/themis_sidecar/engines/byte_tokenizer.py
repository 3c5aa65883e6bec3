"""The vocabulary of the synthetic engine: every byte is a token, one token ends, all others are words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from themis_sidecar.content.requests import ChatPrompt

END_ID = 256
FIRST_WORD = 257


def encode(text: str) -> list[int]:
    """The bytes of a text as ids."""
    return list(text.encode())


def token_bytes(token: int) -> bytes | None:
    """The bytes of a token; None for the one that ends."""
    if token < END_ID:
        return bytes((token,))
    return None if token == END_ID else f" {token}".encode()


def render(chat: ChatPrompt) -> str:
    """A conversation as text."""
    lines = [f"{message.role}: {message.content}\n" for message in chat.messages]
    return "".join(lines) + ("assistant:" if chat.add_generation_prompt else "")
