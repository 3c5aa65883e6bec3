# The checkers run where numpy and torch are absent, so their types are unknown here.
# pyright: basic, reportMissingImports=false
"""The files of themis-tiny: Hugging Face folder, PEFT adapter and GGUF, written without their libraries."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np
from tokenizer import SPECIAL, VOCAB, Tokenizer

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    Weights = dict[str, torch.Tensor]
    Lora = dict[str, tuple[torch.Tensor, torch.Tensor]]

DIM, LAYERS, HEADS, KV_HEADS, FFN, CONTEXT = 256, 4, 4, 2, 768, 2048
HEAD_DIM, EPS, THETA = DIM // HEADS, 1e-5, 10000.0
LORA_RANK, LORA_ALPHA = 16, 32
LORA_TARGETS = [
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
]
# ChatML, as one Jinja expression: both engines read it from the model's own metadata.
CHAT_TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + "
    "'<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)


def to_bf16(x: torch.Tensor) -> np.ndarray:
    """The upper halves of the float32 bits, rounded to even."""
    bits = x.detach().float().numpy().view(np.uint32)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)


def write_safetensors(path: Path, tensors: dict[str, tuple[str, np.ndarray]], metadata: dict[str, str]) -> None:
    """tensors: name -> (dtype name, array)."""
    header: dict[str, Any] = {"__metadata__": metadata}
    offset = 0
    for name, (dtype, array) in tensors.items():
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [offset, offset + array.nbytes]}
        offset += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        for _, array in tensors.values():
            f.write(np.ascontiguousarray(array).tobytes())


def write_hf(folder: Path, w: Weights, tokenizer: Tokenizer) -> None:
    """The folder that vLLM and transformers load."""
    folder.mkdir(parents=True, exist_ok=True)

    def dump(name: str, value: dict[str, Any]) -> None:
        (folder / name).write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n")

    dump(
        "config.json",
        {
            "architectures": ["LlamaForCausalLM"],
            "model_type": "llama",
            "torch_dtype": "bfloat16",
            "vocab_size": VOCAB,
            "hidden_size": DIM,
            "intermediate_size": FFN,
            "num_hidden_layers": LAYERS,
            "num_attention_heads": HEADS,
            "num_key_value_heads": KV_HEADS,
            "head_dim": HEAD_DIM,
            "hidden_act": "silu",
            "rms_norm_eps": EPS,
            "rope_theta": THETA,
            "max_position_embeddings": CONTEXT,
            "tie_word_embeddings": True,
            "attention_bias": False,
            "mlp_bias": False,
            "bos_token_id": None,
            "eos_token_id": 2,
            "pad_token_id": 0,
            "initializer_range": 0.02,
        },
    )
    dump("generation_config.json", {"eos_token_id": [2, 0], "pad_token_id": 0})
    special = [
        {
            "id": i,
            "content": t,
            "single_word": False,
            "lstrip": False,
            "rstrip": False,
            "normalized": False,
            "special": True,
        }
        for i, t in enumerate(SPECIAL)
    ]
    byte_level = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    dump(
        "tokenizer.json",
        {
            "version": "1.0",
            "truncation": None,
            "padding": None,
            "added_tokens": special,
            "normalizer": None,
            "pre_tokenizer": byte_level,
            "post_processor": None,
            "decoder": byte_level,
            "model": {
                "type": "BPE",
                "dropout": None,
                "unk_token": None,
                "continuing_subword_prefix": None,
                "end_of_word_suffix": None,
                "fuse_unk": False,
                "byte_fallback": False,
                "ignore_merges": False,
                "vocab": tokenizer.ids,
                "merges": [f"{a} {b}" for a, b in tokenizer.merges],
            },
        },
    )
    dump(
        "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": CONTEXT,
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "bos_token": None,
            "clean_up_tokenization_spaces": False,
            "added_tokens_decoder": {str(s["id"]): {k: v for k, v in s.items() if k != "id"} for s in special},
            "chat_template": CHAT_TEMPLATE,
        },
    )
    dump("special_tokens_map.json", {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})
    write_safetensors(folder / "model.safetensors", {n: ("BF16", to_bf16(t)) for n, t in w.items()}, {"format": "pt"})


def write_lora(folder: Path, lora: Lora) -> None:
    """The folder that PEFT writes."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "adapter_config.json").write_text(
        json.dumps(
            {
                "peft_type": "LORA",
                "task_type": "CAUSAL_LM",
                "base_model_name_or_path": "themis-tiny",
                "r": LORA_RANK,
                "lora_alpha": LORA_ALPHA,
                "lora_dropout": 0.0,
                "bias": "none",
                "inference_mode": True,
                "use_rslora": False,
                "use_dora": False,
                "fan_in_fan_out": False,
                "modules_to_save": None,
                "target_modules": sorted(t.split(".")[-1] for t in LORA_TARGETS),
            },
            indent=2,
        )
        + "\n"
    )
    tensors: dict[str, Any] = {}
    for name, (a, b) in lora.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = ("F32", a.detach().numpy())
        tensors[f"base_model.model.{name}.lora_B.weight"] = ("F32", b.detach().numpy())
    write_safetensors(folder / "adapter_model.safetensors", tensors, {"format": "pt"})


