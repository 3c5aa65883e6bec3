"""Answers that are written down: a question gets its answer, token by token, as a small model gave it once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from themis_sidecar import VERSION
from themis_sidecar.content.requests import Adapter, TextPrompt, TokenPrompt
from themis_sidecar.engines.engine import Description
from themis_sidecar.engines.step_engine import StepEngine, TokenSource
from themis_sidecar.engines.tokenizer_file import TokenizerFile
from themis_sidecar.failures import BridgeError, invalid, unsupported
from themis_sidecar.wire.step_frame import TokenLogprob
from themis_sidecar.wire.words import Capability, Failure

if TYPE_CHECKING:
    from pathlib import Path

    from themis_sidecar.content.requests import ChatPrompt, DetokenizeRequest, GenerateRequest, TokenizeRequest

_CAPABILITIES = (
    Capability.GENERATE | Capability.TEXT_PROMPT | Capability.TOKEN_PROMPT | Capability.RENDERS_CHAT
    | Capability.TEXT_OUTPUT | Capability.TOKEN_ID_OUTPUT | Capability.PROMPT_TOKEN_ID_OUTPUT
    | Capability.STOP_TOKEN_IDS | Capability.TOP_K | Capability.MIN_P | Capability.SEED
    | Capability.LOGPROBS | Capability.KEEP_SPECIAL_TOKENS | Capability.ADAPTERS | Capability.PRIORITY
    | Capability.CACHE_BYPASS | Capability.TENANT_ISOLATION
)  # fmt: skip
# The language of the model itself; every other one is an adapter of that name.
_BASE = "english"
_SUFFIX = "_ids"
_PROMPT = "prompt_token_ids"


@dataclass(frozen=True, slots=True)
class ScriptedOptions:
    """What is answered, and how fast."""

    script: Path
    tokenizer: Path
    model: str
    step_ms: float = 0.0
    batch: int = 256


class ScriptSource(TokenSource):
    """What is left of an answer. It is never asked beyond the end token, which every answer has."""

    def __init__(self, prompt_ids: list[int], rest: list[int]) -> None:
        """Takes the prompt, which may hold the answer's beginning, and the rest."""
        super().__init__(prompt_ids)
        self._rest = iter(rest)

    def next_id(self, *, may_end: bool) -> int:
        """The next token."""
        del may_end
        return next(self._rest)

    def logprob(self, token: int, alternatives: int) -> TokenLogprob:
        """A script knows one way alone."""
        del token, alternatives
        return TokenLogprob(0.0)


class Script:
    """Questions and their answers by adapter; the empty name is the model itself."""

    def __init__(self, path: Path) -> None:
        """Reads the file; ValueError says what is wrong."""
        self.prompts: dict[str, list[int]] = {}
        self.answers: dict[str, dict[tuple[int, ...], list[int]]] = {}
        try:
            entries = cast("object", json.loads(path.read_text()))
            for entry in cast("list[object]", entries) if isinstance(entries, list) else [entries]:
                self._add(entry)
        except OSError as e:
            raise ValueError(f"{path} cannot be read: {e.strerror}") from e
        except ValueError as e:
            raise ValueError(f"{path} is no list of questions with their answers: {e}") from e
        if "" not in self.answers:
            raise ValueError(f"{path} has no answers of the model itself ('{_BASE}{_SUFFIX}')")

    def _add(self, entry: object) -> None:
        members = cast("dict[str, object]", entry) if isinstance(entry, dict) else {}
        prompt = _read_ids(members.get(_PROMPT))
        self.prompts[str(members.get("question"))] = prompt
        for name, ids in members.items():
            if name.endswith(_SUFFIX) and name != _PROMPT:
                language = name.removesuffix(_SUFFIX)
                adapter = "" if language == _BASE else language
                self.answers.setdefault(adapter, {})[tuple(prompt)] = _read_ids(ids)

    def rest(self, adapter: str, ids: list[int]) -> list[int] | None:
        """What follows a prompt that is a question and the beginning of its answer; None for any other."""
        for prompt, answer in self.answers[adapter].items():
            length = len(prompt)
            said = ids[length:]
            if tuple(ids[:length]) == prompt and said == answer[: len(said)] and len(said) < len(answer):
                return answer[len(said) :]
        return None


