"""The writer of random models: what it writes is well-formed, of the promised size and always the same."""

from __future__ import annotations

import hashlib
import math
import struct
import subprocess
import sys
from typing import TYPE_CHECKING

import make_random_gguf as writer
import pytest
from gguf_file import GgufFile, read_gguf
from repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / "tools/tiny-model/make_random_gguf.py"


def make(out: Path, seed: int = 1) -> Path:
    subprocess.run([sys.executable, SCRIPT, "--out", out, "--preset", "tiny", "--seed", str(seed)], check=True)
    return out


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> GgufFile:
    return read_gguf(make(tmp_path_factory.mktemp("gguf") / "tiny.gguf"))


def test_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    # The digest pins the bytes across Python versions and machines, and with them every recorded benchmark's model.
    first = make(tmp_path / "a.gguf").read_bytes()
    assert hashlib.sha256(first).hexdigest() == "e290842c13b51609618906ac02c0316b91e3963bf988f3c7e65decd9cca14086"
    assert make(tmp_path / "b.gguf").read_bytes() == first


def test_other_seed_changes_weights_alone(tmp_path: Path, tiny: GgufFile) -> None:
    other = read_gguf(make(tmp_path / "other.gguf", seed=2))
    assert other.metadata == tiny.metadata
    assert other.tensors == tiny.tensors
    assert other.data != tiny.data


def test_no_unfinished_file_stays_behind(tmp_path: Path) -> None:
    make(tmp_path / "a.gguf")
    assert [path.name for path in tmp_path.iterdir()] == ["a.gguf"]


def test_tensors_lie_aligned_one_after_the_other_to_the_end(tiny: GgufFile) -> None:
    place = 0
    for tensor in tiny.tensors.values():
        assert tensor.offset == place
        place += math.ceil(tensor.byte_count / 32) * 32
    assert len(tiny.data) == place


def test_vocabulary_covers_every_byte_and_reaches_every_word_by_merges(tiny: GgufFile) -> None:
    tokens: list[str] = tiny.metadata["tokenizer.ggml.tokens"]
    types: list[int] = tiny.metadata["tokenizer.ggml.token_type"]
    assert len(tokens) == len(types) == len(set(tokens)) == tiny.metadata["llama.vocab_size"]
    assert [token for token, kind in zip(tokens, types, strict=True) if kind == 3] == tokens[:3]
    known = set(tokens[3:259])
    assert len(known) == 256
    for merge in tiny.metadata["tokenizer.ggml.merges"]:
        left, right = merge.split(" ")
        assert {left, right} <= known
        known.add(left + right)
    assert known == set(tokens[3:])


def test_weights_are_random_blocks_of_one_scale_and_norms_are_ones(tiny: GgufFile) -> None:
    assert tiny.bytes_of("output_norm.weight") == struct.pack("<f", 1.0) * 64
    data = tiny.bytes_of("blk.0.attn_q.weight")
    blocks = [data[i : i + 34] for i in range(0, len(data), 34)]
    assert len({block[:2] for block in blocks}) == 1
    (scale,) = struct.unpack("<e", blocks[0][:2])
    values = [value * scale for block in blocks for value in struct.unpack("<32b", block[2:])]
    deviation = math.sqrt(sum(value * value for value in values) / len(values))
    assert math.isclose(deviation, 1 / math.sqrt(64), rel_tol=0.05)
    assert abs(sum(values) / len(values)) < 0.01
    assert b"\x80" not in b"".join(block[2:] for block in blocks)


def test_preset_124m_has_the_parameters_and_the_size_it_promises() -> None:
    tensors = writer.tensors(writer.PRESETS["124m"])
    assert sum(math.prod(tensor.sizes) for tensor in tensors) == 123_587_328
    assert math.isclose(sum(tensor.byte_count for tensor in tensors), 133e6, rel_tol=0.02)


def test_unknown_preset_is_refused(tmp_path: Path) -> None:
    command = [sys.executable, SCRIPT, "--out", tmp_path / "a.gguf", "--preset", "huge"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 2
    assert "invalid choice: 'huge'" in ended.stderr
    assert not list(tmp_path.iterdir())
