"""JSON of a peer: one object, of limited depth, without duplicate members, null in lists, or what is not Unicode."""

from __future__ import annotations

import json
from typing import cast

from themis_sidecar.wire.layout import MAX_JSON_DEPTH

JsonObject = dict[str, object]

# No number of the frames has more digits; longer ones only cost time to read.
_MAX_DIGITS = 20


def read_json(data: bytes) -> JsonObject:
    """Reads an object; ValueError says that the bytes are none."""
    try:
        value = cast(
            "object",
            json.loads(
                data.decode(), object_pairs_hook=_distinct, parse_constant=_refuse_constant, parse_int=_read_int
            ),
        )
    except RecursionError:
        raise ValueError("it is too deep") from None
    members = cast("JsonObject", value) if isinstance(value, dict) else None
    if members is None:
        raise ValueError("it is no object")
    _check(members, MAX_JSON_DEPTH)
    return members


def write_json(value: object) -> bytes:
    """The compact form of an object."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _distinct(pairs: list[tuple[str, object]]) -> JsonObject:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a member stands twice")
    return members


def _refuse_constant(_: str) -> object:
    raise ValueError("a number is none")


def _read_int(digits: str) -> int:
    if len(digits) > _MAX_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _check(value: object, depth: int) -> None:
    if isinstance(value, str):
        # An escape that is half of a surrogate pair is no text.
        value.encode()
    elif isinstance(value, (dict, list)):
        if depth == 0:
            raise ValueError("it is too deep")
        members = cast("list[object]", value)
        if isinstance(value, dict):
            named = cast("JsonObject", value)
            members = [*named.keys(), *named.values()]
        elif None in members:
            raise ValueError("a list holds null")
        for member in members:
            _check(member, depth - 1)
