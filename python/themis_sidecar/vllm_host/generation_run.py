"""One generation under way in vLLM: takes what its generator gives, at the client's pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from themis_sidecar.engines.engine import Ending
from themis_sidecar.failures import BridgeError
from themis_sidecar.vllm_host.vllm_failures import failure_of
from themis_sidecar.wire.step_frame import TokenLogprob
from themis_sidecar.wire.words import Failure, Finish

if TYPE_CHECKING:
    from collections.abc import Mapping

    from themis_sidecar.content.requests import GenerateRequest
    from themis_sidecar.engines.engine import Stream
    from themis_sidecar.vllm_host.adapter_table import LoadedAdapter
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine
    from vllm import RequestOutput, SamplingParams
    from vllm.logprobs import Logprob

_FINISHES = {"stop": Finish.STOP, "length": Finish.LENGTH, "repetition": Finish.REPETITION}


class GenerationRun:
    """A task that owns one generator of vLLM's, and closes it however it ends."""

    def __init__(
        self, host: VllmEngine, request: GenerateRequest, params: SamplingParams, request_id: str, stream: Stream
    ) -> None:
        """Starts it; the parameters are checked."""
        self._host = host
        self._request = request
        self._params = params
        self._request_id = request_id
        self._stream = stream
        self._completion_tokens = 0
        self._cached_tokens: int | None = None
        self._is_aborted = False
        self.is_accepted = False
        self._wanted: asyncio.Future[None] | None = None
        self.task = asyncio.get_running_loop().create_task(self._run())
        self.task.add_done_callback(lambda _: host.forget(stream))

    def abort(self) -> None:
        """Nothing is put any more, and vLLM is told."""
        self._is_aborted = True
        self.task.cancel()

    def wake(self) -> None:
        """Goes on if the client reads again."""
        if self._wanted is not None and not self._wanted.done() and self._stream.wants_more:
            self._wanted.set_result(None)

    async def _run(self) -> None:
        host = self._host
        adapter: LoadedAdapter | None = None
        try:
            ids = await host.renderer.prompt_ids(self._request.prompt)
            if self._request.adapter:
                adapter = await host.adapters.take(self._request.adapter)
            # A wait with a deadline can swallow the cancellation before Python 3.12.
            if self._is_aborted:
                return
            await self._forward(ids, adapter)
        except Exception as e:
            self._fail(e)
        finally:
            if adapter is not None:
                host.adapters.give_back(adapter)

    async def _forward(self, ids: list[int], adapter: LoadedAdapter | None) -> None:
        generator = self._host.llm.generate(
            self._host.rendered(ids, self._request.tenant), self._params, self._request_id,
            **self._host.keywords(self._request, adapter.request if adapter else None),
        )  # fmt: skip
        try:
            # vLLM refuses a request only when its first item is asked for, so it counts as admitted with that.
            async for output in generator:
                if self._is_aborted:
                    return
                if not self.is_accepted:
                    self.is_accepted = True
                    self._stream.accept(ids, self._request.sampling.seed, self._request_id)
                if self._put(output, len(ids)):
                    return
                if not self._stream.wants_more:
                    await self._until_wanted()
            raise BridgeError(Failure.ENGINE_FAILED, "vLLM ended the answer without saying why.")
        finally:
            # A generator that is only left goes on in the engine until somebody collects it.
            await generator.aclose()

    def _put(self, output: RequestOutput, prompt_tokens: int) -> bool:
        """Hands on what is new; says whether that was all."""
        completion = output.outputs[0]
        ids = list(completion.token_ids)
        self._completion_tokens += len(ids)
        if output.num_cached_tokens is not None:
            self._cached_tokens = max(self._cached_tokens or 0, output.num_cached_tokens)
        logprobs = None
        if self._request.sampling.logprobs is not None:
            entries = completion.logprobs or []
            most = self._request.sampling.logprobs
            logprobs = [_logprob(token, entry, most) for token, entry in zip(ids, entries, strict=True)]
        self._stream.put(ids, completion.text, logprobs)
        if not output.finished:
            return False
        finish = _FINISHES.get(completion.finish_reason or "")
        if finish is None:
            is_abort = completion.finish_reason == "abort"
            raise BridgeError(
                Failure.ABORTED_BY_ENGINE if is_abort else Failure.ENGINE_FAILED,
                f"vLLM ended the answer with '{completion.finish_reason}'.",
            )
        reason = completion.stop_reason
        # The ends of the model's own generation configuration are given as reasons too.
        stop_id = reason if isinstance(reason, int) and reason in self._request.sampling.stop_ids else None
        self._stream.finish(
            Ending(
                finish, prompt_tokens, self._completion_tokens, stop_id, self._cached_tokens,
                reason if isinstance(reason, str) else "",
            )
        )  # fmt: skip
        return True

    async def _until_wanted(self) -> None:
        """Lets vLLM gather: it merges what nobody takes into one item."""
        self._wanted = asyncio.get_running_loop().create_future()
        self._host.held.add(self)
        try:
            await self._wanted
        finally:
            self._host.held.discard(self)

    def _fail(self, error: Exception) -> None:
        failure = failure_of(error, self._host.names)
        if isinstance(error, self._host.names.dead_errors):
            self._host.on_dead(error)
        if not self._is_aborted:
            self._stream.fail(failure)


def _logprob(token: int, entry: Mapping[int, Logprob], most: int) -> TokenLogprob:
    """vLLM puts the chosen token among the alternatives, also when it is none of the best."""
    best = sorted((one.rank or 0, other, one.logprob) for other, one in entry.items())
    top = tuple((other, logprob) for _, other, logprob in best[:most])
    return TokenLogprob(entry[token].logprob, top)
