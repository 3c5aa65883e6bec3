"""What is asked of the engine core beside generations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vllm.faults import is_033
from vllm.v1.engine.core_link import CoreLink
from vllm.v1.engine.exceptions import EngineDeadError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vllm.lora.request import LoRARequest


class UtilityCalls(CoreLink):
    """Each of them waits for ever when the core hears nothing any more."""

    _is_profiled = _refuses = False

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
        """Freezes, aborts or awaits what runs; what comes then waits for the resumption, or is refused since 0.33."""
        self._refuses = is_033() and mode != "keep"
        await self._call("pause", mode, clear_cache)

    async def resume_generation(self) -> None:
        """Goes on."""
        self._refuses = False
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
        """What each worker says, of which there is one."""
        return await self._call("collective_rpc", method, timeout, args, kwargs)

    async def start_profile(
        self, profile_prefix: str | None = None, *, delay_iterations: int | None = None,
        max_iterations: int | None = None,
    ) -> None:  # fmt: skip
        """Once."""
        del profile_prefix, delay_iterations, max_iterations
        if self._is_profiled:
            from vllm.exceptions import ProfilerAlreadyActiveError

            raise ProfilerAlreadyActiveError("The profiler is active already.", 409)
        self._is_profiled = True

    async def stop_profile(self) -> None:
        """Until the next time."""
        self._is_profiled = False

    async def notify_kv_transfer_request_rejected(
        self, request_id: str, kv_transfer_params: dict[str, Any], *, data_parallel_rank: int | None = None
    ) -> None:  # fmt: skip
        """Here no cache is handed from one engine to another."""

    def get_kv_event_sources(self) -> list[Any]:
        """Nor told of."""
        return []

    async def check_health(self) -> None:
        """Notices a death, and not that nobody listens."""
        if self.errored:
            raise EngineDeadError

    async def do_log_stats(self) -> None:
        """Has the loggers write down what they were told."""
        if self.logger_manager is not None:
            self.logger_manager.log()

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
