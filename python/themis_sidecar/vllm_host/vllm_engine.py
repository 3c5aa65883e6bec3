"""vLLM as an engine of the sidecar, on AsyncLLM's public interface alone."""

from __future__ import annotations

import asyncio
import itertools
import logging
import threading
from array import array
from typing import TYPE_CHECKING, Any

from themis_sidecar.engines.engine import Embedding, Engine, Health, Load
from themis_sidecar.engines.generation_options import check_options
from themis_sidecar.failures import BridgeError, invalid
from themis_sidecar.vllm_host.adapter_table import AdapterTable
from themis_sidecar.vllm_host.generation_run import GenerationRun
from themis_sidecar.vllm_host.liveness import Liveness
from themis_sidecar.vllm_host.process_group import kill_others
from themis_sidecar.vllm_host.sampling_values import sampling_values, structure_values
from themis_sidecar.vllm_host.vllm_failures import failure_of
from themis_sidecar.wire.words import Capability, Failure

if TYPE_CHECKING:
    from pathlib import Path

    from themis_sidecar.content.requests import (
        Adapter,
        DetokenizeRequest,
        EmbedRequest,
        GenerateRequest,
        TokenizeRequest,
    )
    from themis_sidecar.engines.engine import Description, Stream
    from themis_sidecar.vllm_host.prompt_renderer import PromptRenderer
    from themis_sidecar.vllm_host.round_trip import RoundTrip
    from themis_sidecar.vllm_host.vllm_names import VllmNames
    from vllm import AsyncLLMEngine, SamplingParams
    from vllm.lora.request import LoRARequest

_log = logging.getLogger(__name__)

_SHUTDOWN_SECONDS = 20.0
_ABORT_SECONDS = 5.0


