"""LoRARequest."""

from __future__ import annotations


class LoRARequest:
    """Equality looks at the name alone, the engine at the number."""

    def __init__(
        self, lora_name: str, lora_int_id: int, lora_path: str = "", base_model_name: str | None = None,
        load_inplace: bool = False, is_3d_lora_weight: bool = False,
    ) -> None:  # fmt: skip
        """Checks little."""
        if lora_int_id < 1:
            raise ValueError(f"id must be > 0, got {lora_int_id}")
        assert lora_path, "lora_path cannot be empty"
        self.lora_name, self.lora_int_id, self.lora_path = lora_name, lora_int_id, lora_path
        del base_model_name, load_inplace, is_3d_lora_weight

    def __eq__(self, other: object) -> bool:
        """By name."""
        return isinstance(other, LoRARequest) and other.lora_name == self.lora_name

    def __hash__(self) -> int:
        """By name."""
        return hash(self.lora_name)
