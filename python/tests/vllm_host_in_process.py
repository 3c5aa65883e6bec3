"""The fake vLLM and its host in the process of the test, and a stream that writes down what it is given."""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from themis_sidecar.content.requests import Adapter, GenerateRequest, Sampling, TokenPrompt
from themis_sidecar.vllm_host.engine_arguments import read_engine_arguments
from themis_sidecar.vllm_host.vllm_names import find_names
from themis_sidecar.vllm_host.vllm_start import VllmOptions, host_vllm
from vllm import SamplingParams
from vllm.sampling_params import RequestOutputKind
from vllm_process import NAME
from wire_files import MODEL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from themis_sidecar.engines.engine import Ending
    from themis_sidecar.failures import BridgeError
    from themis_sidecar.vllm_host.vllm_engine import VllmEngine
    from themis_sidecar.wire.step_frame import TokenLogprob

SECONDS = 10.0
ENDLESS = Sampling(ignore_eos=True)


class Written:
    """A stream."""

    def __init__(self, *, wants_more: bool = True) -> None:
        self.wants_more = wants_more
        self.calls: list[str] = []
        self.ids: list[int] = []
        self.text = ""
        self.error: BridgeError | None = None
        self.ending: Ending | None = None
        self.has_ids = asyncio.Event()
        self.is_over = asyncio.Event()

    def accept(self, prompt_ids: Sequence[int], seed: int | None, engine_id: str = "") -> None:
        del prompt_ids, seed, engine_id
        self.calls.append("accept")

    def put(self, ids: list[int], text: str = "", logprobs: list[TokenLogprob] | None = None) -> None:
        del logprobs
        self.ids += ids
        self.text += text
        self.has_ids.set()

    def finish(self, ending: Ending) -> None:
        self.ending = ending
        self.is_over.set()

    def fail(self, error: BridgeError) -> None:
        self.error = error
        self.is_over.set()


def request(prompt: list[int] | None = None, sampling: Sampling | None = None, **more: object) -> GenerateRequest:
    """A generation of a few tokens."""
    values: dict[str, Any] = dict(more)
    return GenerateRequest(NAME, TokenPrompt(prompt or [5]), sampling or Sampling(max_tokens=3), **values)


async def finish(engine: VllmEngine, asked: GenerateRequest) -> Written:
    """Runs a generation to its end; it fails the test if there is none."""
    stream = Written()
    engine.generate(asked, stream)
    await asyncio.wait_for(stream.is_over.wait(), SECONDS)
    return stream


async def start(engine: VllmEngine, asked: GenerateRequest, *, wants_more: bool = True) -> Written:
    """Starts a generation and waits for its first tokens."""
    stream = Written(wants_more=wants_more)
    engine.generate(asked, stream)
    await asyncio.wait_for(stream.has_ids.wait(), SECONDS)
    return stream


async def load(engine: VllmEngine, name: str, path: str) -> None:
    """Loads an adapter."""
    await asyncio.wait_for(engine.load_adapter(Adapter(NAME, name, path)), SECONDS)


async def running(engine: VllmEngine) -> list[str]:
    """What vLLM's core runs."""
    return await asyncio.wait_for(engine.llm.running_ids(), SECONDS)


@asynccontextmanager
async def hosted(*arguments: str, liveness_seconds: float = 30.0) -> AsyncGenerator[VllmEngine]:
    """A started one."""
    names = find_names()
    given = read_engine_arguments(("--model", str(MODEL / "hf"), "--enable-lora", *arguments), names.engine_args)
    llm = names.engine.from_engine_args(given)
    folder = Path(tempfile.mkdtemp(prefix="themis-test-"))
    try:
        engine = await host_vllm(llm, names, given, VllmOptions((), NAME, liveness_seconds), folder)
        yield engine
        await engine.close()
        assert not folder.exists()
    finally:
        llm.shutdown()


def run(test: Callable[[VllmEngine], Awaitable[None]], *arguments: str) -> None:
    """Runs a test over a started one."""

    async def body() -> None:
        async with hosted(*arguments) as engine:
            await test(engine)

    asyncio.run(body())


def first(engine: VllmEngine, request_id: str = "one", prompt: Any = (5,), **options: Any) -> Any:  # noqa: ANN401
    """Asks vLLM itself for its first item."""
    params = SamplingParams(output_kind=RequestOutputKind.DELTA, **options)
    return anext(engine.llm.generate({"type": "token", "prompt_token_ids": prompt}, params, request_id))
