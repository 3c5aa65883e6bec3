"""What a started vLLM can do, as clients are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from themis_sidecar.engines.engine import Description
from themis_sidecar.vllm_host.sampling_values import MAX_ALTERNATIVES, MAX_STOP_STRINGS
from themis_sidecar.wire.words import Capability

if TYPE_CHECKING:
    from collections.abc import Collection

    from themis_sidecar.vllm_host.prompt_renderer import PromptRenderer
    from themis_sidecar.vllm_host.vllm_names import VllmNames
    from themis_sidecar.wire.strict_json import JsonObject
    from vllm import AsyncEngineArgs
    from vllm.config import VllmConfig

_GENERATE = (
    Capability.GENERATE | Capability.TOKEN_PROMPT | Capability.TOKEN_ID_OUTPUT | Capability.PROMPT_TOKEN_ID_OUTPUT
    | Capability.STOP_TOKEN_IDS | Capability.IGNORE_EOS | Capability.MIN_TOKENS | Capability.TOP_K | Capability.MIN_P
    | Capability.SEED | Capability.PENALTIES | Capability.REPETITION_PENALTY | Capability.LOGIT_BIAS
    | Capability.CACHE_BYPASS | Capability.TENANT_ISOLATION
)  # fmt: skip
_WITH_TOKENIZER = (
    Capability.TEXT_PROMPT | Capability.TEXT_OUTPUT | Capability.INCLUDE_STOP_IN_OUTPUT
    | Capability.KEEP_SPECIAL_TOKENS | Capability.TOKENIZE | Capability.JSON_SCHEMA | Capability.JSON_OBJECT
    | Capability.REGEX | Capability.CHOICE | Capability.GRAMMAR
)  # fmt: skip
# Names of the model's generation configuration, and what REQUEST calls them.
_DEFAULTS = {
    "temperature": ("temperature", float), "top_p": ("top_p", float), "top_k": ("top_k", int),
    "min_p": ("min_p", float), "repetition_penalty": ("repetition_penalty", float),
    "max_tokens": ("max_tokens", int), "max_new_tokens": ("max_tokens", int),
}  # fmt: skip


def describe(
    names: VllmNames, arguments: AsyncEngineArgs, config: VllmConfig, tasks: Collection[str],
    renderer: PromptRenderer, model: str,
) -> Description:  # fmt: skip
    """What stands in HELLO."""
    can = Capability(0)
    max_logprobs = 0
    if "generate" in tasks:
        can |= _GENERATE
        # -1: as many as there are tokens.
        max_logprobs = MAX_ALTERNATIVES if arguments.max_logprobs < 0 else min(arguments.max_logprobs, MAX_ALTERNATIVES)
        if max_logprobs:
            can |= Capability.LOGPROBS
        if config.lora_config is not None:
            can |= Capability.ADAPTERS
        # Under any other policy a priority would be taken and mean nothing.
        if arguments.scheduling_policy == "priority":
            can |= Capability.PRIORITY
        if renderer.has_tokenizer:
            can |= _WITH_TOKENIZER
        if renderer.has_chat_template:
            can |= Capability.RENDERS_CHAT | Capability.CONTINUE_FINAL_MESSAGE
    if "embed" in tasks:
        can |= Capability.EMBED
        if getattr(config.model_config, "is_matryoshka", False) is True:
            can |= Capability.EMBEDDING_DIMENSIONS
        if renderer.has_tokenizer:
            can |= Capability.TOKENIZE
    return Description(
        f"vLLM {names.version}", model, config.model_config.max_model_len, can,
        MAX_STOP_STRINGS if renderer.has_tokenizer else 0, max_logprobs, _defaults(config),
    )  # fmt: skip


def _defaults(config: VllmConfig) -> JsonObject:
    """The model's own sampling options, where vLLM tells them; --generation-config vllm leaves none."""
    ask: object = getattr(config.model_config, "get_diff_sampling_param", None)
    given: object = ask() if callable(ask) else None
    members = cast("dict[str, object]", given) if isinstance(given, dict) else {}
    found: JsonObject = {}
    for name, (wire_name, kind) in _DEFAULTS.items():
        value = members.get(name)
        if type(value) is int or (kind is float and type(value) is float):
            found[wire_name] = value
    return found
