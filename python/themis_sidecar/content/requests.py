"""Requests as engines see them: checked, immutable, independent of the frames they came in."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TokenPrompt:
    """A prompt of token ids, each at least 0."""

    ids: list[int]


@dataclass(frozen=True, slots=True)
class TextPrompt:
    """A prompt as text."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call of a tool that an assistant made; the arguments are JSON in a string."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a conversation."""

    role: str
    content: str
    name: str | None = None
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    reasoning: str | None = None


@dataclass(frozen=True, slots=True)
class Tool:
    """A function that the model may call; the parameters are a JSON schema in a string."""

    name: str
    description: str | None = None
    parameters: str | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class ToolChoice:
    """Which tools may be called: auto, none, required, or the one function."""

    mode: str
    function: str | None = None


@dataclass(frozen=True, slots=True)
class ChatPrompt:
    """A conversation."""

    messages: tuple[Message, ...]
    tools: tuple[Tool, ...] = ()
    tool_choice: ToolChoice | None = None
    add_generation_prompt: bool = True
    continue_final_message: bool = False


Prompt = TokenPrompt | TextPrompt | ChatPrompt


@dataclass(frozen=True, slots=True)
class StructuredOutput:
    """The form that the output must have. `value` is a schema, pattern or grammar; choices have `choices`."""

    kind: str
    value: str | None = None
    choices: tuple[str, ...] = ()
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Sampling:
    """How tokens are chosen. None: the client left it out."""

    max_tokens: int | None = None
    min_tokens: int | None = None
    top_k: int | None = None
    seed: int | None = None
    logprobs: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    min_p: float | None = None
    frequency_penalty: float | None = None
    presence_penalty: float | None = None
    repetition_penalty: float | None = None
    stop: tuple[str, ...] = ()
    stop_ids: tuple[int, ...] = ()
    logit_bias: tuple[tuple[int, float], ...] = ()
    ignore_eos: bool = False
    include_stop: bool = False
    keep_special_tokens: bool = False


@dataclass(frozen=True, slots=True)
class GenerateRequest:
    """Continue a prompt."""

    model: str
    prompt: Prompt
    sampling: Sampling
    structured_output: StructuredOutput | None = None
    adapter: str = ""
    wants_text: bool = False
    wants_prompt_ids: bool = False
    priority: int = 0
    bypass_cache: bool = False
    tenant: str = ""
    request_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True)
class EmbedRequest:
    """Make a vector of each input."""

    model: str
    inputs: tuple[TokenPrompt | TextPrompt, ...]
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class TokenizeRequest:
    """Turn a text or conversation into token ids. `add_special` None: as the model usually does."""

    model: str
    prompt: TextPrompt | ChatPrompt
    add_special: bool | None = None


@dataclass(frozen=True, slots=True)
class DetokenizeRequest:
    """Turn token ids into text."""

    model: str
    ids: list[int]
    keep_special_tokens: bool = False


@dataclass(frozen=True, slots=True)
class Adapter:
    """An adapter: what is to be loaded, and one entry of the list of those that are."""

    model: str
    name: str
    peft_path: str | None = None
    gguf_path: str | None = None
    scale: float = 1.0
    digest: str | None = None
