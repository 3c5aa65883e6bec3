"""What a listener answers, but for STEP: ACCEPTED, RESULT, END, ERROR."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, NamedTuple

from themis_sidecar.failures import over_limit, violation
from themis_sidecar.wire.layout import (
    ACCEPTED,
    END,
    ERROR,
    MAX_CREDIT,
    MAX_FRAME_BYTES,
    MAX_JSON_BYTES,
    MAX_MESSAGE_BYTES,
    MAX_NAME_BYTES,
    MAX_PARAMETER_BYTES,
    MAX_STOP_BYTES,
    RESULT,
)
from themis_sidecar.wire.sections import Sections, build, is_utf8
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Failure, Finish, ResultKind, Role, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from themis_sidecar.failures import BridgeError

# What both languages count with.
_MAX_NUMBER = 2**31 - 1


class AcceptedFrame(NamedTuple):
    """ACCEPTED: a generation was admitted."""

    handle: int
    seed: int | None = None
    ids: Sequence[int] = ()
    model: bytes = b""
    engine_id: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        return build(
            ACCEPTED, 0 if self.seed is None else 1,
            (self.handle, self.seed or 0, len(self.ids), len(self.model), len(self.engine_id)),
            array("i", self.ids).tobytes(), self.model, self.engine_id,
        )  # fmt: skip


class ResultFrame(NamedTuple):
    """RESULT: the answer of everything that is no generation, as the bytes of its data."""

    handle: int
    kind: ResultKind
    items: int
    extra: int
    data: bytes

    def write(self) -> bytes:
        """The frame."""
        return build(RESULT, 0, (self.handle, self.kind, 0, 0, self.items, self.extra), self.data)


class EndFrame(NamedTuple):
    """END: a request is complete. A number that is None is not known."""

    handle: int
    finish: Finish = Finish.NONE
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    completion_tokens: int | None = None
    stop_id: int | None = None
    stop: bytes = b""

    def write(self) -> bytes:
        """The frame."""
        numbers = self[2:6]
        flags = sum(1 << bit for bit, number in enumerate(numbers) if number is not None)
        return build(
            END, flags, (self.handle, self.finish, 0, len(self.stop), *(number or 0 for number in numbers)), self.stop
        )


class ErrorFrame(NamedTuple):
    """ERROR: a request failed, or with handle 0 the connection."""

    handle: int
    code: Failure
    stage: Stage
    parameter: bytes = b""
    message: bytes = b""
    retry_after_ms: int | None = None

    def write(self) -> bytes:
        """The frame."""
        return build(
            ERROR, 0 if self.retry_after_ms is None else 1,
            (self.handle, self.code, self.stage, len(self.parameter), self.retry_after_ms or 0, len(self.message), 0),
            self.parameter, self.message,
        )  # fmt: skip

    @staticmethod
    def of(handle: int, error: BridgeError, stage: Stage) -> ErrorFrame:
        """An error for the wire; what is too long is cut between two characters."""
        return ErrorFrame(
            handle, error.failure, stage, _cut(error.parameter, MAX_PARAMETER_BYTES),
            _cut(error.message, MAX_MESSAGE_BYTES), error.retry_after_ms,
        )  # fmt: skip


def _cut(text: str, limit: int) -> bytes:
    return text.encode(errors="replace")[:limit].decode(errors="ignore").encode()


def read_accepted(frame: bytes) -> AcceptedFrame:
    """Reads one whose header was checked."""
    _, _, flags, _, handle, seed, id_count, model, engine_id = ACCEPTED.struct.unpack_from(frame)
    if handle == 0 or (seed and not flags):
        raise violation("ACCEPTED has no handle, or a seed without its flag.")
    if model > MAX_NAME_BYTES or engine_id > MAX_NAME_BYTES:
        raise over_limit("ACCEPTED has a name over its limit.")
    sections = Sections(frame, ACCEPTED.size, 4 * id_count + model + engine_id)
    ids = sections.numbers(id_count, "i")
    accepted = AcceptedFrame(handle, seed if flags else None, ids, sections.take(model), sections.take(engine_id))
    if min(ids, default=0) < 0 or not is_utf8(accepted.model) or not is_utf8(accepted.engine_id):
        raise violation("ACCEPTED has a negative token id, or a name that is not UTF-8.")
    return accepted


def read_result(frame: bytes) -> ResultFrame:
    """Reads one whose header was checked."""
    _, _, _, _, handle, kind, reserved0, reserved1, count, extra = RESULT.struct.unpack_from(frame)
    if handle == 0 or not 1 <= kind <= ResultKind.JSON or reserved0 or reserved1:
        raise violation("RESULT has no handle, an unknown kind, or a reserved field that is not zero.")
    is_text = kind in (ResultKind.TEXT, ResultKind.JSON)
    is_vectors = kind == ResultKind.EMBEDDING
    if (is_text and extra) or (is_vectors and not (count and extra)) or extra > MAX_CREDIT:
        raise violation("RESULT has a count or extra that its kind cannot have.")
    if kind == ResultKind.JSON and count > MAX_JSON_BYTES:
        raise over_limit("RESULT has JSON over its limit.")
    length = count if is_text else 4 * count * (extra if is_vectors else 1)
    if length > MAX_FRAME_BYTES:
        raise violation("RESULT has more data than a frame can hold.")
    data = Sections(frame, RESULT.size, length).take(length)
    _check_data(kind, data)
    return ResultFrame(handle, ResultKind(kind), count, extra, data)


def _check_data(kind: int, data: bytes) -> None:
    if kind == ResultKind.IDS and min(memoryview(data).cast("i"), default=0) < 0:
        raise violation("RESULT has a negative token id.")
    if kind == ResultKind.TEXT and not is_utf8(data):
        raise violation("RESULT has a text that is not UTF-8.")
    if kind == ResultKind.JSON:
        try:
            read_json(data)
        except ValueError as e:
            raise violation("RESULT has JSON that is none.") from e


def read_end(frame: bytes) -> EndFrame:
    """Reads one whose header was checked."""
    _, _, flags, _, handle, finish, reserved, stop_bytes, *numbers = END.struct.unpack_from(frame)
    if handle == 0 or finish > Finish.REPETITION or reserved:
        raise violation("END has no handle, an unknown finish, or a reserved field that is not zero.")
    if any(number and not flags >> bit & 1 for bit, number in enumerate(numbers)):
        raise violation("END has a number without its flag.")
    if not 0 <= min(numbers) <= max(numbers) <= _MAX_NUMBER:
        raise violation("END has a number below 0 or over 2^31 - 1.")
    if stop_bytes > MAX_STOP_BYTES:
        raise over_limit("END has a stop string over its limit.")
    stop = Sections(frame, END.size, stop_bytes).take(stop_bytes)
    if not is_utf8(stop):
        raise violation("END has a stop string that is not UTF-8.")
    prompt, cached, completion, stop_id = (number if flags >> bit & 1 else None for bit, number in enumerate(numbers))
    return EndFrame(handle, Finish(finish), prompt, cached, completion, stop_id, stop)


def read_error(frame: bytes, sender: Role) -> ErrorFrame:
    """Reads one whose header was checked. A client gives up connections alone."""
    _, _, flags, _, handle, code, stage, parameter, retry_after_ms, message, reserved = ERROR.struct.unpack_from(frame)
    if not 1 <= code <= Failure.CANCELLED or not 1 <= stage <= Stage.STREAM or reserved:
        raise violation("ERROR has an unknown code or stage, or a reserved field that is not zero.")
    if handle and sender == Role.CLIENT:
        raise violation("A client sent ERROR for a request.")
    if retry_after_ms and not flags:
        raise violation("ERROR has a time without its flag.")
    if parameter > MAX_PARAMETER_BYTES or message > MAX_MESSAGE_BYTES:
        raise over_limit("ERROR has a text over its limit.")
    sections = Sections(frame, ERROR.size, parameter + message)
    texts = sections.take(parameter), sections.take(message)
    if not all(map(is_utf8, texts)):
        raise violation("ERROR has a text that is not UTF-8.")
    return ErrorFrame(handle, Failure(code), Stage(stage), *texts, retry_after_ms if flags else None)
