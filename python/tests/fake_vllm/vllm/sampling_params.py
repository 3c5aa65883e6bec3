"""SamplingParams: ranges are checked, types are not."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any

from vllm.faults import wrong


class RequestOutputKind(Enum):
    """No IntEnum."""

    CUMULATIVE = 0
    DELTA = 1
    FINAL_ONLY = 2


class StructuredOutputsParams:
    """Exactly one of the first six."""

    def __init__(
        self, json: str | dict[str, object] | None = None, regex: str | None = None, choice: list[str] | None = None,
        grammar: str | None = None, json_object: bool | None = None, structural_tag: str | None = None,
        disable_any_whitespace: bool = False, disable_additional_properties: bool = False,
        whitespace_pattern: str | None = None,
    ) -> None:  # fmt: skip
        """Takes the constraint."""
        given = [one for one in (json, regex, choice, grammar, json_object, structural_tag) if one is not None]
        if len(given) > 1:
            raise wrong("You can only use one kind of structured outputs constraint but multiple are specified: {…}")
        self.json, self.regex, self.choice, self.grammar, self.json_object = json, regex, choice, grammar, json_object
        del structural_tag, disable_any_whitespace, disable_additional_properties, whitespace_pattern


_DEFAULTS: dict[str, object] = {
    "n": 1, "presence_penalty": 0.0, "frequency_penalty": 0.0, "repetition_penalty": 1.0, "temperature": 1.0,
    "watermarking": None, "top_p": 1.0, "top_k": 0, "min_p": 0.0, "seed": None, "stop": None, "stop_token_ids": None,
    "ignore_eos": False, "max_tokens": 16, "min_tokens": 0, "logprobs": None, "prompt_logprobs": None,
    "flat_logprobs": False, "detokenize": True, "skip_special_tokens": True, "spaces_between_special_tokens": True,
    "include_stop_str_in_output": False, "output_kind": RequestOutputKind.CUMULATIVE, "stream_interval": None,
    "structured_outputs": None, "logit_bias": None, "allowed_token_ids": None, "extra_args": None, "bad_words": None,
    "skip_reading_prefix_cache": None,
}  # fmt: skip


class SamplingParams:
    """A struct; keywords only are used."""

    __struct_fields__ = tuple(_DEFAULTS)

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - fields of all types
        """Takes anything of the right range, whatever its type."""
        for name in values:
            if name not in _DEFAULTS:
                raise TypeError(f"Unexpected keyword argument '{name}'")
        self.values: dict[str, Any] = {**_DEFAULTS, **values}
        self._check_numbers()
        self._check_stops()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - fields of all types
        """A field."""
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def _check_numbers(self) -> None:
        if isinstance(self.temperature, str):
            raise TypeError("must be real number, not str")
        if not math.isfinite(self.temperature):
            raise wrong(f"temperature must be a finite number, got {self.temperature}.")
        if self.temperature < 0:
            raise wrong(f"temperature must be non-negative, got {self.temperature}.", "temperature", self.temperature)
        if not 0 < self.top_p <= 1:
            raise wrong(f"top_p must be in (0, 1], got {self.top_p}.", "top_p", self.top_p)
        if self.top_k < 0:
            raise wrong(f"top_k must be 0 (disable), or at least 1, got {self.top_k}.")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise wrong(f"max_tokens must be at least 1, got {self.max_tokens}.", "max_tokens", self.max_tokens)

    def _check_stops(self) -> None:
        if self.stop and not self.detokenize:
            raise wrong("stop strings are only supported when detokenize is True. Set detokenize=True to use stop.")
        if self.stop and "" in self.stop:
            raise wrong("stop cannot contain an empty string.")
        for name in ("stop_token_ids",):
            ids = self.values[name]
            if ids is not None and not all(isinstance(token, int) for token in ids):
                raise wrong(f"stop_token_ids must contain only integers, got {ids}.")


def packs(params: SamplingParams) -> bool:
    """Whether the engine's decoder takes it; the real one is msgspec's, by the types of the fields."""
    numbers = (int, float)
    expected: dict[str, tuple[type, ...]] = {
        "temperature": numbers, "top_p": numbers, "top_k": (int,), "min_p": numbers, "max_tokens": (int,),
        "min_tokens": (int,), "seed": (int,), "logprobs": (int,), "presence_penalty": numbers,
        "frequency_penalty": numbers, "repetition_penalty": numbers, "ignore_eos": (bool,), "detokenize": (bool,),
        "include_stop_str_in_output": (bool,), "skip_special_tokens": (bool,), "skip_reading_prefix_cache": (bool,),
        "stop": (list, str), "stop_token_ids": (list,), "logit_bias": (dict,),
    }  # fmt: skip
    for name, kinds in expected.items():
        value = params.values[name]
        if value is not None and type(value) not in kinds:
            return False
    bias: dict[object, object] = params.logit_bias or {}
    return all(type(token) is int and type(value) in numbers for token, value in bias.items())
