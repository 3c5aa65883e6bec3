"""Between the core and one consumer: whatever nobody has taken is merged."""

from __future__ import annotations

import asyncio
import codecs
from typing import TYPE_CHECKING

from vllm.logprobs import Logprob
from vllm.outputs import CompletionOutput, RequestOutput
from vllm.sampling_params import RequestOutputKind

if TYPE_CHECKING:
    from vllm.core_messages import CoreOutput
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.sampling_params import SamplingParams


class RequestOutputCollector:
    """One slot."""

    def __init__(
        self, request_id: str, internal: int, prompt: list[int], params: SamplingParams,
        tokenizer: FakeTokenizer | None,
    ) -> None:  # fmt: skip
        """Empty."""
        self.request_id, self.internal, self.prompt = request_id, internal, prompt
        self.has_begun = False
        self._params, self._tokenizer = params, tokenizer
        # Only the member itself means deltas; a bare 1 does not.
        self._is_delta = params.output_kind is RequestOutputKind.DELTA
        self._slot: RequestOutput | Exception | None = None
        self._ready = asyncio.Event()
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text = ""
        self._is_stopped = False
        self._ids: list[int] = []

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
        return slot

    def put(self, output: CoreOutput) -> bool:
        """Takes a token; True when a stop string ended it, of which the core does not know."""
        if self._is_stopped:
            # The core has not heard of it yet.
            return False
        self.has_begun = True
        if output.token is None:
            self.put_abort()
            return False
        finish, reason = output.finish_reason, output.stop_reason
        stop: str | None = None
        text = self._decode(output.token, finish == "stop") if self._params.detokenize and self._tokenizer else ""
        whole = self._text + text
        for word in self._params.stop or ():
            at = whole.find(word)
            if at >= 0:
                end = at + len(word) if self._params.include_stop_str_in_output else at
                text, stop, finish = whole[len(self._text) : end], word, "stop"
                break
        # The real one holds back as many characters as a stop string could still take away.
        self._text += text
        self._ids.append(output.token)
        item = CompletionOutput(
            0, text if self._is_delta else self._text, [output.token] if self._is_delta else list(self._ids),
            logprobs=self._logprobs(output.token), finish_reason=finish, stop_reason=reason if stop is None else stop,
        )  # fmt: skip
        self._set(RequestOutput(self.request_id, None, self.prompt, [item], finish is not None, output.cached))
        self._is_stopped = stop is not None
        return self._is_stopped

    def close(self) -> None:
        """Nobody reads any more."""
        self._is_stopped = True

    def put_abort(self) -> None:
        """The last item of one that was aborted by its id, or by a pause."""
        self._set(RequestOutput(self.request_id, None, self.prompt, [
            CompletionOutput(0, "", [], finish_reason="abort")
        ], finished=True))  # fmt: skip

    def put_error(self, error: Exception) -> None:
        """The engine is dead."""
        self._slot = error
        self._ready.set()

    def _set(self, output: RequestOutput) -> None:
        if isinstance(self._slot, RequestOutput):
            self._slot.add(output, self._is_delta)
        else:
            self._slot = output
        self._ready.set()

    def _decode(self, token: int, is_stop: bool) -> str:
        assert self._tokenizer is not None
        if is_stop and not self._params.include_stop_str_in_output:
            return self._decoder.decode(b"", final=True)
        data = self._tokenizer.token_bytes(token)
        if not data and not self._params.skip_special_tokens:
            return self._tokenizer.decode([token])
        return self._decoder.decode(data)

    def _logprobs(self, token: int) -> list[dict[int, Logprob]] | None:
        most = self._params.logprobs
        if most is None:
            return None
        # An odd token was none of the best.
        rank = most + 1 if token % 2 else 1
        entry = {token: Logprob(-0.5 * rank, rank)}
        others = [one for one in range(1, most + 2) if one != rank][: most if token % 2 else max(most - 1, 0)]
        return [{**entry, **{token + one: Logprob(-0.5 * one, one) for one in others}}]
