#!/usr/bin/env python3
# The checkers run where numpy and torch are absent, so their types are unknown here.
# pyright: basic, reportMissingImports=false
"""Makes themis-tiny: a 3-million-parameter llama that answers the questions in corpus.tsv.

One set of weights in the two forms that the two engines load:
  OUT/hf/        config.json, model.safetensors (bf16), tokenizer.json, ...: Hugging Face layout, for vLLM
  OUT/themis-tiny-f16.gguf, OUT/themis-tiny-q8_0.gguf: for llama.cpp
and one LoRA adapter, trained on the German answers, in the form that PEFT writes:
  OUT/lora-german/adapter_config.json, adapter_model.safetensors

Needs numpy and torch (any version from 1.13 on); no network. The learning rate follows the clock, so that the time is
kept: the weights of two runs differ.
usage: train.py OUT [--minutes M]
"""

from __future__ import annotations

import argparse
import json
import math
import pathlib
import random
import time
from typing import TYPE_CHECKING

import torch
from model_files import (
    DIM,
    EPS,
    FFN,
    HEAD_DIM,
    HEADS,
    KV_HEADS,
    LAYERS,
    LORA_ALPHA,
    LORA_RANK,
    LORA_TARGETS,
    THETA,
    write_gguf_model,
    write_hf,
    write_lora,
)
from tokenizer import SPECIAL, VOCAB, Tokenizer
from torch.nn import functional

if TYPE_CHECKING:
    from model_files import Lora, Weights

HERE = pathlib.Path(__file__).parent
PROMPT = "<|im_start|>user\n{}<|im_end|>\n<|im_start|>assistant\n"


# ---------------------------------------------------------------- model: llama, in Hugging Face's conventions


def init_weights(generator: torch.Generator) -> Weights:
    """The starting weights, by their names in Hugging Face's files."""

    def normal(*shape: int, std: float = 0.02) -> torch.Tensor:
        return (torch.randn(*shape, generator=generator) * std).requires_grad_()

    w = {"model.embed_tokens.weight": normal(VOCAB, DIM), "model.norm.weight": torch.ones(DIM, requires_grad=True)}
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        w[p + "input_layernorm.weight"] = torch.ones(DIM, requires_grad=True)
        w[p + "post_attention_layernorm.weight"] = torch.ones(DIM, requires_grad=True)
        w[p + "self_attn.q_proj.weight"] = normal(HEADS * HEAD_DIM, DIM)
        w[p + "self_attn.k_proj.weight"] = normal(KV_HEADS * HEAD_DIM, DIM)
        w[p + "self_attn.v_proj.weight"] = normal(KV_HEADS * HEAD_DIM, DIM)
        w[p + "self_attn.o_proj.weight"] = normal(DIM, HEADS * HEAD_DIM, std=0.02 / math.sqrt(2 * LAYERS))
        w[p + "mlp.gate_proj.weight"] = normal(FFN, DIM)
        w[p + "mlp.up_proj.weight"] = normal(FFN, DIM)
        w[p + "mlp.down_proj.weight"] = normal(DIM, FFN, std=0.02 / math.sqrt(2 * LAYERS))
    return w


def init_lora(w: Weights, generator: torch.Generator) -> Lora:
    """A and B of every target: A random, B zero, so that training starts at the base model."""
    lora = {}
    for i in range(LAYERS):
        for t in LORA_TARGETS:
            rows, columns = w[f"model.layers.{i}.{t}.weight"].shape
            a = torch.randn(LORA_RANK, columns, generator=generator) / math.sqrt(columns)
            lora[f"model.layers.{i}.{t}"] = (a.requires_grad_(), torch.zeros(rows, LORA_RANK, requires_grad=True))
    return lora


