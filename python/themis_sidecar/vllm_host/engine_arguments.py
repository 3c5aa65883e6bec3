"""vLLM's engine arguments, as they stand on the command line after `--`."""

from __future__ import annotations

import dataclasses
import json
import re
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vllm import AsyncEngineArgs

_TRUE, _FALSE = ("true", "1"), ("false", "0")


def read_engine_arguments(words: Sequence[str], kind: type[AsyncEngineArgs]) -> AsyncEngineArgs:
    """The arguments as vLLM's own class; ValueError says what is wrong with them."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    values: dict[str, Any] = {}
    left = list(words)
    while left:
        word = left.pop(0)
        option, has_value, text = word.partition("=")
        if not option.startswith("--") or option == "--":
            raise ValueError(f"'{word}' after -- is no option; vLLM's engine arguments are --name VALUE.")
        name = option[2:].replace("-", "_")
        is_off = name not in fields and name.startswith("no_")
        name = name.removeprefix("no_") if is_off else name
        if name not in fields:
            raise ValueError(f"{option} after -- is no engine argument of this vLLM.")
        if name in values:
            raise ValueError(f"{option} is given twice.")
        kinds = _kinds(fields[name])
        if "bool" in kinds and not has_value:
            values[name] = not is_off
            continue
        if is_off:
            raise ValueError(f"{option}: {name} is not one of those that are on or off.")
        if not has_value:
            if not left:
                raise ValueError(f"{option} after -- needs a value.")
            text = left.pop(0)
        values[name] = _read_value(option, text, kinds)
    if not values.get("model"):
        raise ValueError("--engine vllm needs the model: -- --model FOLDER")
    return kind(**values)


def _kinds(field: dataclasses.Field[object]) -> set[str]:
    """The words of a field's type, be it one or the text of one; a type of a name of its own shows by its default."""
    given: object = field.type
    text = given.__name__ if isinstance(given, type) else str(given)
    # The values of a Literal are no types.
    kinds = set(re.findall(r"\w+", re.sub(r"Literal\[([^\]]*)\]", _kind_of_values, text)))
    return kinds | {type(field.default).__name__} & {"bool", "int", "float"}


def _kind_of_values(literal: re.Match[str]) -> str:
    return "int" if re.fullmatch(r"[-\d, ]+", literal[1]) else "str"


def _read_value(option: str, text: str, kinds: set[str]) -> object:
    if "bool" in kinds and text.lower() in (*_TRUE, *_FALSE):
        return text.lower() in _TRUE
    for name, read in (("int", int), ("float", float)):
        if name in kinds:
            try:
                return read(text)
            except ValueError:
                continue
    if text[:1] in "{[" and kinds - {"str"}:
        try:
            return cast("object", json.loads(text))
        except ValueError as e:
            raise ValueError(f"{option}: the value begins like JSON and is none.") from e
    if kinds & {"int", "float", "bool"} and not kinds & {"str", "dict", "list", "Any"}:
        raise ValueError(f"{option}: expected a number, not '{text}'.")
    return text
