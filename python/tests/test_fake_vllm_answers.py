"""The answers of the fake vLLM held against the page of facts: what comes, in which pieces, and with what beside it."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, cast

import pytest
import vllm
from vllm.core_messages import CoreOutput
from vllm.logprobs import FlatLogprobs
from vllm.sampling_params import RequestOutputKind
from vllm.v1.engine import input_processor
from vllm.v1.engine.answer import Answer
from vllm_host_in_process import SECONDS, run

if TYPE_CHECKING:
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine
    from vllm.logprobs import Logprob
    from vllm.v1.metrics.stats import RequestStateStats

DELTA = RequestOutputKind.DELTA


@pytest.fixture(autouse=True)
def a_step_takes_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps of no time at all would merge."""
    monkeypatch.setenv("FAKE_VLLM_STEP_MS", "5")


def rendered(ids: list[int]) -> dict[str, object]:
    """As vLLM passes it on."""
    return {"type": "token", "prompt_token_ids": ids}


async def items(engine: VllmEngine, prompt: object = None, **options: Any) -> list[vllm.RequestOutput]:  # noqa: ANN401
    """All items of a request."""
    params = vllm.SamplingParams(**{"output_kind": DELTA, "ignore_eos": True, **options})
    given = rendered([5]) if prompt is None else prompt

    async def read() -> list[vllm.RequestOutput]:
        return [output async for output in engine.llm.generate(given, params, "one")]

    return await asyncio.wait_for(read(), SECONDS)


def ids_of(outputs: list[vllm.RequestOutput], index: int = 0) -> list[int]:
    return [token for one in outputs for answer in one.outputs if answer.index == index for token in answer.token_ids]


def test_two_answers_come_mixed_and_the_last_item_alone_is_the_end() -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, n=2, max_tokens=5)
        assert [one.finished for one in found] == [False] * (len(found) - 1) + [True]
        ends = {answer.index: answer.finish_reason for one in found for answer in one.outputs if answer.finish_reason}
        assert ends == {0: "length", 1: "length"}
        assert (len(ids_of(found, 0)), len(ids_of(found, 1))) == (5, 5)
        assert ids_of(found, 0) != ids_of(found, 1)
        assert ids_of(found, 0) == ids_of(await items(engine, max_tokens=5))
        final = await items(engine, n=2, max_tokens=5, output_kind=RequestOutputKind.FINAL_ONLY)
        assert [[len(answer.token_ids) for answer in one.outputs] for one in final] == [[5, 5]]

    run(test)


def test_closing_ends_all_answers_to_a_request() -> None:
    async def test(engine: VllmEngine) -> None:
        params = vllm.SamplingParams(output_kind=DELTA, n=2, ignore_eos=True, max_tokens=None)
        one = engine.llm.generate(rendered([5]), params, "one")
        await asyncio.wait_for(anext(one), SECONDS)
        assert len(await engine.llm.running_ids()) == 2
        await one.aclose()
        assert await engine.llm.running_ids() == []

    run(test)


@pytest.mark.parametrize("kind", [RequestOutputKind.CUMULATIVE, 1])
def test_without_the_member_for_deltas_everything_comes_again(kind: object) -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, max_tokens=4, output_kind=kind, logprobs=1)
        sizes = [len(one.outputs[0].token_ids) for one in found]
        assert sizes == sorted(set(sizes))
        assert sizes[-1] == len(cast("list[object]", found[-1].outputs[0].logprobs)) == 4

    run(test)


def test_interval_makes_pieces_of_that_size_and_can_only_be_raised() -> None:
    for asked, sizes in ((8, [1, 8, 8, 3]), (2, [1, 4, 4, 4, 4, 3])):
        params = vllm.SamplingParams(output_kind=DELTA, detokenize=False, stream_interval=asked)
        answer = Answer(0, params, None, None, interval=4)
        steps = [CoreOutput("0", [at], "length" if at == 19 else None) for at in range(20)]
        assert [len(item.token_ids) for item in map(answer.take, steps) if item] == sizes

    async def test(engine: VllmEngine) -> None:
        found = await items(engine, max_tokens=20)
        assert len(ids_of(found)) == 20
        # A reader that is late gets more at once, and never less.
        assert min(len(one.outputs[0].token_ids) for one in found[1:-1]) >= 4

    run(test, "--stream-interval", "4")


