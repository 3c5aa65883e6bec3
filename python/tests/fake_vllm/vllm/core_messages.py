"""What goes through the pipe between the front end and the engine core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vllm.logprobs import Logprob
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import SamplingParams


@dataclass
class CoreOptions:
    """What the core is started with."""

    folder: str
    max_loras: int
    step_seconds: float
    load_seconds: float
    end_ids: frozenset[int]
    by_priority: bool
    max_num_seqs: int


@dataclass
class CoreRequest:
    """As it is sent to the core: one answer of the n of a request."""

    request_id: str
    prompt: list[int]
    params: SamplingParams
    lora: LoRARequest | None
    priority: object
    cache_salt: object
    choice: list[int] | None = None
    index: int = 0
    produced: int = 0
    external_id: object = ""
    trace_headers: object = None
    is_late: bool = False


@dataclass
class CoreOutput:
    """As it comes back. A core without a sampler of its own may say text and probabilities itself."""

    request_id: str
    tokens: list[int] = field(default_factory=list[int])
    finish_reason: str | None = None
    stop_reason: int | str | None = None
    cached: int | None = None
    text: str | None = None
    logprobs: list[dict[int, Logprob]] | None = None
    error: Exception | None = None
