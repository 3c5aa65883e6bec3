"""What is used of vLLM, looked up and measured against what the sidecar was written for."""

from __future__ import annotations

import importlib
import inspect
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from themis_sidecar.engines.start_error import EngineStartError
from themis_sidecar.vllm_host.sampling_values import FIELDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from vllm import AsyncEngineArgs, AsyncLLMEngine, EmbeddingRequestOutput, PoolingParams, SamplingParams
    from vllm.lora.request import LoRARequest
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

_log = logging.getLogger(__name__)

TESTED = ((0, 32), (0, 33))
_GENERATE = frozenset(("prompt", "sampling_params", "request_id", "lora_request", "priority"))
_ENCODE = frozenset(("prompt", "pooling_params", "request_id"))
_METHODS = ("from_engine_args", "add_lora", "remove_lora", "list_loras", "is_paused", "get_tokenizer",
            "get_supported_tasks", "shutdown")  # fmt: skip


@dataclass(frozen=True, slots=True)
class VllmNames:
    """The classes of one vLLM."""

    version: str
    engine_args: type[AsyncEngineArgs]
    engine: type[AsyncLLMEngine]
    sampling_params: type[SamplingParams]
    pooling_params: type[PoolingParams]
    structured_outputs: type[StructuredOutputsParams]
    lora_request: type[LoRARequest]
    embedding_output: type[EmbeddingRequestOutput]
    delta: RequestOutputKind
    generate_keywords: frozenset[str]
    client_errors: tuple[type[Exception], ...]
    dead_errors: tuple[type[Exception], ...]
    busy_errors: tuple[type[Exception], ...]
    adapter_errors: tuple[type[Exception], ...]


def find_names() -> VllmNames:
    """Imports vLLM; EngineStartError says what is missing."""
    try:
        vllm = importlib.import_module("vllm")
    except ImportError as e:
        raise EngineStartError(
            f"vLLM cannot be imported ({e}). Start the sidecar with the interpreter that vLLM is installed for."
        ) from e
    version = str(getattr(vllm, "__version__", "of unknown version"))
    release = tuple(getattr(vllm, "__version_tuple__", ()))[:2]
    if release not in TESTED:
        tested = ", ".join(".".join(map(str, one)) for one in TESTED)
        _log.warning("vllm version=%s is not among those that were tested: %s", version, tested)
    engine = cast("type[AsyncLLMEngine]", _need(version, "vllm", "AsyncLLMEngine"))
    for name in _METHODS:
        if not callable(getattr(engine, name, None)):
            raise _lack(version, f"AsyncLLM.{name}")
    kinds = _need(version, "vllm.sampling_params", "RequestOutputKind")
    delta = getattr(kinds, "DELTA", None)
    if delta is None:
        raise _lack(version, "RequestOutputKind.DELTA")
    params = cast("type[SamplingParams]", _need(version, "vllm", "SamplingParams"))
    missing = FIELDS - set(getattr(params, "__struct_fields__", ()))
    if missing:
        raise _lack(version, f"SamplingParams.{min(missing)}")
    _check_keywords(version, "encode", engine.encode, _ENCODE)
    # Before the family of VLLMError there was, what a client had done wrong was a ValueError.
    client = _find("vllm.exceptions", "VLLMClientError")
    return VllmNames(
        version,
        cast("type[AsyncEngineArgs]", _need(version, "vllm", "AsyncEngineArgs")),
        engine,
        params,
        cast("type[PoolingParams]", _need(version, "vllm", "PoolingParams")),
        cast("type[StructuredOutputsParams]", _need(version, "vllm.sampling_params", "StructuredOutputsParams")),
        cast("type[LoRARequest]", _need(version, "vllm.lora.request", "LoRARequest")),
        cast("type[EmbeddingRequestOutput]", _need(version, "vllm", "EmbeddingRequestOutput")),
        cast("RequestOutputKind", delta),
        _check_keywords(version, "generate", engine.generate, _GENERATE),
        client or (ValueError,),
        _find("vllm.v1.engine.exceptions", "EngineDeadError"),
        (*_find("vllm.exceptions", "GracefulHTTPError"), *_find("vllm.exceptions", "RetryableRequestError")),
        _find("vllm.exceptions", "LoRAAdapterNotFoundError"),
    )


def _check_keywords(version: str, name: str, method: Callable[..., object], needed: frozenset[str]) -> frozenset[str]:
    found = frozenset(inspect.signature(method).parameters)
    if needed - found:
        raise _lack(version, f"AsyncLLM.{name}({min(needed - found)}=…)")
    return found


def _need(version: str, module: str, name: str) -> object:
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        found = None
    if found is None:
        raise _lack(version, f"{module}.{name}")
    return found


def _find(module: str, name: str) -> tuple[type[Exception], ...]:
    """A class that not every version has, as the tuple that `except` takes."""
    try:
        found = getattr(importlib.import_module(module), name, None)
    except ImportError:
        return ()
    return (found,) if isinstance(found, type) and issubclass(found, Exception) else ()


def _lack(version: str, what: str) -> EngineStartError:
    tested = " and ".join(".".join(map(str, one)) for one in TESTED)
    return EngineStartError(f"vLLM {version} lacks {what}, which the sidecar needs. Versions {tested} are tested.")
