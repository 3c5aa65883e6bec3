"""The bad frames: good ones with one thing wrong each."""

from __future__ import annotations

import struct
from typing import Any, cast

from wirevectors.bad import LIMIT, PROTOCOL, REQUEST, Bad, content, field, patch
from wirevectors.encoding import BITS, FORMATS, FRAMES, LIMITS, VALUES, WORDS, Fields, encode
from wirevectors.frames import CLIENT_HELLO, DETAILS, EMBED, FULL, LISTENER_HELLO, LOGPROBS, generate, good_frames

# Sizes and counts with a limit of their own, and its name in layout.json.
LIMITED = {
    "request.model_bytes": "max_name_bytes",
    "request.request_id_bytes": "max_request_id_bytes",
    "request.traceparent_bytes": "max_traceparent_bytes",
    "request.adapter_bytes": "max_name_bytes",
    "request.tenant_bytes": "max_tenant_bytes",
    "request.stop_id_count": "max_stop_ids",
    "request.json_bytes": "max_json_bytes",
    "request.credit": "max_credit",
    "accepted.model_bytes": "max_name_bytes",
    "accepted.engine_id_bytes": "max_name_bytes",
    "step.rows": "max_requests",
    "end.stop_bytes": "max_stop_bytes",
    "error.parameter_bytes": "max_parameter_bytes",
    "error.message_bytes": "max_message_bytes",
    "admin.json_bytes": "max_json_bytes",
    "goaway.message_bytes": "max_message_bytes",
    "hello.json_bytes": "max_hello_bytes",
}


def every_frame(bad: Bad) -> None:
    """Faults of header, reserved fields, sizes and padding, in one sample of every type."""
    seen: set[str] = set()
    for _, sender, frame in good_frames():
        kind = cast("str", frame["type"])
        if kind in seen:
            continue
        seen.add(kind)
        data, spec = encode(frame), FRAMES[kind]
        free_bit = next(bit for bit in range(8) if not any(flag >> bit & 1 for flag in spec["flags"].values()))
        bad.add(f"{kind}-unknown-flag", sender, patch(data, "u8", 5, data[5] | 1 << free_bit))
        bad.add(f"{kind}-header-reserved", sender, patch(data, "u16", 6, 1))
        bad.add(f"{kind}-longer-than-its-sections", sender, patch(data, "u32", 0, len(data) + 8) + bytes(8))
        short = spec["size"] - 8
        bad.add(f"{kind}-shorter-than-its-fixed-part", sender, patch(data, "u32", 0, short)[:short])
        bad.add(f"{kind}-cut", sender, data[:-4], "connection_lost")
        for name, (form, offset) in spec["fields"].items():
            if name.startswith("reserved"):
                bad.add(f"{kind}-{name}", sender, patch(data, form, offset, 1))
            elif name.endswith(("_bytes", "_count")) and name != "max_frame_bytes":
                old = struct.unpack_from("<" + FORMATS[form], data, offset)[0]
                bad.add(f"{kind}-{name}-does-not-fit", sender, patch(data, form, offset, old + 9))
            if f"{kind}.{name}" in WORDS:
                words = cast("dict[str, int]", VALUES[WORDS[f"{kind}.{name}"]])
                bad.add(f"{kind}-{name}-unknown", sender, patch(data, form, offset, max(words.values()) + 1))
            if f"{kind}.{name}" in LIMITED:
                over_limit(bad, sender, frame, name)
        if sender == "listener" and spec["from"] != "both":
            bad.add(f"{kind}-from-the-client", "client", data)
        elif spec["from"] == "client":
            bad.add(f"{kind}-from-the-listener", "listener", data)


def over_limit(bad: Bad, sender: str, frame: Fields, name: str) -> None:
    """A size over its limit, alone and behind a fault in the fixed part, which is looked at first."""
    kind = cast("str", frame["type"])
    fields = FRAMES[kind]["fields"]
    over = field(frame, name, LIMITS[LIMITED[f"{kind}.{name}"]] + 1)
    bad.add(f"{kind}-{name}-over-limit", sender, over, LIMIT)
    # ERROR has no handle where the connection is meant.
    first = "code" if kind == "error" else "handle"
    if first in fields:
        bad.add(f"{kind}-{name}-over-limit-behind-a-fault", sender, patch(over, *fields[first], 0))


