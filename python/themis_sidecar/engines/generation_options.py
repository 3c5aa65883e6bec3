"""Refuses by name what an engine cannot honour."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.content.requests import ChatPrompt, TextPrompt, TokenPrompt
from themis_sidecar.failures import invalid, unsupported
from themis_sidecar.wire.words import Capability

if TYPE_CHECKING:
    from collections.abc import Iterator

    from themis_sidecar.content.requests import GenerateRequest
    from themis_sidecar.engines.engine import Description

_STRUCTURES = {
    "json_schema": Capability.JSON_SCHEMA,
    "json_object": Capability.JSON_OBJECT,
    "regex": Capability.REGEX,
    "choice": Capability.CHOICE,
    "grammar": Capability.GRAMMAR,
}


def check_options(request: GenerateRequest, description: Description) -> None:
    """Refuses the first thing that a generation needs and the engine has not."""
    for name, capability in _needs(request):
        if not capability & description.capabilities:
            raise unsupported(name, f"The engine {description.engine} does not support {name}. Leave it out.")
    if len(request.sampling.stop) > description.max_stop_strings:
        most = description.max_stop_strings
        raise unsupported("stop", f"The engine {description.engine} takes at most {most} stop strings.")
    if (request.sampling.logprobs or 0) > description.max_logprobs:
        most = description.max_logprobs
        raise invalid("logprobs", f"logprobs is {request.sampling.logprobs}; the engine gives at most {most}.")


def _needs(request: GenerateRequest) -> Iterator[tuple[str, Capability]]:
    yield from _prompt_needs(request)
    # A value that switches an option off needs no ability.
    sampling = request.sampling
    for name, is_used, capability in (
        ("stop_token_ids", sampling.stop_ids, Capability.STOP_TOKEN_IDS),
        ("ignore_eos", sampling.ignore_eos, Capability.IGNORE_EOS),
        ("min_tokens", sampling.min_tokens, Capability.MIN_TOKENS),
        ("top_k", (sampling.top_k or 0) > 0, Capability.TOP_K),
        ("min_p", sampling.min_p, Capability.MIN_P),
        ("seed", sampling.seed is not None, Capability.SEED),
        ("frequency_penalty", sampling.frequency_penalty, Capability.PENALTIES),
        ("presence_penalty", sampling.presence_penalty, Capability.PENALTIES),
        ("repetition_penalty", sampling.repetition_penalty not in (None, 1.0), Capability.REPETITION_PENALTY),
        ("logit_bias", sampling.logit_bias, Capability.LOGIT_BIAS),
        ("logprobs", sampling.logprobs is not None, Capability.LOGPROBS),
        ("include_stop_str_in_output", sampling.include_stop, Capability.INCLUDE_STOP_IN_OUTPUT),
        ("skip_special_tokens", sampling.keep_special_tokens, Capability.KEEP_SPECIAL_TOKENS),
        ("adapter", request.adapter, Capability.ADAPTERS),
        ("priority", request.priority, Capability.PRIORITY),
        ("cache_policy", request.bypass_cache, Capability.CACHE_BYPASS),
        ("tenant", request.tenant, Capability.TENANT_ISOLATION),
        ("text", request.wants_text, Capability.TEXT_OUTPUT),
        ("prompt_token_ids", request.wants_prompt_ids, Capability.PROMPT_TOKEN_ID_OUTPUT),
    ):
        if is_used:
            yield name, capability
    if request.structured_output is not None:
        yield "structured_output", _STRUCTURES[request.structured_output.kind]


def _prompt_needs(request: GenerateRequest) -> Iterator[tuple[str, Capability]]:
    prompt = request.prompt
    if isinstance(prompt, TokenPrompt):
        yield "prompt", Capability.TOKEN_PROMPT
    elif isinstance(prompt, TextPrompt):
        yield "prompt", Capability.TEXT_PROMPT
    else:
        yield from chat_needs(prompt)


def chat_needs(chat: ChatPrompt) -> Iterator[tuple[str, Capability]]:
    """What a conversation needs."""
    yield "messages", Capability.RENDERS_CHAT
    if chat.tools:
        yield "tools", Capability.TOOLS
    elif chat.tool_choice is not None and chat.tool_choice.mode == "required":
        yield "tool_choice", Capability.TOOLS
    if chat.continue_final_message:
        yield "continue_final_message", Capability.CONTINUE_FINAL_MESSAGE
