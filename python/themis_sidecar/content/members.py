"""Takes a JSON object apart member by member, each with its type."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from themis_sidecar.failures import invalid

if TYPE_CHECKING:
    from themis_sidecar.wire.strict_json import JsonObject


class Members:
    """The members of one object. What is not taken in the end is unknown."""

    def __init__(self, value: object, field: str) -> None:
        """Takes an object; field is what errors name."""
        if not isinstance(value, dict):
            raise invalid(field, f"{field} holds what is no object.")
        self._left = dict(cast("JsonObject", value))
        self._field = field

    def take(self, name: str) -> object:
        """A member of any type; None for none."""
        return self._left.pop(name, None)

    def text(self, name: str) -> str:
        """A text that must be there."""
        value = self.optional_text(name)
        if value is None:
            raise invalid(self._field, f"{self._field} lacks '{name}'.")
        return value

    def optional_text(self, name: str) -> str | None:
        """A text."""
        value = self.take(name)
        if value is not None and not isinstance(value, str):
            raise self._wrong(name, "a text")
        return value

    def flag(self, name: str, *, default: bool) -> bool:
        """Yes or no."""
        value = self.take(name)
        if value is None:
            return default
        if not isinstance(value, bool):
            raise self._wrong(name, "true or false")
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self._wrong(name, "a number")
        return float(value)

    def items(self, name: str) -> list[object] | None:
        """A list of anything."""
        value = self.take(name)
        if value is not None and not isinstance(value, list):
            raise self._wrong(name, "a list")
        return cast("list[object] | None", value)

    def texts(self, name: str) -> list[str] | None:
        """A list of texts."""
        items = self.items(name)
        if items is None:
            return None
        texts = [item for item in items if isinstance(item, str)]
        if len(texts) != len(items):
            raise self._wrong(name, "a list of texts")
        return texts

    def unknown(self) -> str | None:
        """The name of a member that was not taken, if it can be repeated as it is."""
        name = next(iter(self._left), None)
        if name is None:
            return None
        return name if name.isascii() and name.replace("_", "").isalnum() and len(name) <= 64 else "json"

    def finish(self) -> None:
        """Refuses what is left."""
        name = self.unknown()
        if name is not None:
            raise invalid(self._field, f"{self._field} has a member '{name}' that is not known here. Leave it out.")

    def _wrong(self, name: str, expected: str) -> Exception:
        return invalid(self._field, f"'{name}' in {self._field} must be {expected}.")