def headers(bad: Bad) -> None:
    """Lengths and types that no frame has."""
    ping = encode({"type": "ping", "value": 1})
    for name, value, failure in [
        ("zero", 0, PROTOCOL), ("below-the-header", 7, PROTOCOL), ("not-aligned", 17, PROTOCOL),
        ("header-alone", 8, PROTOCOL), ("over-limit", LIMITS["max_frame_bytes"] + 8, LIMIT),
        ("largest", 2**32 - 8, LIMIT),
    ]:  # fmt: skip
        bad.add(f"length-{name}", "client", patch(ping, "u32", 0, value)[: 8 if value < 16 else 16], failure)
    bad.add("type-zero", "client", patch(ping, "u8", 4, 0))
    bad.add("type-unknown", "client", patch(ping, "u8", 4, 15))
    bad.add("another-protocol", "client", b"GET / HTTP/1.1\r\n", LIMIT)
    bad.add("end-of-file-in-the-header", "client", ping[:5], "connection_lost")
    padded = encode({"type": "result", "handle": 1, "kind": "ids", "ids": [1]})
    bad.add("padding", "listener", padded[:-1] + b"\x01")
    bad.add("padding-after-text", "client", encode(generate(1, [1]))[:-1] + b"\x80")


def openings(bad: Bad) -> None:
    """HELLO frames that end the connection."""
    hello = encode(CLIENT_HELLO)
    bad.add("hello-magic", "client", patch(hello, "u8", 8, 0x74))
    bad.add("hello-major", "client", encode({**CLIENT_HELLO, "major": 2}))
    bad.add("hello-required-not-offered", "client", encode({**CLIENT_HELLO, "required": ["shared_memory"]}))
    bad.add("hello-required-unknown", "client", encode({**CLIENT_HELLO, "offered": [40], "required": [40]}))
    bad.add("hello-role-of-the-other", "client", encode(LISTENER_HELLO))
    bad.add("hello-role-of-the-client", "listener", encode(CLIENT_HELLO))
    for value in (LIMITS["min_frame_limit"] - 8, LIMITS["max_frame_bytes"] + 8, LIMITS["min_frame_limit"] + 4):
        bad.add(f"hello-max-frame-bytes-{value}", "client", encode({**CLIENT_HELLO, "max_frame_bytes": value}))
    bad.add("hello-client-with-requests", "client", encode({**CLIENT_HELLO, "max_requests": 1}))
    bad.add("hello-client-with-capabilities", "client", encode({**CLIENT_HELLO, "capabilities": ["generate"]}))
    bad.add("hello-no-requests", "listener", encode({**LISTENER_HELLO, "max_requests": 0}))
    bad.add("hello-too-many-requests", "listener", encode({**LISTENER_HELLO, "max_requests": 65536}))
    bad.add("hello-json", "client", content(CLIENT_HELLO, b"{"))
    bad.add("hello-json-list", "client", content(CLIENT_HELLO, b"[]"))
    bad.add("hello-json-member-type", "client", content(CLIENT_HELLO, b'{"token":1}'))
    bad.add("hello-json-null-element", "client", content(CLIENT_HELLO, b'{"models":[null]}'))
    token = b"t" * (LIMITS["max_bearer_bytes"] + 1)
    bad.add("hello-token-over-limit", "client", content(CLIENT_HELLO, b'{"token":"' + token + b'"}'), LIMIT)
    bad.add("hello-json-utf8", "client", content(CLIENT_HELLO, b'{"token":"\xff"}'))


def upgrades(bad: Bad) -> None:
    """UPGRADE frames with what their step does not have."""
    for step in ("accept", "confirm", "decline"):
        bad.add(f"upgrade-{step}-with-a-descriptor", "client" if step == "accept" else "listener",
                field({"type": "upgrade", "step": step, "kind": "shared_memory"}, "descriptors", 1))  # fmt: skip
    bad.add("upgrade-decline-with-body", "client",
            encode({"type": "upgrade", "step": "decline", "kind": "shared_memory", "body": "00" * 8}))  # fmt: skip