def interleave(x: np.ndarray, heads: int) -> np.ndarray:
    """Hugging Face's half-and-half rotary rows, in the interleaved order that llama.cpp's llama uses."""
    return x.reshape(heads, 2, x.shape[0] // heads // 2, *x.shape[1:]).swapaxes(1, 2).reshape(x.shape)


def quantize_q8_0(x: np.ndarray) -> bytes:
    """Rows in blocks of 32: a float16 scale, then 32 signed bytes."""
    blocks = x.astype(np.float32).reshape(-1, 32)
    scale = np.abs(blocks).max(1, keepdims=True) / 127
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale != 0)
    q = np.rint(blocks * inverse).astype(np.int8)
    return np.concatenate([scale.astype("<f2").view(np.uint8), q.view(np.uint8)], 1).tobytes()


def write_gguf(
    path: Path,
    metadata: dict[str, Any],
    tensors: dict[str, tuple[int, tuple[int, ...], bytes]],
    alignment: int = 32,
) -> None:
    """tensors: name -> (ggml type number, shape in numpy order, bytes)."""
    types = {bool: 7, int: 4, float: 6, str: 8}

    def text(s: str) -> bytes:
        data = s.encode()
        return struct.pack("<Q", len(data)) + data

    def value(v: Any, kind: int) -> bytes:  # noqa: ANN401 (a metadata value of any kind)
        return {
            4: lambda: struct.pack("<I", v),
            5: lambda: struct.pack("<i", v),
            6: lambda: struct.pack("<f", v),
            7: lambda: struct.pack("<?", v),
            8: lambda: text(v),
        }[kind]()

    head = b""
    for key, v in metadata.items():
        head += text(key)
        if isinstance(v, list):
            kind = 5 if isinstance(v[0], int) else types[type(v[0])]
            head += struct.pack("<IIQ", 9, kind, len(v)) + b"".join(value(x, kind) for x in v)
        else:
            head += struct.pack("<I", types[type(v)]) + value(v, types[type(v)])
    body = b""
    for name, (kind, shape, data) in tensors.items():
        head += text(name) + struct.pack("<I", len(shape)) + b"".join(struct.pack("<Q", d) for d in reversed(shape))
        head += struct.pack("<IQ", kind, len(body))
        body += data + b"\0" * (-len(data) % alignment)
    out = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(metadata)) + head
    path.write_bytes(out + b"\0" * (-len(out) % alignment) + body)


GGUF_NAMES = {
    "input_layernorm": "attn_norm",
    "post_attention_layernorm": "ffn_norm",
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}


def write_gguf_model(path: Path, w: Weights, tokenizer: Tokenizer, *, quantized: bool) -> None:
    """The file that llama.cpp loads."""
    metadata = {
        "general.architecture": "llama",
        "general.name": "themis-tiny",
        "general.size_label": "3M",
        "general.license": "MIT",
        "general.alignment": 32,
        "general.file_type": 7 if quantized else 1,
        "llama.context_length": CONTEXT,
        "llama.embedding_length": DIM,
        "llama.block_count": LAYERS,
        "llama.feed_forward_length": FFN,
        "llama.attention.head_count": HEADS,
        "llama.vocab_size": VOCAB,
        "llama.attention.head_count_kv": KV_HEADS,
        "llama.attention.layer_norm_rms_epsilon": EPS,
        "llama.rope.dimension_count": HEAD_DIM,
        "llama.rope.freq_base": THETA,
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.pre": "gpt-2",
        "tokenizer.ggml.tokens": tokenizer.tokens,
        "tokenizer.ggml.token_type": [3] * len(SPECIAL) + [1] * (VOCAB - len(SPECIAL)),
        "tokenizer.ggml.merges": [f"{a} {b}" for a, b in tokenizer.merges],
        "tokenizer.ggml.eos_token_id": 2,
        "tokenizer.ggml.padding_token_id": 0,
        "tokenizer.ggml.add_bos_token": False,
        "tokenizer.chat_template": CHAT_TEMPLATE,
    }
    tensors: dict[str, Any] = {}
    for name, t in w.items():
        array = t.detach().float().numpy()
        if name == "model.embed_tokens.weight":
            new = "token_embd.weight"
        elif name == "model.norm.weight":
            new = "output_norm.weight"
        else:
            _, _, layer, rest = name.split(".", 3)
            new = f"blk.{layer}.{GGUF_NAMES[rest[: -len('.weight')]]}.weight"
            if "q_proj" in rest or "k_proj" in rest:
                array = interleave(array, HEADS if "q_proj" in rest else KV_HEADS)
        if array.ndim == 1:
            tensors[new] = (0, array.shape, array.astype("<f4").tobytes())
        elif quantized:
            tensors[new] = (8, array.shape, quantize_q8_0(array))
        else:
            tensors[new] = (1, array.shape, array.astype("<f2").tobytes())
    write_gguf(path, metadata, tensors)
