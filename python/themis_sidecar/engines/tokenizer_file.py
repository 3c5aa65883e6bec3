"""The text of each token, from a tokenizer.json of the byte-level kind."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from pathlib import Path


class TokenizerFile:
    """What a model's folder says about its tokens."""

    def __init__(self, folder: Path) -> None:
        """Reads tokenizer.json, tokenizer_config.json and generation_config.json; ValueError says what is wrong."""
        tokenizer = _read(folder / "tokenizer.json")
        config = _read(folder / "tokenizer_config.json")
        try:
            model = cast("dict[str, object]", tokenizer["model"])
            vocab = cast("dict[str, int]", model["vocab"])
            added = cast("list[dict[str, object]]", tokenizer["added_tokens"])
            decoder = cast("dict[str, object]", tokenizer["decoder"])["type"]
            self.special = {cast("int", one["id"]): cast("str", one["content"]) for one in added if one["special"]}
            self.max_context_tokens = int(cast("int", config["model_max_length"]))
            self.end_ids = self._read_end_ids(folder, cast("str", config["eos_token"]))
        except (KeyError, TypeError) as e:
            raise ValueError(f"the tokenizer in {folder} lacks {e}") from e
        if decoder != "ByteLevel":
            raise ValueError(f"{folder / 'tokenizer.json'} has a decoder that is not ByteLevel")
        letters = _byte_letters()
        try:
            self._bytes = {
                token: bytes(letters[letter] for letter in text)
                for text, token in vocab.items()
                if token not in self.special
            }
        except KeyError as e:
            raise ValueError(f"{folder / 'tokenizer.json'} has a token with {e}, which stands for no byte") from e

    def token_bytes(self, token: int) -> bytes | None:
        """The bytes of a token; None for a special one, and for one that is not in the vocabulary."""
        return self._bytes.get(token)

    def is_known(self, token: int) -> bool:
        """Whether the token is in the vocabulary."""
        return token in self._bytes or token in self.special

    def decode(self, ids: list[int], *, keep_special: bool) -> str:
        """The text of ids that are all known."""
        pieces = [
            self._bytes[token] if token in self._bytes else self.special[token].encode() if keep_special else b""
            for token in ids
        ]
        return b"".join(pieces).decode(errors="replace")

    def _read_end_ids(self, folder: Path, eos: str) -> frozenset[int]:
        ids = {token for token, text in self.special.items() if text == eos}
        path = folder / "generation_config.json"
        given = _read(path).get("eos_token_id") if path.is_file() else None
        if isinstance(given, int):
            ids.add(given)
        elif isinstance(given, list):
            ids.update(cast("list[int]", given))
        return frozenset(ids)


def _read(path: Path) -> dict[str, object]:
    try:
        value = cast("object", json.loads(path.read_text()))
    except OSError as e:
        raise ValueError(f"{path} cannot be read: {e.strerror}") from e
    except ValueError as e:
        raise ValueError(f"{path} is no JSON: {e}") from e
    members = cast("dict[str, object]", value) if isinstance(value, dict) else None
    if members is None:
        raise ValueError(f"{path} holds no JSON object")
    return members


def _byte_letters() -> dict[str, int]:
    """GPT-2's alphabet: printable bytes stand for themselves, all others for letters from 256 on."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in printable]
    letters = {chr(byte): byte for byte in printable}
    letters.update({chr(256 + index): byte for index, byte in enumerate(others)})
    return letters
