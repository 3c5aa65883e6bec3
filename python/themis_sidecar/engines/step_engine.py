"""The steps of engines that need no model: a batch of running generations gets one token each."""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from bisect import insort
from typing import TYPE_CHECKING

from themis_sidecar.engines.engine import Ending, Engine, Health, Load, Stream
from themis_sidecar.engines.generation_options import check_options
from themis_sidecar.engines.text_assembler import TextAssembler
from themis_sidecar.failures import BridgeError, unsupported
from themis_sidecar.sessions.generation import Generation, put_step
from themis_sidecar.wire.words import Failure, Finish

if TYPE_CHECKING:
    from themis_sidecar.content.requests import Adapter, GenerateRequest
    from themis_sidecar.engines.engine import Description
    from themis_sidecar.sessions.served_call import Outlet
    from themis_sidecar.wire.step_frame import TokenLogprob


class TokenSource(ABC):
    """Makes the tokens of one generation, one after the other."""

    def __init__(self, prompt_ids: list[int]) -> None:
        """Takes the prompt."""
        self.prompt_ids = prompt_ids

    @abstractmethod
    def next_id(self, *, may_end: bool) -> int:
        """The next token; one that ends the answer only if it may end."""

    @abstractmethod
    def logprob(self, token: int, alternatives: int) -> TokenLogprob:
        """How probable the token was."""


class Sequence:
    """One generation under way."""

    def __init__(self, key: tuple[int, int], request: GenerateRequest, source: TokenSource, stream: Stream) -> None:
        """Takes its place in the order: priority, then arrival."""
        self.key = key
        self.request = request
        self.source = source
        self.stream = stream
        self.produced = 0
        self.is_stalled = False
        self.is_live = True
        self.text = TextAssembler() if request.wants_text else None
        is_plain = self.text is None and request.sampling.logprobs is None
        self.generation = stream if is_plain and isinstance(stream, Generation) else None
        """The stream when nothing but ids is wanted, which whole steps are put into at once."""

    def __lt__(self, other: Sequence) -> bool:
        """Who is served first."""
        return self.key < other.key


