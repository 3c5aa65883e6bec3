"""The files of themis-tiny agree with each other and with the corpus that they were made from."""

from __future__ import annotations

import json
import math
import struct
from typing import Any, TypedDict

import pytest
from gguf_file import GgufFile, read_gguf
from repository import CORPUS, MODEL
from tokenizer import Tokenizer


class Expected(TypedDict):
    """One entry of expected.json."""

    question: str
    prompt_token_ids: list[int]
    english: str
    german: str
    english_ids: list[int]
    german_ids: list[int]


def rows() -> list[list[str]]:
    return [line.split("\t") for line in CORPUS.read_text().splitlines() if line]


def expected() -> list[Expected]:
    return json.loads((MODEL / "expected.json").read_text())


def vocabulary() -> dict[str, Any]:
    return json.loads((MODEL / "hf/tokenizer.json").read_text())["model"]


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return Tokenizer([text for row in rows() for text in row] + [row[0].lower() for row in rows()])


@pytest.fixture(scope="module", params=["themis-tiny-q8_0.gguf", "themis-tiny-f16.gguf"])
def model(request: pytest.FixtureRequest) -> GgufFile:
    return read_gguf(MODEL / request.param)


def test_corpus_trains_to_the_committed_vocabulary(tokenizer: Tokenizer) -> None:
    assert tokenizer.ids == vocabulary()["vocab"]
    assert [" ".join(merge) for merge in tokenizer.merges] == vocabulary()["merges"]


def test_expected_questions_and_answers_are_the_corpus() -> None:
    assert [[entry["question"], entry["english"], entry["german"]] for entry in expected()] == rows()
    assert len(expected()) == 50


def test_expected_prompt_ids_are_the_rendered_questions(tokenizer: Tokenizer) -> None:
    for entry in expected():
        prompt = f"<|im_start|>user\n{entry['question']}<|im_end|>\n<|im_start|>assistant\n"
        assert tokenizer.encode(prompt) == entry["prompt_token_ids"]


def test_expected_answer_ids_spell_the_answer_and_its_end_token(tokenizer: Tokenizer) -> None:
    for entry in expected():
        assert tokenizer.decode(entry["english_ids"]) == entry["english"] + "<|im_end|>"
        assert tokenizer.decode(entry["german_ids"]) == entry["german"] + "<|im_end|>"


def test_gguf_carries_the_same_vocabulary_and_template(model: GgufFile) -> None:
    ids: dict[str, int] = vocabulary()["vocab"]
    assert {token: i for i, token in enumerate(model.metadata["tokenizer.ggml.tokens"])} == ids
    assert model.metadata["tokenizer.ggml.merges"] == vocabulary()["merges"]
    template = json.loads((MODEL / "hf/tokenizer_config.json").read_text())["chat_template"]
    assert model.metadata["tokenizer.chat_template"] == template


def test_gguf_is_whole_and_of_the_configured_shape(model: GgufFile) -> None:
    config = json.loads((MODEL / "hf/config.json").read_text())
    assert model.metadata["llama.block_count"] == config["num_hidden_layers"]
    assert model.metadata["llama.embedding_length"] == config["hidden_size"]
    assert model.tensors["token_embd.weight"].sizes == (config["hidden_size"], config["vocab_size"])
    assert max(tensor.offset + tensor.byte_count for tensor in model.tensors.values()) <= len(model.data)
    assert math.isclose(model.parameters, 3.4e6, rel_tol=0.01)


def test_both_forms_of_the_adapter_hold_the_same_numbers() -> None:
    adapter = read_gguf(MODEL / "lora-german.gguf")
    config = json.loads((MODEL / "lora-german/adapter_config.json").read_text())
    assert adapter.metadata["adapter.type"] == "lora"
    assert adapter.metadata["adapter.lora.alpha"] == config["lora_alpha"]
    data = (MODEL / "lora-german/adapter_model.safetensors").read_bytes()
    (length,) = struct.unpack_from("<Q", data)
    header = json.loads(data[8 : 8 + length])
    names = {"self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.down_proj": "ffn_down"}
    for layer in range(4):
        # The projections whose rows keep their order: these bytes are equal in both files.
        for name, half in ((name, half) for name in names for half in "AB"):
            entry = header[f"base_model.model.model.layers.{layer}.{name}.lora_{half}.weight"]
            start, end = entry["data_offsets"]
            there = f"blk.{layer}.{names[name]}.weight.lora_{half.lower()}"
            assert adapter.tensors[there].sizes == tuple(reversed(entry["shape"]))
            assert adapter.bytes_of(there) == data[8 + length + start : 8 + length + end]
            assert math.prod(entry["shape"]) * 4 == end - start
