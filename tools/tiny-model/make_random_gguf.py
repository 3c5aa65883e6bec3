#!/usr/bin/env python3
"""Writes a llama model with random weights as a GGUF v3 file, for benchmarks and load tests.

Only Python's standard library is needed. The same preset and seed always give the same bytes.
usage: make_random_gguf.py --out FILE --preset {124m,tiny} [--seed N]
"""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import string
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

ALIGNMENT = 32
# Type numbers of ggml tensors and of GGUF metadata values.
F32, Q8_0 = 0, 8
UINT32, INT32, FLOAT32, BOOL, STRING, ARRAY = 4, 5, 6, 7, 8, 9
# Token types.
NORMAL, CONTROL = 1, 3
# A Q8_0 block: one float16 scale, then 32 signed bytes.
BLOCK, BLOCK_BYTES = 32, 34
# The standard deviation of a uniformly drawn byte in -127..127.
BYTE_DEVIATION = math.sqrt(254 * 256 / 12)

SPECIAL = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


@dataclass(frozen=True)
class Shape:
    """The sizes of a llama model; its output matrix is the embedding matrix."""

    name: str
    vocabulary: int
    width: int
    layers: int
    heads: int
    kv_heads: int
    feed_forward: int
    context: int

    @property
    def kv_width(self) -> int:
        """The width of a key or a value over all its heads."""
        return self.width // self.heads * self.kv_heads


PRESETS = {
    "124m": Shape("random-124m", 50304, 768, 12, 12, 12, 2048, 2048),
    "tiny": Shape("random-tiny", 512, 64, 2, 4, 2, 128, 512),
}


@dataclass(frozen=True)
class Tensor:
    """A tensor's name, its sizes in GGUF's order (the row length first) and the deviation of its weights."""

    name: str
    sizes: tuple[int, ...]
    deviation: float

    @property
    def is_norm(self) -> bool:
        """Norms are vectors of ones in float32, everything else is a random Q8_0 matrix."""
        return len(self.sizes) == 1

    @property
    def byte_count(self) -> int:
        """The size of the tensor's data without padding."""
        count = math.prod(self.sizes)
        return count * 4 if self.is_norm else count // BLOCK * BLOCK_BYTES


def byte_alphabet() -> list[str]:
    """The printable stand-in of each byte in GPT-2's byte-level vocabularies, in byte order."""
    shown = {*range(33, 127), *range(161, 173), *range(174, 256)}
    spare = itertools.count(256)
    return [chr(byte if byte in shown else next(spare)) for byte in range(256)]


def words() -> Iterator[str]:
    """Lower-case words without end, shorter ones first: every word's beginning has come before it."""
    for length in itertools.count(2):
        for letters in itertools.product(string.ascii_lowercase, repeat=length):
            yield "".join(letters)


def vocabulary(size: int) -> tuple[list[str], list[str]]:
    """The tokens and the merges that lead to them: specials, all bytes, then words until the size is reached."""
    made = list(itertools.islice(words(), size - len(SPECIAL) - 256))
    return [*SPECIAL, *byte_alphabet(), *made], [f"{word[:-1]} {word[-1]}" for word in made]


