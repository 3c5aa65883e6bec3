"""How soon a death of vLLM's engine is found, whoever finds it."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any, cast

import pytest
from themis_sidecar.vllm_host.liveness import EngineDeathError, Liveness
from themis_sidecar.vllm_host.vllm_names import find_names

if TYPE_CHECKING:
    from collections.abc import Callable


class Silent:
    """An AsyncLLM whose engine answers no question."""

    def __init__(self) -> None:
        self.errored = False
        self.asked = asyncio.Event()

    async def is_paused(self) -> bool:
        self.asked.set()
        await asyncio.Event().wait()
        return False


def seconds_until_found(change: Callable[[Silent, Liveness], None]) -> float:
    """How long a death that something changes stays hidden while a question is open."""

    async def body() -> float:
        llm = Silent()
        liveness = Liveness(cast("Any", llm), find_names(), has_adapters=False, seconds=600, is_loading=lambda: False)
        health = asyncio.ensure_future(liveness.health())
        await asyncio.wait_for(llm.asked.wait(), 5)
        began = time.monotonic()
        change(llm, liveness)
        assert not (await asyncio.wait_for(health, 20)).healthy
        return time.monotonic() - began

    return asyncio.run(body())


def test_death_that_a_request_found_ends_the_question_at_once() -> None:
    assert seconds_until_found(lambda _, liveness: liveness.on_dead(ValueError("dead"))) < 0.9


def test_death_that_vllm_noticed_ends_the_question_within_a_look() -> None:
    def change(llm: Silent, _: Liveness) -> None:
        llm.errored = True

    assert seconds_until_found(change) < 3


def test_engine_that_loads_too_long_is_dead_after_all() -> None:
    async def body() -> None:
        loads = iter([True, True])
        liveness = Liveness(
            cast("Any", Silent()), find_names(), has_adapters=False, seconds=0.5,
            is_loading=lambda: next(loads, False),
        )  # fmt: skip
        with pytest.raises(EngineDeathError, match=r"has not answered a question for 0\.5 s"):
            await asyncio.wait_for(liveness.run(), 20)
        assert next(loads, None) is None

    asyncio.run(body())
