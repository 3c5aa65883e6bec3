"""REQUEST frames as requests. What is wrong here costs that one request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.content.chat_content import read_chat
from themis_sidecar.content.members import Members
from themis_sidecar.content.requests import (
    DetokenizeRequest,
    EmbedRequest,
    GenerateRequest,
    StructuredOutput,
    TextPrompt,
    TokenizeRequest,
    TokenPrompt,
)
from themis_sidecar.content.sampling_content import read_sampling
from themis_sidecar.failures import invalid, unsupported
from themis_sidecar.wire.sections import is_utf8
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Option, PromptForm, RequestKind

if TYPE_CHECKING:
    from themis_sidecar.content.requests import Prompt
    from themis_sidecar.wire.request_frame import RequestFrame

    AnyRequest = GenerateRequest | EmbedRequest | TokenizeRequest | DetokenizeRequest

MAX_EMBED_INPUTS = 2048
# Which members the JSON of each kind may have. Of all others those that another kind has are misplaced, not unknown.
_MEMBERS = {
    RequestKind.GENERATE: {"stop", "logit_bias", "structured_output", "chat"},
    RequestKind.EMBED: {"inputs"},
    RequestKind.TOKENIZE: {"chat"},
    RequestKind.DETOKENIZE: set[str](),
}
_ALL_MEMBERS = set[str]().union(*_MEMBERS.values())


def read_request_content(frame: RequestFrame) -> AnyRequest:
    """Reads and checks the content of a frame."""
    _check_texts(frame)
    members = _read_members(frame)
    model = frame.model.decode()
    if not model.strip():
        raise invalid("model", "model is empty. Name one of the served models.")
    if frame.kind == RequestKind.GENERATE:
        return _read_generate(frame, model, members)
    if frame.kind == RequestKind.EMBED:
        return _read_embed(frame, model, members)
    if frame.kind == RequestKind.TOKENIZE:
        prompt = _read_prompt(frame, members)
        given = bool(frame.options & Option.ADD_SPECIAL_GIVEN)
        add_special = bool(frame.options & Option.ADD_SPECIAL) if given else None
        if isinstance(prompt, TokenPrompt):
            raise invalid("prompt", "prompt must be text or chat messages to be tokenized.")
        return TokenizeRequest(model, prompt, add_special)
    return DetokenizeRequest(model, list(frame.ids), bool(frame.options & Option.KEEP_SPECIAL_TOKENS))


def _check_texts(frame: RequestFrame) -> None:
    if min(frame.ids, default=0) < 0 or min(frame.stop_ids, default=0) < 0:
        raise invalid("prompt", "A token id is negative; ids are at least 0.")
    texts = (frame.model, frame.request_id, frame.traceparent, frame.adapter, frame.tenant, frame.text)
    if not all(map(is_utf8, texts)):
        raise invalid("request", "A text of the request is not UTF-8.")


def _read_members(frame: RequestFrame) -> Members:
    try:
        content = read_json(frame.json) if frame.json else {}
    except ValueError as e:
        raise invalid(
            "json", "The JSON of the request is none, too deep, or has a member twice or null in a list."
        ) from e
    for name in content:
        if name in _MEMBERS[frame.kind]:
            continue
        if name in _ALL_MEMBERS:
            raise invalid(name, f"{name} does not belong to this kind of request. Leave it out.")
        unknown = Members({name: None}, "json").unknown() or "json"
        raise unsupported(unknown, f"This listener does not know '{unknown}'. Leave it out.")
    return Members(content, "json")


def _read_generate(frame: RequestFrame, model: str, members: Members) -> GenerateRequest:
    request_id = frame.request_id.decode()
    if not all("!" <= letter <= "~" for letter in request_id):
        raise invalid("request_id", "request_id must have visible ASCII characters alone.")
    structure = members.take("structured_output")
    return GenerateRequest(
        model,
        _read_prompt(frame, members),
        read_sampling(frame, members.texts("stop") or [], members.items("logit_bias") or []),
        None if structure is None else _read_structure(structure),
        frame.adapter.decode(),
        bool(frame.options & Option.TEXT),
        bool(frame.options & Option.PROMPT_IDS),
        frame.priority,
        bool(frame.options & Option.BYPASS_CACHE),
        frame.tenant.decode(),
        request_id,
        frame.traceparent.decode(),
    )


def _read_prompt(frame: RequestFrame, members: Members) -> Prompt:
    chat = members.take("chat")
    if frame.prompt == PromptForm.CHAT:
        return read_chat(chat)
    if chat is not None:
        raise invalid("messages", "chat stands beside another prompt.")
    if frame.prompt == PromptForm.TEXT:
        text = frame.text.decode()
        if not text and frame.kind == RequestKind.GENERATE:
            raise invalid("prompt", "prompt is empty. Give at least one character.")
        return TextPrompt(text)
    if not frame.ids:
        raise invalid("prompt", "prompt is empty. Give at least one token id.")
    return TokenPrompt(list(frame.ids))


def _read_structure(value: object) -> StructuredOutput:
    members = Members(value, "structured_output")
    choices = members.texts("choices")
    structure = StructuredOutput(
        members.text("kind"), members.optional_text("value"), tuple(choices or ()), members.optional_text("name")
    )
    members.finish()
    if structure.kind == "choice":
        right = bool(structure.choices) and structure.value is None
    elif structure.kind == "json_object":
        right = choices is None and structure.value is None
    else:
        right = structure.kind in ("json_schema", "regex", "grammar") and bool(structure.value) and choices is None
    if not right:
        raise invalid(
            "structured_output", "structured_output has an unknown kind, or not the value that its kind needs."
        )
    return structure


def _read_embed(frame: RequestFrame, model: str, members: Members) -> EmbedRequest:
    given = members.items("inputs")
    if not given or len(given) > MAX_EMBED_INPUTS:
        raise invalid("inputs", f"An embedding has 1 to {MAX_EMBED_INPUTS} inputs.")
    inputs: list[TokenPrompt | TextPrompt] = []
    ids, used = list(frame.ids), 0
    for one in given:
        if isinstance(one, str) and one:
            inputs.append(TextPrompt(one))
        elif isinstance(one, int) and not isinstance(one, bool) and 0 < one <= len(ids) - used:
            inputs.append(TokenPrompt(ids[used : used + one]))
            used += one
        else:
            raise invalid("inputs", "inputs holds what is neither a text nor a number of the ids that are left.")
    if used != len(ids):
        raise invalid("inputs", "inputs does not use all ids.")
    # A given number is at least 1: zero is what it is when it is not.
    if frame.given and frame.dimensions < 1:
        raise invalid("dimensions", f"dimensions is {frame.dimensions}; it must be at least 1.")
    return EmbedRequest(model, tuple(inputs), frame.dimensions or None)
