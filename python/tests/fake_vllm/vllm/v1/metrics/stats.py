"""What is counted."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class SchedulerStats:
    """Of a step."""

    num_running_reqs: int = 0
    num_waiting_reqs: int = 0
    num_skipped_waiting_reqs: int = 0
    step_counter: int = 0
    current_wave: int = 0
    kv_cache_usage: float = 0.0
    prefix_cache_stats: object = None
    waiting_lora_adapters: dict[str, int] = field(default_factory=dict[str, int])
    running_lora_adapters: dict[str, int] = field(default_factory=dict[str, int])
    spec_decoding_stats: object = None


@dataclass
class RequestStateStats:
    """Of a request: the arrival by the wall clock, everything else by a clock that only goes on."""

    num_generation_tokens: int = 0
    num_preemptions: int = 0
    arrival_time: float = 0.0
    queued_ts: float = 0.0
    scheduled_ts: float = 0.0
    first_token_ts: float = 0.0
    last_token_ts: float = 0.0
    first_token_latency: float = 0.0
    is_corrupted: bool = False
    is_watermarked: bool = False
    is_watermark_skipped: bool = False
