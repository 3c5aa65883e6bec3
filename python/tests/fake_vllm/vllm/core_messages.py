"""What goes through the pipe between the front end and the engine core."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    """As it is sent to the core."""

    request_id: str
    prompt: list[int]
    params: SamplingParams
    lora: LoRARequest | None
    priority: object
    cache_salt: object
    choice: list[int] | None = None
    produced: int = 0
    external_id: object = ""
    trace_headers: object = None
    is_late: bool = False


@dataclass
class CoreOutput:
    """As it comes back."""

    request_id: str
    token: int | None
    finish_reason: str | None
    stop_reason: int | None
    cached: int
