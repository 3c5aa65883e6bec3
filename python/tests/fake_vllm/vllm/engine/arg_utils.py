"""Engine arguments, some of the 257."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from vllm.config import VllmConfig

if TYPE_CHECKING:
    from vllm.usage.usage_lib import UsageContext

RunnerOption = Literal["auto", "generate", "pooling", "draft"]


@dataclass
class EngineArgs:
    """Takes what it is given."""

    model: str = "Qwen/Qwen3-0.6B"
    served_model_name: str | list[str] | None = None
    tokenizer: str | None = None
    runner: RunnerOption = "auto"
    convert: Literal["auto", "none", "embed", "classify"] = "auto"
    skip_tokenizer_init: bool = False
    trust_remote_code: bool = False
    load_format: str = "auto"
    dtype: Literal["auto", "half", "float16", "bfloat16", "float", "float32"] = "auto"
    seed: int = 0
    max_model_len: int | None = None
    distributed_executor_backend: str | None = None
    tensor_parallel_size: int = 1
    block_size: Literal[1, 8, 16, 32, 64, 128] | None = None
    enable_prefix_caching: bool | None = None
    gpu_memory_utilization: float = 0.92
    kv_cache_memory_bytes: int | None = None
    max_num_batched_tokens: int | None = None
    max_num_seqs: int | None = None
    max_num_queued_reqs: int | None = None
    max_num_queued_tokens: int | None = None
    max_logprobs: int = 20
    disable_log_stats: bool = False
    enforce_eager: bool = False
    enable_lora: bool = False
    max_loras: int = 1
    max_lora_rank: Literal[1, 8, 16, 32, 64, 128, 256, 320, 512] = 16
    max_cpu_loras: int | None = None
    lora_dtype: str = "auto"
    quantization: str | None = None
    num_gpu_blocks_override: int | None = None
    enable_chunked_prefill: bool | None = None
    scheduling_policy: Literal["fcfs", "priority"] = "fcfs"
    kv_events_config: dict[str, object] | None = None
    generation_config: str = "auto"
    enable_sleep_mode: bool = False
    async_scheduling: bool | None = None
    stream_interval: int = 1
    shutdown_timeout: int = 0
    otlp_traces_endpoint: str | None = None
    hf_overrides: dict[str, Any] | None = None

    def create_engine_config(
        self, usage_context: UsageContext | None = None, headless: bool = False
    ) -> VllmConfig:  # fmt: skip
        """What the options come to."""
        del usage_context, headless
        return VllmConfig(self)


@dataclass
class AsyncEngineArgs(EngineArgs):
    """Of AsyncLLM."""

    enable_log_requests: bool = False
