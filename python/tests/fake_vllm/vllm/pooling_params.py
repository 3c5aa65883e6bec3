"""PoolingParams."""

from __future__ import annotations


class PoolingParams:
    """Without a task it is token_embed."""

    def __init__(
        self, use_activation: bool | None = None, dimensions: int | None = None, task: str | None = None
    ) -> None:  # fmt: skip
        """Takes the task."""
        self.use_activation, self.dimensions, self.task = use_activation, dimensions, task
