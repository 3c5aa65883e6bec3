"""From the command line to a vLLM that has answered its first request."""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import signal
import tempfile
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from themis_sidecar.engines.start_error import EngineStartError
from themis_sidecar.vllm_host.engine_arguments import read_engine_arguments
from themis_sidecar.vllm_host.process_group import guard_children, kill_others
from themis_sidecar.vllm_host.prompt_renderer import PromptRenderer
from themis_sidecar.vllm_host.round_trip import RoundTrip
from themis_sidecar.vllm_host.vllm_description import describe
from themis_sidecar.vllm_host.vllm_engine import VllmEngine
from themis_sidecar.vllm_host.vllm_names import find_names
from themis_sidecar.vllm_host.warm_up import warm_up

if TYPE_CHECKING:
    from collections.abc import Generator

    from themis_sidecar.vllm_host.vllm_names import VllmNames
    from vllm import AsyncEngineArgs, AsyncLLMEngine

_log = logging.getLogger(__name__)

_PROGRESS_SECONDS = 2.0
_QUESTION_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class VllmOptions:
    """How vLLM is started and watched."""

    arguments: tuple[str, ...]
    model: str | None = None
    liveness_seconds: float = 30.0


async def start_vllm(options: VllmOptions) -> VllmEngine:
    """Starts it. EngineStartError: vLLM is not there or unsuitable, its arguments are wrong, or it failed."""
    # A start takes half a minute and more, most of it inside vLLM's constructor: until then a signal ends us at once.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    # vLLM logs to standard output, and so may whatever it starts.
    os.dup2(2, 1)
    with _progress("importing vLLM"):
        names = find_names()
    try:
        arguments = read_engine_arguments(options.arguments, names.engine_args)
    except ValueError as e:
        raise EngineStartError(str(e)) from e
    folder = Path(tempfile.mkdtemp(prefix="themis-sidecar-"))
    guard_children(folder)
    with _progress("starting vLLM's engine"):
        llm = _construct(names, arguments)
    try:
        return await host_vllm(llm, names, arguments, options, folder)
    except BaseException as e:
        llm.shutdown()
        kill_others()
        if isinstance(e, EngineStartError) or not isinstance(e, Exception):
            raise
        raise EngineStartError(f"vLLM started and cannot be used: {e!r}.") from e


def _construct(names: VllmNames, arguments: AsyncEngineArgs) -> AsyncLLMEngine:
    try:
        return names.engine.from_engine_args(arguments)
    except Exception as e:
        _log.debug("vllm did not start", exc_info=e)
        kill_others()
        raise EngineStartError(f"vLLM did not start: {_first_line(e)} Its own log above says more.") from e


async def host_vllm(
    llm: AsyncLLMEngine, names: VllmNames, arguments: AsyncEngineArgs, options: VllmOptions, folder: Path
) -> VllmEngine:  # fmt: skip
    """Looks at a started vLLM and has it answer for the first time. The folder is for copies; it goes at the end."""
    tasks = await asyncio.wait_for(llm.get_supported_tasks(), _QUESTION_SECONDS)
    tokenizer: object = None
    if not arguments.skip_tokenizer_init:
        # It was awaitable once.
        tokenizer = cast("object", llm.get_tokenizer())
        if inspect.isawaitable(tokenizer):
            tokenizer = cast("object", await tokenizer)
    model_config = llm.vllm_config.model_config
    vocab = model_config.get_vocab_size()
    renderer = PromptRenderer(tokenizer, vocab, model_config.max_model_len)
    description = describe(
        names, arguments, llm.vllm_config, tasks, renderer, options.model or _model_name(arguments)
    )  # fmt: skip
    traces = await asyncio.wait_for(llm.is_tracing_enabled(), _QUESTION_SECONDS)
    known_good = {
        "options": names.sampling_params(temperature=0.0, max_tokens=1, output_kind=names.delta),
        "structures": names.sampling_params(
            structured_outputs=names.structured_outputs(choice=["a"]), output_kind=names.delta
        ),
        "adapters": names.lora_request("none", 1, "none"),
    }
    engine = VllmEngine(
        llm, names, description, renderer, RoundTrip(known_good),
        vocab=vocab, liveness_seconds=options.liveness_seconds, traces=traces, folder=folder,
    )  # fmt: skip
    with _progress("warming vLLM up"):
        seconds = await warm_up(engine, "generate" in tasks)
    _log.info("vllm version=%s is ready first_answer_ms=%.0f", names.version, seconds * 1000)
    return engine


def _model_name(arguments: AsyncEngineArgs) -> str:
    served = arguments.served_model_name
    if isinstance(served, list):
        served = next(iter(served), None)
    return served or (Path(arguments.model).resolve().name if Path(arguments.model).is_dir() else arguments.model)


def _first_line(error: Exception) -> str:
    text = next(iter(str(error).splitlines()), "") or type(error).__name__
    return text if text.endswith(".") else f"{text}."


@contextmanager
def _progress(what: str) -> Generator[None]:
    """Says every few seconds that it is still at it: from a thread, since vLLM takes this one."""
    began = time.monotonic()
    is_over = threading.Event()

    def report() -> None:
        while not is_over.wait(_PROGRESS_SECONDS):
            _log.info("%s seconds=%.0f", what, time.monotonic() - began)

    _log.info("%s", what)
    thread = threading.Thread(target=report, name="progress", daemon=True)
    thread.start()
    try:
        yield
    finally:
        is_over.set()
        thread.join()
