"""What a started engine says about itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from vllm.engine.arg_utils import EngineArgs


class ModelConfig:
    """The model's limits."""

    def __init__(self, args: EngineArgs) -> None:
        """Reads config.json."""
        config = cast("dict[str, int]", json.loads((Path(args.model) / "config.json").read_text()))
        self.max_model_len = args.max_model_len or config["max_position_embeddings"]
        self._vocab = config["vocab_size"]
        self._is_plain = args.generation_config == "vllm"
        self.is_matryoshka = (args.hf_overrides or {}).get("is_matryoshka") is True
        # The model's generation configuration names a second end.
        self.end_ids = frozenset(() if self._is_plain else (0,))

    def get_vocab_size(self) -> int:
        """How many tokens there are."""
        return self._vocab

    def get_diff_sampling_param(self) -> dict[str, object]:
        """What the model's generation configuration says."""
        return {} if self._is_plain else {"temperature": 0.6, "top_k": 20, "other": "x"}


@dataclass
class SchedulerConfig:
    """How many run at once."""

    max_num_seqs: int


@dataclass
class CacheConfig:
    """The cache for prompts."""

    num_gpu_blocks: int = 4096
    block_size: int = 16


class VllmConfig:
    """All of it."""

    def __init__(self, args: EngineArgs, model_config: ModelConfig | None = None) -> None:
        """From the arguments."""
        self.args = args
        self.model_config = model_config or ModelConfig(args)
        self.scheduler_config = SchedulerConfig(args.max_num_seqs or 256)
        self.cache_config = CacheConfig()
        self.lora_config: object = args if args.enable_lora else None