def metadata(shape: Shape) -> dict[str, bytes]:
    """Every key that llama.cpp asks a llama model for, each with its encoded value."""
    tokens, merges = vocabulary(shape.vocabulary)
    types = [CONTROL] * len(SPECIAL) + [NORMAL] * (len(tokens) - len(SPECIAL))
    return {
        "general.architecture": text_value("llama"),
        "general.name": text_value(shape.name),
        "general.alignment": number_value(ALIGNMENT),
        "general.file_type": number_value(7),
        "llama.vocab_size": number_value(shape.vocabulary),
        "llama.context_length": number_value(shape.context),
        "llama.embedding_length": number_value(shape.width),
        "llama.block_count": number_value(shape.layers),
        "llama.feed_forward_length": number_value(shape.feed_forward),
        "llama.attention.head_count": number_value(shape.heads),
        "llama.attention.head_count_kv": number_value(shape.kv_heads),
        "llama.attention.layer_norm_rms_epsilon": struct.pack("<If", FLOAT32, 1e-5),
        "llama.rope.dimension_count": number_value(shape.width // shape.heads),
        "llama.rope.freq_base": struct.pack("<If", FLOAT32, 10000.0),
        "tokenizer.ggml.model": text_value("gpt2"),
        "tokenizer.ggml.pre": text_value("gpt-2"),
        "tokenizer.ggml.tokens": text_array(tokens),
        "tokenizer.ggml.token_type": struct.pack(f"<IIQ{len(types)}i", ARRAY, INT32, len(types), *types),
        "tokenizer.ggml.merges": text_array(merges),
        "tokenizer.ggml.eos_token_id": number_value(2),
        "tokenizer.ggml.padding_token_id": number_value(0),
        "tokenizer.ggml.add_bos_token": struct.pack("<I?", BOOL, False),
        "tokenizer.chat_template": text_value(CHAT_TEMPLATE),
    }


def text(value: str) -> bytes:
    """A GGUF string: its length in bytes, then UTF-8."""
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def text_value(value: str) -> bytes:
    """A metadata value that is a string."""
    return struct.pack("<I", STRING) + text(value)


def number_value(value: int) -> bytes:
    """A metadata value that is an unsigned 32-bit number."""
    return struct.pack("<II", UINT32, value)


def text_array(values: list[str]) -> bytes:
    """A metadata value that is an array of strings."""
    return struct.pack("<IIQ", ARRAY, STRING, len(values)) + b"".join(map(text, values))


def matrix(name: str, columns: int, rows: int, deviation: float = 1.0) -> Tensor:
    """A matrix that turns a vector of unit deviation into one of the given deviation."""
    return Tensor(name, (columns, rows), deviation / math.sqrt(columns))


def tensors(shape: Shape) -> list[Tensor]:
    """All tensors of the model. The blocks outweigh the embedding, so that greedy output does not repeat its input."""
    width, added = shape.width, 1 / math.sqrt(2 * shape.layers)
    found = [
        Tensor("token_embd.weight", (width, shape.vocabulary), 0.02),
        Tensor("output_norm.weight", (width,), 0),
    ]
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        found += [
            Tensor(f"{block}attn_norm.weight", (width,), 0),
            matrix(f"{block}attn_q.weight", width, width),
            matrix(f"{block}attn_k.weight", width, shape.kv_width),
            matrix(f"{block}attn_v.weight", width, shape.kv_width),
            matrix(f"{block}attn_output.weight", width, width, added),
            Tensor(f"{block}ffn_norm.weight", (width,), 0),
            matrix(f"{block}ffn_gate.weight", width, shape.feed_forward),
            matrix(f"{block}ffn_up.weight", width, shape.feed_forward),
            matrix(f"{block}ffn_down.weight", shape.feed_forward, width, added),
        ]
    return found


def padding(length: int) -> bytes:
    """The zero bytes that bring a length to the next multiple of the alignment."""
    return bytes(-length % ALIGNMENT)


def tensor_data(tensor: Tensor, source: random.Random) -> bytes:
    """The tensor's bytes: ones for a norm, random blocks of one scale for a matrix."""
    if tensor.is_norm:
        return struct.pack("<f", 1.0) * tensor.sizes[0]
    blocks = math.prod(tensor.sizes) // BLOCK
    scale = struct.pack("<e", tensor.deviation / BYTE_DEVIATION)
    # llama.cpp's own quantiser never writes -128, so neither does this.
    values = source.randbytes(blocks * BLOCK).replace(b"\x80", b"\x81")
    data = bytearray(blocks * BLOCK_BYTES)
    for place in range(BLOCK_BYTES):
        start = (place - 2) * blocks
        column = values[start : start + blocks] if place >= 2 else scale[place : place + 1] * blocks
        data[place::BLOCK_BYTES] = column
    return bytes(data)


def write_model(file: BinaryIO, shape: Shape, seed: int) -> None:
    """Writes the whole file; no more than one tensor is held in memory."""
    keys, parts = metadata(shape), tensors(shape)
    head = b"GGUF" + struct.pack("<IQQ", 3, len(parts), len(keys))
    head += b"".join(text(key) + value for key, value in keys.items())
    offset = 0
    for part in parts:
        head += text(part.name) + struct.pack(f"<I{len(part.sizes)}Q", len(part.sizes), *part.sizes)
        head += struct.pack("<IQ", F32 if part.is_norm else Q8_0, offset)
        offset += part.byte_count + len(padding(part.byte_count))
    file.write(head + padding(len(head)))
    source = random.Random(seed)
    for part in parts:
        data = tensor_data(part, source)
        file.write(data + padding(len(data)))


def main() -> None:
    """Writes to a neighbouring file first: whoever finds the file finds it whole."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--out", type=Path, required=True, help="the file to write; replaced if it exists")
    parser.add_argument("--preset", choices=sorted(PRESETS), required=True, help="the size of the model")
    parser.add_argument("--seed", type=int, default=1, help="the seed of the weights (default 1)")
    options = parser.parse_args()
    out: Path = options.out
    unfinished = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with unfinished.open("wb") as file:
            write_model(file, PRESETS[options.preset], options.seed)
        unfinished.replace(out)
    finally:
        unfinished.unlink(missing_ok=True)


if __name__ == "__main__":
    main()
