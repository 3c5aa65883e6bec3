"""What the engine's decoder takes: the real one is msgspec's, which goes by the types of the fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from vllm.sampling_params import FIELDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vllm.core_messages import CoreRequest
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import SamplingParams, StructuredOutputsParams

_TEXT = (str, type(None))
# The elements of lists that the sidecar uses.
_ELEMENTS: dict[str, tuple[type, ...]] = {
    "stop": (str,), "stop_token_ids": (int,), "allowed_token_ids": (int,), "bad_words": (str,),
    "logprob_token_ids": (int,),
}  # fmt: skip


def decodes(request: CoreRequest) -> bool:
    """Whether the engine's thread that listens survives it."""
    headers: object = request.trace_headers
    return (
        type(request.priority) is int
        and type(request.external_id) is str
        and type(request.cache_salt) in _TEXT
        and (headers is None or _is_text_map(cast("Mapping[object, object]", headers)))
        and (request.lora is None or _lora_decodes(request.lora))
        and _params_decode(request.params)
    )


def is_too_large(params: SamplingParams) -> bool:
    """Whether the front end cannot even encode it."""
    return any(type(value) is int and not -(2**63) <= value < 2**64 for value in params.values.values())


def _params_decode(params: SamplingParams) -> bool:
    for name, field in FIELDS.items():
        if object not in field.kinds and type(params.values[name]) not in field.kinds:
            return False
    for name, kinds in _ELEMENTS.items():
        values: Any = params.values[name]
        if isinstance(values, list) and any(type(one) not in kinds for one in cast("list[object]", values)):
            return False
    bias: dict[object, object] = params.logit_bias or {}
    are_biases = all(type(token) is int and type(value) in (int, float) for token, value in bias.items())
    return are_biases and (params.structured_outputs is None or _structure_decodes(params.structured_outputs))


def _structure_decodes(structure: StructuredOutputsParams) -> bool:
    choice = structure.choice
    return (
        type(structure.json) in (str, dict, type(None))
        and all(type(one) in _TEXT for one in (structure.regex, structure.grammar, structure.structural_tag))
        and type(structure.json_object) in (bool, type(None))
        and (choice is None or (type(choice) is list and all(type(one) is str for one in choice)))
    )


def _lora_decodes(lora: LoRARequest) -> bool:
    return (type(lora.lora_name), type(lora.lora_int_id), type(lora.lora_path)) == (str, int, str)


def _is_text_map(headers: Mapping[object, object]) -> bool:
    return all(type(one) is str for pair in headers.items() for one in pair)
