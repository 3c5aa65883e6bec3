"""Reads the head of a GGUF v3 file, as the format's description has it; shares nothing with the writers it checks."""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

STRING, ARRAY = 8, 9
NUMBERS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
# For each tensor type: how many values a block holds, and its bytes.
BLOCKS = {0: (1, 4), 1: (1, 2), 8: (32, 34)}


@dataclass(frozen=True)
class TensorInfo:
    """A tensor as the head lists it; the offset counts from the start of the data."""

    sizes: tuple[int, ...]
    kind: int
    offset: int

    @property
    def byte_count(self) -> int:
        """How many bytes the tensor's data takes."""
        values, size = BLOCKS[self.kind]
        return math.prod(self.sizes) // values * size


@dataclass(frozen=True)
class GgufFile:
    """The head of a file, and its bytes from the first tensor on."""

    metadata: dict[str, Any]
    tensors: dict[str, TensorInfo]
    data: bytes

    @property
    def parameters(self) -> int:
        """How many weights the file holds."""
        return sum(math.prod(tensor.sizes) for tensor in self.tensors.values())

    def bytes_of(self, name: str) -> bytes:
        """The data of one tensor."""
        tensor = self.tensors[name]
        return self.data[tensor.offset : tensor.offset + tensor.byte_count]


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 0

    def number(self, code: str) -> Any:  # noqa: ANN401 (an int, a float or a bool, as the code says)
        (value,) = struct.unpack_from(f"<{code}", self.data, self.place)
        self.place += struct.calcsize(f"<{code}")
        return value

    def text(self) -> str:
        length: int = self.number("Q")
        self.place += length
        return self.data[self.place - length : self.place].decode()

    def value(self, kind: int) -> Any:  # noqa: ANN401 (as the kind says)
        if kind == STRING:
            return self.text()
        if kind == ARRAY:
            element: int = self.number("I")
            return [self.value(element) for _ in range(self.number("Q"))]
        return self.number(NUMBERS[kind])

    def tensor(self) -> TensorInfo:
        sizes = tuple(self.number("Q") for _ in range(self.number("I")))
        return TensorInfo(sizes, self.number("I"), self.number("Q"))


def read_gguf(path: Path) -> GgufFile:
    """Reads a whole file; every deviation from the format ends in an exception."""
    reader = _Reader(path.read_bytes())
    assert reader.data[:4] == b"GGUF"
    reader.place = 4
    assert reader.number("I") == 3
    tensor_count, key_count = reader.number("Q"), reader.number("Q")
    metadata = {reader.text(): reader.value(reader.number("I")) for _ in range(key_count)}
    tensors = {reader.text(): reader.tensor() for _ in range(tensor_count)}
    assert (len(metadata), len(tensors)) == (key_count, tensor_count), "a key or a tensor appears twice"
    alignment = metadata.get("general.alignment", 32)
    return GgufFile(metadata, tensors, reader.data[-(-reader.place // alignment) * alignment :])
