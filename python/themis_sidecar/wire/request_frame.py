"""REQUEST: generate, embed, tokenize or detokenize. Texts and JSON are looked at in themis_sidecar.content."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import (
    MAX_CREDIT,
    MAX_JSON_BYTES,
    MAX_NAME_BYTES,
    MAX_REQUEST_ID_BYTES,
    MAX_STOP_IDS,
    MAX_TENANT_BYTES,
    MAX_TRACEPARENT_BYTES,
    REQUEST,
)
from themis_sidecar.wire.sections import Sections, build
from themis_sidecar.wire.words import Given, Option, PromptForm, RequestKind

if TYPE_CHECKING:
    from collections.abc import Sequence

_GENERATE_OPTIONS = 0xFF
_GENERATE_FIELDS = 0xFFF & ~int(Given.DIMENSIONS)
_TOKENIZE_OPTIONS = int(Option.ADD_SPECIAL_GIVEN | Option.ADD_SPECIAL)
# In the order of their bits.
_GIVEN_FIELDS = (
    "max_tokens", "min_tokens", "top_k", "seed", "logprobs", "dimensions", "temperature", "top_p", "min_p",
    "frequency_penalty", "presence_penalty", "repetition_penalty",
)  # fmt: skip


class RequestFrame(NamedTuple):
    """A request whose numbers and sizes are right. Ids lie in the frame."""

    handle: int
    kind: RequestKind
    prompt: PromptForm
    options: int = 0
    given: int = 0
    credit: int = 0
    total_ms: int = 0
    first_token_ms: int = 0
    idle_ms: int = 0
    priority: int = 0
    max_tokens: int = 0
    min_tokens: int = 0
    top_k: int = 0
    seed: int = 0
    logprobs: int = 0
    dimensions: int = 0
    temperature: float = 0.0
    top_p: float = 0.0
    min_p: float = 0.0
    frequency_penalty: float = 0.0
    presence_penalty: float = 0.0
    repetition_penalty: float = 0.0
    ids: Sequence[int] = ()
    stop_ids: Sequence[int] = ()
    model: bytes = b""
    request_id: bytes = b""
    traceparent: bytes = b""
    adapter: bytes = b""
    tenant: bytes = b""
    text: bytes = b""
    json: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        texts = self[24:]
        sizes = [len(text) for text in texts]
        return build(
            REQUEST, 0,
            (*self[:22], *sizes[:5], len(self.stop_ids), len(self.ids), *sizes[5:]),
            array("i", self.ids).tobytes(), array("i", self.stop_ids).tobytes(), *texts,
        )  # fmt: skip

    @property
    def content_bytes(self) -> int:
        """How much memory its prompt takes."""
        return 4 * len(self.ids) + len(self.text) + len(self.json) + REQUEST.size


def read_request(frame: bytes) -> RequestFrame:
    """Reads one whose header was checked."""
    values = REQUEST.struct.unpack_from(frame)[4:]
    numbers, sizes = values[:22], values[22:]
    _check_shape(numbers, sizes)
    _check_numbers(numbers)
    model, request_id, traceparent, adapter, tenant, stop_ids, ids, text, json = sizes
    if (
        model > MAX_NAME_BYTES
        or request_id > MAX_REQUEST_ID_BYTES
        or traceparent > MAX_TRACEPARENT_BYTES
        or adapter > MAX_NAME_BYTES
        or tenant > MAX_TENANT_BYTES
        or stop_ids > MAX_STOP_IDS
        or json > MAX_JSON_BYTES
        or numbers[5] > MAX_CREDIT
    ):
        raise over_limit("REQUEST has a size or credit over its limit.")
    texts = (model, request_id, traceparent, adapter, tenant, text, json)
    sections = Sections(frame, REQUEST.size, 4 * (ids + stop_ids) + sum(texts))
    return RequestFrame._make(
        (numbers[0], RequestKind(numbers[1]), PromptForm(numbers[2]), *numbers[3:],
         sections.numbers(ids, "i"), sections.numbers(stop_ids, "i"), *map(sections.take, texts))
    )  # fmt: skip


def _check_shape(numbers: tuple[int, ...], sizes: tuple[int, ...]) -> None:
    handle, kind, prompt, options, given = numbers[:5]
    if kind == RequestKind.GENERATE:
        right = (
            1 <= prompt <= PromptForm.CHAT
            and _has_only(prompt, sizes)
            and not options & ~_GENERATE_OPTIONS
            and not given & ~_GENERATE_FIELDS
        )
    elif kind == RequestKind.EMBED:
        right = (
            prompt == PromptForm.NONE
            and sizes[7] == 0
            and not options
            and not given & ~int(Given.DIMENSIONS)
            and _is_call(numbers, sizes)
        )
    elif kind == RequestKind.TOKENIZE:
        right = (
            prompt in (PromptForm.TEXT, PromptForm.CHAT)
            and _has_only(prompt, sizes)
            and not given
            and not options & ~_TOKENIZE_OPTIONS
            and options != Option.ADD_SPECIAL
            and _is_call(numbers, sizes)
        )
    else:
        right = (
            kind == RequestKind.DETOKENIZE
            and prompt == PromptForm.TOKENS
            and _has_only(prompt, sizes)
            and not given
            and not options & ~int(Option.KEEP_SPECIAL_TOKENS)
            and _is_call(numbers, sizes)
        )
    if not right or handle == 0:
        raise violation("REQUEST has no handle, or something that its kind does not have.")


def _has_only(prompt: int, sizes: tuple[int, ...]) -> bool:
    """Whether only the prompt's own section is filled."""
    return (sizes[6] == 0 or prompt == PromptForm.TOKENS) and (sizes[7] == 0 or prompt == PromptForm.TEXT)


def _is_call(numbers: tuple[int, ...], sizes: tuple[int, ...]) -> bool:
    """Whether credit, budgets of tokens, priority, adapter, tenant and stop ids are unused."""
    return not (numbers[5] or any(numbers[7:10]) or any(sizes[3:6]))


def _check_numbers(numbers: tuple[int | float, ...]) -> None:
    given = int(numbers[4])
    for bit, name in enumerate(_GIVEN_FIELDS):
        # Zero has one form alone: the sign of -0.0 is a bit that is not zero.
        value = numbers[10 + bit]
        if not given >> bit & 1 and (value or str(value)[0] == "-"):
            raise violation(f"REQUEST has {name} without its bit.")