class VllmEngine(Engine):
    """Hosts a started AsyncLLM and answers for its end."""

    def __init__(
        self, llm: AsyncLLMEngine, names: VllmNames, description: Description, renderer: PromptRenderer,
        round_trip: RoundTrip, *, vocab: int, liveness_seconds: float, traces: bool, folder: Path,
    ) -> None:  # fmt: skip
        """Takes all that the start found out, and a folder that is ours alone."""
        super().__init__(description)
        self.llm = llm
        self.names = names
        self.renderer = renderer
        self.adapters = AdapterTable(llm, names, round_trip, folder)
        self.held: set[GenerationRun] = set()
        self._round_trip = round_trip
        self._vocab = vocab
        self._traces = traces
        self._runs: dict[Stream, GenerationRun] = {}
        # Ids of clients may come twice, and vLLM does not mind: ours are unique.
        self._numbers = itertools.count(1)
        has_adapters = bool(description.capabilities & Capability.ADAPTERS)
        self._liveness = Liveness(
            llm, names, has_adapters=has_adapters, seconds=liveness_seconds,
            is_loading=lambda: self.adapters.is_loading,
        )  # fmt: skip

    async def run(self) -> None:
        """Watches vLLM; ends by an exception when it is dead."""
        await self._liveness.run()

    def on_dead(self, error: Exception) -> None:
        """A request has found vLLM dead."""
        self._liveness.on_dead(error)

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Checks a generation and starts it."""
        self.check_model(request.model)
        if type(request.priority) is not int or type(request.tenant) is not str:
            raise invalid("priority", "priority must be a whole number, and tenant a text.")
        params = self._params(request)
        check_options(request, self.description)
        self.adapters.check(request.adapter)
        self._runs[stream] = GenerationRun(self, request, params, self._next_id(), stream)

    def abort(self, stream: Stream) -> None:
        """Stops a generation."""
        run = self._runs.get(stream)
        if run is not None:
            run.abort()

    def wake(self) -> None:
        """Lets those go on whose clients read again."""
        for run in list(self.held):
            run.wake()

    def forget(self, stream: Stream) -> None:
        """A generation is over."""
        self._runs.pop(stream, None)

    def load(self) -> Load:
        """What vLLM has begun to answer runs."""
        running = sum(run.is_accepted for run in self._runs.values())
        return Load(running, len(self._runs) - running)

    async def health(self) -> Health:
        """Asks vLLM's engine."""
        return await self._liveness.health()

    async def embed(self, request: EmbedRequest) -> Embedding:
        """Makes vectors, all inputs at once; vLLM batches them."""
        self.check_model(request.model)
        if not self.description.capabilities & Capability.EMBED:
            return await super().embed(request)
        if request.dimensions is not None and not self.description.capabilities & Capability.EMBEDDING_DIMENSIONS:
            raise invalid("dimensions", "The model's vectors cannot be shortened. Leave dimensions out.")
        prompts = [await self.renderer.prompt_ids(one) for one in request.inputs]
        tasks = [asyncio.ensure_future(self._embed_one(ids, request.dimensions)) for ids in prompts]
        try:
            vectors = await asyncio.gather(*tasks)
        except Exception as e:
            if isinstance(e, self.names.dead_errors):
                self.on_dead(e)
            raise failure_of(e, self.names) from e
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return Embedding(vectors, sum(map(len, prompts)))

    async def tokenize(self, request: TokenizeRequest) -> list[int]:
        """The tokenizer's ids."""
        self.check_model(request.model)
        return await self.renderer.encode(request.prompt, add_special=request.add_special)

    async def detokenize(self, request: DetokenizeRequest) -> str:
        """The tokenizer's text."""
        self.check_model(request.model)
        return await self.renderer.decode(request.ids, keep_special=request.keep_special_tokens)

    async def load_adapter(self, adapter: Adapter) -> None:
        """Loads it into vLLM."""
        self._check_adapters(adapter.model)
        try:
            await self.adapters.load(adapter)
        except self.names.dead_errors as e:
            self.on_dead(e)
            raise failure_of(e, self.names) from e

    async def unload_adapter(self, model: str, name: str) -> bool:
        """Takes no new requests for it, and drops it when none runs."""
        self._check_adapters(model)
        return await self.adapters.unload(name)

    async def list_adapters(self, model: str) -> list[Adapter]:
        """Those that are loaded."""
        self._check_adapters(model)
        return self.adapters.adapters()

    async def close(self) -> None:
        """Ends vLLM.

        Its shutdown leaves whoever waits for a token waiting for ever: so all are sent home first. It takes seconds,
        and waits for processes that may hang: so it has a thread, and not all the time of the world.
        """
        for run in list(self._runs.values()):
            run.abort()
        tasks = [run.task for run in self._runs.values()]
        if tasks:
            await asyncio.wait(tasks, timeout=_ABORT_SECONDS)
        self.renderer.close()
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()

        def shut_down() -> None:
            try:
                self.llm.shutdown()
            except Exception as e:
                _log.warning("vllm did not shut down in order cause=%r", e)
            loop.call_soon_threadsafe(ended.set)

        threading.Thread(target=shut_down, name="vllm-shutdown", daemon=True).start()
        try:
            await asyncio.wait_for(ended.wait(), _SHUTDOWN_SECONDS)
        except asyncio.TimeoutError:
            _log.warning("vllm did not shut down within %.0f s; its processes are killed", _SHUTDOWN_SECONDS)
            kill_others()
        await self.adapters.close()

    def rendered(self, ids: list[int], tenant: str = "") -> dict[str, object]:
        """A prompt in the form that vLLM passes on as it is."""
        prompt: dict[str, object] = {"type": "token", "prompt_token_ids": ids}
        return {**prompt, "cache_salt": tenant} if tenant else prompt

    def keywords(self, request: GenerateRequest, adapter: LoRARequest | None) -> dict[str, Any]:
        """What else this version of `generate` can be given."""
        words: dict[str, Any] = {}
        if adapter is not None:
            words["lora_request"] = adapter
        if request.priority:
            words["priority"] = request.priority
        if request.traceparent and self._traces and "trace_headers" in self.names.generate_keywords:
            words["trace_headers"] = {"traceparent": request.traceparent}
        return words

    def _params(self, request: GenerateRequest) -> SamplingParams:
        values = sampling_values(
            request.sampling, wants_text=request.wants_text, bypass_cache=request.bypass_cache, vocab=self._vocab
        )
        # A bare 1 would be taken, and mean CUMULATIVE.
        values["output_kind"] = self.names.delta
        try:
            if request.structured_output is not None:
                structure = structure_values(request.structured_output)
                values["structured_outputs"] = self.names.structured_outputs(**structure)
            params = self.names.sampling_params(**values)
        except BridgeError:
            raise
        except Exception as e:
            if isinstance(e, self.names.client_errors):
                raise failure_of(e, self.names) from e
            raise invalid("request", "vLLM cannot take these options.") from e
        self._round_trip.check(params, "structures" if request.structured_output else "options", "request")
        return params

    async def _embed_one(self, ids: list[int], dimensions: int | None) -> array[float]:
        # Without a task vLLM makes a vector for each token.
        given: dict[str, Any] = {"task": "embed"}
        if dimensions is not None:
            given["dimensions"] = dimensions
        generator = self.llm.encode(self.rendered(ids), self.names.pooling_params(**given), self._next_id())
        try:
            async for output in generator:
                if getattr(output, "error", None) is not None:
                    raise BridgeError(Failure.ENGINE_FAILED, "vLLM failed an embedding. Look at the sidecar's log.")
                if output.finished:
                    return array("f", self.names.embedding_output.from_base(output).outputs.embedding)
            raise BridgeError(Failure.ENGINE_FAILED, "vLLM gave no vector.")
        finally:
            await generator.aclose()

    def _check_adapters(self, model: str) -> None:
        if not self.description.capabilities & Capability.ADAPTERS:
            raise self._lacks("adapters", model)
        self.check_model(model)

    def _next_id(self) -> str:
        return f"themis-{next(self._numbers)}"
