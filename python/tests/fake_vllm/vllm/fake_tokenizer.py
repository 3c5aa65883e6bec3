"""The tokenizer of themis-tiny, with the interface of transformers'."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

from themis_sidecar.engines.tokenizer_file import TokenizerFile

_SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?[^\s\w]+| ?_+|\s+(?!\S)|\s+")


class FakeTokenizer:
    """Byte-level BPE by the merges of tokenizer.json."""

    def __init__(self, folder: str) -> None:
        """Reads the folder."""
        model = cast("dict[str, Any]", json.loads((Path(folder) / "tokenizer.json").read_text()))["model"]
        self.chat_template = "{% for message in messages %}…"
        self._file = TokenizerFile(Path(folder))
        self._ids: dict[bytes, int] = {}
        for token in cast("dict[str, int]", model["vocab"]).values():
            data = self._file.token_bytes(token)
            if data is not None:
                self._ids[data] = token
        self._special = {text: token for token, text in self._file.special.items()}
        self._special_split = re.compile("(" + "|".join(map(re.escape, self._special)) + ")")

    def encode(self, text: str, *, add_special_tokens: bool = True) -> list[int]:
        """There are no special tokens to add."""
        del add_special_tokens
        ids: list[int] = []
        for part in self._special_split.split(text):
            if part in self._special:
                ids.append(self._special[part])
                continue
            for word in _SPLIT.findall(part):
                ids += self._merge([bytes((byte,)) for byte in word.encode()])
        return ids

    def decode(self, token_ids: list[int], *, skip_special_tokens: bool = False) -> str:
        """The text."""
        return self._file.decode(token_ids, keep_special=not skip_special_tokens)

    def token_bytes(self, token: int) -> bytes:
        """Nothing for special ones."""
        return self._file.token_bytes(token) or b""

    def apply_chat_template(
        self, conversation: list[dict[str, Any]], *, tokenize: bool = True, add_generation_prompt: bool = False,
        continue_final_message: bool = False,
    ) -> str:  # fmt: skip
        """Returns text only when asked; otherwise something that is no list of ids."""
        if tokenize:
            raise AssertionError("returns a BatchEncoding in new versions")
        if any(message["role"] not in ("system", "user", "assistant", "tool") for message in conversation):
            raise ValueError("Unknown role")
        text = "".join(f"<|im_start|>{one['role']}\n{one['content']}<|im_end|>\n" for one in conversation)
        if continue_final_message:
            return text.removesuffix("<|im_end|>\n")
        return text + ("<|im_start|>assistant\n" if add_generation_prompt else "")

    def _merge(self, parts: list[bytes]) -> list[int]:
        # Ids are in the order of the merges: the lowest pair is joined first.
        while True:
            pairs = [(self._ids.get(a + b, 1 << 30), at) for at, (a, b) in enumerate(pairwise(parts))]
            best = min(pairs, default=(1 << 30, 0))
            if best[0] == 1 << 30:
                return [self._ids[part] for part in parts]
            at = best[1]
            parts[at : at + 2] = [parts[at] + parts[at + 1]]
