"""Between the core and one consumer: whatever nobody has taken is merged."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from vllm.core_messages import CoreOutput
from vllm.outputs import CompletionOutput, RequestOutput
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine.answer import Answer, entry_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vllm.core_messages import CoreRequest
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.logprobs import Logprob
    from vllm.v1.metrics.stats import RequestStateStats


class RequestOutputCollector:
    """One slot for all answers to a request."""

    def __init__(
        self, request_id: str, requests: list[CoreRequest], tokenizer: FakeTokenizer | None, interval: int,
        stats: RequestStateStats | None, leave: Callable[[Iterable[int]], None], text: str | None,
    ) -> None:  # fmt: skip
        """Empty."""
        first = requests[0]
        self.request_id, self.prompt, self._text = request_id, first.prompt, text
        self.has_begun = self._has_told = False
        self.answers = {
            int(one.request_id): Answer(one.index, one.params, tokenizer, one.lora, interval) for one in requests
        }
        self._params, self._lora = first.params, first.lora
        self._stats, self._leave = stats, leave
        self._cached: int | None = None
        self._slot: RequestOutput | Exception | None = None
        self._finals: list[CompletionOutput] = []
        self._ready = asyncio.Event()

    async def get(self) -> RequestOutput:
        """The next item."""
        while (output := self.get_nowait()) is None:
            await self._ready.wait()
        return output

    def get_nowait(self) -> RequestOutput | None:
        """The next item, if there is one."""
        slot, self._slot = self._slot, None
        self._ready.clear()
        if isinstance(slot, Exception):
            raise slot
        if slot is not None:
            slot.num_cached_tokens = self._cached
        return slot

    def close(self) -> None:
        """Nobody reads any more: whatever still runs is aborted."""
        self._leave([internal for internal, one in self.answers.items() if not one.is_over])

    def put(self, internal: int, output: CoreOutput) -> bool:
        """Takes what the core says; True when a stop string ended it, of which the core does not know."""
        answer = self.answers[internal]
        if answer.is_over:
            # The core has not heard of it yet.
            return False
        if output.error is not None:
            self.put_error(output.error)
            return False
        self.has_begun = True
        if output.cached is not None:
            self._cached = output.cached
        self._count(output)
        item = answer.take(output)
        if item is not None:
            self._tell(item)
        return answer.is_over and output.finish_reason is None

    def put_abort(self) -> None:
        """The last item of one that was aborted by its id."""
        for internal, answer in self.answers.items():
            if not answer.is_over:
                self.put(internal, CoreOutput(str(internal), finish_reason="abort"))

    def put_error(self, error: Exception) -> None:
        """The engine is dead, or cannot do it: whatever waited to be read is gone."""
        self._slot = error
        self._ready.set()

    def _count(self, output: CoreOutput) -> None:
        stats = self._stats
        if stats is not None and output.tokens:
            stats.last_token_ts = time.monotonic()
            if not stats.num_generation_tokens:
                stats.first_token_ts = stats.last_token_ts
                stats.first_token_latency = time.time() - stats.arrival_time
            stats.num_generation_tokens += len(output.tokens)

    def _tell(self, item: CompletionOutput) -> None:
        is_first, self._has_told = not self._has_told, True
        items = [item]
        is_finished = all(one.is_over for one in self.answers.values())
        if self._params.output_kind is RequestOutputKind.FINAL_ONLY:
            self._finals.append(item)
            if not is_finished:
                return
            items = sorted(self._finals, key=lambda one: one.index)
        output = RequestOutput(
            self.request_id, self._text, self.prompt, self._prompt_logprobs(is_first), None, items, is_finished,
            None if self._stats is None else replace(self._stats), self._lora,
        )  # fmt: skip
        if isinstance(self._slot, RequestOutput):
            self._slot.add(output, self._params.output_kind is RequestOutputKind.DELTA)
        else:
            self._slot = output
        self._ready.set()

    def _prompt_logprobs(self, is_first: bool) -> list[dict[int, Logprob] | None] | None:
        most = self._params.prompt_logprobs
        if most is None:
            return None
        return [None, *(entry_of(token, most) for token in self.prompt[1:])] if is_first else []
