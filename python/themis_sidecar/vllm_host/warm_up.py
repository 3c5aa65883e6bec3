"""The first requests: they show that vLLM answers as it should, and take the price of the first time from clients."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from themis_sidecar.content.requests import EmbedRequest, TokenPrompt
from themis_sidecar.engines.start_error import EngineStartError
from themis_sidecar.wire.words import Capability

if TYPE_CHECKING:
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

# Kernels may be compiled for it.
_SECONDS = 600.0
_PROMPT = (1,)


async def warm_up(engine: VllmEngine, generates: bool) -> float:
    """Asks in each of the forms that requests will have; gives how long the plainest took, in seconds."""
    try:
        began = time.monotonic()
        if not generates:
            await asyncio.wait_for(_embed(engine), _SECONDS)
            return time.monotonic() - began
        await asyncio.wait_for(_generate(engine, {"detokenize": False}), _SECONDS)
        took = time.monotonic() - began
        more: dict[str, object] = {}
        if engine.description.capabilities & Capability.TEXT_OUTPUT:
            more["detokenize"] = True
        if engine.description.capabilities & Capability.LOGPROBS:
            more["logprobs"] = 1
        await asyncio.wait_for(_generate(engine, more), _SECONDS)
    except EngineStartError:
        raise
    except Exception as e:
        raise EngineStartError(f"vLLM did not answer the first request as it should: {e!r}") from e
    return took


async def _generate(engine: VllmEngine, more: dict[str, object]) -> None:
    values: dict[str, object] = {"temperature": 0.0, "max_tokens": 1, "output_kind": engine.names.delta, **more}
    params = engine.names.sampling_params(**values)
    ids: list[int] = []
    is_finished = False
    async for output in engine.llm.generate(engine.rendered(list(_PROMPT)), params, "themis-warm-up"):
        ids += output.outputs[0].token_ids
        is_finished = output.finished
    if not is_finished or len(ids) != 1:
        raise EngineStartError(f"vLLM gave {len(ids)} tokens for one; this version cannot be used.")


async def _embed(engine: VllmEngine) -> None:
    if not engine.description.capabilities & Capability.EMBED:
        raise EngineStartError("vLLM was started for neither generations nor embeddings.")
    await engine.embed(EmbedRequest(engine.description.model, (TokenPrompt(list(_PROMPT)),)))
