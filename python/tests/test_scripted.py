"""The scripted engine over a real socket: all answers of themis-tiny, in both languages, from every cut."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sidecar_process import Sidecar
from themis_sidecar.wire.words import Failure, Finish, Operation, Option, PromptForm, RequestKind, Stage
from wire_files import Fields, questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from frame_client import FrameClient

QUESTIONS = questions()
MODEL = "themis-tiny"
LANGUAGES = {"english": b"", "german": b"german"}
TEXT = Option.TEXT | Option.TOKEN_IDS | Option.PROMPT_IDS | Option.STREAM


@pytest.fixture(scope="module", params=["uds", "shm"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameClient]:
    folder: Path = tmp_path_factory.mktemp("scripted")
    sidecar = Sidecar(folder, engine="scripted")
    with sidecar.connect(request.param) as one:
        yield one
    assert sidecar.stop() == 0
    assert sidecar.left_files() == []


def chat(question: str) -> Fields:
    return {"messages": [{"role": "user", "content": question}]}


def prompts(entry: Fields) -> list[list[int] | Fields]:
    return [entry["prompt_token_ids"], chat(entry["question"])]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_question_is_answered_from_ids_and_chat(client: FrameClient, language: str) -> None:
    handle = 0
    for entry in QUESTIONS:
        for prompt in prompts(entry):
            handle += 1
            client.generate(handle, prompt, model=MODEL, adapter=LANGUAGES[language], options=TEXT)
    for handle in client.answers:
        client.wait(handle)
    answers = iter(client.answers.values())
    for entry in QUESTIONS:
        for _ in prompts(entry):
            answer = next(answers)
            assert answer.error is None
            assert answer.ids == entry[f"{language}_ids"]
            assert answer.text == entry[language]
            assert answer.accepted is not None
            assert list(answer.accepted.ids) == entry["prompt_token_ids"]
            assert answer.end is not None
            assert (answer.end.finish, answer.end.completion_tokens) == (Finish.STOP, len(answer.ids))
            assert answer.end.prompt_tokens == len(entry["prompt_token_ids"])
    client.answers.clear()


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_cut_is_continued(client: FrameClient, language: str) -> None:
    for entry in QUESTIONS[::7]:
        whole = entry[f"{language}_ids"]
        for cut in range(1, len(whole)):
            prompt = entry["prompt_token_ids"] + whole[:cut]
            client.generate(cut, prompt, model=MODEL, adapter=LANGUAGES[language])
        for cut in range(1, len(whole)):
            assert client.wait(cut).ids == whole[cut:]
    client.answers.clear()


def test_text_prompt_in_the_template_is_continued(client: FrameClient) -> None:
    entry = QUESTIONS[0]
    prompt = f"<|im_start|>user\n{entry['question']}<|im_end|>\n<|im_start|>assistant\n"
    client.generate(1, prompt, model=MODEL, options=Option.TEXT)
    assert client.wait(1).text == entry["english"]
    client.generate(2, prompt + entry["english"][:8], model=MODEL, options=Option.TEXT)
    assert entry["english"][:8] + client.wait(2).text == entry["english"]


@pytest.mark.parametrize(
    ("prompt", "parameter"),
    [
        ([1, 2, 3], "prompt"),
        ("What is this?", "prompt"),
        (chat("What is this?"), "messages"),
        ({"messages": [{"role": "system", "content": "Be brief."}, *chat("x")["messages"]]}, "messages"),
        ({**chat(QUESTIONS[0]["question"]), "tools": [{"name": "f"}]}, "tools"),
        ({**chat(QUESTIONS[0]["question"]), "add_generation_prompt": False}, "add_generation_prompt"),
        (QUESTIONS[0]["prompt_token_ids"] + QUESTIONS[0]["english_ids"], "prompt"),
        (QUESTIONS[0]["prompt_token_ids"][:-1], "prompt"),
    ],
)
def test_anything_else_is_refused_by_name(client: FrameClient, prompt: list[int] | Fields, parameter: str) -> None:
    client.generate(1, prompt, model=MODEL)
    error = client.wait(1).error
    assert error is not None
    assert error.code in (Failure.INVALID_REQUEST, Failure.UNSUPPORTED_OPTION)
    assert (error.stage, error.parameter.decode()) == (Stage.ADMIT, parameter)


def test_model_and_adapter_must_be_known(client: FrameClient) -> None:
    prompt = QUESTIONS[0]["prompt_token_ids"]
    client.generate(1, prompt, model="other")
    client.generate(2, prompt, model=MODEL, adapter=b"french")
    assert client.wait(1).refusal == (Failure.UNKNOWN_MODEL, "model")
    assert client.wait(2).refusal == (Failure.UNKNOWN_ADAPTER, "adapter")


def test_adapter_is_unloaded_and_loaded(client: FrameClient) -> None:
    german = {"model": MODEL, "name": "german"}
    prompt = QUESTIONS[0]["prompt_token_ids"]
    assert client.admin(1, Operation.ADAPTER_UNLOAD, german).results[0].data == b'{"unloaded":true}'
    assert client.admin(1, Operation.ADAPTER_UNLOAD, german).results[0].data == b'{"unloaded":false}'
    assert client.admin(1, Operation.ADAPTER_LIST, {"model": MODEL}).results[0].data == b'{"adapters":[]}'
    client.generate(1, prompt, model=MODEL, adapter=b"german")
    assert client.wait(1).refusal == (Failure.UNKNOWN_ADAPTER, "adapter")
    refused = client.admin(1, Operation.ADAPTER_LOAD, {"model": MODEL, "name": "french"})
    assert refused.refusal[0] == Failure.UNKNOWN_ADAPTER
    scaled = client.admin(1, Operation.ADAPTER_LOAD, {**german, "scale": 0.5})
    assert scaled.refusal == (Failure.UNSUPPORTED_OPTION, "scale")
    checked = client.admin(1, Operation.ADAPTER_LOAD, {**german, "digest": "sha256:00"})
    assert checked.refusal == (Failure.UNSUPPORTED_OPTION, "digest")
    assert client.admin(1, Operation.ADAPTER_LOAD, {**german, "peft_path": "lora-german"}).end is not None
    listed = client.admin(1, Operation.ADAPTER_LIST, {"model": MODEL}).results[0].data
    assert listed == b'{"adapters":[{"model":"themis-tiny","name":"german","peft_path":"lora-german"}]}'
    client.generate(1, prompt, model=MODEL, adapter=b"german")
    assert client.wait(1).ids == QUESTIONS[0]["german_ids"]


def test_detokenize_knows_the_vocabulary(client: FrameClient) -> None:
    entry = QUESTIONS[0]
    ids = entry["german_ids"]
    plain = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, model=MODEL, ids=ids)
    assert plain.results[0].data.decode() == entry["german"]
    kept = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, model=MODEL, ids=ids,
                       options=int(Option.KEEP_SPECIAL_TOKENS))  # fmt: skip
    assert kept.results[0].data.decode() == entry["german"] + "<|im_end|>"
    unknown = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, model=MODEL, ids=[1024])
    assert unknown.refusal[0] == Failure.INVALID_REQUEST


def test_tokenize_and_embeddings_are_refused_by_name(client: FrameClient) -> None:
    asked = client.call(1, RequestKind.TOKENIZE, PromptForm.CHAT, model=MODEL,
                        json={"chat": chat(QUESTIONS[3]["question"])})  # fmt: skip
    assert asked.results[0].data == bytes_of(QUESTIONS[3]["prompt_token_ids"])
    text = client.call(1, RequestKind.TOKENIZE, PromptForm.TEXT, model=MODEL, text=b"a")
    assert text.refusal == (Failure.UNSUPPORTED_OPTION, "tokenize")
    embed = client.call(1, RequestKind.EMBED, PromptForm.NONE, model=MODEL, json={"inputs": ["a"]})
    assert embed.refusal == (Failure.UNSUPPORTED_OPTION, "embeddings")


def bytes_of(ids: list[int]) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in ids)
