"""Tokens that follow from the prompt by arithmetic: for tests, measurements and the first try.

The next token depends on all that came before it, so a prompt with the beginning of its own answer is continued
exactly, as a real model decodes greedily.
"""

from __future__ import annotations

import os
import random
import signal
import struct
import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from themis_sidecar import VERSION
from themis_sidecar.content.requests import TextPrompt, TokenPrompt
from themis_sidecar.engines.byte_tokenizer import END_ID, FIRST_WORD, encode, render, token_bytes
from themis_sidecar.engines.engine import Description, Embedding
from themis_sidecar.engines.generation_options import chat_needs
from themis_sidecar.engines.step_engine import StepEngine, TokenSource
from themis_sidecar.failures import BridgeError, invalid, unsupported
from themis_sidecar.wire.step_frame import TokenLogprob
from themis_sidecar.wire.words import Capability, Failure

if TYPE_CHECKING:
    from themis_sidecar.content.requests import (
        DetokenizeRequest,
        EmbedRequest,
        GenerateRequest,
        Prompt,
        TokenizeRequest,
    )
    from themis_sidecar.engines.step_engine import Sequence

VECTOR_LENGTH = 64
MAX_LOGPROBS = 20
_CAPABILITIES = (
    Capability.GENERATE | Capability.TEXT_PROMPT | Capability.TOKEN_PROMPT | Capability.RENDERS_CHAT
    | Capability.TEXT_OUTPUT | Capability.TOKEN_ID_OUTPUT | Capability.PROMPT_TOKEN_ID_OUTPUT
    | Capability.STOP_TOKEN_IDS | Capability.IGNORE_EOS | Capability.MIN_TOKENS | Capability.TOP_K | Capability.MIN_P
    | Capability.SEED | Capability.LOGPROBS | Capability.KEEP_SPECIAL_TOKENS | Capability.ADAPTERS
    | Capability.PRIORITY | Capability.CACHE_BYPASS | Capability.TENANT_ISOLATION | Capability.EMBED
    | Capability.EMBEDDING_DIMENSIONS | Capability.TOKENIZE
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class SyntheticOptions:
    """How the engine behaves. The failures are counted in tokens of one generation; None: never."""

    model: str = "synthetic"
    step_ms: float = 0.0
    batch: int = 256
    vocab: int = 32_000
    context: int = 32_768
    fail_after: int | None = None
    stall: int | None = None
    die: int | None = None


class HashSource(TokenSource):
    """Tokens from a checksum of everything before them."""

    def __init__(self, prompt_ids: list[int], salt: bytes, vocab: int) -> None:
        """Takes what beside the prompt changes the answer."""
        super().__init__(prompt_ids)
        self._state = zlib.crc32(array("i", prompt_ids).tobytes(), zlib.crc32(salt))
        self._span = vocab - END_ID

    def next_id(self, *, may_end: bool) -> int:
        """The next token."""
        token = END_ID + (self._state * 2_654_435_761 >> 7) % self._span
        if token == END_ID and not may_end:
            token = FIRST_WORD
        self._state = zlib.crc32(struct.pack("<i", token), self._state)
        return token

    def logprob(self, token: int, alternatives: int) -> TokenLogprob:
        """Each alternative is half as probable as the one before it."""
        top = tuple((END_ID + (token - END_ID + i) % self._span, -0.75 * (i + 1)) for i in range(alternatives))
        return TokenLogprob(-0.75, top)


class SyntheticEngine(StepEngine):
    """An engine without a model."""

    def __init__(self, options: SyntheticOptions) -> None:
        """Takes how it behaves."""
        description = Description(
            f"synthetic {VERSION}", options.model, options.context, _CAPABILITIES, max_logprobs=MAX_LOGPROBS
        )
        super().__init__(
            description, step_seconds=options.step_ms / 1000, batch=options.batch, end_ids=frozenset((END_ID,))
        )
        self._options = options
        self._injects = (options.fail_after, options.stall, options.die) != (None, None, None)

    def source(self, request: GenerateRequest) -> TokenSource:
        """What makes the tokens of a request."""
        seed = request.sampling.seed
        salt = f"{request.adapter}\n{'' if seed is None else seed}".encode()
        return HashSource(self._encode(request.prompt), salt, self._options.vocab)

    def token_bytes(self, token: int) -> bytes | None:
        """The bytes of a token."""
        return token_bytes(token)

    def special_text(self, token: int) -> str:
        """How the one special token is written."""
        del token
        return "<|end|>"

    def after_step(self, batch: list[Sequence]) -> None:
        """Fails as the options say."""
        for sequence in batch if self._injects else ():
            if sequence.produced == self._options.stall:
                sequence.is_stalled = True
            if sequence.produced == self._options.fail_after and sequence.is_live:
                self.fail(sequence, BridgeError(Failure.ENGINE_FAILED, "The engine failed, as --fail-after says."))
            if sequence.produced == self._options.die:
                os.kill(os.getpid(), signal.SIGKILL)

    async def embed(self, request: EmbedRequest) -> Embedding:
        """Vectors of length 1 that follow from their inputs."""
        self.check_model(request.model)
        length = request.dimensions or VECTOR_LENGTH
        if length > VECTOR_LENGTH:
            raise invalid("dimensions", f"dimensions is {length}; the vectors have at most {VECTOR_LENGTH}.")
        inputs = [self._encode(one) for one in request.inputs]
        return Embedding([_vector(ids, length) for ids in inputs], sum(map(len, inputs)))

    async def tokenize(self, request: TokenizeRequest) -> list[int]:
        """The bytes of the text. There are no special tokens to add."""
        self.check_model(request.model)
        return self._encode(request.prompt)

    async def detokenize(self, request: DetokenizeRequest) -> str:
        """The text of the ids."""
        self.check_model(request.model)
        self._check_ids(request.ids)
        special = b"<|end|>" if request.keep_special_tokens else b""
        pieces = [special if piece is None else piece for piece in map(token_bytes, request.ids)]
        return b"".join(pieces).decode(errors="replace")

    def _encode(self, prompt: Prompt) -> list[int]:
        if isinstance(prompt, TokenPrompt):
            self._check_ids(prompt.ids)
            return prompt.ids
        if isinstance(prompt, TextPrompt):
            return encode(prompt.text)
        for name, capability in chat_needs(prompt):
            if not capability & self.description.capabilities:
                raise unsupported(name, f"The synthetic engine does not support {name}. Leave it out.")
        return encode(render(prompt))

    def _check_ids(self, ids: list[int]) -> None:
        if max(ids, default=0) >= self._options.vocab:
            raise invalid("prompt", f"A token id is over the vocabulary of {self._options.vocab}.")


def _vector(ids: list[int], length: int) -> array[float]:
    numbers = random.Random(zlib.crc32(array("i", ids).tobytes()))
    values = [numbers.uniform(-1, 1) for _ in range(VECTOR_LENGTH)][:length]
    norm = sum(value * value for value in values) ** 0.5
    return array("f", [value / norm for value in values])
