"""PoolingParams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vllm.sampling_params import RequestOutputKind


@dataclass
class PoolingParams:
    """Without a task it is token_embed."""

    use_activation: bool | None = None
    dimensions: int | None = None
    step_tag_id: int | None = None
    returned_token_ids: list[int] | None = None
    task: str | None = None
    requires_token_ids: bool = False
    skip_reading_prefix_cache: bool | None = None
    late_interaction_params: Any = None
    extra_kwargs: dict[str, Any] | None = None
    output_kind: RequestOutputKind = RequestOutputKind.FINAL_ONLY
