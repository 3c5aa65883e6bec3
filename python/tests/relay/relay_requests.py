"""What the sidecar read of a request, written down anew.

Budgets, and which outputs are wanted at all, are the session's business and no engine's: they are taken from the frame,
which is kept here while its content is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.content import request_content
from themis_sidecar.content.requests import ChatPrompt, DetokenizeRequest, EmbedRequest, TextPrompt, TokenPrompt
from themis_sidecar.sessions import generation, unary_call
from themis_sidecar.wire.request_frame import RequestFrame
from themis_sidecar.wire.strict_json import write_json
from themis_sidecar.wire.words import Given, PromptForm, RequestKind

if TYPE_CHECKING:
    from themis_sidecar.content.request_content import AnyRequest
    from themis_sidecar.content.requests import GenerateRequest, Message, Prompt
    from themis_sidecar.wire.strict_json import JsonObject

_NUMBERS = ("max_tokens", "min_tokens", "top_k", "seed", "logprobs", "temperature", "top_p", "min_p",
            "frequency_penalty", "presence_penalty", "repetition_penalty")  # fmt: skip
_read = request_content.read_request_content
_last: list[RequestFrame] = []


def _read_and_keep(frame: RequestFrame) -> AnyRequest:
    _last[:] = [frame]
    return _read(frame)


# An engine is asked in the same turn.
generation.read_request_content = unary_call.read_request_content = _read_and_keep


def last_frame() -> RequestFrame:
    """The frame of the request that an engine is asked just now."""
    return _last.pop()


def rewrite_generation(request: GenerateRequest, handle: int, credit: int) -> RequestFrame:
    """As it was read."""
    frame, sampling = last_frame(), request.sampling
    given = {name: getattr(sampling, name) for name in _NUMBERS if getattr(sampling, name) is not None}
    content: JsonObject = {}
    if sampling.stop:
        content["stop"] = list(sampling.stop)
    if sampling.logit_bias:
        content["logit_bias"] = [list(pair) for pair in sampling.logit_bias]
    structure = request.structured_output
    if structure is not None:
        content["structured_output"] = _given(
            kind=structure.kind, value=structure.value, choices=list(structure.choices) or None, name=structure.name
        )
    return _with_prompt(request.prompt, content, RequestFrame(
        handle, RequestKind.GENERATE, frame.prompt, frame.options, sum(Given[name.upper()] for name in given), credit,
        frame.total_ms, frame.first_token_ms, frame.idle_ms, request.priority, stop_ids=sampling.stop_ids,
        model=request.model.encode(), request_id=request.request_id.encode(),
        traceparent=request.traceparent.encode(), adapter=request.adapter.encode(), tenant=request.tenant.encode(),
        **given,
    ))  # fmt: skip


def rewrite_call(request: AnyRequest, handle: int) -> RequestFrame:
    """As it was read."""
    frame = last_frame()
    kept = RequestFrame(
        handle, frame.kind, frame.prompt, frame.options, total_ms=frame.total_ms, model=request.model.encode()
    )
    if isinstance(request, EmbedRequest):
        ids = [one for text in request.inputs if isinstance(text, TokenPrompt) for one in text.ids]
        inputs = [one.text if isinstance(one, TextPrompt) else len(one.ids) for one in request.inputs]
        given = {} if request.dimensions is None else {"dimensions": request.dimensions, "given": Given.DIMENSIONS}
        return kept._replace(ids=ids, json=write_json({"inputs": inputs}), **given)
    if isinstance(request, DetokenizeRequest):
        return kept._replace(ids=request.ids)
    return _with_prompt(request.prompt, {}, kept)


def _with_prompt(prompt: Prompt, content: JsonObject, frame: RequestFrame) -> RequestFrame:
    if isinstance(prompt, ChatPrompt):
        assert frame.prompt == PromptForm.CHAT
        content["chat"] = _chat(prompt)
    elif isinstance(prompt, TextPrompt):
        frame = frame._replace(text=prompt.text.encode())
    else:
        frame = frame._replace(ids=prompt.ids)
    return frame._replace(json=write_json(content) if content else b"")


def _chat(chat: ChatPrompt) -> JsonObject:
    choice = chat.tool_choice
    return _given(
        messages=[_message(one) for one in chat.messages],
        tools=[
            _given(name=one.name, description=one.description, parameters=one.parameters, strict=one.strict)
            for one in chat.tools
        ] or None,
        tool_choice=_given(mode=choice.mode, function=choice.function) if choice else None,
        add_generation_prompt=chat.add_generation_prompt,
        continue_final_message=chat.continue_final_message,
    )  # fmt: skip


def _message(message: Message) -> JsonObject:
    calls = [{"id": call.id, "name": call.name, "arguments": call.arguments} for call in message.tool_calls]
    return _given(
        role=message.role, content=message.content, name=message.name, tool_calls=calls or None,
        tool_call_id=message.tool_call_id, reasoning=message.reasoning,
    )  # fmt: skip


def _given(**members: object) -> JsonObject:
    return {name: value for name, value in members.items() if value is not None}
