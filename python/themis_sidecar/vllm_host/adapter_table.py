"""The adapters that are loaded, and how many requests run on each."""

from __future__ import annotations

import asyncio
import itertools
import logging
import shutil
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError, invalid, unsupported
from themis_sidecar.vllm_host.adapter_folder import check_folder, digest_of
from themis_sidecar.wire.words import Failure

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from pathlib import Path

    from themis_sidecar.content.requests import Adapter
    from themis_sidecar.vllm_host.round_trip import RoundTrip
    from themis_sidecar.vllm_host.vllm_names import VllmNames
    from vllm import AsyncLLMEngine
    from vllm.lora.request import LoRARequest

_log = logging.getLogger(__name__)

_LOAD_SECONDS = 300.0
# What loading one again may take, compared with the first time.
_AGAIN = 3.0


@dataclass
class LoadedAdapter:
    """An adapter under the number by which vLLM knows it."""

    adapter: Adapter
    request: LoRARequest
    load_seconds: float
    users: int = 0
    is_retired: bool = False


class AdapterTable:
    """Names to numbers. None is ever pinned: a pinned one more than the engine has places for would kill it.

    vLLM reads an adapter's folder again whenever it had to make room for another one, and dies of it when the folder
    is gone. So it is given a copy of our own, which also stays what its digest says.
    """

    def __init__(self, llm: AsyncLLMEngine, names: VllmNames, round_trip: RoundTrip, folder: Path) -> None:
        """Starts empty; copies lie in the folder, which is ours alone."""
        self._llm = llm
        self._names = names
        self._round_trip = round_trip
        self.folder = folder
        self._loaded: dict[str, LoadedAdapter] = {}
        # vLLM takes a number that it knows for loaded, whatever name and path come with it.
        self._numbers = itertools.count(1)
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        # Until when vLLM may be silent since it was told to load one: it answers nothing else meanwhile.
        self._patience: dict[object, float] = {}

    @property
    def is_loading(self) -> bool:
        """Whether vLLM has an adapter to load, and not had too long for it."""
        return max(self._patience.values(), default=0.0) > time.monotonic()

    def adapters(self) -> list[Adapter]:
        """Those that are loaded."""
        return [one.adapter for one in self._loaded.values()]

    async def load(self, adapter: Adapter) -> None:
        """Loads it; the same one again does nothing, another one of that name takes its place.

        It comes to its end also when whoever wanted it does not wait: vLLM does not stop in the midst of it.
        """
        if adapter.peft_path is None:
            raise invalid("peft_path", "vLLM needs the folder of the adapter. Give peft_path.")
        if adapter.scale != 1.0:
            raise unsupported("scale", "vLLM applies adapters as they were trained. Leave scale out.")
        await asyncio.shield(self._start(self._load(adapter, check_folder(adapter.peft_path))))

    async def _load(self, adapter: Adapter, folder: Path) -> None:
        async with self._lock:
            digest = await asyncio.to_thread(digest_of, folder)
            if adapter.digest not in (None, digest):
                raise BridgeError(
                    Failure.INVALID_MODEL_FILE, f"The folder '{folder.name}' has the digest {digest}.", "digest"
                )
            old = self._loaded.get(adapter.name)
            if old and (old.adapter.peft_path, old.adapter.digest) == (adapter.peft_path, digest):
                return
            number = next(self._numbers)
            copy = self.folder / str(number)
            try:
                await asyncio.to_thread(_copy, folder, copy, digest)
                # vLLM compares adapters by their names alone, so each has one of its own.
                request = self._names.lora_request(f"{adapter.name}#{number}", number, str(copy))
                self._round_trip.check(request, "adapters", "name")
                began = time.monotonic()
                await self._add(request, _LOAD_SECONDS)
                load_seconds = time.monotonic() - began
            except BaseException:
                await asyncio.to_thread(shutil.rmtree, copy, ignore_errors=True)
                raise
            self._loaded[adapter.name] = LoadedAdapter(replace(adapter, digest=digest), request, load_seconds)
            if old:
                await self._retire(old)

    async def unload(self, name: str) -> bool:
        """Says whether it was loaded; vLLM is told when nothing runs on it, since it would load it again."""
        async with self._lock:
            loaded = self._loaded.pop(name, None)
            if loaded:
                await self._retire(loaded)
            return loaded is not None

    def check(self, name: str) -> None:
        """Refuses one that is not loaded."""
        if name and name not in self._loaded:
            raise BridgeError(
                Failure.UNKNOWN_ADAPTER, "The adapter is not loaded. Load it, or name one that is.", "adapter"
            )

    async def take(self, name: str) -> LoadedAdapter:
        """An adapter for one request, which gives it back.

        vLLM may have dropped it meanwhile and would read its copy again in the midst of its work, of which it dies when
        somebody has cleared it away: so it is asked to load it here, where that is an error and nothing more.
        """
        self.check(name)
        loaded = self._loaded[name]
        loaded.users += 1
        try:
            check_folder(loaded.request.lora_path)
            await self._add(loaded.request, _AGAIN * loaded.load_seconds)
        except BaseException:
            self.give_back(loaded)
            raise
        return loaded

    def give_back(self, loaded: LoadedAdapter) -> None:
        """One request less runs on it."""
        loaded.users -= 1
        if loaded.is_retired and loaded.users == 0:
            self._start(self._remove(loaded))

    async def close(self) -> None:
        """Gives up what is under way, and removes all copies; vLLM is gone."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.to_thread(shutil.rmtree, self.folder, ignore_errors=True)

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _add(self, request: LoRARequest, patience: float) -> None:
        # A request that is cancelled stops nothing in vLLM, which must be known to be loading until it answers.
        await asyncio.shield(self._start(self._add_lora(request, patience)))

    async def _add_lora(self, request: LoRARequest, patience: float) -> None:
        call = object()
        self._patience[call] = time.monotonic() + patience
        try:
            is_added = await asyncio.wait_for(self._llm.add_lora(request), _LOAD_SECONDS)
        except self._names.dead_errors:
            raise
        except asyncio.TimeoutError as e:
            raise BridgeError(Failure.ENGINE_FAILED, "vLLM did not load the adapter in time.", "adapter") from e
        except Exception as e:
            # vLLM tells what its engine found by a bare Exception.
            _log.warning("vllm refused an adapter name=%r cause=%r", request.lora_name, str(e)[:500])
            raise BridgeError(
                Failure.INVALID_MODEL_FILE, "vLLM cannot load the adapter. Look at the sidecar's log.", "adapter"
            ) from e
        finally:
            del self._patience[call]
        if not is_added:
            raise BridgeError(Failure.INVALID_MODEL_FILE, "vLLM did not take the adapter.", "adapter")

    async def _retire(self, loaded: LoadedAdapter) -> None:
        loaded.is_retired = True
        if loaded.users == 0:
            await self._remove(loaded)

    async def _remove(self, loaded: LoadedAdapter) -> None:
        try:
            await asyncio.wait_for(self._llm.remove_lora(loaded.request.lora_int_id), _LOAD_SECONDS)
        except Exception as e:
            _log.warning("vllm did not drop an adapter name=%r cause=%r", loaded.request.lora_name, e)
        await asyncio.to_thread(shutil.rmtree, loaded.request.lora_path, ignore_errors=True)


def _copy(folder: Path, copy: Path, digest: str) -> None:
    if digest_of(folder, copy) != digest:
        raise BridgeError(
            Failure.INVALID_MODEL_FILE, f"The folder '{folder.name}' changed while it was read.", "peft_path"
        )
