#!/usr/bin/env python3
"""Writes protos/wire/vectors/: the frames, sessions, segments and rings that both sides must treat alike.

Uses neither codec, only protos/wire/layout.json and struct, so that a mistake in one codec shows. Deterministic. With
--check it writes nothing and fails when a file is not what it would write.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from wirevectors.encoding import WIRE, encode
from wirevectors.faults import bad_frames
from wirevectors.frames import good_frames
from wirevectors.rings import rings, segments
from wirevectors.sessions import sessions

if TYPE_CHECKING:
    from wirevectors.encoding import Fields


# What only a later version would write.
READ_ONLY = {"hello-of-a-later-minor"}


def named_once(vectors: list[Fields]) -> str:
    """The file's text: one vector a line, so that a change shows as one line."""
    names = [vector["name"] for vector in vectors]
    if len(set(names)) != len(names):
        raise ValueError(f"a name stands twice: {[name for name in names if names.count(name) > 1]}")
    return "[\n" + ",\n".join(json.dumps(vector, ensure_ascii=False) for vector in vectors) + "\n]\n"


def main() -> int:
    """Writes or checks the files."""
    good: list[Fields] = [
        {"name": name, "from": sender, "frame": frame, "hex": encode(frame).hex()}
        for name, sender, frame in good_frames()
    ]
    for vector in good:
        if vector["name"] in READ_ONLY:
            vector["read_only"] = True
    stale = 0
    files = {
        "frames": good,
        "frames.fail": bad_frames(),
        "sessions": sessions(),
        "segments": segments(),
        "rings": rings(),
    }
    for name, vectors in files.items():
        path, text = WIRE / "vectors" / f"{name}.json", named_once(vectors)
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            sys.stderr.write(f"{path.name} is stale: run scripts/make-vectors.py\n")
            stale = 1
    return stale


if __name__ == "__main__":
    sys.exit(main())
