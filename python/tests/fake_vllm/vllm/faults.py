"""What a wrong option is told by, in either version."""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.sampling_params import SamplingParams, StructuredOutputsParams


def wrong(message: str, parameter: str | None = None, value: object = None) -> Exception:
    """VLLMValidationError, or ValueError where that is not."""
    try:
        from vllm.exceptions import VLLMValidationError
    except ImportError:
        return ValueError(message)
    return VLLMValidationError(message, parameter=parameter, value=value)


def told_errors() -> tuple[type[Exception], ...]:
    """What generate() raises as it is; everything else becomes an EngineGenerateError without a text."""
    try:
        from vllm.exceptions import GenerationError, GracefulHTTPError, VLLMClientError
    except ImportError:
        return (ValueError,)
    told = VLLMClientError, GracefulHTTPError
    return (*told, GenerationError) if is_033() else told


def is_033() -> bool:
    """Whether it is to behave as 0.33 does."""
    return os.environ.get("FAKE_VLLM_VERSION", "").startswith("0.33")


def check_prompt(ids: list[int], most: int, vocab: int) -> None:
    """What is found in the front end, of which the engine is unharmed."""
    if not ids:
        raise wrong("The decoder prompt cannot be empty")
    if len(ids) > most:
        raise wrong(
            f"This model's maximum context length is {most} tokens. However, your prompt contains {len(ids)} input "
            "tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input "
            "prompt.", "input_tokens", len(ids),
        )  # fmt: skip
    if len(ids) == most:
        raise wrong(
            f"The decoder prompt (length {most}) plus the number of requested output tokens (at least 1) is longer "
            f"than the maximum model length of {most}."
        )
    for token in ids:
        if not 0 <= token < vocab:
            raise wrong(f"Token id {token} is out of vocabulary")


def check_params(params: SamplingParams, vocab: int, max_logprobs: int) -> None:
    """What is found out when the model is known."""
    most = vocab if max_logprobs == -1 else max_logprobs
    asked = vocab if params.logprobs == -1 else params.logprobs
    if asked is not None and asked > most:
        raise wrong(
            f"Requested sample logprobs of {asked}, which is greater than max allowed: {most}", "logprobs", asked
        )
    for name, ids in (("stop_token_ids", params.stop_token_ids), ("logit_bias", params.logit_bias)):
        outside = _outside(ids or (), vocab)
        if outside:
            raise wrong(
                f"token_id(s) {outside} in {name} contain out-of-vocab token ids. Vocabulary size: {vocab}", name,
                outside,
            )  # fmt: skip
    if _outside(params.allowed_token_ids or (), vocab):
        raise wrong("allowed_token_ids contains out-of-vocab token id!")
    if params.thinking_token_budget is not None:
        raise wrong("thinking_token_budget is set but reasoning_config is not configured.")


def _outside(ids: Iterable[Any], vocab: int) -> list[int]:
    return [token for token in ids if not 0 <= token < vocab]


def check_structure(params: SamplingParams, tokenizer: FakeTokenizer | None) -> list[int] | None:
    """Refuses a bad structure; gives the ids of an answer that obeys it, for those that are easy."""
    wanted = params.structured_outputs
    if wanted is None:
        return None
    text = _obeying(wanted)
    return None if text is None or tokenizer is None else tokenizer.encode(text)


def _obeying(wanted: StructuredOutputsParams) -> str | None:
    if wanted.regex is not None:
        try:
            re.compile(wanted.regex)
        except re.error as e:
            raise wrong(f"Grammar error: {e}\nsecond line") from e
        return None
    if wanted.choice is not None:
        if not wanted.choice:
            raise wrong("Choice '[]' cannot be an empty list")
        return wanted.choice[0]
    if wanted.json is not None and isinstance(wanted.json, str):
        try:
            json.loads(wanted.json)
        except ValueError as e:
            raise wrong("Invalid JSON grammar specification.") from e
    if wanted.grammar is not None:
        literal = re.search(r'"([^"]+)"', wanted.grammar)
        if literal is None:
            raise wrong("Grammar error: no rule")
        return literal[1]
    return "{}"
