"""What a started engine says about itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from vllm.engine.arg_utils import AsyncEngineArgs


class ModelConfig:
    """The model's limits."""

    def __init__(self, args: AsyncEngineArgs) -> None:
        """Reads config.json."""
        config = cast("dict[str, int]", json.loads((Path(args.model) / "config.json").read_text()))
        self.max_model_len = args.max_model_len or config["max_position_embeddings"]
        self._vocab = config["vocab_size"]
        self._is_plain = args.generation_config == "vllm"

    def get_vocab_size(self) -> int:
        """How many tokens there are."""
        return self._vocab

    def get_diff_sampling_param(self) -> dict[str, object]:
        """What the model's generation configuration says."""
        return {} if self._is_plain else {"temperature": 0.6, "top_k": 20, "other": "x"}


class VllmConfig:
    """All of it."""

    def __init__(self, args: AsyncEngineArgs) -> None:
        """From the arguments."""
        self.model_config = ModelConfig(args)
        self.lora_config: object = args if args.enable_lora else None
