"""The processes: an engine core that steps, and a worker that each step needs. Neither notices its parent's death."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vllm.sampling_params import packs

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import SamplingParams

BLOCK = 16
EOS = 2
# An orphan of a failed test ends by itself, much later than any test looks.
_ORPHAN_SECONDS = 90.0


@dataclass
class CoreRequest:
    """As it is sent to the core."""

    request_id: str
    prompt: list[int]
    params: SamplingParams
    lora: LoRARequest | None
    priority: object
    cache_salt: object
    choice: list[int] | None = None
    produced: int = 0


@dataclass
class CoreOutput:
    """As it comes back."""

    request_id: str
    token: int
    finish_reason: str | None
    stop_reason: int | None
    cached: int


def worker_main(pipe: Connection, *others: Connection) -> None:
    """Works for whoever asks; ends with the core."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    try:
        while True:
            pipe.send(pipe.recv())
    except EOFError:
        return


def _leave(*_: object) -> None:
    sys.exit(0)


def core_main(pipe: Connection, folder: str, max_loras: int, step_ms: float) -> None:
    """Runs the core."""
    print("INFO EngineCore is there", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    ours, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=worker_main, args=(theirs, ours, pipe), daemon=True)
    worker.start()
    theirs.close()
    Core(pipe, ours, folder, max_loras, step_ms / 1000).run()


