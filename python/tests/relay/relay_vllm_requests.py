"""What the core of the vLLM of the tests is asked, as a REQUEST: of the options those alone that are not as they would
be anyway, as vLLM packs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Given, Option, PromptForm, RequestKind
from vllm.sampling_params import FIELDS

if TYPE_CHECKING:
    from themis_sidecar.wire.strict_json import JsonObject
    from vllm.core_messages import CoreRequest
    from vllm.sampling_params import SamplingParams, StructuredOutputsParams

_NUMBERS = ("max_tokens", "min_tokens", "top_k", "seed", "logprobs", "temperature", "top_p", "min_p",
            "frequency_penalty", "presence_penalty", "repetition_penalty")  # fmt: skip


def generate_frame(request: CoreRequest, handle: int, model: str, credit: int) -> RequestFrame:
    """A generation."""
    params = request.params
    given = {name: params.values[name] for name in _NUMBERS if params.values[name] != FIELDS[name].default}
    content = _content(params)
    headers = cast("dict[str, str]", request.trace_headers or {})
    return RequestFrame(
        handle, RequestKind.GENERATE, PromptForm.TOKENS, _options(params),
        sum(Given[name.upper()] for name in given), credit, priority=int(str(request.priority)), ids=request.prompt,
        stop_ids=params.stop_token_ids or (), model=model.encode(), request_id=str(request.external_id).encode(),
        traceparent=headers.get("traceparent", "").encode(),
        adapter=request.lora.lora_name.encode() if request.lora else b"",
        tenant=str(request.cache_salt or "").encode(), json=write_json(content) if content else b"", **given,
    )  # fmt: skip


def embed_frame(ids: list[int], handle: int, model: str) -> RequestFrame:
    """One vector."""
    inputs = write_json({"inputs": [len(ids)]})
    return RequestFrame(handle, RequestKind.EMBED, PromptForm.NONE, ids=ids, model=model.encode(), json=inputs)


def _options(params: SamplingParams) -> int:
    options = Option.TOKEN_IDS | Option.STREAM
    for option, is_set in (
        (Option.TEXT, params.detokenize), (Option.IGNORE_EOS, params.ignore_eos),
        (Option.INCLUDE_STOP, params.include_stop_str_in_output),
        (Option.KEEP_SPECIAL_TOKENS, not params.skip_special_tokens),
        (Option.BYPASS_CACHE, params.skip_reading_prefix_cache),
    ):  # fmt: skip
        if is_set:
            options |= option
    return options


def _content(params: SamplingParams) -> JsonObject:
    content: JsonObject = {}
    if params.stop:
        content["stop"] = params.stop
    if params.logit_bias:
        content["logit_bias"] = [list(pair) for pair in params.logit_bias.items()]
    if params.structured_outputs is not None:
        content["structured_output"] = _structure(params.structured_outputs)
    return content


def _structure(structure: StructuredOutputsParams) -> JsonObject:
    if structure.choice is not None:
        return {"kind": "choice", "choices": structure.choice}
    if structure.json_object:
        return {"kind": "json_object"}
    for kind, value in (("json_schema", structure.json), ("regex", structure.regex), ("grammar", structure.grammar)):
        if value is not None:
            return {"kind": kind, "value": value}
    raise AssertionError(structure)
