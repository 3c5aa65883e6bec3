"""What a wrong option is told by, in either version."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.sampling_params import SamplingParams


def wrong(message: str, parameter: str | None = None, value: object = None) -> Exception:
    """VLLMValidationError, or ValueError where that is not."""
    try:
        from vllm.exceptions import VLLMValidationError
    except ImportError:
        return ValueError(message)
    return VLLMValidationError(message, parameter=parameter, value=value)


def check_prompt(ids: list[int], most: int, vocab: int) -> None:
    """What is found in the front end, of which the engine is unharmed."""
    if not ids:
        raise wrong("The decoder prompt cannot be empty")
    if len(ids) > most:
        raise wrong(f"This model's maximum context length is {most} tokens.", "input_tokens", len(ids))
    if len(ids) == most:
        raise wrong(
            f"The decoder prompt (length {most}) plus the number of requested output tokens (at least 1) is longer "
            f"than the maximum model length of {most}."
        )
    for token in ids:
        if not 0 <= token < vocab:
            raise wrong(f"Token id {token} is out of vocabulary")


def check_structure(params: SamplingParams, tokenizer: FakeTokenizer | None) -> list[int] | None:
    """Refuses a bad pattern; gives the ids of the first choice."""
    wanted = params.structured_outputs
    if wanted is None:
        return None
    if wanted.regex is not None:
        try:
            re.compile(wanted.regex)
        except re.error as e:
            raise wrong(f"Grammar error: {e}\nsecond line") from e
    if wanted.choice is not None and tokenizer is not None:
        return tokenizer.encode(wanted.choice[0])
    return None
