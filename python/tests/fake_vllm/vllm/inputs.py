"""Prompts: plain dictionaries, of which unknown members are ignored."""

from __future__ import annotations

from typing import Any, TypedDict


class _Options(TypedDict, total=False):
    cache_salt: str
    multi_modal_data: dict[str, Any]
    multi_modal_uuids: dict[str, Any]
    mm_processor_kwargs: dict[str, Any]
    media_io_kwargs: dict[str, Any]


class _TokenOptions(_Options, total=False):
    prompt: str
    token_type_ids: list[int]
    prompt_token_offsets: list[tuple[int, int]]


class TokensPrompt(_TokenOptions):
    """Ids."""

    prompt_token_ids: list[int]


class TextPrompt(_Options):
    """Text."""

    prompt: str


PromptType = str | list[int] | TokensPrompt | TextPrompt
