"""SamplingParams: ranges are checked, types are not."""

from __future__ import annotations

import math
from enum import Enum
from typing import Any, NamedTuple

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
        self.json, self.regex, self.choice, self.grammar, self.json_object = json, regex, choice, grammar, json_object
        self.structural_tag = structural_tag
        del disable_any_whitespace, disable_additional_properties, whitespace_pattern
        given = {name: value for name, value in self.__dict__.items() if value is not None}
        if len(given) > 1:
            raise wrong(
                f"You can only use one kind of structured outputs constraint but multiple are specified: {given}"
            )


class Field(NamedTuple):
    """What a field is when it is left out, and the types that the engine's decoder takes."""

    default: object
    kinds: tuple[type, ...]


_NONE = type(None)
_INT, _FLOAT, _BOOL, _ANY = (int,), (float, int), (bool,), (object,)
_OR_INT, _OR_BOOL, _OR_LIST, _OR_DICT = (int, _NONE), (bool, _NONE), (list, _NONE), (dict, _NONE)
FIELDS: dict[str, Field] = {
    "n": Field(1, _INT), "presence_penalty": Field(0.0, _FLOAT), "frequency_penalty": Field(0.0, _FLOAT),
    "repetition_penalty": Field(1.0, _FLOAT), "temperature": Field(1.0, _FLOAT), "watermarking": Field(None, _ANY),
    "top_p": Field(1.0, _FLOAT), "top_k": Field(0, _INT), "min_p": Field(0.0, _FLOAT), "seed": Field(None, _OR_INT),
    "stop": Field(None, (list, str, _NONE)), "stop_token_ids": Field(None, _OR_LIST), "ignore_eos": Field(False, _BOOL),
    "max_tokens": Field(16, _OR_INT), "min_tokens": Field(0, _INT), "logprobs": Field(None, _OR_INT),
    "prompt_logprobs": Field(None, _OR_INT), "prompt_logprob_token_ids": Field(None, _OR_LIST),
    "prompt_logprob_start": Field(None, _OR_INT), "logprob_token_ids": Field(None, _OR_LIST),
    "flat_logprobs": Field(False, _BOOL), "detokenize": Field(True, _BOOL), "skip_special_tokens": Field(True, _BOOL),
    "spaces_between_special_tokens": Field(True, _BOOL), "include_stop_str_in_output": Field(False, _BOOL),
    "output_kind": Field(RequestOutputKind.CUMULATIVE, (RequestOutputKind, int)),
    "stream_interval": Field(None, _OR_INT), "skip_clone": Field(False, _BOOL),
    "output_text_buffer_length": Field(0, _INT), "structured_outputs": Field(None, (StructuredOutputsParams, _NONE)),
    "logit_bias": Field(None, _OR_DICT), "allowed_token_ids": Field(None, _OR_LIST),
    "extra_args": Field(None, _OR_DICT),
    "bad_words": Field(None, _OR_LIST), "skip_reading_prefix_cache": Field(None, _OR_BOOL),
    "thinking_token_budget": Field(None, _OR_INT), "repetition_detection": Field(None, _ANY),
    "routed_experts_prompt_start": Field(0, _INT), "trace_decode_token_ids": Field(None, _OR_LIST),
}  # fmt: skip
_PRIVATE = ("_eos_token_id", "_all_stop_token_ids", "_watermarking_skipped", "_bad_words_token_ids")


class SamplingParams:
    """A struct; keywords only are used."""

    __struct_fields__ = (*FIELDS, *_PRIVATE)

    def __init__(self, **values: Any) -> None:  # noqa: ANN401 - fields of all types
        """Takes anything of the right range, whatever its type."""
        for name in values:
            if name not in FIELDS:
                raise TypeError(f"Unexpected keyword argument '{name}'")
        self.values: dict[str, Any] = {**{name: field.default for name, field in FIELDS.items()}, **values}
        self._check_floats()
        self._check_counts()
        self._check_lists()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - fields of all types
        """A field."""
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def _check_floats(self) -> None:
        for name in ("presence_penalty", "frequency_penalty"):
            if not -2.0 <= self.values[name] <= 2.0:
                raise wrong(f"{name} must be in [-2, 2], got {self.values[name]}.")
        if not math.isfinite(self.repetition_penalty):
            raise wrong(f"repetition_penalty must be a finite number, got {self.repetition_penalty}.")
        if self.repetition_penalty <= 0:
            raise wrong(f"repetition_penalty must be greater than zero, got {self.repetition_penalty}.")
        if not math.isfinite(self.temperature):
            raise _with_value("temperature", f"must be a finite number, got {self.temperature}.", self.temperature)
        if self.temperature < 0:
            raise _with_value("temperature", f"must be non-negative, got {self.temperature}.", self.temperature)
        if not 0 < self.top_p <= 1:
            raise _with_value("top_p", f"must be in (0, 1], got {self.top_p}.", self.top_p)
        if not 0 <= self.min_p <= 1:
            raise wrong(f"min_p must be in [0, 1], got {self.min_p}.")

    def _check_counts(self) -> None:
        if self.n < 1:
            raise wrong(f"n must be at least 1, got {self.n}.")
        if self.n > 1 and self.temperature == 0:
            raise wrong(f"n must be 1 when using greedy sampling, got {self.n}.")
        if self.top_k < 0:
            raise wrong(f"top_k must be 0 (disable), or at least 1, got {self.top_k}.")
        if self.max_tokens is not None and self.max_tokens < 1:
            raise _with_value("max_tokens", f"must be at least 1, got {self.max_tokens}.", self.max_tokens)
        if self.max_tokens is not None and self.min_tokens > self.max_tokens:
            raise wrong(
                f"min_tokens must be less than or equal to max_tokens={self.max_tokens}, got {self.min_tokens}."
            )
        if self.logprobs is not None and self.logprobs != -1 and self.logprobs < 0:
            raise _with_value("logprobs", f"must be non-negative or -1, got {self.logprobs}.", self.logprobs)
        if self.stream_interval is not None and self.stream_interval < 1:
            raise _with_value("stream_interval", f"must be at least 1, got {self.stream_interval}.",
                              self.stream_interval)  # fmt: skip

    def _check_lists(self) -> None:
        if self.stop and not self.detokenize:
            raise wrong("stop strings are only supported when detokenize is True. Set detokenize=True to use stop.")
        if self.stop and "" in self.stop:
            raise wrong("stop cannot contain an empty string.")
        ids = self.stop_token_ids
        if ids is not None and not all(isinstance(token, int) for token in ids):
            raise wrong(f"stop_token_ids must contain only integers, got {ids}.")


def _with_value(name: str, fault: str, value: object) -> Exception:
    return wrong(f"{name} {fault}", name, value)
