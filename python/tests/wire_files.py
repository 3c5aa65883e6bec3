"""The files of protos/wire, which both codecs are tested with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

ROOT = Path(__file__).resolve().parents[2]
WIRE = ROOT / "protos/wire"
MODEL = ROOT / "models/themis-tiny"

Fields = dict[str, Any]

LAYOUT = cast("Fields", json.loads((WIRE / "layout.json").read_text()))


def vectors(name: str) -> list[Fields]:
    """The vectors of one file; a missing file fails."""
    return cast("list[Fields]", json.loads((WIRE / "vectors" / f"{name}.json").read_text()))


def questions() -> list[Fields]:
    """The 50 questions with their answers."""
    return cast("list[Fields]", json.loads((MODEL / "expected.json").read_text()))