def requests(bad: Bad) -> None:
    """REQUEST and ADMIN frames that no client sends, and content that costs one request."""
    plain = generate(1, [1, 2, 3])
    bad.add("request-handle-zero", "client", field(plain, "handle", 0))
    bad.add("request-id-count-overflows", "client", field(plain, "id_count", 2**30))
    bad.add("request-option-unknown", "client", field(plain, "options", 1 << len(BITS["options"])))
    bad.add("request-given-unknown", "client", field(plain, "given", 1 << len(BITS["given"])))
    bad.add("request-option-of-another-kind", "client", field(plain, "options", 1 << BITS["options"]["add_special"]))
    bad.add("request-add-special-not-given", "client",
            encode({"type": "request", "handle": 1, "kind": "tokenize", "prompt": "text", "model": "m",
                    "options": ["add_special"], "text": "x"}))  # fmt: skip
    for name in ("max_tokens", "min_tokens", "top_k", "seed", "logprobs", "temperature", "top_p", "repetition_penalty"):
        bad.add(f"request-{name}-without-its-bit", "client", field(plain, name, 1))
    bad.add("request-dimensions-for-generate", "client", encode({**plain, "dimensions": 4}))
    bad.add("request-prompt-none", "client", field(plain, "prompt", 0))
    bad.add("request-tokens-and-text", "client", encode({**plain, "text": "x"}))
    bad.add("request-chat-with-ids", "client", field(plain, "prompt", 3))
    for name in ("credit", "first_token_ms", "idle_ms", "priority"):
        bad.add(f"embed-with-{name}", "client", field(EMBED, name, 1))
    bad.add("embed-with-prompt", "client", field(EMBED, "prompt", 1))
    bad.add("embed-with-adapter", "client", encode({**EMBED, "adapter": "de"}))
    bad.add("embed-with-temperature", "client", encode({**EMBED, "temperature": 1.0}))
    bad.add("tokenize-tokens", "client", encode({**plain, "kind": "tokenize", "options": [], "credit": 0}))
    bad.add("admin-handle-zero", "client", encode({"type": "admin", "handle": 0, "operation": "health"}))
    bad.add("credit-nothing", "client", encode({"type": "credit", "handle": 1, "tokens": 0}))
    bad.add("credit-handle-zero", "client", encode({"type": "credit", "handle": 0, "tokens": 1}))
    bad.add("cancel-handle-zero", "client", encode({"type": "cancel", "handle": 0}))
    bad.add("error-of-a-request-from-the-client", "client",
            encode({"type": "error", "handle": 1, "code": "busy", "stage": "admit"}))  # fmt: skip
    utf8 = encode(FULL)
    bad.add("request-model-utf8", "client", encode(plain).replace(b"mr1-1", b"\xffr1-1"), REQUEST)
    bad.add("request-tenant-utf8", "client", utf8.replace("ü".encode(), b"\xc3\x28"), REQUEST)
    bad.add("request-negative-id", "client", encode(generate(1, [1, -1])), REQUEST)
    bad.add("request-negative-stop-id", "client", encode(generate(1, [1], stop_ids=[-1])), REQUEST)
    for name, data in {
        "cut": b'{"stop":["a"', "list": b"[1]", "twice": b'{"stop":["a"],"stop":["b"]}',
        "trailing": b'{"stop":["a"]} 1',
        "utf8": b'{"stop":["\xed\xa0\x80"]}', "type": b'{"stop":"a"}', "element-type": b'{"stop":[1]}',
        "surrogate": b'{"stop":["\\ud800"]}', "bias-shape": b'{"logit_bias":[[1]]}',
        "bias-type": b'{"logit_bias":[["1",2]]}',
        "bias-null-element": b'{"logit_bias":[null]}',
        "null-element": b'{"stop":[null]}',
        "choices-null-element": b'{"structured_output":{"kind":"choice","choices":[null]}}',
        "bias-twice": b'{"logit_bias":[[1,2],[1,3]]}',
        "structure-kind": b'{"structured_output":{"kind":"poem"}}',
        "structure-without-value": b'{"structured_output":{"kind":"regex"}}',
        "deep": b'{"stop":' + b"[" * LIMITS["max_json_depth"] + b"]" * LIMITS["max_json_depth"] + b"}",
        "inputs-for-generate": b'{"inputs":["x"]}', "chat-beside-tokens": b'{"chat":{"messages":[]}}',
    }.items():  # fmt: skip
        bad.add(f"request-json-{name}", "client", content(plain, data), REQUEST)
    bad.add("request-json-unknown-member", "client", content(plain, b'{"beam_width":4}'), "unsupported_option")
    chat: dict[str, Any] = {**plain, "prompt": "chat", "ids": []}
    bad.add("request-chat-missing", "client", encode({**chat, "json": {"stop": ["a"]}}), REQUEST)
    bad.add("request-chat-without-messages", "client", encode({**chat, "json": {"chat": {}}}), REQUEST)
    bad.add("request-chat-without-role", "client",
            encode({**chat, "json": {"chat": {"messages": [{"content": "x"}]}}}), REQUEST)  # fmt: skip
    message = {"role": "user", "content": "x"}
    for name, members in {
        "messages": {"messages": [None]}, "tools": {"messages": [message], "tools": [None]},
        "tool-calls": {"messages": [{**message, "tool_calls": [None]}]},
    }.items():  # fmt: skip
        bad.add(f"request-chat-null-in-{name}", "client", encode({**chat, "json": {"chat": members}}), REQUEST)
    bad.add("embed-inputs-missing", "client", encode({**EMBED, "json": {}}), REQUEST)
    for name, inputs in {
        "beyond-ids": ["a", 4], "ids-left": [2], "negative": [-1], "fraction": [1.5], "null-element": [None],
        "over-limit": ["a"] * 2049, "text": "abc",
    }.items():  # fmt: skip
        bad.add(f"embed-inputs-{name}", "client", encode({**EMBED, "json": {"inputs": inputs}}), REQUEST)
    bad.add("admin-health-with-json", "client", encode({"type": "admin", "handle": 1, "operation": "health",
                                                        "json": {"model": "m"}}), REQUEST)  # fmt: skip
    bad.add("admin-metrics-with-json", "client",
            content({"type": "admin", "handle": 1, "operation": "metrics"}, b"{}"), REQUEST)  # fmt: skip
    bad.add("admin-load-without-name", "client", encode({"type": "admin", "handle": 1, "operation": "adapter_load",
                                                         "json": {"model": "m"}}), REQUEST)  # fmt: skip


