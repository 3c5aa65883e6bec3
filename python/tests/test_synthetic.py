"""The synthetic engine over a real socket: tokens, options, failures made on purpose."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import pytest
from sidecar_process import Sidecar
from themis_sidecar.wire.layout import MAX_CREDIT
from themis_sidecar.wire.words import Failure, Finish, Given, Operation, Option, PromptForm, RequestKind, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from frame_client import FrameClient
    from wire_files import Fields

STREAM = Option.TOKEN_IDS | Option.STREAM
# The smallest vocabulary has one word beside the end token, so that answers end soon.
SMALL = "--vocab", "300"


@pytest.fixture(scope="module", params=["uds", "shm"])
def client(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FrameClient]:
    sidecar = Sidecar(tmp_path_factory.mktemp("synthetic"), "--max-model-len", "600", *SMALL)
    with sidecar.connect(request.param) as one:
        yield one
    assert sidecar.stop() == 0


def answer_of(client: FrameClient, prompt: list[int] | str | Fields = "Köln", adapter: bytes = b"") -> list[int]:
    """Fifty tokens that go on over the end token."""
    client.generate(
        1, prompt, given=Given.MAX_TOKENS, max_tokens=50, options=STREAM | Option.IGNORE_EOS, adapter=adapter
    )
    answer = client.wait(1)
    assert answer.end is not None, answer.error
    assert (answer.end.finish, answer.end.completion_tokens, len(answer.ids)) == (Finish.LENGTH, 50, 50)
    return answer.ids


def test_same_prompt_same_tokens_and_others_otherwise(client: FrameClient) -> None:
    ids = answer_of(client)
    assert answer_of(client) == ids
    assert answer_of(client, list("Köln".encode())) == ids
    assert answer_of(client, "Bonn") != ids
    client.admin(2, Operation.ADAPTER_LOAD, {"model": "synthetic", "name": "a"})
    assert answer_of(client, adapter=b"a") != ids
    seeded = [seeded_answer(client, seed) for seed in (0, 1, 0)]
    assert seeded[0] == seeded[2] != seeded[1]
    assert ids not in seeded


def seeded_answer(client: FrameClient, seed: int) -> list[int]:
    client.generate(1, "Köln", given=Given.MAX_TOKENS | Given.SEED, max_tokens=50, seed=seed,
                    options=STREAM | Option.IGNORE_EOS)  # fmt: skip
    answer = client.wait(1)
    assert answer.accepted is not None
    assert answer.accepted.seed == seed
    return answer.ids


def test_beginning_of_the_own_answer_is_continued(client: FrameClient) -> None:
    prompt = list(b"Hamburg")
    whole = answer_of(client, prompt)
    for cut in (1, 17, 49):
        client.generate(1, prompt + whole[:cut], given=Given.MAX_TOKENS, max_tokens=50 - cut,
                        options=STREAM | Option.IGNORE_EOS)  # fmt: skip
        assert client.wait(1).ids == whole[cut:]


def test_end_token_ends_unless_told_otherwise(client: FrameClient) -> None:
    client.generate(1, "a", options=STREAM | Option.TEXT | Option.PROMPT_IDS)
    answer = client.wait(1)
    assert answer.end is not None
    assert answer.accepted is not None
    assert list(answer.accepted.ids) == [97]
    assert (answer.end.finish, answer.ids[-1], answer.end.stop_id) == (Finish.STOP, 256, None)
    assert answer.text == "".join(f" {token}" for token in answer.ids[:-1])
    length = len(answer.ids)
    client.generate(1, "a", given=Given.MIN_TOKENS, min_tokens=length + 1)
    longer = client.wait(1).ids
    assert len(longer) > length
    assert longer[: length - 1] == answer.ids[:-1]
    client.generate(1, "a", stop_ids=[answer.ids[1]])
    stopped = client.wait(1)
    assert stopped.end is not None
    assert (stopped.ids, stopped.end.stop_id) == (answer.ids[:2], answer.ids[1])


def test_special_token_is_written_only_when_kept(client: FrameClient) -> None:
    for option, expected in ((Option.KEEP_SPECIAL_TOKENS, "a<|end|>"), (Option(0), "a")):
        answer = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, ids=[97, 256], options=int(option))
        assert answer.results[0].data.decode() == expected


def test_text_never_splits_a_character(client: FrameClient) -> None:
    tokens = client.call(1, RequestKind.TOKENIZE, PromptForm.TEXT, text="Köln 🙂".encode())
    ids = list(array("i", tokens.results[0].data))
    assert (ids, tokens.results[0].extra) == (list("Köln 🙂".encode()), 600)
    back = client.call(1, RequestKind.DETOKENIZE, PromptForm.TOKENS, ids=ids)
    assert back.results[0].data.decode() == "Köln 🙂"


def test_chat_is_rendered(client: FrameClient) -> None:
    chat: Fields = {"messages": [{"role": "user", "content": "Hi"}]}
    tokens = client.call(1, RequestKind.TOKENIZE, PromptForm.CHAT, json={"chat": chat})
    assert bytes(list(array("i", tokens.results[0].data))) == b"user: Hi\nassistant:"
    assert answer_of(client, chat) == answer_of(client, "user: Hi\nassistant:")


@pytest.mark.parametrize("count", [0, 3, 20])
def test_logprobs_come_with_every_token(client: FrameClient, count: int) -> None:
    client.generate(1, "a", given=Given.MAX_TOKENS | Given.LOGPROBS, max_tokens=9, logprobs=count,
                    options=STREAM | Option.TEXT | Option.IGNORE_EOS)  # fmt: skip
    answer = client.wait(1)
    assert len(answer.logprobs) == len(answer.ids) == 9
    for token, one in zip(answer.ids, answer.logprobs, strict=True):
        assert len(one.top) == count
        assert not count or one.top[0] == (token, one.logprob)
        assert [pair[1] for pair in one.top] == sorted((pair[1] for pair in one.top), reverse=True)


def test_context_is_a_limit(client: FrameClient) -> None:
    client.generate(1, [1] * 600)
    assert client.wait(1).refusal == (Failure.CONTEXT_LENGTH_EXCEEDED, "prompt")
    client.generate(1, [1] * 598, options=STREAM | Option.IGNORE_EOS, given=Given.MAX_TOKENS, max_tokens=100)
    answer = client.wait(1)
    assert answer.end is not None
    assert (len(answer.ids), answer.end.finish) == (2, Finish.LENGTH)


@pytest.mark.parametrize(
    ("more", "failure", "parameter"),
    [
        ({"json": {"stop": ["x"]}}, Failure.UNSUPPORTED_OPTION, "stop"),
        ({"json": {"logit_bias": [[1, 2]]}}, Failure.UNSUPPORTED_OPTION, "logit_bias"),
        ({"json": {"structured_output": {"kind": "regex", "value": "a*"}}}, Failure.UNSUPPORTED_OPTION,
         "structured_output"),
        ({"json": {"structured_output": {"kind": "json_object"}}}, Failure.UNSUPPORTED_OPTION, "structured_output"),
        ({"options": STREAM | Option.INCLUDE_STOP}, Failure.UNSUPPORTED_OPTION, "include_stop_str_in_output"),
        ({"given": Given.FREQUENCY_PENALTY, "frequency_penalty": 0.5}, Failure.UNSUPPORTED_OPTION,
         "frequency_penalty"),
        ({"given": Given.REPETITION_PENALTY, "repetition_penalty": 1.5}, Failure.UNSUPPORTED_OPTION,
         "repetition_penalty"),
        ({"given": Given.TOP_P, "top_p": 0.0}, Failure.INVALID_REQUEST, "top_p"),
        ({"given": Given.TEMPERATURE, "temperature": float("nan")}, Failure.INVALID_REQUEST, "temperature"),
        ({"given": Given.MAX_TOKENS, "max_tokens": 0}, Failure.INVALID_REQUEST, "max_tokens"),
        ({"given": Given.SEED, "seed": -1}, Failure.INVALID_REQUEST, "seed"),
        ({"given": Given.LOGPROBS, "logprobs": 21}, Failure.INVALID_REQUEST, "logprobs"),
        ({"given": Given.MIN_TOKENS | Given.MAX_TOKENS, "min_tokens": 3, "max_tokens": 2}, Failure.INVALID_REQUEST,
         "min_tokens"),
        ({"adapter": b"nobody"}, Failure.UNKNOWN_ADAPTER, "adapter"),
        ({"model": "other"}, Failure.UNKNOWN_MODEL, "model"),
        ({"model": " "}, Failure.INVALID_REQUEST, "model"),
        ({"request_id": b"a b"}, Failure.INVALID_REQUEST, "request_id"),
    ],
)  # fmt: skip
def test_what_cannot_be_honoured_is_refused_by_name(
    client: FrameClient, more: Fields, failure: Failure, parameter: str
) -> None:
    client.generate(1, "a", **more)
    answer = client.wait(1)
    assert answer.refusal == (failure, parameter)
    assert answer.error is not None
    assert answer.error.stage == Stage.ADMIT


def test_options_that_change_nothing_are_taken(client: FrameClient) -> None:
    given = (Given.MAX_TOKENS | Given.TEMPERATURE | Given.TOP_P | Given.TOP_K | Given.MIN_P | Given.MIN_TOKENS
             | Given.FREQUENCY_PENALTY | Given.PRESENCE_PENALTY | Given.REPETITION_PENALTY)  # fmt: skip
    client.generate(1, "a", given=given, max_tokens=3, temperature=1.0, top_p=1.0, repetition_penalty=1.0, top_k=-1,
                    tenant=b"a", priority=-2, options=STREAM | Option.BYPASS_CACHE | Option.IGNORE_EOS)  # fmt: skip
    assert len(client.wait(1).ids) == 3


def test_tools_and_continued_messages_are_refused(client: FrameClient) -> None:
    message = {"role": "user", "content": "a"}
    client.generate(1, {"messages": [message], "tools": [{"name": "f"}]})
    assert client.wait(1).refusal == (Failure.UNSUPPORTED_OPTION, "tools")
    # Without tools no tool can be called, and to let the model choose changes nothing.
    client.generate(1, {"messages": [message], "tool_choice": {"mode": "required"}})
    assert client.wait(1).refusal == (Failure.UNSUPPORTED_OPTION, "tool_choice")
    free = {"messages": [message], "tool_choice": {"mode": "auto"}}
    client.generate(1, free, given=Given.MAX_TOKENS, max_tokens=1)
    assert client.wait(1).error is None
    client.generate(1, {"messages": [message], "add_generation_prompt": False, "continue_final_message": True})
    assert client.wait(1).refusal == (Failure.UNSUPPORTED_OPTION, "continue_final_message")


def test_embeddings_are_vectors_of_length_one(client: FrameClient) -> None:
    asked = {"inputs": ["Köln", 4, "Bonn"]}
    answer = client.call(1, RequestKind.EMBED, PromptForm.NONE, json=asked, ids=[75, 195, 182, 108])
    vectors = [list(array("f", answer.results[0].data))[i * 64 : (i + 1) * 64] for i in range(3)]
    assert (answer.results[0].items, answer.results[0].extra) == (3, 64)
    assert all(abs(sum(value * value for value in vector) - 1) < 1e-5 for vector in vectors)
    assert vectors[0] != vectors[1] != vectors[2]
    assert answer.end is not None
    assert answer.end.prompt_tokens == 13
    short = client.call(1, RequestKind.EMBED, PromptForm.NONE, json={"inputs": ["a"]}, given=Given.DIMENSIONS,
                        dimensions=8)  # fmt: skip
    assert short.results[0].extra == 8
    long = client.call(1, RequestKind.EMBED, PromptForm.NONE, json={"inputs": ["a"]}, given=Given.DIMENSIONS,
                       dimensions=65)  # fmt: skip
    assert long.refusal == (Failure.INVALID_REQUEST, "dimensions")


def test_embeddings_over_one_frame_come_in_several(start: Callable[..., Sidecar]) -> None:
    with start().connect_raw() as client:
        client.open(max_frame_bytes=65_536)
        answer = client.call(1, RequestKind.EMBED, PromptForm.NONE, json={"inputs": ["a"] * 600})
        assert answer.end is not None
        assert sum(result.items for result in answer.results) == 600
        assert len(answer.results) == 3
        # And a row that no frame could hold is cut.
        client.generate(2, "a", given=Given.MAX_TOKENS, max_tokens=40, credit=MAX_CREDIT)
        assert len(client.wait(2).ids) == 40


def test_health_and_metrics_are_answered(client: FrameClient) -> None:
    health = client.admin(1, Operation.HEALTH).results[0].data
    assert health == b'{"healthy":true,"detail":"","running":0,"waiting":0}'
    text = client.admin(1, Operation.METRICS).results[0].data.decode()
    assert 'themis_bridge_requests_total{kind="health",outcome="ok"} ' in text
    bad = client.admin(1, Operation.ADAPTER_LOAD, {"model": "synthetic", "name": ""})
    assert bad.refusal == (Failure.INVALID_REQUEST, "name")
    other = client.admin(1, Operation.ADAPTER_LIST, {"model": "other"})
    assert other.refusal == (Failure.UNKNOWN_MODEL, "model")


def test_generation_fails_where_it_is_told_to(start: Callable[..., Sidecar]) -> None:
    with start("--fail-after", "5").connect() as client:
        client.generate(1, "a")
        client.generate(2, "b", options=STREAM | Option.TEXT)
        client.wait(1, 2)
        for handle in (1, 2):
            answer = client.answers[handle]
            assert answer.error is not None
            assert (answer.error.code, answer.error.stage) == (Failure.ENGINE_FAILED, Stage.STREAM)
            assert len(answer.ids) == 5


def test_stalled_generation_is_ended_by_its_budget(start: Callable[..., Sidecar]) -> None:
    with start("--stall", "4").connect() as client:
        client.generate(1, "a", total_ms=300)
        client.generate(2, "a", given=Given.MAX_TOKENS, max_tokens=3)
        assert len(client.wait(2).ids) == 3
        answer = client.wait(1)
        assert answer.error is not None
        assert (answer.error.code, answer.error.stage) == (Failure.DEADLINE_EXCEEDED, Stage.STREAM)
        assert len(answer.ids) == 4
        client.generate(1, "a", given=Given.MAX_TOKENS, max_tokens=2)
        assert len(client.wait(1).ids) == 2


def test_process_dies_where_it_is_told_to(start: Callable[..., Sidecar]) -> None:
    sidecar = start("--die", "6")
    with sidecar.connect() as client:
        client.generate(1, "a")
        with pytest.raises((AssertionError, ConnectionError)):
            client.wait(1)
        assert len(client.answers[1].ids) <= 6
    assert sidecar.wait() == -9


def test_first_token_has_a_budget_of_its_own(start: Callable[..., Sidecar]) -> None:
    with start("--step-ms", "60000").connect() as client:
        client.generate(1, "a", first_token_ms=100)
        answer = client.wait(1)
        assert answer.error is not None
        assert (answer.error.code, answer.error.stage) == (Failure.DEADLINE_EXCEEDED, Stage.PREFILL)


def test_priority_goes_first_when_the_batch_is_full(start: Callable[..., Sidecar]) -> None:
    with start("--batch", "1", "--step-ms", "1").connect() as client:
        for handle, priority in ((1, 0), (2, 5), (3, -5)):
            client.generate(handle, "a", priority=priority, given=Given.MAX_TOKENS, max_tokens=20)
        client.wait(3)
        assert not client.answers[2].ids
        client.wait(1)
        assert not client.answers[2].ids
        assert len(client.wait(2).ids) == 20


def test_step_of_many_is_one_frame(start: Callable[..., Sidecar]) -> None:
    with start("--step-ms", "5").connect() as client:
        handles = range(1, 65)
        for handle in handles:
            client.generate(handle, [handle], given=Given.MAX_TOKENS, max_tokens=30, options=STREAM | Option.IGNORE_EOS)
        client.wait(*handles)
        assert all(len(client.answers[handle].ids) == 30 for handle in handles)
        # Requests that arrive while a step is under way are a step behind to their end.
        assert client.steps <= 30 + 5