def test_slow_reader_gets_merged_items_with_probabilities_that_fit() -> None:
    async def test(engine: VllmEngine) -> None:
        for flat in (False, True):
            params = vllm.SamplingParams(
                output_kind=DELTA, ignore_eos=True, max_tokens=12, logprobs=2, flat_logprobs=flat
            )
            found: list[vllm.RequestOutput] = []
            async for output in engine.llm.generate(rendered([5]), params, "one"):
                found.append(output)
                await asyncio.sleep(0.03)
            assert max(len(one.outputs[0].token_ids) for one in found) > 1
            entries = [dict(entry) for one in found for entry in one.outputs[0].logprobs or ()]
            assert [token in entry for token, entry in zip(ids_of(found), entries, strict=True)] == [True] * 12

    run(test)


def test_probabilities_have_the_chosen_token_and_the_best_or_those_that_were_asked_for() -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, max_tokens=20, logprobs=2)
        entries = [entry for one in found for entry in cast("list[dict[int, Logprob]]", one.outputs[0].logprobs)]
        assert {len(entry) for entry in entries} == {2, 3}
        assert all(token in entry for token, entry in zip(ids_of(found), entries, strict=True))
        total = sum(entry[token].logprob for token, entry in zip(ids_of(found), entries, strict=True))
        assert found[-1].outputs[0].cumulative_logprob == total
        asked = (await items(engine, max_tokens=1, logprob_token_ids=[5, 6]))[0].outputs[0]
        entry = cast("list[dict[int, Logprob]]", asked.logprobs)[0]
        assert ({*asked.token_ids, 5, 6}, [entry[5].rank, entry[6].rank]) == (set(entry), [1, 2])
        assert asked.cumulative_logprob is None
        assert (await items(engine, max_tokens=1))[0].outputs[0].logprobs is None

    run(test)


def test_flat_probabilities_have_one_entry_more_than_was_asked_for() -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, max_tokens=1, logprobs=2, flat_logprobs=True)
        flat = found[0].outputs[0].logprobs
        assert isinstance(flat, FlatLogprobs)
        assert (flat.start_indices, flat.end_indices, flat.token_ids[0]) == ([0], [3], ids_of(found)[0])
        assert len(flat.token_ids) == len(flat.logprobs) == len(flat.ranks) == len(flat.decoded_tokens) == 3

    run(test)


def test_probabilities_of_the_prompt_come_once() -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, rendered([5, 6, 7]), max_tokens=3, prompt_logprobs=1)
        begun = found[0].prompt_logprobs
        assert begun is not None
        assert [begun[0], *(token in (begun[at] or {}) for at, token in ((1, 6), (2, 7)))] == [None, True, True]
        assert [one.prompt_logprobs for one in found[1:]] == [[]] * (len(found) - 1)
        assert (await items(engine, max_tokens=1))[0].prompt_logprobs is None

    run(test)


@pytest.mark.parametrize("has_statistics", [True, False])
def test_measurements_are_there_unless_they_are_switched_off(has_statistics: bool) -> None:
    async def test(engine: VllmEngine) -> None:
        found = await items(engine, max_tokens=3)
        assert [one.metrics is not None for one in found] == [has_statistics] * len(found)
        if has_statistics:
            told = cast("RequestStateStats", found[-1].metrics)
            assert told.num_generation_tokens == 3
            assert told.queued_ts <= told.first_token_ts <= told.last_token_ts

    run(test, *(() if has_statistics else ("--disable-log-stats",)))


def test_prompts_in_any_form_and_a_warning_once_of_those_that_are_not_rendered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(input_processor, "_warned", list[bool]())

    async def test(engine: VllmEngine) -> None:
        tokenizer = engine.llm.tokenizer
        assert tokenizer is not None
        ids = tokenizer.encode("What")
        plain = await items(engine, rendered(ids), max_tokens=3)
        assert (plain[0].prompt, plain[0].prompt_token_ids) == (None, ids)
        with caplog.at_level(logging.WARNING, "vllm"):
            for raw in (ids, {"prompt_token_ids": ids, "unknown": 1}, "What", {"prompt": "What"}):
                assert ids_of(await items(engine, raw, max_tokens=3)) == ids_of(plain)
        assert [one for one in caplog.messages if "Passing raw prompts" in one] == caplog.messages
        assert len(caplog.messages) == 1
        assert (await items(engine, "What", max_tokens=1))[0].prompt == "What"

    run(test)
