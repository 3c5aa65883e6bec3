"""STEP: new tokens of many generations, in columns."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import MAX_FRAME_BYTES, MAX_JSON_BYTES, MAX_REQUESTS, MAX_TOP_LOGPROBS, STEP
from themis_sidecar.wire.sections import Sections, build, is_utf8
from themis_sidecar.wire.strict_json import read_json

COUNTS, TEXT, LOGPROBS, DETAILS = STEP.flags.values()


class TokenLogprob(NamedTuple):
    """How probable a token was: natural logarithms, alternatives best first."""

    logprob: float
    top: tuple[tuple[int, float], ...] = ()


class StepRow(NamedTuple):
    """What one generation got."""

    handle: int
    ids: list[int]
    text: bytes = b""
    details: bytes = b""
    logprobs: list[TokenLogprob] | None = None


class StepBuilder:
    """Gathers rows and writes them as one frame. A row of one id alone may be added to `handles` and `ids` directly."""

    def __init__(self, *, with_logprobs: bool = False) -> None:
        """Starts empty; rows with probabilities have a builder of their own."""
        self.handles = array("I")
        self.ids = array("i")
        # Rows that are not one id alone, by their index.
        self._counts: list[tuple[int, int]] = []
        self._texts: list[tuple[int, bytes]] = []
        self._details: list[tuple[int, bytes]] = []
        self._with_logprobs = with_logprobs
        self._logprobs: list[TokenLogprob] = []
        self._extra_bytes = 0

    @property
    def size(self) -> int:
        """The most that the frame can be long."""
        return STEP.size + 16 * len(self.handles) + 4 * len(self.ids) + self._extra_bytes + 8

    def add(self, row: StepRow) -> None:
        """Adds a row of any kind; probabilities are there for every id exactly in a builder that takes them."""
        index = len(self.handles)
        self.handles.append(row.handle)
        self.ids.extend(row.ids)
        if len(row.ids) != 1:
            self._counts.append((index, len(row.ids)))
        if row.text:
            self._texts.append((index, row.text))
        if row.details:
            self._details.append((index, row.details))
        if self._with_logprobs:
            self._logprobs += row.logprobs or ()
        self._extra_bytes += extra_bytes(row)

    def take(self) -> bytes:
        """The frame; the builder is empty afterwards. There is at least one row."""
        handles, ids = self.handles, self.ids
        flags = 0
        columns = [handles.tobytes()]
        if self._counts:
            flags |= COUNTS
            columns.append(_column(len(handles), 1, self._counts))
        columns.append(ids.tobytes())
        if self._texts or self._details or self._with_logprobs:
            flags |= self._add_optional(columns)
        frame = build(STEP, flags, (len(handles), len(ids)), *columns)
        del handles[:], ids[:], self._counts[:]
        self._extra_bytes = 0
        return frame

    def _add_optional(self, columns: list[bytes]) -> int:
        flags, rows = 0, len(self.handles)
        for flag, pieces in ((TEXT, self._texts), (DETAILS, self._details)):
            if pieces:
                flags |= flag
                columns.append(_column(rows, 0, [(index, len(piece)) for index, piece in pieces]))
        if self._with_logprobs:
            flags |= LOGPROBS
            tops = [top for token in self._logprobs for top in token.top]
            columns += (
                array("f", [token.logprob for token in self._logprobs]).tobytes(),
                array("I", [len(token.top) for token in self._logprobs]).tobytes(),
                array("i", [top[0] for top in tops]).tobytes(),
                array("f", [top[1] for top in tops]).tobytes(),
            )
        columns += [piece for _, piece in self._texts]
        columns += [piece for _, piece in self._details]
        del self._texts[:], self._details[:], self._logprobs[:]
        return flags


def extra_bytes(row: StepRow) -> int:
    """What a row takes beside handle, sizes and ids."""
    tops = 8 * sum(1 + len(token.top) for token in row.logprobs) if row.logprobs else 0
    return len(row.text) + len(row.details) + tops


def _column(rows: int, usual: int, others: list[tuple[int, int]]) -> bytes:
    column = array("I", [usual]) * rows
    for index, value in others:
        column[index] = value
    return column.tobytes()


class StepFrame(NamedTuple):
    """A frame that was read."""

    flags: int
    rows: list[StepRow]


def read_step(frame: bytes) -> StepFrame:
    """Reads one whose header was checked."""
    _, _, flags, _, rows, tokens = STEP.struct.unpack_from(frame)
    if rows == 0:
        raise violation("STEP has no rows.")
    if rows > MAX_REQUESTS:
        raise over_limit("STEP has more rows than its limit.")
    if not flags & COUNTS and tokens != rows:
        raise violation("STEP has another number of tokens than of rows, and no counts.")
    columns = _read_numbers(frame, flags, rows, tokens)
    return StepFrame(flags, _read_rows(frame, flags, columns))


class _Columns(NamedTuple):
    handles: list[int]
    counts: list[int]
    ids: list[int]
    text_bytes: list[int]
    detail_bytes: list[int]
    logprobs: list[float]
    top_counts: list[int]
    size: int
    """Length of the columns that were read."""


def _read_numbers(frame: bytes, flags: int, rows: int, tokens: int) -> _Columns:
    """The columns whose lengths the fixed part says; their sums say the lengths of the others."""
    per_row = 1 + bool(flags & COUNTS) + bool(flags & TEXT) + bool(flags & DETAILS)
    size = 4 * (rows * per_row + tokens * (3 if flags & LOGPROBS else 1))
    if STEP.size + size > len(frame):
        raise violation("STEP has columns that do not fit.")
    view = memoryview(frame)[STEP.size : STEP.size + size].cast("I")
    numbers = view.tolist()
    at = 0

    def take(count: int) -> list[int]:
        nonlocal at
        at += count
        return numbers[at - count : at]

    handles = take(rows)
    counts = take(rows) if flags & COUNTS else [1] * rows
    start = at
    take(tokens)
    ids = list(memoryview(frame)[STEP.size + 4 * start : STEP.size + 4 * at].cast("i"))
    text_bytes = take(rows) if flags & TEXT else [0] * rows
    detail_bytes = take(rows) if flags & DETAILS else [0] * rows
    logprobs: list[float] = []
    top_counts: list[int] = []
    if flags & LOGPROBS:
        start = at
        take(tokens)
        logprobs = list(memoryview(frame)[STEP.size + 4 * start : STEP.size + 4 * at].cast("f"))
        top_counts = take(tokens)
    if max(top_counts, default=0) > MAX_TOP_LOGPROBS:
        raise over_limit("STEP has a token with more alternatives than its limit.")
    if max(detail_bytes) > MAX_JSON_BYTES:
        raise over_limit("STEP has a row with details over their limit.")
    if sum(counts) != tokens:
        raise violation("STEP has counts that are not those of its tokens.")
    if min(handles) == 0 or min(ids, default=0) < 0:
        raise violation("STEP has no handle for a row, or a negative token id.")
    return _Columns(handles, counts, ids, text_bytes, detail_bytes, logprobs, top_counts, size)


def _read_rows(frame: bytes, flags: int, columns: _Columns) -> list[StepRow]:
    tops, texts, details = sum(columns.top_counts), sum(columns.text_bytes), sum(columns.detail_bytes)
    rest = columns.size + 8 * tops + texts + details
    if rest > MAX_FRAME_BYTES:
        raise violation("STEP has columns that do not fit.")
    sections = Sections(frame, STEP.size, rest)
    sections.take(columns.size)
    top_ids, top_logprobs = sections.numbers(tops, "i"), sections.numbers(tops, "f")
    probabilities = _read_logprobs(columns, list(zip(top_ids.tolist(), top_logprobs.tolist(), strict=True)))
    text = [sections.take(length) for length in columns.text_bytes]
    detail = [sections.take(length) for length in columns.detail_bytes]
    if not all(map(is_utf8, text)) or not all(map(_is_object, detail)):
        raise violation("STEP has a text that is not UTF-8, or details that are no object.")
    rows: list[StepRow] = []
    start = 0
    for index, handle in enumerate(columns.handles):
        end = start + columns.counts[index]
        logprobs = probabilities[start:end] if flags & LOGPROBS else None
        rows.append(StepRow(handle, columns.ids[start:end], text[index], detail[index], logprobs))
        start = end
    return rows


def _read_logprobs(columns: _Columns, tops: list[tuple[int, float]]) -> list[TokenLogprob]:
    tokens: list[TokenLogprob] = []
    start = 0
    for logprob, count in zip(columns.logprobs, columns.top_counts, strict=True):
        tokens.append(TokenLogprob(logprob, tuple(tops[start : start + count])))
        start += count
    return tokens


def _is_object(text: bytes) -> bool:
    if not text:
        return True
    try:
        read_json(text)
    except ValueError:
        return False
    return True
