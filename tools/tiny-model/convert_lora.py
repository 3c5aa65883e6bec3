#!/usr/bin/env python3
# The checkers run where these libraries are absent, so their types are unknown here.
# pyright: basic, reportMissingImports=false
"""Converts a PEFT LoRA adapter for a llama-type model to the GGUF form that llama.cpp loads beside its base model.

usage: convert_lora.py PEFT_FOLDER BASE_FOLDER OUT.gguf [--f16]

PEFT_FOLDER  adapter_config.json and adapter_model.safetensors, as PEFT writes them
BASE_FOLDER  the base model's Hugging Face folder; only its config.json is read, for the two head counts
--f16        store the tensors as float16; without it they stay float32, which loses nothing

Needs numpy, safetensors and gguf. The same input always gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import re
from typing import Any

import gguf
import numpy as np
import safetensors

# The seven projections of a llama block, and what llama.cpp calls them.
NAMES = {
    "self_attn.q_proj": "attn_q",
    "self_attn.k_proj": "attn_k",
    "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate",
    "mlp.up_proj": "ffn_up",
    "mlp.down_proj": "ffn_down",
}
TENSOR = re.compile(r"base_model\.model\.model\.layers\.(\d+)\.(\w+\.\w+)\.lora_([AB])\.weight")


def read_tensors(path: pathlib.Path) -> dict[str, np.ndarray]:
    """name -> float32 array. numpy has no bfloat16: its 16 bits are the upper half of a float32."""
    plain = {"F32": "<f4", "F16": "<f2"}
    tensors = {}
    for name, t in safetensors.deserialize(path.read_bytes()):
        if t["dtype"] == "BF16":
            array = (np.frombuffer(t["data"], "<u2").astype("<u4") << 16).view("<f4")
        elif t["dtype"] in plain:
            array = np.frombuffer(t["data"], plain[t["dtype"]]).astype("<f4")
        else:
            raise SystemExit(f"{name}: cannot convert {t['dtype']}")
        tensors[name] = array.reshape(t["shape"])
    return tensors


def interleave(rows: np.ndarray, heads: int) -> np.ndarray:
    """From Hugging Face's order of rotary rows to llama.cpp's, within each head.

    Rotation turns rows in pairs. Hugging Face pairs row i with row i + half of the head; llama.cpp's llama pairs
    2i with 2i + 1. A base GGUF has its q and k rows reordered so, hence what is added to them must be as well.
    The adapter adds B @ A, whose rows are B's rows: B is reordered, A stays.
    """
    count, rank = rows.shape
    if count % (2 * heads):
        raise SystemExit(f"{count} rows do not divide into {heads} heads of pairs")
    return rows.reshape(heads, 2, count // heads // 2, rank).swapaxes(1, 2).reshape(count, rank)


def lora_alpha(config: dict[str, Any]) -> float:
    """What llama.cpp divides by the rank to get the adapter's scale, after refusing what it cannot express."""
    for key in ("use_dora", "fan_in_fan_out", "modules_to_save", "rank_pattern", "alpha_pattern", "lora_bias"):
        if config.get(key):
            raise SystemExit(f"adapter_config.json: {key} cannot be expressed in a GGUF adapter")
    if config.get("peft_type") != "LORA" or config.get("bias", "none") != "none":
        raise SystemExit("adapter_config.json: only a plain LoRA without biases can be converted")
    alpha = float(config["lora_alpha"])
    if alpha == 0:
        raise SystemExit("adapter_config.json: lora_alpha is 0, which llama.cpp would read as a scale of 1")
    # Rank-stabilised LoRA scales by alpha / sqrt(rank).
    return alpha * math.sqrt(config["r"]) if config.get("use_rslora") else alpha


def main() -> None:
    """Reads the adapter, checks that a GGUF can express it, and writes it."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("peft", type=pathlib.Path)
    parser.add_argument("base", type=pathlib.Path)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--f16", action="store_true")
    options = parser.parse_args()

    config = json.loads((options.peft / "adapter_config.json").read_text())
    base = json.loads((options.base / "config.json").read_text())
    if base["model_type"] != "llama":
        raise SystemExit(f"{base['model_type']}: only llama-type models order their rows like this")
    heads = {
        "attn_q": base["num_attention_heads"],
        "attn_k": base.get("num_key_value_heads") or base["num_attention_heads"],
    }
    alpha = lora_alpha(config)

    tensors = {}  # (layer, llama.cpp's name) -> {"A": array, "B": array}
    for name, array in read_tensors(options.peft / "adapter_model.safetensors").items():
        match = TENSOR.fullmatch(name)
        if not match or match[2] not in NAMES:
            raise SystemExit(f"{name}: no place for it in a llama adapter")
        tensors.setdefault((int(match[1]), NAMES[match[2]]), {})[match[3]] = array

    writer = gguf.GGUFWriter(options.out, "llama")  # writes general.architecture
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_name(options.peft.resolve().name)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16 if options.f16 else gguf.LlamaFileType.ALL_F32)
    writer.add_string(gguf.Keys.Adapter.TYPE, "lora")
    writer.add_float32(gguf.Keys.Adapter.LORA_ALPHA, alpha)
    order = list(NAMES.values())
    for layer, part in sorted(tensors, key=lambda k: (k[0], order.index(k[1]))):
        pair = tensors[layer, part]
        if set(pair) != {"A", "B"} or pair["A"].shape[0] != config["r"] or pair["B"].shape[1] != config["r"]:
            raise SystemExit(f"block {layer}, {part}: lora_A and lora_B of rank {config['r']} expected")
        if part in heads:
            pair["B"] = interleave(pair["B"], heads[part])
        for half in "AB":
            array = pair[half].astype(np.float16 if options.f16 else np.float32)
            writer.add_tensor(f"blk.{layer}.{part}.weight.lora_{half.lower()}", np.ascontiguousarray(array))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()
