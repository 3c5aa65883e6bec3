"""One of the n answers to a request, in the front end."""

from __future__ import annotations

import codecs
from copy import deepcopy
from typing import TYPE_CHECKING

from vllm.logprobs import FlatLogprobs, Logprob
from vllm.outputs import CompletionOutput
from vllm.sampling_params import RequestOutputKind

if TYPE_CHECKING:
    from vllm.core_messages import CoreOutput
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import SamplingParams


class Answer:
    """Makes text of tokens, finds stop strings, and gathers what is not to be told yet."""

    def __init__(
        self, index: int, params: SamplingParams, tokenizer: FakeTokenizer | None, lora: LoRARequest | None,
        interval: int,
    ) -> None:  # fmt: skip
        """Empty."""
        self.is_over = False
        self._index, self._params, self._tokenizer, self._lora = index, params, tokenizer, lora
        self._interval = max(interval, params.stream_interval or 1)
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._text, self._told_text = "", 0
        self._ids, self._told_ids = list[int](), 0
        self._logprobs = self._no_logprobs()
        self._sum: float | None = None if params.logprobs is None else 0.0

    @property
    def count(self) -> int:
        """How many tokens there are."""
        return len(self._ids)

    def take(self, output: CoreOutput) -> CompletionOutput | None:
        """What is to be told now, if anything."""
        finish, reason = output.finish_reason, output.stop_reason
        text, stop = self._cut(self._decode(output))
        if stop is not None:
            finish, reason = "stop", stop
        self._text += text
        self._ids += output.tokens
        self._note(output)
        self.is_over = finish is not None
        if not self.is_over and self._waits():
            return None
        # Only the member itself means deltas; a bare 1 does not.
        is_delta = self._params.output_kind is RequestOutputKind.DELTA
        first_text, first_id = (self._told_text, self._told_ids) if is_delta else (0, 0)
        logprobs = self._logprobs
        self._logprobs = self._no_logprobs() if is_delta else deepcopy(logprobs)
        self._told_text, self._told_ids = len(self._text), len(self._ids)
        return CompletionOutput(
            self._index, self._text[first_text:], self._ids[first_id:], self._sum, logprobs, finish_reason=finish,
            stop_reason=reason, lora_request=self._lora,
        )  # fmt: skip

    def _waits(self) -> bool:
        if self._params.output_kind is RequestOutputKind.FINAL_ONLY:
            return True
        return self._told_ids > 0 and len(self._ids) - self._told_ids < self._interval

    def _cut(self, text: str) -> tuple[str, str | None]:
        """The new text up to a stop string. The real one holds back what one could still take away."""
        for word in self._params.stop or ():
            whole = self._text + text
            at = whole.find(word)
            if at >= 0:
                end = at + len(word) if self._params.include_stop_str_in_output else at
                return whole[len(self._text) : end], word
        return text, None

    def _decode(self, output: CoreOutput) -> str:
        if not self._params.detokenize or self._tokenizer is None:
            return ""
        if output.text is not None:
            return output.text
        ends = output.finish_reason == "stop" and not self._params.include_stop_str_in_output
        tokens = output.tokens[:-1] if ends else output.tokens
        text = "".join(map(self._text_of, tokens))
        return text + self._decoder.decode(b"", final=True) if ends else text

    def _text_of(self, token: int) -> str:
        assert self._tokenizer is not None
        data = self._tokenizer.token_bytes(token)
        if not data and not self._params.skip_special_tokens:
            return self._tokenizer.decode([token])
        return self._decoder.decode(data)

    def _no_logprobs(self) -> list[dict[int, Logprob]] | FlatLogprobs | None:
        if self._params.logprobs is None and self._params.logprob_token_ids is None:
            return None
        return FlatLogprobs() if self._params.flat_logprobs else []

    def _note(self, output: CoreOutput) -> None:
        if self._logprobs is None:
            return
        entries = output.logprobs if output.logprobs is not None else [self._entry(one) for one in output.tokens]
        for token, entry in zip(output.tokens, entries, strict=True):
            if self._sum is not None:
                self._sum += entry[token].logprob
            if isinstance(self._logprobs, FlatLogprobs):
                best = sorted(entry.items(), key=lambda one: one[1].rank or 0)[: self._params.logprobs]
                self._logprobs.append(token, entry[token], dict(best))
            else:
                self._logprobs.append(entry)

    def _entry(self, token: int) -> dict[int, Logprob]:
        asked: list[int] | None = self._params.logprob_token_ids
        if asked is not None:
            # The ranks of those that were asked for are their order.
            return {token: Logprob(-0.5, 1), **{one: Logprob(-0.5 * at, at) for at, one in enumerate(asked, 1)}}
        return entry_of(token, self._params.logprobs or 0)


def entry_of(token: int, most: int) -> dict[int, Logprob]:
    """A token among the best; an odd one was none of them."""
    rank = most + 1 if token % 2 else 1
    others = [one for one in range(1, most + 2) if one != rank][: most if token % 2 else max(most - 1, 0)]
    return {token: Logprob(-0.5 * rank, rank), **{token + one: Logprob(-0.5 * one, one) for one in others}}
