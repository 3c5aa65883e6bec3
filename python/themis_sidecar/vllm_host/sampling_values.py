"""The options of a generation as vLLM's SamplingParams takes them, each of them checked.

vLLM checks ranges and not types, and a wrong type ends the thread by which its engine hears, without an error to
anybody. So nothing leaves here whose type is not exactly right.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from themis_sidecar.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from themis_sidecar.content.requests import Sampling, StructuredOutput

_INT64_MAX = 2**63 - 1
MAX_ALTERNATIVES = 20
MAX_STOP_STRINGS = 4


class _Number(NamedTuple):
    """A number in a range; one that must be above the range's lower end has `is_open`."""

    kinds: tuple[type, ...]
    least: float
    most: float
    is_open: bool = False

    def accepts(self, value: object) -> bool:
        """Exactly one of the types, so neither bool nor a subclass, and in the range, so not NaN."""
        if type(value) not in self.kinds:
            return False
        number = cast("float", value)
        return self.least <= number <= self.most and not (self.is_open and number == self.least)


_INT, _FLOAT = (int,), (int, float)
_NUMBERS = {
    "max_tokens": _Number(_INT, 1, _INT64_MAX),
    "min_tokens": _Number(_INT, 0, _INT64_MAX),
    "top_k": _Number(_INT, 0, _INT64_MAX),
    "seed": _Number(_INT, 0, _INT64_MAX),
    "logprobs": _Number(_INT, 0, MAX_ALTERNATIVES),
    "temperature": _Number(_FLOAT, 0, 2),
    "top_p": _Number(_FLOAT, 0, 1, is_open=True),
    "min_p": _Number(_FLOAT, 0, 1),
    "frequency_penalty": _Number(_FLOAT, -2, 2),
    "presence_penalty": _Number(_FLOAT, -2, 2),
    "repetition_penalty": _Number(_FLOAT, 0, 2, is_open=True),
}
_FLAGS = ("ignore_eos", "include_stop_str_in_output", "skip_special_tokens", "detokenize", "skip_reading_prefix_cache")
_STOPS, _STOP_IDS, _BIAS = "stop", "stop_token_ids", "logit_bias"
FIELDS = frozenset((*_NUMBERS, *_FLAGS, _STOPS, _STOP_IDS, _BIAS, "output_kind", "structured_outputs"))
# What a client calls them.
_WIRE_NAMES = {"skip_reading_prefix_cache": "cache_policy", "detokenize": "text"}
_STRUCTURES = {"json_schema": "json", "regex": "regex", "grammar": "grammar"}


def sampling_values(sampling: Sampling, *, wants_text: bool, bypass_cache: bool, vocab: int) -> dict[str, object]:
    """The fields that are given, checked; BridgeError names the one that is wrong."""
    # vLLM's own default of max_tokens is 16; None is as much as the context holds.
    values: dict[str, object] = {"max_tokens": sampling.max_tokens}
    # A stop string is found in the text alone.
    values["detokenize"] = bool(sampling.stop) or wants_text
    for name in _NUMBERS:
        given: object = getattr(sampling, name)
        if given is not None:
            values[name] = given
    if values.get("top_k") == -1:
        values["top_k"] = 0
    values["ignore_eos"] = sampling.ignore_eos
    values["include_stop_str_in_output"] = sampling.include_stop
    values["skip_special_tokens"] = not sampling.keep_special_tokens
    if bypass_cache:
        values["skip_reading_prefix_cache"] = bypass_cache
    if sampling.stop:
        values[_STOPS] = list(sampling.stop)
    if sampling.stop_ids:
        values[_STOP_IDS] = list(sampling.stop_ids)
    if sampling.logit_bias:
        values[_BIAS] = dict(sampling.logit_bias)
    check_values(values, vocab)
    return values


def check_values(values: Mapping[str, object], vocab: int) -> None:
    """Refuses the first value whose type or range is wrong, and a field that has no rule."""
    for name, value in values.items():
        if name == "max_tokens" and value is None:
            continue
        if name in _NUMBERS:
            is_right = _NUMBERS[name].accepts(value)
        elif name in _FLAGS:
            is_right = type(value) is bool
        else:
            rule = _LISTS.get(name)
            is_right = rule is not None and rule(value, vocab)
        if not is_right:
            raise invalid(_WIRE_NAMES.get(name, name), f"{_WIRE_NAMES.get(name, name)} has a type or value that "
                          "vLLM cannot take.")  # fmt: skip
    most, least = values.get("max_tokens"), values.get("min_tokens", 0)
    if most is not None and cast("int", least) > cast("int", most):
        raise invalid("min_tokens", f"min_tokens ({least}) is over max_tokens ({most}).")


def structure_values(structure: StructuredOutput) -> dict[str, Any]:
    """The one field of StructuredOutputsParams that is set."""
    if structure.kind == "json_object":
        return {"json_object": True}
    if structure.kind == "choice":
        choices = list(structure.choices)
        if not choices or not all(type(choice) is str and choice for choice in choices):
            raise invalid("structured_output", "The choices of structured_output must be texts, at least one of them.")
        return {"choice": choices}
    value: object = structure.value
    if structure.kind not in _STRUCTURES or type(value) is not str or not value:
        raise invalid("structured_output", "structured_output has not the value that its kind needs.")
    return {_STRUCTURES[structure.kind]: value}


def is_token(value: object, vocab: int) -> bool:
    """Whether it is exactly an int, and a token of the model."""
    return type(value) is int and 0 <= value < vocab


def _are_texts(value: object, vocab: int) -> bool:
    del vocab
    return type(value) is list and all(type(one) is str and one for one in cast("list[object]", value))


def _are_tokens(value: object, vocab: int) -> bool:
    return type(value) is list and all(is_token(one, vocab) for one in cast("list[object]", value))


def _is_bias(value: object, vocab: int) -> bool:
    if type(value) is not dict:
        return False
    return all(
        is_token(token, vocab) and type(bias) in _FLOAT and math.isfinite(cast("float", bias))
        for token, bias in cast("dict[object, object]", value).items()
    )


_LISTS: dict[str, Callable[[object, int], bool]] = {_STOPS: _are_texts, _STOP_IDS: _are_tokens, _BIAS: _is_bias}