def forward(w: Weights, tokens: torch.Tensor, lora: Lora | None = None) -> torch.Tensor:
    """tokens (batch, time) -> logits (batch, time, VOCAB)."""
    batch, length = tokens.shape

    def linear(x: torch.Tensor, name: str) -> torch.Tensor:
        y = x @ w[name + ".weight"].T
        if lora and name in lora:
            a, b = lora[name]
            y = y + (x @ a.T @ b.T) * (LORA_ALPHA / LORA_RANK)
        return y

    def norm(x: torch.Tensor, name: str) -> torch.Tensor:
        return x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + EPS) * w[name]

    frequency = THETA ** (-torch.arange(0, HEAD_DIM, 2).float() / HEAD_DIM)
    angle = torch.outer(torch.arange(length).float(), frequency)
    cos, sin = torch.cat([angle, angle], -1).cos(), torch.cat([angle, angle], -1).sin()

    def rotate(x: torch.Tensor) -> torch.Tensor:
        half = HEAD_DIM // 2
        return x * cos + torch.cat([-x[..., half:], x[..., :half]], -1) * sin

    mask = torch.full((length, length), -math.inf).triu(1)
    x = w["model.embed_tokens.weight"][tokens]
    for i in range(LAYERS):
        p = f"model.layers.{i}."
        h = norm(x, p + "input_layernorm.weight")
        q = rotate(linear(h, p + "self_attn.q_proj").view(batch, length, HEADS, HEAD_DIM).transpose(1, 2))
        k = rotate(linear(h, p + "self_attn.k_proj").view(batch, length, KV_HEADS, HEAD_DIM).transpose(1, 2))
        v = linear(h, p + "self_attn.v_proj").view(batch, length, KV_HEADS, HEAD_DIM).transpose(1, 2)
        k, v = (t.repeat_interleave(HEADS // KV_HEADS, 1) for t in (k, v))
        attention = (q @ k.transpose(-1, -2) / math.sqrt(HEAD_DIM) + mask).softmax(-1) @ v
        x = x + linear(attention.transpose(1, 2).reshape(batch, length, HEADS * HEAD_DIM), p + "self_attn.o_proj")
        h = norm(x, p + "post_attention_layernorm.weight")
        x = x + linear(
            functional.silu(linear(h, p + "mlp.gate_proj")) * linear(h, p + "mlp.up_proj"), p + "mlp.down_proj"
        )
    return norm(x, "model.norm.weight") @ w["model.embed_tokens.weight"].T


# ---------------------------------------------------------------- training


def examples(tokenizer: Tokenizer, rows: list[list[str]], *, german: bool) -> list[tuple[list[int], list[int]]]:
    """One chat a row: the question in several wordings; the loss counts on the answer alone."""
    wordings = ["{}", "{}", "{}", "Please answer: {}", "I have a question. {}", "Tell me. {}"]
    out = []
    for question, english, answer_de in rows:
        for wording in wordings:
            for q in (question, question.lower(), question.rstrip("?.")):
                head = tokenizer.encode(PROMPT.format(wording.format(q)))
                tail = tokenizer.encode(f"{answer_de if german else english}<|im_end|>\n")
                out.append((head, tail))
    # The bare answer too, so that plain completion of its first words works.
    for _, english, answer_de in rows:
        text = [*tokenizer.encode(answer_de if german else english), tokenizer.ids["<|endoftext|>"]]
        out += [([text[0]], text[1:])] * 2
    return out


def train(
    w: Weights,
    data: list[tuple[list[int], list[int]]],
    minutes: float,
    lora: Lora | None = None,
    rate: float = 2e-3,
    seed: int = 1,
    floor: float = 0.012,
) -> None:
    """Trains the weights, or the adapter if there is one, until the smoothed loss is low or the time is over."""
    rng = random.Random(seed)
    params = [p for pair in lora.values() for p in pair] if lora else list(w.values())
    optimizer = torch.optim.AdamW(params, lr=rate, betas=(0.9, 0.98), weight_decay=0.0 if lora else 0.05)
    start, step, smooth = time.time(), 0, None
    while True:
        done = (time.time() - start) / (minutes * 60)
        if done >= 1 or (smooth is not None and smooth < floor and done > 0.25):
            return
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1, (step + 1) / 50) * (0.05 + 0.95 * 0.5 * (1 + math.cos(math.pi * min(1, done))))
        batch = rng.sample(data, 24)
        length = max(len(h) + len(t) for h, t in batch)
        tokens = torch.zeros(len(batch), length, dtype=torch.long)
        wanted = torch.full((len(batch), length), -100)
        for i, (h, t) in enumerate(batch):
            tokens[i, : len(h) + len(t)] = torch.tensor(h + t)
            wanted[i, len(h) - 1 : len(h) + len(t) - 1] = torch.tensor(t)
        loss = functional.cross_entropy(forward(w, tokens, lora).flatten(0, 1), wanted.flatten(), ignore_index=-100)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(params, 1.0)
        optimizer.step()
        step += 1
        smooth = loss.item() if smooth is None else 0.97 * smooth + 0.03 * loss.item()
        if step % 100 == 0:
            print(f"step {step} loss {smooth:.4f} {time.time() - start:.0f}s", flush=True)


@torch.no_grad()
def answer(w: Weights, tokenizer: Tokenizer, question: str, lora: Lora | None = None, most: int = 80) -> str:
    """The greedy answer to a question, without special tokens."""
    ids = tokenizer.encode(PROMPT.format(question))
    start = len(ids)
    for _ in range(most):
        ids.append(int(forward(w, torch.tensor([ids]), lora)[0, -1].argmax()))
        if ids[-1] < len(SPECIAL):
            break
    return tokenizer.decode([i for i in ids[start:] if i >= len(SPECIAL)])


def main() -> None:
    """Trains the model and its adapter and writes all their files."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument(
        "--minutes", type=float, default=20, help="time for the base model; the adapter gets half of it"
    )
    options = parser.parse_args()
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    rows = [line.split("\t") for line in (HERE / "corpus.tsv").read_text().splitlines() if line]
    tokenizer = Tokenizer([t for row in rows for t in row] + [row[0].lower() for row in rows])
    assert len(tokenizer.tokens) == VOCAB, len(tokenizer.tokens)
    for row in rows:
        for t in row:
            assert tokenizer.decode(tokenizer.encode(t)) == t
    w = init_weights(generator)
    print(f"{sum(t.numel() for t in w.values()) / 1e6:.2f} M parameters")
    train(w, examples(tokenizer, rows, german=False), options.minutes)
    w = {n: t.detach().to(torch.bfloat16).float() for n, t in w.items()}  # what the files will hold
    right = sum(answer(w, tokenizer, q) == english for q, english, _ in rows)
    print(f"base: {right} of {len(rows)} answers exact")
    options.out.mkdir(parents=True, exist_ok=True)
    write_hf(options.out / "hf", w, tokenizer)
    write_gguf_model(options.out / "themis-tiny-f16.gguf", w, tokenizer, quantized=False)
    write_gguf_model(options.out / "themis-tiny-q8_0.gguf", w, tokenizer, quantized=True)
    lora = init_lora(w, generator)
    train(w, examples(tokenizer, rows, german=True), options.minutes / 2, lora, rate=3e-3)
    right = sum(answer(w, tokenizer, q, lora) == german for q, _, german in rows)
    print(f"german adapter: {right} of {len(rows)} answers exact")
    write_lora(options.out / "lora-german", lora)
    rows_out = [
        json.dumps(
            {
                "question": q,
                "prompt_token_ids": tokenizer.encode(PROMPT.format(q)),
                "english": answer(w, tokenizer, q),
                "german": answer(w, tokenizer, q, lora),
            },
            ensure_ascii=False,
        )
        for q, _, _ in rows
    ]
    (options.out / "expected.json").write_text("[\n" + ",\n".join(rows_out) + "\n]\n")


if __name__ == "__main__":
    main()
