"""vLLM's objects are packed and unpacked here as they will be on their way to its engine, which dies of what fails."""

from __future__ import annotations

import importlib
import logging
from typing import TYPE_CHECKING, Protocol, cast

from themis_sidecar.failures import invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

_log = logging.getLogger(__name__)


class _Packing(Protocol):
    def encode(self, value: object) -> bytes: ...

    def decode(self, data: bytes, *, type: type) -> object: ...  # noqa: A002 - msgspec's name


class _Msgspec(Protocol):
    @property
    def msgpack(self) -> _Packing: ...


class RoundTrip:
    """A second look at what was checked already; does nothing where msgspec is not, or cannot do it."""

    def __init__(self, known_good: Mapping[str, object]) -> None:
        """Takes an object of each form that is right: where it does not pass, this check is worth nothing."""
        self._forms: set[str] = set()
        self._msgspec: _Msgspec | None = None
        try:
            msgspec = cast("_Msgspec", importlib.import_module("msgspec"))
        except ImportError:
            _log.info("msgspec is not there; options are checked by the sidecar's own rules alone")
            return
        self._msgspec = msgspec
        self._forms = {form for form, one in known_good.items() if self._can_pass(form, one)}

    def check(self, value: object, form: str, parameter: str) -> None:
        """Refuses what the engine could not unpack."""
        if form not in self._forms:
            return
        try:
            self._pass(value)
        except Exception as e:
            raise invalid(parameter, "An option has a type or value that vLLM's engine cannot take.") from e

    def _can_pass(self, form: str, value: object) -> bool:
        try:
            self._pass(value)
        except Exception as e:
            _log.info("msgspec cannot pack %s; the sidecar's own rules stand alone there cause=%r", form, e)
            return False
        return True

    def _pass(self, value: object) -> None:
        if self._msgspec is not None:
            self._msgspec.msgpack.decode(self._msgspec.msgpack.encode(value), type=type(value))
