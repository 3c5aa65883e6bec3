"""What reaches vLLM of a request's options, and what a vLLM that was started otherwise can do."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from themis_sidecar.content.requests import EmbedRequest, Sampling, StructuredOutput, TextPrompt
from themis_sidecar.failures import BridgeError
from themis_sidecar.wire.strict_json import read_json
from themis_sidecar.wire.words import Capability, Failure, Operation
from vllm_host_in_process import ENDLESS, Written, finish, hosted, request, start
from vllm_process import NAME
from wire_files import Fields, questions

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from sidecar_process import Sidecar
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine

PROMPT: list[int] = questions()[0]["prompt_token_ids"]
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
POOLING = "--runner", "pooling", "--convert", "embed"


@pytest.fixture(autouse=True)
def quick_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "2")


def run(test: Callable[[VllmEngine], Awaitable[None]], *arguments: str) -> None:
    async def body() -> None:
        async with hosted(*arguments) as engine:
            await test(engine)

    asyncio.run(body())


def given(engine: VllmEngine) -> dict[str, Any]:
    """What vLLM was given last."""
    return cast("Any", engine.llm).given[-1]


def failure_of(stream: Written) -> tuple[Failure, str]:
    assert stream.error is not None
    return stream.error.failure, stream.error.parameter


def test_priority_goes_before_who_came_first() -> None:
    async def test(engine: VllmEngine) -> None:
        assert Capability.PRIORITY in engine.description.capabilities
        first = await start(engine, request(sampling=ENDLESS, priority=5))
        second = await finish(engine, request(sampling=Sampling(max_tokens=5, ignore_eos=True), priority=-1))
        assert len(second.ids) == 5
        assert not first.is_over.is_set()
        assert given(engine)["priority"] == -1
        engine.abort(first)

    run(test, "--scheduling-policy", "priority", "--max-num-seqs", "1")


@pytest.mark.parametrize(("arguments", "headers"), [
    (("--otlp-traces-endpoint", "http://127.0.0.1:4317"), {"traceparent": TRACE}), ((), None),
])  # fmt: skip
def test_trace_goes_on_where_vllm_traces(arguments: tuple[str, ...], headers: dict[str, str] | None) -> None:
    async def test(engine: VllmEngine) -> None:
        assert (await finish(engine, request(traceparent=TRACE))).error is None
        assert given(engine)["trace_headers"] == headers

    run(test, *arguments)


@pytest.mark.parametrize(("arguments", "defaults"), [
    ((), {"defaults": {"temperature": 0.6, "top_k": 20}}), (("--generation-config", "vllm"), {}),
])  # fmt: skip
def test_hello_has_the_defaults_of_the_generation_configuration(
    start_vllm: Callable[..., Sidecar], target: Any, arguments: tuple[str, ...], defaults: Fields  # noqa: ANN401
) -> None:  # fmt: skip
    del target
    with start_vllm(engine=("--max-model-len", "512", *arguments)).connect_raw() as client:
        content: Fields = client.open().content
        model: Fields = {"name": NAME, "max_context_tokens": 512, **defaults}
        assert content["models"] == [model]
        health: Fields = read_json(client.admin(1, Operation.HEALTH).results[0].data)
        assert (health["healthy"], health["detail"]) == (True, "")


@pytest.mark.parametrize(("structure", "field", "text"), [
    (StructuredOutput("json_schema", '{"type": "object"}'), {"json": '{"type": "object"}'}, "{}"),
    (StructuredOutput("json_object"), {"json_object": True}, "{}"),
    (StructuredOutput("grammar", 'root ::= "yes"'), {"grammar": 'root ::= "yes"'}, "yes"),
    (StructuredOutput("choice", choices=("no", "yes")), {"choice": ["no", "yes"]}, "no"),
])  # fmt: skip
def test_structure_is_the_one_constraint_of_its_kind(
    structure: StructuredOutput, field: dict[str, object], text: str
) -> None:  # fmt: skip
    async def test(engine: VllmEngine) -> None:
        answer = await finish(engine, request(PROMPT, Sampling(), structured_output=structure, wants_text=True))
        assert (answer.text, answer.error) == (text, None)
        constraint: dict[str, object] = given(engine)["params"].structured_outputs.__dict__
        assert {name: value for name, value in constraint.items() if value is not None} == field

    run(test)


@pytest.mark.parametrize("structure", [StructuredOutput("json_schema", "{"), StructuredOutput("grammar", "root")])
def test_structure_that_vllm_refuses_is_refused_by_name(structure: StructuredOutput) -> None:
    async def test(engine: VllmEngine) -> None:
        refused = await finish(engine, request(structured_output=structure))
        assert failure_of(refused) == (Failure.INVALID_REQUEST, "structured_output")

    run(test)


def test_vectors_are_shortened_where_the_model_can() -> None:
    async def test(engine: VllmEngine) -> None:
        assert Capability.EMBEDDING_DIMENSIONS in engine.description.capabilities
        inputs = TextPrompt("a"), TextPrompt("b")
        short = await engine.embed(EmbedRequest(NAME, inputs, 4))
        whole = await engine.embed(EmbedRequest(NAME, inputs))
        assert [len(one) for one in (*short.vectors, *whole.vectors)] == [4, 4, 8, 8]

    run(test, *POOLING, "--hf-overrides", '{"is_matryoshka": true}')


def test_engine_without_a_tokenizer_takes_ids_alone() -> None:
    async def test(engine: VllmEngine) -> None:
        can = engine.description.capabilities
        assert not can & (Capability.TEXT_PROMPT | Capability.TEXT_OUTPUT | Capability.RENDERS_CHAT
                          | Capability.TOKENIZE | Capability.REGEX)  # fmt: skip
        assert (await finish(engine, request(PROMPT, Sampling()))).ids == questions()[0]["english_ids"]
        for wrong, parameter in (
            (request(wants_text=True), "text"),
            (request(sampling=Sampling(stop=("a",))), "stop"),
            (request(structured_output=StructuredOutput("json_object")), "structured_output"),
        ):
            with pytest.raises(BridgeError) as refused:
                engine.generate(wrong, cast("Any", None))
            assert (refused.value.failure, refused.value.parameter) == (Failure.UNSUPPORTED_OPTION, parameter)
        with pytest.raises(BridgeError, match="has no tokenizer"):
            await engine.renderer.encode(TextPrompt("a"))

    run(test, "--skip-tokenizer-init")


def test_full_queue_is_busy() -> None:
    async def test(engine: VllmEngine) -> None:
        running = await start(engine, request(sampling=ENDLESS))
        waiting = Written()
        engine.generate(request([5] * 9), waiting)
        while engine.llm.get_num_queued_tokens() < 9:
            await asyncio.sleep(0.005)
        assert failure_of(await finish(engine, request()))[0] == Failure.BUSY
        for stream in (running, waiting):
            engine.abort(stream)

    run(test, "--max-num-seqs", "1", "--max-num-queued-tokens", "9")


@pytest.mark.parametrize("cached", [None, 0, 7])
def test_cached_tokens_stay_unknown_where_vllm_does_not_tell(cached: int | None) -> None:
    async def test(engine: VllmEngine) -> None:
        make = engine.llm.generate

        async def tell(*given: Any, **more: Any) -> AsyncGenerator[Any, None]:  # noqa: ANN401 - as it comes
            async for output in make(*given, **more):
                output.num_cached_tokens = cached
                yield output

        cast("Any", engine.llm).generate = tell
        ending = (await finish(engine, request())).ending
        assert ending is not None
        assert ending.cached_tokens == cached

    run(test)