class Core:
    """Steps all running requests at once."""

    def __init__(self, pipe: Connection, worker: Connection, folder: str, max_loras: int, step_seconds: float) -> None:
        """Reads the answers that lie beside the model."""
        self._pipe, self._worker, self._max_loras, self._step_seconds = pipe, worker, max_loras, step_seconds
        self._script = cast("list[dict[str, Any]]", json.loads((Path(folder).parent / "expected.json").read_text()))
        self._vocab = int(json.loads((Path(folder) / "config.json").read_text())["vocab_size"])
        self._running: list[CoreRequest] = []
        self._loras: dict[int, str] = {}
        self._pinned: set[int] = set()
        self._blocks: set[tuple[object, ...]] = set()
        self._is_deaf = False
        self._orphaned: float | None = None

    def run(self) -> None:
        """Until it is killed."""
        self._pipe.send(("ready",))
        while self._orphaned is None or time.monotonic() < self._orphaned + _ORPHAN_SECONDS:
            self._listen()
            if self._running:
                self._work()
                self._send(("outputs", [self._advance(one) for one in list(self._running)]))
                time.sleep(self._step_seconds)

    def _listen(self) -> None:
        if self._is_deaf or self._orphaned is not None:
            time.sleep(0.005)
            return
        try:
            while self._pipe.poll(0 if self._running else 0.05):
                self._take(self._pipe.recv())
        except (EOFError, OSError):
            self._orphaned = time.monotonic()
            self._running.clear()

    def _take(self, message: tuple[Any, ...]) -> None:
        kind = message[0]
        if kind == "add":
            self._add(message[1])
        elif kind == "abort":
            self._running = [one for one in self._running if one.request_id != message[1]]
        else:
            _, number, method, argument = message
            try:
                self._work()
                self._send(("reply", number, True, getattr(self, f"call_{method}")(argument)))
            except (KeyError, ValueError) as e:
                self._send(("reply", number, False, f"Call to {method} method failed: {e}"))

    def _add(self, request: CoreRequest) -> None:
        is_right = type(request.priority) is int and type(request.cache_salt) in (str, type(None))
        if not (packs(request.params) and is_right):
            # The thread that listens has died of it, and nobody is told.
            print("msgspec.ValidationError: Expected `int | null`, got `str`", file=sys.stderr, flush=True)
            self._is_deaf = True
            return
        if request.lora is not None and request.lora.lora_int_id not in self._loras:
            if not os.path.isdir(request.lora.lora_path):  # noqa: PTH112 - as bluntly as the real one
                os._exit(1)
            self._keep_lora(request.lora)
        self._running.append(request)

    def _keep_lora(self, lora: LoRARequest) -> None:
        while len(self._loras) >= self._max_loras:
            oldest = next((number for number in self._loras if number not in self._pinned), None)
            if oldest is None:
                print("All items are pinned, cannot remove oldest from the cache.", file=sys.stderr)
                os._exit(1)
            del self._loras[oldest]
        self._loras[lora.lora_int_id] = lora.lora_path

    def call_add_lora(self, lora: LoRARequest) -> bool:
        """True for a known number, whatever else is said."""
        if lora.lora_int_id not in self._loras:
            if not (Path(lora.lora_path) / "adapter_model.safetensors").is_file():
                raise ValueError(f"Loading lora {lora.lora_name} failed: No adapter found for {lora.lora_path}")
            self._keep_lora(lora)
        return True

    def call_remove_lora(self, number: int) -> bool:
        """False for an unknown one."""
        return self._loras.pop(number, None) is not None

    def call_pin_lora(self, number: int) -> bool:
        """Dangerous."""
        if number not in self._loras:
            raise ValueError(f"LoRA {number} is not there")
        self._pinned.add(number)
        return True

    def call_list_loras(self, _: object) -> set[int]:
        """Numbers."""
        return set(self._loras)

    def call_is_paused(self, _: object) -> bool:
        """Never."""
        return False

    def call_running(self, _: object) -> list[str]:
        """For the tests: the ids of what runs."""
        return [one.request_id for one in self._running]

    def call_embed(self, argument: tuple[list[int], int]) -> list[float]:
        """A vector."""
        ids, length = argument
        return [((zlib.crc32(bytes(str(ids), "ascii")) >> shift) % 7 + 1) / 8 for shift in range(length)]

    def _work(self) -> None:
        try:
            self._worker.send(None)
            self._worker.recv()
        except (EOFError, OSError):
            # The worker is dead.
            os._exit(1)

    def _send(self, message: tuple[object, ...]) -> None:
        try:
            self._pipe.send(message)
        except OSError:
            self._orphaned = self._orphaned or time.monotonic()
            self._running.clear()

    def _advance(self, one: CoreRequest) -> CoreOutput:
        params = one.params
        cached = self._cached(one) if one.produced == 0 else 0
        may_end = one.produced + 1 > params.min_tokens
        token = self._next(one)
        if token == EOS and (params.ignore_eos or not may_end):
            token = 5
        one.prompt.append(token)
        one.produced += 1
        finish: str | None = None
        reason: int | None = None
        if token == EOS and may_end:
            finish = "stop"
        elif may_end and not params.ignore_eos and (token in (params.stop_token_ids or ()) or token == 0):
            finish, reason = "stop", token
        elif one.produced >= params.max_tokens:
            finish = "length"
        if finish:
            self._running.remove(one)
        return CoreOutput(one.request_id, token, finish, reason, cached)

    def _next(self, one: CoreRequest) -> int:
        if one.choice is not None:
            return [*one.choice, EOS][one.produced]
        language = "german" if one.lora and "german" in one.lora.lora_path else "english"
        for entry in self._script:
            question, answer = entry["prompt_token_ids"], entry[f"{language}_ids"]
            said = one.prompt[len(question) :]
            if one.prompt[: len(question)] == question and said == answer[: len(said)] and len(said) < len(answer):
                return answer[len(said)]
        return 3 + zlib.crc32(str(one.prompt[-20:]).encode()) % (self._vocab - 3)

    def _cached(self, one: CoreRequest) -> int:
        salt = one.cache_salt, one.lora.lora_name if one.lora else None
        cached = 0
        for end in range(BLOCK, len(one.prompt), BLOCK):
            block = (*salt, tuple(one.prompt[:end]))
            cached = end if block in self._blocks and cached == end - BLOCK else cached
            self._blocks.add(block)
        return 0 if one.params.skip_reading_prefix_cache else cached
