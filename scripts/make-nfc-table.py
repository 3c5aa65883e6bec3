#!/usr/bin/python3
"""Writes src/Tokenization/Text/Normalization/nfc.txt: what composing text to Unicode's form C needs to know.

.NET normalizes text through ICU, which is absent where globalization is invariant (as here), and then returns it as it
was. The table is that of Unicode 9.0, because Hugging Face's tokenizers normalize by that version; Python has the data
of a later one (which may only add to it) and perl knows which characters are older.

Lines: `C first last class` for combining classes; `D character first second` for decompositions that are composed
again; `S character first [second]` for those that are not (singletons and composition exclusions).
"""

import subprocess
import sys
import unicodedata
from pathlib import Path

TARGET = Path(__file__).parent.parent / "src/Tokenization/Text/Normalization/nfc.txt"
VERSION = "9.0"


def assigned() -> set[int]:
    """The code points that the version knows."""
    program = rf"for (0..0x10FFFF) {{ print qq($_\n) if chr($_) =~ /\p{{Present_In: {VERSION}}}/ }}"
    listing = subprocess.run(["perl", "-e", program], check=True, capture_output=True, text=True).stdout
    return {int(line) for line in listing.split()}


def combining_classes(known: set[int]) -> list[str]:
    """The lines for combining classes, one per range."""
    lines: list[str] = []
    first = last = combining = 0
    for code in range(sys.maxunicode + 2):
        now = unicodedata.combining(chr(code)) if code in known else 0
        if now == combining:
            last = code
            continue
        if combining:
            lines.append(f"C {first:04X} {last:04X} {combining}")
        first = last = code
        combining = now
    return lines


def decompositions(known: set[int]) -> list[str]:
    """The lines for decompositions."""
    lines: list[str] = []
    for code in sorted(known):
        parts = unicodedata.decomposition(chr(code))
        if not parts or parts.startswith("<"):
            continue
        composes = unicodedata.normalize("NFC", chr(code)) == chr(code)
        lines.append(f"{'D' if composes else 'S'} {code:04X} {parts}")
    return lines


def main() -> None:
    """Write the table."""
    known = assigned()
    header = f"# Made by scripts/make-nfc-table.py: Unicode {VERSION}."
    lines = [header, *combining_classes(known), *decompositions(known)]
    TARGET.write_text("\n".join(lines) + "\n", encoding="ascii")


if __name__ == "__main__":
    main()