class StepEngine(Engine):
    """Runs steps while somebody reads. Generations that nobody reads take no place in the batch."""

    def __init__(self, description: Description, *, step_seconds: float, batch: int, end_ids: frozenset[int]) -> None:
        """Takes how long a step is, how many generations share one, and which tokens end an answer."""
        super().__init__(description)
        self._step_seconds = step_seconds
        self._batch = batch
        self._end_ids = end_ids
        # In the order of service; those that are over are taken out by the next step.
        self._live: list[Sequence] = []
        self._by_stream: dict[Stream, Sequence] = {}
        self._arrivals = 0
        self._running = 0
        self._woken = asyncio.Event()
        self.adapters: dict[str, Adapter] = {}

    @abstractmethod
    def source(self, request: GenerateRequest) -> TokenSource:
        """What makes the tokens of a request, or the BridgeError that refuses it."""

    @abstractmethod
    def token_bytes(self, token: int) -> bytes | None:
        """The UTF-8 bytes of a token; None for a special one."""

    @abstractmethod
    def special_text(self, token: int) -> str:
        """How a special token is written."""

    def generate(self, request: GenerateRequest, stream: Stream) -> None:
        """Admits a generation."""
        self.check_model(request.model)
        check_options(request, self.description)
        if request.adapter and request.adapter not in self.adapters:
            raise BridgeError(
                Failure.UNKNOWN_ADAPTER, "The adapter is not loaded. Load it, or name one that is.", "adapter"
            )
        source = self.source(request)
        context = self.description.max_context_tokens
        if len(source.prompt_ids) >= context:
            raise BridgeError(
                Failure.CONTEXT_LENGTH_EXCEEDED,
                f"The prompt has {len(source.prompt_ids)} tokens; the context holds {context} with the answer.",
                "prompt",
            )
        self._arrivals += 1
        sequence = Sequence((request.priority, self._arrivals), request, source, stream)
        insort(self._live, sequence)
        self._by_stream[stream] = sequence
        stream.accept(source.prompt_ids, request.sampling.seed)
        self.wake()

    def abort(self, stream: Stream) -> None:
        """Forgets a generation."""
        sequence = self._by_stream.get(stream)
        if sequence is not None:
            self._forget(sequence)

    def wake(self) -> None:
        """Looks again for what can be stepped."""
        self._woken.set()

    async def run(self) -> None:
        """Steps until it is cancelled."""
        loop = asyncio.get_running_loop()
        next_step = loop.time()
        while True:
            self._woken.clear()
            self._running = self.step()
            if self._running == 0:
                await self._woken.wait()
                next_step = loop.time()
            # A late step does not hurry the next ones.
            next_step = max(next_step + self._step_seconds, loop.time())
            await asyncio.sleep(next_step - loop.time())

    def step(self) -> int:
        """Gives one token to each generation of the batch; says how many those are."""
        if len(self._live) != len(self._by_stream):
            self._live = [sequence for sequence in self._live if sequence.is_live]
        batch: list[Sequence] = []
        for sequence in self._live:
            if sequence.stream.wants_more and not sequence.is_stalled:
                batch.append(sequence)
                if len(batch) == self._batch:
                    break
        steps: dict[Outlet, tuple[list[Generation], list[int]]] = {}
        for sequence in batch:
            token = self._advance(sequence)
            generation = sequence.generation
            if token is not None and generation is not None:
                streams, ids = steps.setdefault(generation.outlet, ([], []))
                streams.append(generation)
                ids.append(token)
        for outlet, (streams, ids) in steps.items():
            put_step(outlet, streams, ids)
        self.after_step(batch)
        return len(batch)

    def after_step(self, batch: list[Sequence]) -> None:
        """These got a token each; some of them are complete."""

    def load(self) -> Load:
        """Counts."""
        return Load(self._running, max(0, len(self._by_stream) - self._running))

    async def health(self) -> Health:
        """There is nothing that could be ill."""
        return Health(healthy=True)

    async def load_adapter(self, adapter: Adapter) -> None:
        """Takes an adapter by its name alone; there is no model that it could change."""
        self.check_model(adapter.model)
        if adapter.scale != 1.0:
            raise unsupported("scale", "This engine has no weights to scale. Leave scale out.")
        if adapter.digest is not None:
            raise unsupported("digest", "This engine reads no file whose digest it could compare. Leave digest out.")
        self.adapters[adapter.name] = adapter

    async def unload_adapter(self, model: str, name: str) -> bool:
        """Forgets an adapter."""
        self.check_model(model)
        return self.adapters.pop(name, None) is not None

    async def list_adapters(self, model: str) -> list[Adapter]:
        """Those that are loaded."""
        self.check_model(model)
        return list(self.adapters.values())

    def fail(self, sequence: Sequence, error: BridgeError) -> None:
        """Ends a generation that is not complete."""
        self._forget(sequence)
        sequence.stream.fail(error)

    def _forget(self, sequence: Sequence) -> None:
        sequence.is_live = False
        del self._by_stream[sequence.stream]

    def _advance(self, sequence: Sequence) -> int | None:
        """Makes a token, and gives it back when nothing but this token is to be put."""
        sampling = sequence.request.sampling
        may_end = sequence.produced + 1 > (sampling.min_tokens or 0)
        token = sequence.source.next_id(may_end=may_end and not sampling.ignore_eos)
        sequence.produced += 1
        ending = self._ending(sequence, token, may_end=may_end)
        if ending is None and sequence.generation is not None and sequence.produced > 1:
            return token
        self._put(sequence, token, ending)
        if ending is not None:
            self._forget(sequence)
            sequence.stream.finish(ending)
        return None

    def _ending(self, sequence: Sequence, token: int, *, may_end: bool) -> Ending | None:
        sampling = sequence.request.sampling
        prompt = len(sequence.source.prompt_ids)
        produced = sequence.produced
        if may_end and not sampling.ignore_eos and token in self._end_ids:
            return Ending(Finish.STOP, prompt, produced)
        if may_end and token in sampling.stop_ids:
            return Ending(Finish.STOP, prompt, produced, token)
        rest = self.description.max_context_tokens - prompt
        if produced >= min(sampling.max_tokens or rest, rest):
            return Ending(Finish.LENGTH, prompt, produced)
        return None

    def _put(self, sequence: Sequence, token: int, ending: Ending | None) -> None:
        sampling = sequence.request.sampling
        text = ""
        if sequence.text is not None:
            is_stop = ending is not None and ending.finish == Finish.STOP
            text = "" if is_stop else self._text_of(sequence.text, token, keep_special=sampling.keep_special_tokens)
            text += sequence.text.finish() if ending is not None else ""
        logprobs = None
        if sampling.logprobs is not None:
            logprobs = [sequence.source.logprob(token, sampling.logprobs)]
        sequence.stream.put([token], text, logprobs)

    def _text_of(self, assembler: TextAssembler, token: int, *, keep_special: bool) -> str:
        data = self.token_bytes(token)
        if data is not None:
            return assembler.add(data)
        return assembler.finish() + self.special_text(token) if keep_special else ""
