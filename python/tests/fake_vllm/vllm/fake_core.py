"""The process of the engine core, which steps. It does not notice its parent's death."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import time
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from vllm.core_messages import CoreOutput
from vllm.decoding import decodes
from vllm.fake_worker import worker_main

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from vllm.core_messages import CoreOptions, CoreRequest
    from vllm.lora.request import LoRARequest

BLOCK = 16
EOS = 2
# An orphan of a failed test ends by itself, much later than any test looks.
_ORPHAN_SECONDS = 90.0


def _weights(folder: Path) -> int:
    return zlib.crc32((folder / "adapter_model.safetensors").read_bytes())


def _leave(*_: object) -> None:
    sys.exit(0)


def core_main(pipe: Connection, options: CoreOptions) -> None:
    """Runs the core."""
    print("INFO EngineCore is there", flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    ours, theirs = multiprocessing.Pipe()
    worker = multiprocessing.get_context("fork").Process(target=worker_main, args=(theirs, ours, pipe), daemon=True)
    worker.start()
    theirs.close()
    Core(pipe, ours, options).run()


class Core:
    """Steps all running requests at once."""

    def __init__(self, pipe: Connection, worker: Connection, options: CoreOptions) -> None:
        """Reads the answers that lie beside the model."""
        self._pipe, self._worker, self._options = pipe, worker, options
        folder = Path(options.folder)
        self._script = cast("list[dict[str, Any]]", json.loads((folder.parent / "expected.json").read_text()))
        self._vocab = int(json.loads((folder / "config.json").read_text())["vocab_size"])
        self._german = _weights(folder.parent / "lora-german")
        self._running: list[CoreRequest] = []
        # By number: what the weights are.
        self._loras: dict[int, int] = {}
        self._pinned: set[int] = set()
        self._blocks: set[tuple[object, ...]] = set()
        self._is_deaf = self._is_sleeping = False
        self._pause: str | None = None
        self._awaiting: list[int] = []
        self._orphaned: float | None = None

    def run(self) -> None:
        """Until it is killed."""
        self._pipe.send(("ready",))
        while self._orphaned is None or time.monotonic() < self._orphaned + _ORPHAN_SECONDS:
            self._listen()
            batch = self._batch()
            if batch:
                self._work()
                self._send(("outputs", [self._advance(one) for one in batch]))
                time.sleep(self._options.step_seconds)
            if not self._running:
                while self._awaiting:
                    self._send(("reply", self._awaiting.pop(), True, None))

    def _batch(self) -> list[CoreRequest]:
        if self._pause in ("keep", "abort") or (self._pause == "wait" and not self._awaiting):
            return []
        # What came during the pause waits for its end.
        waiting = [one for one in self._running if not (self._awaiting and one.is_late)]
        if self._options.by_priority:
            waiting.sort(key=lambda one: cast("int", one.priority))
        return waiting[: self._options.max_num_seqs]

    def _listen(self) -> None:
        if self._is_deaf or self._orphaned is not None:
            time.sleep(0.005)
            return
        try:
            while not self._is_deaf and self._pipe.poll(0 if self._batch() else 0.05):
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
            _, number, method, arguments = message
            try:
                self._work()
                if method == "pause" and arguments[0] == "wait" and self._running:
                    self._pause = "wait"
                    self._awaiting.append(number)
                    return
                self._send(("reply", number, True, getattr(self, f"call_{method}")(*arguments)))
            except (KeyError, ValueError) as e:
                self._send(("reply", number, False, f"Call to {method} method failed: {e}"))

    def _add(self, request: CoreRequest) -> None:
        if not decodes(request):
            # The thread that listens has died of it, and nobody is told.
            print("msgspec.ValidationError: Expected `int | null`, got `str`", file=sys.stderr, flush=True)
            self._is_deaf = True
            return
        request.is_late = self._pause is not None
        self._running.append(request)

    def _need_lora(self, lora: LoRARequest) -> int:
        """The weights; read again when another one took their place, and that goes as bluntly as in the real one."""
        if lora.lora_int_id not in self._loras:
            try:
                self._keep_lora(lora)
            except ValueError as e:
                print(f"EngineCore encountered a fatal error: {e}", file=sys.stderr, flush=True)
                os._exit(1)
        return self._loras[lora.lora_int_id]

    def _keep_lora(self, lora: LoRARequest) -> None:
        try:
            weights = _weights(Path(lora.lora_path))
        except OSError as e:
            raise ValueError(
                f"Worker failed with error 'Loading lora {lora.lora_name} failed: No adapter found for "
                f"{lora.lora_path}', please check the stack trace above for the root cause"
            ) from e
        time.sleep(self._options.load_seconds)
        while len(self._loras) >= self._options.max_loras:
            oldest = next((number for number in self._loras if number not in self._pinned), None)
            if oldest is None:
                print("All items are pinned, cannot remove oldest from the cache.", file=sys.stderr)
                os._exit(1)
            del self._loras[oldest]
        self._loras[lora.lora_int_id] = weights

    def call_add_lora(self, lora: LoRARequest) -> bool:
        """True for a known number, whatever else is said."""
        if lora.lora_int_id not in self._loras:
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

    def call_list_loras(self) -> set[int]:
        """Numbers."""
        return set(self._loras)

    def call_pause(self, mode: str, clear_cache: bool) -> None:
        """Keeps or aborts what runs; whoever waits for its end is told later."""
        self._pause = mode
        if clear_cache:
            self._blocks.clear()
        if mode == "abort":
            self._send(("outputs", [CoreOutput(one.request_id, finish_reason="abort") for one in self._running]))
            self._running.clear()

    def call_resume(self) -> None:
        """Goes on."""
        self._pause = None
        for one in self._running:
            one.is_late = False

    def call_is_paused(self) -> bool:
        """Whether there is a pause."""
        return self._pause is not None

    def call_set_sleeping(self, is_sleeping: bool) -> None:
        """Remembers."""
        self._is_sleeping = is_sleeping

    def call_is_sleeping(self) -> bool:
        """Whether it sleeps."""
        return self._is_sleeping

    def call_reset_prefix_cache(self) -> bool:
        """Forgets."""
        self._blocks.clear()
        return True

    def call_collective_rpc(
        self, method: str | Callable[..., Any], timeout: float | None, args: tuple[Any, ...],
        kwargs: dict[str, Any] | None,
    ) -> list[Any]:  # fmt: skip
        """Asks the worker."""
        del timeout
        is_right, value = self._work((method, args, kwargs or {}))
        if not is_right:
            raise ValueError(
                f"Worker failed with error '{value}', please check the stack trace above for the root cause"
            )
        return [value]

    def call_running(self) -> list[str]:
        """For the tests: the ids of what runs."""
        return [one.request_id for one in self._running]

    def call_embed(self, ids: list[int], length: int) -> list[float]:
        """A vector."""
        return [((zlib.crc32(bytes(str(ids), "ascii")) >> shift) % 7 + 1) / 8 for shift in range(length)]

    def _work(self, call: tuple[Any, ...] | None = None) -> Any:  # noqa: ANN401
        try:
            self._worker.send(call)
            return self._worker.recv()
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
        weights = None if one.lora is None else self._need_lora(one.lora)
        cached = self._cached(one) if one.produced == 0 else None
        may_end = one.produced + 1 > params.min_tokens
        token = self._next(one, weights)
        if token == EOS and (params.ignore_eos or not may_end):
            token = 5
        one.prompt.append(token)
        one.produced += 1
        finish: str | None = None
        reason: int | None = None
        if token == EOS and may_end:
            finish = "stop"
        elif may_end and (
            token in (params.stop_token_ids or ()) or (token in self._options.end_ids and not params.ignore_eos)
        ):
            finish, reason = "stop", token
        elif one.produced >= params.max_tokens:
            finish = "length"
        if finish:
            self._running.remove(one)
        return CoreOutput(one.request_id, [token], finish, reason, cached)

    def _next(self, one: CoreRequest, weights: int | None) -> int:
        if one.choice is not None:
            return [*one.choice, EOS][one.produced]
        language = {None: "english", self._german: "german"}.get(weights)
        for entry in self._script if language else ():
            question, answer = entry["prompt_token_ids"], entry[f"{language}_ids"]
            said = one.prompt[len(question) :]
            if one.prompt[: len(question)] == question and said == answer[: len(said)] and len(said) < len(answer):
                return answer[len(said)]
        if one.prompt[-1] == self._vocab - 1:
            # So that there is a way to the end that only the generation configuration names.
            return 0
        return 3 + zlib.crc32(str(one.prompt[-20:]).encode(), (weights or 0) + one.index) % (self._vocab - 3)

    def _cached(self, one: CoreRequest) -> int:
        salt = one.cache_salt, one.lora.lora_name if one.lora else None
        cached = 0
        for end in range(BLOCK, len(one.prompt), BLOCK):
            block = (*salt, tuple(one.prompt[:end]))
            cached = end if block in self._blocks and cached == end - BLOCK else cached
            self._blocks.add(block)
        return 0 if one.params.skip_reading_prefix_cache else cached
