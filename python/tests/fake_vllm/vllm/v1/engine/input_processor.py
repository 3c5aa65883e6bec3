"""What the front end makes of a request."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from vllm.core_messages import CoreRequest
from vllm.decoding import is_too_large
from vllm.faults import check_params, check_prompt, check_structure, wrong

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vllm.config import VllmConfig
    from vllm.fake_tokenizer import FakeTokenizer
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import SamplingParams

_log = logging.getLogger("vllm")
_warned: list[bool] = []


class Given(NamedTuple):
    """A prompt as ids."""

    ids: list[int]
    text: str | None
    cache_salt: object


class InputProcessor:
    """Renders and checks."""

    def __init__(self, vllm_config: VllmConfig, tokenizer: FakeTokenizer | None) -> None:
        """Takes the model's limits."""
        self.tokenizer = tokenizer
        self._model, self._args = vllm_config.model_config, vllm_config.args

    async def read(self, prompt: Any) -> Given:  # noqa: ANN401
        """The rendered form is passed on; any other takes a hop through a thread, and is warned of once."""
        if isinstance(prompt, dict) and "type" in prompt:
            return self._read(cast("dict[str, Any]", prompt))
        if not _warned:
            _warned.append(True)
            _log.warning("Passing raw prompts to InputProcessor is deprecated and will be removed.")
        return await asyncio.to_thread(self._read, prompt)

    def process_inputs(
        self, given: Given, params: SamplingParams, lora: LoRARequest | None, priority: object,
        numbers: Iterator[int],
    ) -> list[CoreRequest]:  # fmt: skip
        """One for each of the n answers."""
        if self._args.runner == "pooling":
            raise wrong("This model does not support generation")
        most, vocab = self._model.max_model_len, self._model.get_vocab_size()
        check_prompt(given.ids, most, vocab)
        check_params(params, vocab, self._args.max_logprobs)
        choice = check_structure(params, self.tokenizer)
        if is_too_large(params):
            raise OverflowError("int too big to convert")
        rest = most - len(given.ids)
        limit = params.max_tokens
        if limit is None or type(limit) is int:
            params.values["max_tokens"] = rest if limit is None else min(limit, rest)
        return [
            CoreRequest(str(next(numbers)), given.ids, params, lora, priority, given.cache_salt, choice, index)
            for index in range(params.n)
        ]

    def _read(self, prompt: Any) -> Given:  # noqa: ANN401
        if isinstance(prompt, str):
            prompt = {"prompt": prompt}
        elif not isinstance(prompt, dict):
            prompt = {"prompt_token_ids": prompt}
        members = cast("dict[str, Any]", prompt)
        text, ids = members.get("prompt"), members.get("prompt_token_ids")
        if ids is None:
            if self.tokenizer is None or not isinstance(text, str):
                raise TypeError("There is no prompt.")
            ids = self.tokenizer.encode(text)
        if not isinstance(ids, (list, tuple)):
            raise TypeError("prompt_token_ids is no list")
        return Given(list(cast("list[int]", ids)), text, members.get("cache_salt"))