def _read_ids(value: object) -> list[int]:
    items = cast("list[object]", value) if isinstance(value, list) else []
    ids = [item for item in items if isinstance(item, int) and not isinstance(item, bool)]
    if not ids or len(ids) != len(items):
        raise ValueError("a prompt or an answer is no list of token ids")
    return ids


class ScriptedEngine(StepEngine):
    """An engine that knows its answers by heart. Whatever else it is asked it refuses by name."""

    def __init__(self, options: ScriptedOptions) -> None:
        """Reads script and tokenizer; ValueError says what is wrong with them."""
        self._tokenizer = TokenizerFile(options.tokenizer)
        self._script = Script(options.script)
        unknown = {
            token
            for answers in self._script.answers.values()
            for prompt, answer in answers.items()
            for token in (*prompt, *answer)
            if not self._tokenizer.is_known(token)
        }
        if unknown:
            raise ValueError(f"{options.script} has tokens that the tokenizer does not know: {sorted(unknown)[:5]}")
        end_ids = self._tokenizer.end_ids
        if any(answer[-1] not in end_ids for answers in self._script.answers.values() for answer in answers.values()):
            raise ValueError(f"{options.script} has an answer that does not end with an end token")
        super().__init__(
            Description(f"scripted {VERSION}", options.model, self._tokenizer.max_context_tokens, _CAPABILITIES),
            step_seconds=options.step_ms / 1000,
            batch=options.batch,
            end_ids=end_ids,
        )
        self.adapters = {name: Adapter(options.model, name) for name in self._script.answers if name}

    def source(self, request: GenerateRequest) -> TokenSource:
        """The rest of the answer."""
        ids = self._prompt_ids(request)
        rest = self._script.rest(request.adapter, ids)
        if rest is None:
            raise invalid(
                "prompt",
                "The scripted engine continues only a question of its script, with the beginning of its answer.",
            )
        return ScriptSource(ids, rest)

    def token_bytes(self, token: int) -> bytes | None:
        """The bytes of a token."""
        return self._tokenizer.token_bytes(token)

    def special_text(self, token: int) -> str:
        """How a special token is written."""
        return self._tokenizer.special[token]

    async def tokenize(self, request: TokenizeRequest) -> list[int]:
        """Only a question's conversation has known ids."""
        self.check_model(request.model)
        if isinstance(request.prompt, TextPrompt):
            raise unsupported("tokenize", "The scripted engine cannot turn text into tokens, only a question as chat.")
        return self._question_ids(request.prompt)

    async def detokenize(self, request: DetokenizeRequest) -> str:
        """The text of the ids."""
        self.check_model(request.model)
        if not all(map(self._tokenizer.is_known, request.ids)):
            raise invalid("tokens", "A token id is not in the vocabulary.")
        return self._tokenizer.decode(request.ids, keep_special=request.keep_special_tokens)

    async def load_adapter(self, adapter: Adapter) -> None:
        """Takes those that the script has answers of."""
        if adapter.name not in self._script.answers:
            raise BridgeError(Failure.UNKNOWN_ADAPTER, "The script has no answers of that adapter.", "name")
        await super().load_adapter(adapter)

    def _prompt_ids(self, request: GenerateRequest) -> list[int]:
        prompt = request.prompt
        if isinstance(prompt, TokenPrompt):
            return prompt.ids
        if not isinstance(prompt, TextPrompt):
            return self._question_ids(prompt)
        for ids, answer in self._script.answers[request.adapter].items():
            if not prompt.text.startswith(self._tokenizer.decode(list(ids), keep_special=True)):
                continue
            whole = list(ids) + answer
            for end in range(len(ids), len(whole)):
                if self._tokenizer.decode(whole[:end], keep_special=True) == prompt.text:
                    return whole[:end]
        raise invalid("prompt", "The scripted engine continues only a question of its script, in its chat template.")

    def _question_ids(self, chat: ChatPrompt) -> list[int]:
        message = chat.messages[0]
        if chat.tools or chat.tool_choice is not None:
            raise unsupported("tools", "The scripted engine has no tools.")
        if chat.continue_final_message or not chat.add_generation_prompt:
            raise unsupported("add_generation_prompt", "The scripted engine answers a question, and nothing else.")
        ids = self._script.prompts.get(message.content)
        is_question = len(chat.messages) == 1 and message.role == "user" and message.name is None
        if ids is None or not is_question or message.tool_calls or message.tool_call_id or message.reasoning:
            raise invalid(
                "messages", "The scripted engine knows one user message alone, which is a question of its script."
            )
        return list(ids)
