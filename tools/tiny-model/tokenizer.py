"""The tokenizer of themis-tiny: byte-level BPE with GPT-2's way of splitting, trained on the corpus itself."""

from __future__ import annotations

import collections
import math
import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

VOCAB = 1024
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]


def byte_alphabet() -> dict[int, str]:
    """The printable stand-in for each byte that GPT-2's byte-level BPE uses."""
    shown = list(range(33, 127)) + list(range(161, 173)) + list(range(174, 256))
    table, extra = {b: chr(b) for b in shown}, 0
    for b in range(256):
        if b not in table:
            table[b] = chr(256 + extra)
            extra += 1
    return table


# GPT-2's pattern, for the letters that the corpus has (re has no \p classes).
SPLIT = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?[^\s\w]+| ?_+|\s+(?!\S)|\s+")


def split_words(text: str) -> list[str]:
    """The pieces of a text that BPE never joins."""
    return [match.group() for match in SPLIT.finditer(text)]


class Tokenizer:
    """Learns merges from texts, then turns text into ids and back."""

    def __init__(self, texts: Iterable[str]) -> None:
        """Makes VOCAB tokens: the special ones, the bytes, then the most frequent pairs of the texts."""
        alphabet = byte_alphabet()
        self.shown = alphabet
        words = collections.Counter(word for text in texts for word in split_words(text))
        split = {w: [alphabet[b] for b in w.encode()] for w in words}
        self.tokens = [*SPECIAL, *(alphabet[b] for b in range(256))]
        self.merges: list[tuple[str, str]] = []
        while len(self.tokens) < VOCAB:
            pairs: collections.Counter[tuple[str, str]] = collections.Counter()
            for w, n in words.items():
                for pair in pairwise(split[w]):
                    pairs[pair] += n
            if not pairs:
                break
            best = max(pairs, key=lambda p: (pairs[p], p))
            self.merges.append(best)
            self.tokens.append(best[0] + best[1])
            for w in split:
                split[w] = self._merge(split[w], best)
        self.ids = {t: i for i, t in enumerate(self.tokens)}
        assert len(self.ids) == len(self.tokens)
        self.rank = {m: i for i, m in enumerate(self.merges)}

    def _rank_of(self, pair: tuple[str, str]) -> float:
        return self.rank.get(pair, math.inf)

    @staticmethod
    def _merge(parts: list[str], pair: tuple[str, str]) -> list[str]:
        out: list[str] = []
        i = 0
        while i < len(parts):
            if i + 1 < len(parts) and (parts[i], parts[i + 1]) == pair:
                out.append(parts[i] + parts[i + 1])
                i += 2
            else:
                out.append(parts[i])
                i += 1
        return out

    def encode(self, text: str) -> list[int]:
        """The ids of a text; special tokens in it are recognised."""
        out: list[int] = []
        for piece in re.split("(" + "|".join(map(re.escape, SPECIAL)) + ")", text):
            if piece in SPECIAL:
                out.append(self.ids[piece])
                continue
            for word in split_words(piece):
                parts = [self.shown[b] for b in word.encode()]
                while len(parts) > 1:
                    pair = min(pairwise(parts), key=self._rank_of)
                    if pair not in self.rank:
                        break
                    parts = self._merge(parts, pair)
                out += [self.ids[p] for p in parts]
        return out

    def decode(self, ids: Sequence[int]) -> str:
        """The text of ids, special tokens included."""
        back = {c: b for b, c in self.shown.items()}
        return b"".join(
            bytes(back[c] for c in self.tokens[i]) if i >= len(SPECIAL) else self.tokens[i].encode() for i in ids
        ).decode(errors="replace")
