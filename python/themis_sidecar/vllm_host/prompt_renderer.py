"""Prompts as token ids, by the tokenizer of vLLM's engine."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol, TypeVar, cast

from themis_sidecar.content.requests import ChatPrompt, TextPrompt, TokenPrompt
from themis_sidecar.engines.generation_options import chat_needs
from themis_sidecar.failures import BridgeError, invalid, unsupported
from themis_sidecar.vllm_host.sampling_values import is_token
from themis_sidecar.wire.words import Capability, Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from themis_sidecar.content.requests import Message, Prompt

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class Tokenizer(Protocol):
    """What is used of a tokenizer of the transformers library."""

    def encode(self, text: str, *, add_special_tokens: bool) -> Sequence[int]:
        """The ids of a text."""
        ...

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool) -> str:
        """The text of ids."""
        ...

    def apply_chat_template(
        self, conversation: list[dict[str, object]], *, tokenize: bool, add_generation_prompt: bool,
        continue_final_message: bool,
    ) -> str:  # fmt: skip
        """A conversation as text."""
        ...


class PromptRenderer:
    """Works in one thread of its own: long texts hold nobody up, and tokenizers do not bear two callers."""

    def __init__(self, tokenizer: object, vocab: int, context: int) -> None:
        """Takes the tokenizer, None for a vLLM that has none, and the model's limits."""
        self._tokenizer = cast("Tokenizer | None", tokenizer)
        self._vocab = vocab
        self._context = context
        self._thread = ThreadPoolExecutor(1, "tokenizer")

    @property
    def has_tokenizer(self) -> bool:
        """Whether there is one."""
        return self._tokenizer is not None

    @property
    def has_chat_template(self) -> bool:
        """Whether conversations can be rendered."""
        return bool(getattr(self._tokenizer, "chat_template", None))

    async def prompt_ids(self, prompt: Prompt) -> list[int]:
        """The ids of a prompt that fits the model, as the list of ints that vLLM takes and nothing else."""
        ids = list(prompt.ids) if isinstance(prompt, TokenPrompt) else await self.encode(prompt)
        if not ids:
            raise invalid("prompt", "The prompt has no token.")
        if not all(is_token(token, self._vocab) for token in ids):
            raise invalid("prompt", f"A token id is not in the vocabulary of {self._vocab}.")
        if len(ids) >= self._context:
            raise BridgeError(
                Failure.CONTEXT_LENGTH_EXCEEDED,
                f"The prompt has {len(ids)} tokens; the context holds {self._context} with the answer.",
                "prompt",
            )
        return ids

    async def encode(self, prompt: TextPrompt | ChatPrompt, *, add_special: bool | None = None) -> list[int]:
        """The ids of a text or conversation. A chat template writes its special tokens itself."""
        tokenizer = self._need()
        if isinstance(prompt, TextPrompt):
            special = True if add_special is None else add_special
            return await self._in_thread(lambda: _encode(tokenizer, prompt.text, add_special=special))
        if not self.has_chat_template:
            raise unsupported("messages", "The model has no chat template. Send text or token ids.")
        for name, capability in chat_needs(prompt):
            if capability == Capability.TOOLS:
                raise unsupported(name, f"The sidecar renders no tools. Leave {name} out.")
        return await self._in_thread(lambda: _render(tokenizer, prompt, add_special=bool(add_special)))

    async def decode(self, ids: list[int], *, keep_special: bool) -> str:
        """The text of ids."""
        tokenizer = self._need()
        if not all(is_token(token, self._vocab) for token in ids):
            raise invalid("tokens", f"A token id is not in the vocabulary of {self._vocab}.")
        return await self._in_thread(lambda: tokenizer.decode(ids, skip_special_tokens=not keep_special))

    def close(self) -> None:
        """Takes no more."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _need(self) -> Tokenizer:
        if self._tokenizer is None:
            raise unsupported("prompt", "This vLLM has no tokenizer. Send token ids.")
        return self._tokenizer

    async def _in_thread(self, work: Callable[[], _Result]) -> _Result:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _encode(tokenizer: Tokenizer, text: str, *, add_special: bool) -> list[int]:
    return [int(token) for token in tokenizer.encode(text, add_special_tokens=add_special)]


def _render(tokenizer: Tokenizer, chat: ChatPrompt, *, add_special: bool) -> list[int]:
    try:
        text = tokenizer.apply_chat_template(
            [_members(message) for message in chat.messages],
            tokenize=False,
            add_generation_prompt=chat.add_generation_prompt,
            continue_final_message=chat.continue_final_message,
        )
    except Exception as e:
        # A template is a program of the model's, and may raise anything.
        _log.info("the chat template refused a conversation cause=%r", type(e).__name__)
        raise invalid("messages", "The model's chat template refuses these messages. Check their roles.") from e
    return _encode(tokenizer, text, add_special=add_special)


def _members(message: Message) -> dict[str, object]:
    members: dict[str, object] = {"role": message.role, "content": message.content}
    if message.tool_calls:
        members["tool_calls"] = [
            {
                "id": call.id,
                "type": "function",
                "function": {"name": call.name, "arguments": _read_arguments(call.arguments)},
            }
            for call in message.tool_calls
        ]
    others = ("name", message.name), ("tool_call_id", message.tool_call_id), ("reasoning_content", message.reasoning)
    return {**members, **{name: value for name, value in others if value is not None}}


def _read_arguments(text: str) -> object:
    """Templates want them as an object; what is none stays text."""
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return text
