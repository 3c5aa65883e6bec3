"""The sampling options of a REQUEST, with the ranges that hold for every engine."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeGuard, cast

from themis_sidecar.content.requests import Sampling
from themis_sidecar.failures import invalid
from themis_sidecar.wire.words import Given, Option

if TYPE_CHECKING:
    from themis_sidecar.wire.request_frame import RequestFrame

MAX_STOP_STRINGS = 4
MAX_STOP_LENGTH = 1024
MAX_LOGPROBS = 20
MAX_LOGIT_BIAS = 1024


def read_sampling(frame: RequestFrame, stop: list[str], bias: list[object]) -> Sampling:
    """Reads and checks the options of a generation."""
    given = frame.given
    sampling = Sampling(
        max_tokens=_at_least(frame.max_tokens, 1, "max_tokens") if given & Given.MAX_TOKENS else None,
        min_tokens=_at_least(frame.min_tokens, 0, "min_tokens") if given & Given.MIN_TOKENS else None,
        top_k=_at_least(frame.top_k, -1, "top_k") if given & Given.TOP_K else None,
        seed=_at_least(frame.seed, 0, "seed") if given & Given.SEED else None,
        logprobs=int(_between(frame.logprobs, 0, MAX_LOGPROBS, "logprobs")) if given & Given.LOGPROBS else None,
        temperature=_between(frame.temperature, 0, 2, "temperature") if given & Given.TEMPERATURE else None,
        top_p=_above(frame.top_p, 1, "top_p") if given & Given.TOP_P else None,
        min_p=_between(frame.min_p, 0, 1, "min_p") if given & Given.MIN_P else None,
        frequency_penalty=_between(frame.frequency_penalty, -2, 2, "frequency_penalty")
        if given & Given.FREQUENCY_PENALTY
        else None,
        presence_penalty=_between(frame.presence_penalty, -2, 2, "presence_penalty")
        if given & Given.PRESENCE_PENALTY
        else None,
        repetition_penalty=_above(frame.repetition_penalty, 2, "repetition_penalty")
        if given & Given.REPETITION_PENALTY
        else None,
        stop=_check_stop(stop),
        stop_ids=tuple(frame.stop_ids),
        logit_bias=_read_bias(bias),
        ignore_eos=bool(frame.options & Option.IGNORE_EOS),
        include_stop=bool(frame.options & Option.INCLUDE_STOP),
        keep_special_tokens=bool(frame.options & Option.KEEP_SPECIAL_TOKENS),
    )
    if sampling.min_tokens and sampling.max_tokens and sampling.min_tokens > sampling.max_tokens:
        raise invalid("min_tokens", f"min_tokens ({sampling.min_tokens}) is over max_tokens ({sampling.max_tokens}).")
    return sampling


def _at_least(value: int, least: int, name: str) -> int:
    if value < least:
        raise invalid(name, f"{name} is {value}; it must be at least {least}.")
    return value


# Written so that NaN, which fails every comparison, is refused.
def _between(value: float, least: float, most: float, name: str) -> float:
    if not least <= value <= most:
        raise invalid(name, f"{name} is {value}; it must be {least} to {most}.")
    return value


def _above(value: float, most: float, name: str) -> float:
    if not 0 < value <= most:
        raise invalid(name, f"{name} is {value}; it must be above 0 and at most {most}.")
    return value


def _check_stop(stop: list[str]) -> tuple[str, ...]:
    if len(stop) > MAX_STOP_STRINGS:
        raise invalid("stop", f"stop has {len(stop)} strings; at most {MAX_STOP_STRINGS} are possible.")
    if not all(1 <= len(text) <= MAX_STOP_LENGTH for text in stop):
        raise invalid("stop", f"A stop string must have 1 to {MAX_STOP_LENGTH} characters.")
    return tuple(stop)


def _read_bias(pairs: list[object]) -> tuple[tuple[int, float], ...]:
    if len(pairs) > MAX_LOGIT_BIAS:
        raise invalid("logit_bias", f"logit_bias has {len(pairs)} entries; at most {MAX_LOGIT_BIAS} are possible.")
    bias: dict[int, float] = {}
    for pair in pairs:
        token, value = _read_pair(pair)
        if token in bias:
            raise invalid("logit_bias", f"logit_bias has the token {token} twice.")
        bias[token] = _between(value, -100, 100, "logit_bias")
    return tuple(bias.items())


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _read_pair(pair: object) -> tuple[int, float]:
    items = cast("list[object]", pair) if isinstance(pair, list) else []
    if len(items) == 2:
        token, value = items
        # Of a number in JSON only its value counts: 1.0 is the token 1.
        if _is_number(token) and _is_number(value) and 0 <= token < 1 << 31 and token == int(token):
            return int(token), float(value)
    raise invalid("logit_bias", "logit_bias is no list of pairs of token ids and numbers.")
