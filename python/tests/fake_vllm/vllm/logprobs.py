"""Logprob, one by one and in columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass
class Logprob:
    """How probable a token was."""

    logprob: float
    rank: int | None = None
    decoded_token: str | None = None


@dataclass
class FlatLogprobs:
    """Six lists: where each token's entries begin and end, and the entries, the chosen token first."""

    start_indices: list[int] = field(default_factory=list[int])
    end_indices: list[int] = field(default_factory=list[int])
    token_ids: list[int] = field(default_factory=list[int])
    logprobs: list[float] = field(default_factory=list[float])
    ranks: list[int | None] = field(default_factory=list["int | None"])
    decoded_tokens: list[str | None] = field(default_factory=list["str | None"])

    def __iter__(self) -> Iterator[dict[int, Logprob]]:
        """Token by token."""
        for start, end in zip(self.start_indices, self.end_indices, strict=True):
            yield {
                self.token_ids[at]: Logprob(self.logprobs[at], self.ranks[at], self.decoded_tokens[at])
                for at in range(start, end)
            }

    def append(self, token: int, chosen: Logprob, best: dict[int, Logprob]) -> None:
        """One more token: it comes twice if it is one of the best."""
        self.start_indices.append(len(self.token_ids))
        for one, entry in ((token, chosen), *best.items()):
            self.token_ids.append(one)
            self.logprobs.append(entry.logprob)
            self.ranks.append(entry.rank)
            self.decoded_tokens.append(entry.decoded_token)
        self.end_indices.append(len(self.token_ids))

    def extend(self, other: FlatLogprobs) -> None:
        """The tokens of another one behind these."""
        first = len(self.token_ids)
        self.start_indices += [first + at for at in other.start_indices]
        self.end_indices += [first + at for at in other.end_indices]
        self.token_ids += other.token_ids
        self.logprobs += other.logprobs
        self.ranks += other.ranks
        self.decoded_tokens += other.decoded_tokens
