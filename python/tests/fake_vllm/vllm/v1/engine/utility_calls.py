"""What is asked of the engine core beside generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vllm.v1.engine.core_link import CoreLink
from vllm.v1.engine.exceptions import EngineDeadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vllm.lora.request import LoRARequest


class UtilityCalls(CoreLink):
    """Each of them waits for ever when the core hears nothing any more."""

    async def add_lora(self, lora_request: LoRARequest) -> bool:
        """Loads it."""
        return await self._call("add_lora", lora_request)

    async def remove_lora(self, lora_id: int) -> bool:
        """Drops it."""
        return await self._call("remove_lora", lora_id)

    async def list_loras(self) -> set[int]:
        """Numbers."""
        return await self._call("list_loras")

    async def pin_lora(self, lora_id: int) -> bool:
        """Pins it."""
        return await self._call("pin_lora", lora_id)

    async def pause_generation(self, *, mode: str = "abort", clear_cache: bool = True) -> None:
        """Freezes, aborts or awaits what runs; what comes then waits for the resumption."""
        await self._call("pause", mode, clear_cache)

    async def resume_generation(self) -> None:
        """Goes on."""
        await self._call("resume")

    async def is_paused(self) -> bool:
        """Asks the core."""
        return await self._call("is_paused")

    async def sleep(self, level: int = 1, mode: str = "abort") -> None:
        """On a CPU nothing but a pause."""
        del level
        await self._call("pause", mode, False)
        await self._call("set_sleeping", True)

    async def wake_up(self, tags: list[str] | None = None) -> bool:
        """The opposite."""
        del tags
        await self._call("set_sleeping", False)
        await self._call("resume")
        return True

    async def is_sleeping(self) -> bool:
        """Asks the core."""
        return await self._call("is_sleeping")

    async def release_kv_cache_memory(self) -> None:
        """Nothing here."""
        await self._call("is_paused")

    async def reset_prefix_cache(self, reset_running_requests: bool = False, reset_connector: bool = False) -> bool:
        """Forgets all prompts."""
        del reset_running_requests, reset_connector
        return await self._call("reset_prefix_cache")

    async def reset_mm_cache(self) -> None:
        """Nothing here."""
        await self._call("is_paused")

    async def reset_encoder_cache(self) -> None:
        """Nothing here."""
        await self._call("is_paused")

    async def collective_rpc(
        self, method: str | Callable[..., Any], timeout: float | None = None, args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> list[Any]:  # fmt: skip
        """Has no workers that could do anything."""
        raise NotImplementedError((method, timeout, args, kwargs))

    async def check_health(self) -> None:
        """Notices a death, and not that nobody listens."""
        if self.errored:
            raise EngineDeadError

    async def do_log_stats(self) -> None:
        """Nothing here."""

    async def get_supported_tasks(self) -> tuple[str, ...]:
        """By the runner."""
        return ("token_embed", "embed") if self._args.runner == "pooling" else ("generate",)

    async def is_tracing_enabled(self) -> bool:
        """Where traces have a place to go to."""
        return self._args.otlp_traces_endpoint is not None

    async def wait_for_requests_to_drain(self, drain_timeout: int = 300) -> None:
        """Returns at once, busy or not."""
        del drain_timeout

    async def running_ids(self) -> list[str]:
        """For the tests: what the core runs."""
        return await self._call("running")
