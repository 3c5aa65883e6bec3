"""What comes back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

if TYPE_CHECKING:
    from vllm.logprobs import FlatLogprobs, Logprob
    from vllm.lora.request import LoRARequest
    from vllm.v1.metrics.stats import RequestStateStats

_Output = TypeVar("_Output")


@dataclass
class CompletionOutput:
    """One of n."""

    index: int
    text: str
    token_ids: list[int]
    cumulative_logprob: float | None
    logprobs: list[dict[int, Logprob]] | FlatLogprobs | None
    routed_experts: Any = None
    finish_reason: str | None = None
    stop_reason: int | str | None = None
    lora_request: LoRARequest | None = None
    sampling_mask: Any = None
    spec_decode_metrics: Any = None
    weight_versions: Any = None


@dataclass
class RequestOutput:
    """An item."""

    request_id: str
    prompt: str | None
    prompt_token_ids: list[int] | None
    prompt_logprobs: list[dict[int, Logprob] | None] | None
    prompt_token_id_logprobs: Any
    outputs: list[CompletionOutput]
    finished: bool
    metrics: RequestStateStats | None = None
    lora_request: LoRARequest | None = None
    encoder_prompt: str | None = None
    encoder_prompt_token_ids: list[int] | None = None
    num_cached_tokens: int | None = None
    num_cache_creation_tokens: int | None = None
    kv_transfer_params: dict[str, Any] | None = None
    ec_transfer_params: dict[str, Any] | None = None

    def add(self, next_output: RequestOutput, aggregate: bool) -> None:
        """Merges deltas; otherwise the newer one counts. Answers of other indices stand beside each other."""
        mine = {one.index: one for one in self.outputs}
        for new in next_output.outputs:
            old = mine.get(new.index)
            if aggregate and old is not None:
                _join(old, new)
            mine[new.index] = new
        self.outputs = list(mine.values())
        self.finished = next_output.finished


def _join(old: CompletionOutput, new: CompletionOutput) -> None:
    new.text = old.text + new.text
    new.token_ids = old.token_ids + new.token_ids
    if old.logprobs is not None and new.logprobs is not None:
        # Both are of one kind.
        old.logprobs.extend(cast("Any", new.logprobs))
        new.logprobs = old.logprobs


@dataclass
class PoolingOutput:
    """A tensor, in the real one."""

    data: list[float]


@dataclass
class PoolingRequestOutput(Generic[_Output]):
    """What a pooling model made."""

    request_id: str
    outputs: _Output
    prompt_token_ids: list[int]
    num_cached_tokens: int
    finished: bool
    error: object = None


@dataclass
class EmbeddingOutput:
    """As a list."""

    embedding: list[float] = field(default_factory=list[float])


class EmbeddingRequestOutput(PoolingRequestOutput[EmbeddingOutput]):
    """A vector as a list."""

    @staticmethod
    def from_base(request_output: PoolingRequestOutput[PoolingOutput]) -> EmbeddingRequestOutput:
        """Of the base."""
        base = request_output
        return EmbeddingRequestOutput(
            base.request_id, EmbeddingOutput(list(base.outputs.data)), base.prompt_token_ids, base.num_cached_tokens,
            base.finished,
        )  # fmt: skip
