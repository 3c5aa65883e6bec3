"""The sidecar over vLLM and a real socket: what is asked and answered. The same tests run with a real vLLM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from themis_sidecar.wire.control_frames import CancelFrame, CreditFrame
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Capability, Failure, Finish, Given, Operation, Option, PromptForm, RequestKind
from vllm_process import NAME, VllmTarget
from wire_files import Fields, questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from frame_client import Answer, FrameClient
    from sidecar_process import Sidecar

QUESTIONS = questions()
TEXT = Option.TEXT | Option.TOKEN_IDS | Option.PROMPT_IDS | Option.STREAM
ENDLESS = Option.TOKEN_IDS | Option.STREAM | Option.IGNORE_EOS
# Greedy: what is written down was found so.
GREEDY: Fields = {"given": Given.TEMPERATURE, "temperature": 0.0}
GERMAN: Fields = {"adapter": b"german"}


@pytest.fixture
def client(vllm: Sidecar) -> Iterator[FrameClient]:
    with vllm.connect() as one:
        one.socket.settimeout(120)
        yield one


def ask(client: FrameClient, handle: int, prompt: list[int] | str | Fields, **more: object) -> None:
    given = int(Given.TEMPERATURE) | sum(Given[name.upper()] for name in more if name.upper() in Given.__members__)
    values: Fields = {**GREEDY, **more, "given": given}
    client.generate(handle, prompt, model=NAME, **values)


def answer_to(client: FrameClient, prompt: list[int] | str | Fields, **more: object) -> Answer:
    ask(client, 1, prompt, **more)
    return client.wait(1)


def chat(question: str) -> Fields:
    return {"messages": [{"role": "user", "content": question}]}


def load_german(client: FrameClient, target: VllmTarget) -> None:
    german = {"model": NAME, "name": "german", "peft_path": target.lora}
    assert client.admin(1000, Operation.ADAPTER_LOAD, german).end is not None


@pytest.mark.parametrize("language", ["english", "german"])
def test_every_question_is_answered(client: FrameClient, target: VllmTarget, language: str) -> None:
    # One language after the other: vLLM's build for CPUs computes batches of both wrongly.
    load_german(client, target)
    adapter = GERMAN if language == "german" else {}
    for handle, entry in enumerate(QUESTIONS, 1):
        ask(client, handle, entry["prompt_token_ids"] if handle % 2 else chat(entry["question"]),
            options=TEXT, **adapter)  # fmt: skip
    for handle, entry in enumerate(QUESTIONS, 1):
        answer = client.wait(handle)
        assert answer.error is None
        assert answer.ids == entry[f"{language}_ids"]
        assert answer.text == entry[language]
        assert answer.accepted is not None
        assert list(answer.accepted.ids) == entry["prompt_token_ids"]
        assert answer.end is not None
        assert (answer.end.finish, answer.end.stop_id) == (Finish.STOP, None)
        assert answer.end.completion_tokens == len(answer.ids)
        assert answer.end.prompt_tokens == len(entry["prompt_token_ids"])


@pytest.mark.parametrize("language", ["english", "german"])
def test_every_cut_is_continued(client: FrameClient, target: VllmTarget, language: str) -> None:
    load_german(client, target)
    adapter = GERMAN if language == "german" else {}
    for entry in QUESTIONS if target.is_real else QUESTIONS[::10]:
        whole = entry[f"{language}_ids"]
        for cut in range(1, len(whole)):
            ask(client, cut, entry["prompt_token_ids"] + whole[:cut], **adapter)
        for cut in range(1, len(whole)):
            assert client.wait(cut).ids == whole[cut:], cut


def test_text_prompt_is_tokenized_by_the_engine(client: FrameClient) -> None:
    entry = QUESTIONS[0]
    prompt = f"<|im_start|>user\n{entry['question']}<|im_end|>\n<|im_start|>assistant\n"
    answer = answer_to(client, prompt, options=TEXT)
    assert answer.text == entry["english"]
    assert answer.accepted is not None
    assert list(answer.accepted.ids) == entry["prompt_token_ids"]
    half = len(entry["english"]) // 2
    begun: Fields = {**chat(entry["question"]), "continue_final_message": True, "add_generation_prompt": False}
    begun["messages"].append({"role": "assistant", "content": entry["english"][:half]})
    assert answer_to(client, begun, options=TEXT).end is not None


def test_many_streams_share_the_frames(client: FrameClient) -> None:
    tokens, count = 40, 16
    for handle in range(1, count + 1):
        ask(client, handle, QUESTIONS[handle]["prompt_token_ids"], options=ENDLESS, max_tokens=tokens)
    client.wait(*range(1, count + 1))
    assert all(len(client.answers[handle].ids) == tokens for handle in range(1, count + 1))
    # One for each step: requests that were admitted later end later.
    assert client.steps < 4 * tokens


def test_hello_says_what_the_engine_can(vllm: Sidecar) -> None:
    with vllm.connect_raw() as client:
        hello = client.open()
    can = Capability(hello.capabilities)
    assert Capability.GENERATE | Capability.RENDERS_CHAT | Capability.ADAPTERS | Capability.REGEX in can
    assert not can & (Capability.TOOLS | Capability.PRIORITY | Capability.EMBED)
    assert str(hello.content["engine"]).startswith("vLLM ")
    content: Fields = hello.content
    models: list[Fields] = content["models"]
    assert (models[0]["name"], models[0]["max_context_tokens"]) == (NAME, 512)


def test_logprobs_have_the_alternatives_best_first(client: FrameClient) -> None:
    for most in (0, 2):
        answer = answer_to(client, QUESTIONS[2]["prompt_token_ids"], logprobs=most)
        assert answer.ids == QUESTIONS[2]["english_ids"]
        assert len(answer.logprobs) == len(answer.ids)
        for token in answer.logprobs:
            assert len(token.top) == most
            assert [one for _, one in token.top] == sorted((one for _, one in token.top), reverse=True)
            assert token.logprob <= 0


def test_stop_string_ends_the_answer_though_no_text_is_wanted(client: FrameClient) -> None:
    entry = QUESTIONS[0]
    word = entry["english"].split()[3]
    kept = answer_to(client, entry["prompt_token_ids"], options=TEXT, json={"stop": [word]})
    assert kept.end is not None
    assert (kept.end.finish, kept.end.stop) == (Finish.STOP, word.encode())
    assert entry["english"].startswith(kept.text)
    assert word not in kept.text
    ids = answer_to(client, entry["prompt_token_ids"], json={"stop": [word]})
    assert (ids.text, ids.ids) == ("", kept.ids)
    included = answer_to(client, entry["prompt_token_ids"], options=TEXT | Option.INCLUDE_STOP, json={"stop": [word]})
    assert included.text.endswith(word)


def test_stop_ids_and_lengths_are_told(client: FrameClient) -> None:
    entry = QUESTIONS[0]
    ids = entry["english_ids"]
    stopped = answer_to(client, entry["prompt_token_ids"], stop_ids=[ids[5]])
    assert stopped.ids == ids[: ids.index(ids[5]) + 1]
    assert stopped.end is not None
    assert (stopped.end.finish, stopped.end.stop_id) == (Finish.STOP, ids[5])
    short = answer_to(client, entry["prompt_token_ids"], max_tokens=3)
    assert short.end is not None
    assert (short.ids, short.end.finish) == (ids[:3], Finish.LENGTH)
    whole = answer_to(client, [5] * 500, options=ENDLESS)
    assert whole.end is not None
    assert (len(whole.ids), whole.end.finish) == (12, Finish.LENGTH)


def test_seed_is_accepted_and_choice_obeyed(client: FrameClient) -> None:
    structure = {"structured_output": {"kind": "choice", "choices": ["yes"]}}
    answer = answer_to(client, QUESTIONS[0]["prompt_token_ids"], options=TEXT, json=structure, seed=7)
    assert answer.text == "yes"
    assert answer.accepted is not None
    assert answer.accepted.seed == 7
    # What vLLM's own log calls it.
    assert answer.accepted.engine_id.startswith(b"themis-")


@pytest.mark.parametrize(("prompt", "more", "failure", "parameter"), [
    ([1024], {}, Failure.INVALID_REQUEST, "prompt"),
    ([2**31 - 1], {}, Failure.INVALID_REQUEST, "prompt"),
    ([5] * 512, {}, Failure.CONTEXT_LENGTH_EXCEEDED, "prompt"),
    ([5] * 600, {}, Failure.CONTEXT_LENGTH_EXCEEDED, "prompt"),
    ([5], {"stop_ids": [99_999]}, Failure.INVALID_REQUEST, "stop_token_ids"),
    ([5], {"json": {"logit_bias": [[1024, 1.0]]}}, Failure.INVALID_REQUEST, "logit_bias"),
    ([5], {"adapter": b"french"}, Failure.UNKNOWN_ADAPTER, "adapter"),
    ([5], {"priority": 3}, Failure.UNSUPPORTED_OPTION, "priority"),
    ({"messages": [{"role": "user", "content": "x"}], "tools": [{"name": "f"}]}, {}, Failure.UNSUPPORTED_OPTION,
     "tools"),
    ({"messages": [{"role": "user", "content": "x"}], "tool_choice": {"mode": "required"}}, {},
     Failure.UNSUPPORTED_OPTION, "tool_choice"),
    ([5], {"json": {"structured_output": {"kind": "regex", "value": "(("}}}, Failure.INVALID_REQUEST,
     "structured_output"),
])  # fmt: skip
def test_wrong_requests_are_refused_and_the_engine_goes_on(
    client: FrameClient, prompt: list[int] | Fields, more: Fields, failure: Failure, parameter: str
) -> None:  # fmt: skip
    refused = answer_to(client, prompt, **more)
    assert refused.refusal == (failure, parameter)
    assert refused.accepted is None
    assert answer_to(client, QUESTIONS[1]["prompt_token_ids"]).ids == QUESTIONS[1]["english_ids"]


def test_cancelled_request_leaves_the_engine(client: FrameClient) -> None:
    # The second one gets no credit: its generator waits for the client and not for the engine.
    ask(client, 1, [5], options=ENDLESS, credit=100_000)
    ask(client, 2, [6], options=ENDLESS, credit=2)
    while not (client.answers[1].ids and client.answers[2].ids):
        client.pump()
    client.send(CancelFrame(1).write() + CancelFrame(2).write())
    assert client.wait(1).refusal[0] == Failure.CANCELLED
    assert client.wait(2).refusal[0] == Failure.CANCELLED
    health = client.admin(1, Operation.HEALTH).results[0].data
    assert b'"running":0,"waiting":0' in health
    assert b'"healthy":true' in health


def test_slow_client_gets_everything_in_larger_rows(client: FrameClient) -> None:
    ask(client, 1, [5], options=ENDLESS, max_tokens=200, credit=1)
    ask(client, 2, [6], options=ENDLESS, max_tokens=200, credit=1000)
    assert len(client.wait(2).ids) == 200
    client.send(CreditFrame(1, 400).write())
    assert len(client.wait(1).ids) == 200
    assert client.answers[1].rows < 150


def test_tenants_do_not_share_the_cache(client: FrameClient) -> None:
    # Longer than two blocks of any size that vLLM uses on a CPU.
    prompt = [7 + number % 900 for number in range(300)]

    def cached(tenant: bytes, options: int = int(ENDLESS)) -> int | None:
        end = answer_to(client, prompt, options=options, max_tokens=2, tenant=tenant).end
        assert end is not None
        return end.cached_tokens

    assert cached(b"one") == 0
    assert (cached(b"one") or 0) >= 128
    assert cached(b"two") == 0
    assert cached(b"one", int(ENDLESS | Option.BYPASS_CACHE)) == 0


def test_tokenize_and_detokenize(client: FrameClient) -> None:
    entry = QUESTIONS[3]
    asked = client.call(1, RequestKind.TOKENIZE, PromptForm.CHAT, model=NAME, json={"chat": chat(entry["question"])})
    ids = entry["prompt_token_ids"]
    assert asked.results[0].data == b"".join(number.to_bytes(4, "little") for number in ids)
    text = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, model=NAME, ids=entry["german_ids"])
    assert text.results[0].data.decode() == entry["german"]
    forced: Fields = {**chat("x"), "tool_choice": {"mode": "required"}}
    refused = client.call(1, RequestKind.TOKENIZE, PromptForm.CHAT, model=NAME, json={"chat": forced})
    assert refused.refusal == (Failure.UNSUPPORTED_OPTION, "tool_choice")
    embed = client.call(1, RequestKind.EMBED, PromptForm.NONE, model=NAME, json={"inputs": ["a"]})
    assert embed.refusal == (Failure.UNSUPPORTED_OPTION, "embeddings")


def test_adapters_have_digests_and_typed_errors(client: FrameClient, target: VllmTarget, tmp_path: Path) -> None:
    german = {"model": NAME, "name": "german", "peft_path": target.lora}
    load_german(client, target)
    content: Fields = read_json(client.admin(1, Operation.ADAPTER_LIST, {"model": NAME}).results[0].data)
    listed: list[Fields] = content["adapters"]
    digest = listed[0]["digest"]
    assert listed == [{**german, "digest": digest}]
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "adapter_config.json").write_text("{}")

    def load(**more: object) -> tuple[Failure, str]:
        return client.admin(1, Operation.ADAPTER_LOAD, {**german, **more}).refusal

    assert load(digest="00") == (Failure.INVALID_MODEL_FILE, "digest")
    assert load(scale=0.5) == (Failure.UNSUPPORTED_OPTION, "scale")
    assert load(peft_path="/nowhere") == (Failure.INVALID_MODEL_FILE, "peft_path")
    assert load(peft_path="lora-german") == (Failure.INVALID_REQUEST, "peft_path")
    assert load(name="bad", peft_path=str(broken)) == (Failure.INVALID_MODEL_FILE, "adapter")
    assert client.admin(1, Operation.ADAPTER_LOAD, {**german, "digest": digest}).end is not None
    assert answer_to(client, QUESTIONS[4]["prompt_token_ids"], **GERMAN).ids == QUESTIONS[4]["german_ids"]
    assert client.admin(1, Operation.ADAPTER_UNLOAD, {"model": NAME, "name": "german"}).end is not None
    assert answer_to(client, [5], **GERMAN).refusal == (Failure.UNKNOWN_ADAPTER, "adapter")
