"""The good frames, as fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from wirevectors.encoding import Fields

CLIENT_HELLO: Fields = {
    "type": "hello", "major": 1, "minor": 0, "role": "client", "offered": [], "required": [],
    "max_frame_bytes": 33554432, "json": {"software": "client 1.0", "pid": 17},
}  # fmt: skip
LISTENER_HELLO: Fields = {
    "type": "hello", "major": 1, "minor": 0, "role": "listener", "offered": [], "required": [],
    "max_frame_bytes": 33554432, "max_requests": 4,
    "capabilities": ["generate", "token_prompt", "token_id_output", "embed", "tokenize"],
    "json": {"software": "listener 1.0", "pid": 18, "engine": "synthetic 1", "max_stop_strings": 4, "max_logprobs": 20,
             "models": [{"name": "m", "max_context_tokens": 4096, "defaults": {"temperature": 0.5, "top_k": 20}}]},
}  # fmt: skip
MESSAGES: list[Fields] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "Wetter in Köln?", "name": "ada"},
    {"role": "assistant", "content": "", "tool_calls": [{"id": "c1", "name": "weather", "arguments": "{\"city\":1}"}],
     "reasoning": "look it up"},
    {"role": "tool", "content": "rain", "tool_call_id": "c1"},
]  # fmt: skip
CHAT: Fields = {
    "messages": MESSAGES,
    "tools": [{"name": "weather", "description": "The sky.", "parameters": '{"type":"object"}', "strict": True}],
    "tool_choice": {"mode": "function", "function": "weather"},
}


def generate(handle: int, ids: list[int], **more: Any) -> Fields:  # noqa: ANN401 - any field of the frame
    """A small generation."""
    return {"type": "request", "handle": handle, "kind": "generate", "prompt": "tokens",
            "options": ["token_ids", "stream"], "credit": 64, "model": "m", "request_id": f"r{handle}-1",
            "ids": ids, **more}  # fmt: skip


EMBED: Fields = {"type": "request", "handle": 1, "kind": "embed", "prompt": "none", "total_ms": 60000, "dimensions": 2,
                 "model": "m", "ids": [5, 6, 7], "json": {"inputs": ["Köln", 2, 1]}}  # fmt: skip
TOKENIZE: Fields = {"type": "request", "handle": 1, "kind": "tokenize", "prompt": "text",
                    "options": ["add_special_given", "add_special"], "model": "m", "text": "Köln"}  # fmt: skip
DETOKENIZE: Fields = {"type": "request", "handle": 1, "kind": "detokenize", "prompt": "tokens",
                      "options": ["keep_special_tokens"], "model": "m", "ids": [75, 1]}  # fmt: skip
FULL = generate(
    65535, [1, 2, 3],
    options=["text", "token_ids", "prompt_ids", "stream", "ignore_eos", "include_stop", "keep_special_tokens",
             "bypass_cache"],
    total_ms=600000, first_token_ms=120000, idle_ms=30000, priority=-3, max_tokens=100, min_tokens=1, top_k=-1,
    seed=2147483647, logprobs=20, temperature=0.7, top_p=0.95, min_p=0.05, frequency_penalty=-2.0, presence_penalty=2.0,
    repetition_penalty=1.1, stop_ids=[0, 2], traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    adapter="de", tenant="kunde-ü",
    json={"stop": ["END", "\n\n"], "logit_bias": [[5, 1.5], [7, -0.25]],
          "structured_output": {"kind": "json_schema", "value": "{\"type\":\"object\"}", "name": "answer"}},
)  # fmt: skip
LOGPROBS: Fields = {"type": "step", "rows": [
    {"handle": 3, "ids": [9, 8], "text": "ab", "logprobs": [
        {"logprob": -0.5, "top": [[9, -0.5], [4, -1.25]]}, {"logprob": -3.0, "top": []}]}]}  # fmt: skip
DETAILS: Fields = {"type": "step", "rows": [
    {"handle": 2, "ids": [], "details": {"reasoning": "hm", "tool_calls": [
        {"index": 0, "id": "c1", "name": "weather", "arguments": "{\"ci"}]}},
    {"handle": 3, "ids": [9], "details": {"logprobs": [
        {"token": "a", "logprob": -0.5, "top": [{"token": "b", "logprob": -1.5}]}]}},
    {"handle": 4, "ids": [10, 11]}]}  # fmt: skip


def good_frames() -> list[tuple[str, str, Fields]]:
    """Name, sender and fields of every good frame."""
    steps: list[tuple[str, Fields]] = [
        ("step-one-token-each", {"type": "step", "rows": [{"handle": h, "ids": [1000 + h]} for h in range(1, 17)]}),
        ("step-many-tokens", {"type": "step", "rows": [{"handle": 1, "ids": [1, 2, 3]}, {"handle": 7, "ids": [4]}]}),
        ("step-text", {"type": "step", "rows": [{"handle": 1, "ids": [1], "text": "Kö"}, {"handle": 2, "ids": [2]}]}),
        ("step-text-alone", {"type": "step", "rows": [{"handle": 1, "ids": [], "text": "🙂"}]}),
        ("step-logprobs", LOGPROBS),
        ("step-details", DETAILS),
    ]
    ends: list[tuple[str, Fields]] = [
        ("end-unknown-usage", {"type": "end", "handle": 1, "finish": "stop"}),
        ("end-usage", {"type": "end", "handle": 1, "finish": "length", "prompt_tokens": 512, "cached_tokens": 0,
                       "completion_tokens": 100}),
        ("end-stop-string", {"type": "end", "handle": 1, "finish": "stop", "completion_tokens": 3, "stop": "END"}),
        ("end-stop-id", {"type": "end", "handle": 1, "finish": "stop", "stop_id": 0}),
        ("end-tool-calls", {"type": "end", "handle": 1, "finish": "tool_calls"}),
        ("end-repetition", {"type": "end", "handle": 1, "finish": "repetition"}),
        ("end-no-generation", {"type": "end", "handle": 1, "finish": "none", "prompt_tokens": 3}),
        ("error-request", {"type": "error", "handle": 1, "code": "invalid_request", "stage": "admit",
                           "parameter": "top_p", "message": "top_p is 2; it must be above 0 and at most 1."}),
        ("error-busy", {"type": "error", "handle": 9, "code": "busy", "stage": "admit", "retry_after_ms": 250}),
        ("error-cancelled", {"type": "error", "handle": 9, "code": "cancelled", "stage": "stream"}),
        ("error-connection", {"type": "error", "handle": 0, "code": "unauthorized", "stage": "connect",
                              "message": "Show the token."}),
        ("goaway", {"type": "goaway", "drain_ms": 30000, "message": "SIGTERM"}),
    ]  # fmt: skip
    answers: list[tuple[str, Fields]] = [
        ("accepted-plain", {"type": "accepted", "handle": 1}),
        ("accepted-full", {"type": "accepted", "handle": 1, "seed": 0, "ids": [1, 2, 3], "model": "m",
                           "engine_id": "cmpl-1"}),
        ("result-embedding", {"type": "result", "handle": 1, "kind": "embedding",
                              "vectors": [[0.5, -0.25], [1.0, 0.0]]}),
        ("result-ids", {"type": "result", "handle": 1, "kind": "ids", "ids": [75, 246], "max_model_length": 4096}),
        ("result-text", {"type": "result", "handle": 1, "kind": "text", "text": "Köln"}),
        ("result-json", {"type": "result", "handle": 1, "kind": "json", "json": {"healthy": True, "detail": ""}}),
    ]  # fmt: skip
    asked: list[tuple[str, Fields]] = [
        ("request-tokens", generate(1, [1, 2, 3], max_tokens=100, temperature=0.0)),
        ("request-everything", FULL),
        ("request-text", {"type": "request", "handle": 2, "kind": "generate", "prompt": "text", "options": ["text"],
                          "credit": 1, "model": "m", "text": "Köln 🙂"}),
        ("request-chat", {"type": "request", "handle": 2, "kind": "generate", "prompt": "chat", "options": ["text"],
                          "credit": 16, "model": "m", "json": {"chat": CHAT}}),
        ("request-chat-continued", {"type": "request", "handle": 2, "kind": "generate", "prompt": "chat",
                                    "options": ["text"], "credit": 16, "model": "m", "json": {"chat": {
                                        "messages": MESSAGES[:1], "add_generation_prompt": False,
                                        "continue_final_message": True}}}),
        ("request-choice", generate(1, [1], json={"structured_output": {"kind": "choice", "choices": ["yes", "no"]}})),
        ("embed", EMBED), ("tokenize", TOKENIZE), ("detokenize", DETOKENIZE),
        ("tokenize-chat", {"type": "request", "handle": 1, "kind": "tokenize", "prompt": "chat", "model": "m",
                           "json": {"chat": {"messages": MESSAGES[:1]}}}),
        ("cancel", {"type": "cancel", "handle": 4}), ("credit", {"type": "credit", "handle": 4, "tokens": 2048}),
        ("admin-health", {"type": "admin", "handle": 5, "operation": "health", "total_ms": 5000}),
        ("admin-metrics", {"type": "admin", "handle": 5, "operation": "metrics"}),
        ("admin-adapter-load", {"type": "admin", "handle": 5, "operation": "adapter_load", "json": {
            "model": "m", "name": "de", "peft_path": "adapters/de", "scale": 0.5}}),
        ("admin-adapter-unload", {"type": "admin", "handle": 5, "operation": "adapter_unload",
                                  "json": {"model": "m", "name": "de"}}),
        ("admin-adapter-list", {"type": "admin", "handle": 5, "operation": "adapter_list", "json": {"model": "m"}}),
    ]  # fmt: skip
    opening: list[tuple[str, str, Fields]] = [
        ("hello-client", "client", {**CLIENT_HELLO, "offered": ["shared_memory"],
                                    "json": {**CLIENT_HELLO["json"], "token": "secret"}}),
        ("hello-listener", "listener", LISTENER_HELLO),
        ("hello-of-a-later-minor", "listener", {**LISTENER_HELLO, "minor": 7, "offered": ["shared_memory", 41],
                                                "capabilities": ["generate", 60], "json": {"later": 1}}),
        ("upgrade-offer", "listener", {"type": "upgrade", "step": "offer", "kind": "shared_memory", "descriptors": 1,
                                       "body": "00112233445566778899"}),
        ("upgrade-decline", "client", {"type": "upgrade", "step": "decline", "kind": "shared_memory"}),
    ]  # fmt: skip
    both: list[tuple[str, Fields]] = [
        ("ping", {"type": "ping", "value": 2**64 - 1}), ("pong", {"type": "pong", "value": 7})]  # fmt: skip
    return [
        *opening,
        *((name, "client", frame) for name, frame in asked),
        *((name, "listener", frame) for name, frame in [*answers, *steps, *ends]),
        *((name, "client", frame) for name, frame in both),
    ]