def json_result(data: bytes) -> bytes:
    """A RESULT whose JSON is these bytes, which need not be JSON."""
    text: Fields = {"type": "result", "handle": 1, "kind": "text", "text": "x" * len(data)}
    frame = field(text, "kind", VALUES["result_kind"]["json"])
    at = FRAMES["result"]["size"]
    return frame[:at] + data + frame[at + len(data) :]


def answers(bad: Bad) -> None:
    """Listener's frames that end the connection."""
    one: Fields = {"type": "step", "rows": [{"handle": 1, "ids": [5]}, {"handle": 2, "ids": [6]}]}
    bad.add("step-no-rows", "listener", patch(encode(one)[:16], "u32", 0, 16)[:8] + bytes(8))
    bad.add("step-tokens-differ-from-rows", "listener", field(one, "tokens", 1))
    bad.add("step-handle-zero", "listener", patch(encode(one), "u32", 16, 0))
    bad.add("step-negative-id", "listener", patch(encode(one), "i32", 24, -5))
    counted: Fields = {"type": "step", "rows": [{"handle": 1, "ids": [5, 6]}, {"handle": 2, "ids": []}]}
    bad.add("step-counts-over-tokens", "listener", patch(encode(counted), "u32", 24, 3))
    bad.add("step-counts-overflow", "listener", patch(patch(encode(counted), "u32", 24, 2**32 - 1), "u32", 28, 3))
    text: Fields = {
        "type": "step",
        "rows": [{"handle": 1, "ids": [5], "text": "Kö"}, {"handle": 2, "ids": [6], "text": "ab"}],
    }
    bad.add("step-text-overflows", "listener", patch(patch(encode(text), "u32", 32, 2**32 - 1), "u32", 36, 6))
    bad.add("step-text-splits-a-character", "listener", patch(patch(encode(text), "u32", 32, 2), "u32", 36, 3))
    bad.add("step-text-utf8", "listener", encode(text).replace("ö".encode(), b"\xc3\x28"))
    bad.add("step-top-counts-over-limit", "listener",
            patch(encode(LOGPROBS), "u32", 44, LIMITS["max_top_logprobs"] + 1), LIMIT)  # fmt: skip
    bad.add("step-top-counts-do-not-fit", "listener", patch(encode(LOGPROBS), "u32", 44, 3))
    bad.add("step-details-json", "listener", encode(DETAILS).replace(b'{"reasoning"', b'["reasoning"'))
    bad.add("step-details-null-element", "listener",
            encode({**DETAILS, "rows": [{"handle": 1, "ids": [5], "details": {"tool_calls": [None]}}]}))  # fmt: skip
    details = encode(DETAILS)
    at = details.index(b"{") - 4
    bad.add("step-detail-bytes-over-limit", "listener", patch(details, "u32", at, LIMITS["max_json_bytes"] + 1), LIMIT)
    bad.add("accepted-negative-id", "listener", encode({"type": "accepted", "handle": 1, "ids": [-1]}))
    bad.add("accepted-seed-without-its-flag", "listener", field({"type": "accepted", "handle": 1}, "seed", 4))
    bad.add("result-text-with-extra", "listener",
            field({"type": "result", "handle": 1, "kind": "text", "text": "x"}, "extra", 1))  # fmt: skip
    vectors: Fields = {"type": "result", "handle": 1, "kind": "embedding", "vectors": [[0.5, 1.0]]}
    bad.add("result-vectors-overflow", "listener", patch(field(vectors, "count", 2**31), "u32", 20, 2))
    bad.add("result-no-vectors", "listener", field(vectors, "count", 0))
    bad.add("result-vectors-of-nothing", "listener", patch(field(vectors, "extra", 0), "u32", 0, 24)[:24])
    bad.add(
        "result-text-utf8",
        "listener",
        encode({"type": "result", "handle": 1, "kind": "text", "text": "Köln"}).replace("ö".encode(), b"\xff\xff"),
    )
    health: Fields = {"type": "result", "handle": 1, "kind": "json", "json": {"healthy": True}}
    bad.add("result-json-over-limit", "listener", field(health, "count", LIMITS["max_json_bytes"] + 1), LIMIT)
    for name, data in {
        "cut": b'{"healthy":true', "list": b"[1]", "twice": b'{"a":1,"a":2}', "trailing": b'{"a":1} 1',
        "utf8": b'{"detail":"\xff"}', "surrogate": b'{"detail":"\\ud800"}', "null-element": b'{"models":[null]}',
    }.items():  # fmt: skip
        bad.add(f"result-json-{name}", "listener", json_result(data))
    ended: Fields = {"type": "end", "handle": 1, "finish": "stop", "prompt_tokens": 1, "stop_id": 1}
    bad.add("end-number-over-limit", "listener", field(ended, "prompt_tokens", 2**31))
    bad.add("end-negative-stop-id", "listener", field(ended, "stop_id", -1))
    bad.add("end-usage-without-its-flag-before-a-limit", "listener",
            patch(field({"type": "end", "handle": 1, "finish": "stop"}, "cached_tokens", 1),
                  "u16", 14, LIMITS["max_stop_bytes"] + 1))  # fmt: skip
    bad.add("end-usage-without-its-flag", "listener", field({"type": "end", "handle": 1, "finish": "stop"},
                                                            "cached_tokens", 1))  # fmt: skip
    bad.add("end-handle-zero", "listener", encode({"type": "end", "handle": 0, "finish": "stop"}))
    bad.add("error-retry-without-its-flag", "listener",
            field({"type": "error", "handle": 1, "code": "busy", "stage": "admit"}, "retry_after_ms", 1))  # fmt: skip


def bad_frames() -> list[Fields]:
    """All of them."""
    bad = Bad()
    for group in (headers, every_frame, openings, upgrades, requests, answers):
        group(bad)
    return bad.vectors
