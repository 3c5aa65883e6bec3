"""vLLM's objects are packed and unpacked here as they will be on their way to its engine, which dies of what fails."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Protocol, cast

from themis_sidecar.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Iterable

_log = logging.getLogger(__name__)


class _Packing(Protocol):
    def encode(self, value: object) -> bytes: ...

    def decode(self, data: bytes, *, type: type) -> object: ...  # noqa: A002 - msgspec's name


class _Msgspec(Protocol):
    @property
    def msgpack(self) -> _Packing: ...

    @property
    def ValidationError(self) -> type[Exception]: ...  # noqa: N802 - msgspec's name


class RoundTrip:
    """A second look at what was checked already; does nothing where msgspec is not, or cannot do it."""

    def __init__(self, known_good: Iterable[object]) -> None:
        """Takes objects that are right: if they do not pass, this check is worth nothing and is left out."""
        self._msgspec: _Msgspec | None = None
        try:
            msgspec = cast("_Msgspec", importlib.import_module("msgspec"))
        except ImportError:
            _log.info("msgspec is not there; options are checked by the sidecar's own rules alone")
            return
        try:
            for one in known_good:
                msgspec.msgpack.decode(msgspec.msgpack.encode(one), type=type(one))
        except Exception as e:
            _log.warning("msgspec cannot pack vLLM's options; the sidecar's own rules stand alone cause=%r", e)
            return
        self._msgspec = msgspec

    def check(self, value: object, parameter: str) -> None:
        """Refuses what the engine could not unpack."""
        if self._msgspec is None:
            return
        try:
            self._msgspec.msgpack.decode(self._msgspec.msgpack.encode(value), type=type(value))
        except (self._msgspec.ValidationError, TypeError, OverflowError) as e:
            raise invalid(parameter, "An option has a type or value that vLLM's engine cannot take.") from e
