"""What comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.logprobs import Logprob


@dataclass
class CompletionOutput:
    """One of n."""

    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None = None
    logprobs: list[dict[int, Logprob]] | None = None
    finish_reason: str | None = None
    stop_reason: int | str | None = None


@dataclass
class RequestOutput:
    """An item."""

    request_id: str
    prompt: str | None
    prompt_token_ids: list[int]
    outputs: list[CompletionOutput]
    finished: bool
    num_cached_tokens: int | None = None

    def add(self, newer: RequestOutput, aggregate: bool) -> None:
        """Merges deltas; otherwise the newer one counts."""
        mine, new = self.outputs[0], newer.outputs[0]
        if aggregate:
            new.text = mine.text + new.text
            new.token_ids = mine.token_ids + new.token_ids
            if mine.logprobs is not None and new.logprobs is not None:
                new.logprobs = mine.logprobs + new.logprobs
        self.outputs, self.finished = newer.outputs, newer.finished


@dataclass
class PoolingOutput:
    """A tensor, in the real one."""

    data: list[float]


@dataclass
class PoolingRequestOutput:
    """A vector."""

    request_id: str
    outputs: PoolingOutput
    prompt_token_ids: list[int]
    finished: bool = True
    error: object = None


@dataclass
class EmbeddingOutput:
    """As a list."""

    embedding: list[float] = field(default_factory=list[float])


@dataclass
class EmbeddingRequestOutput:
    """A vector as a list."""

    outputs: EmbeddingOutput

    @staticmethod
    def from_base(output: PoolingRequestOutput) -> EmbeddingRequestOutput:
        """Of the base."""
        return EmbeddingRequestOutput(EmbeddingOutput(list(output.outputs.data)))
