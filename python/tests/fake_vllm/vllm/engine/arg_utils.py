"""AsyncEngineArgs, a few of its 257 fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RunnerOption = Literal["auto", "generate", "pooling", "draft"]


@dataclass
class AsyncEngineArgs:
    """Takes what it is given."""

    model: str = "Qwen/Qwen3-0.6B"
    served_model_name: str | list[str] | None = None
    tokenizer: str | None = None
    runner: RunnerOption = "auto"
    convert: Literal["auto", "none", "embed", "classify"] = "auto"
    skip_tokenizer_init: bool = False
    dtype: Literal["auto", "half", "float16", "bfloat16", "float", "float32"] = "auto"
    seed: int = 0
    max_model_len: int | None = None
    gpu_memory_utilization: float = 0.92
    kv_cache_memory_bytes: int | None = None
    max_num_seqs: int | None = None
    max_num_queued_reqs: int | None = None
    max_num_queued_tokens: int | None = None
    max_logprobs: int = 20
    enforce_eager: bool = False
    enable_lora: bool = False
    max_loras: int = 1
    max_lora_rank: int = 16
    max_cpu_loras: int | None = None
    enable_prefix_caching: bool | None = None
    scheduling_policy: Literal["fcfs", "priority"] = "fcfs"
    kv_events_config: dict[str, object] | None = None
    generation_config: str = "auto"
    disable_log_stats: bool = False
    otlp_traces_endpoint: str | None = None
    hf_overrides: dict[str, object] | None = None
