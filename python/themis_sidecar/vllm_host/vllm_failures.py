"""vLLM's exceptions as failures."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from themis_sidecar.failures import BridgeError
from themis_sidecar.wire.words import Failure

if TYPE_CHECKING:
    from themis_sidecar.vllm_host.vllm_names import VllmNames

_log = logging.getLogger(__name__)

_MAX_TEXT = 300
_TOO_LONG = ("maximum context length", "maximum model length")


def failure_of(error: Exception, names: VllmNames) -> BridgeError:
    """What a client is told."""
    if isinstance(error, BridgeError):
        return error
    if isinstance(error, names.dead_errors):
        return BridgeError(Failure.ENGINE_FAILED, "vLLM's engine died. Look at the sidecar's log.")
    if isinstance(error, names.adapter_errors):
        return BridgeError(Failure.UNKNOWN_ADAPTER, "vLLM does not know the adapter. Load it again.", "adapter")
    if isinstance(error, names.client_errors):
        return _refusal(error)
    # 0.32 wraps what may be tried again into an EngineGenerateError without a text.
    if isinstance(error, names.busy_errors) or isinstance(error.__cause__, names.busy_errors):
        return BridgeError(Failure.BUSY, "vLLM takes no more requests now. Try again later.", retry_after_ms=1000)
    # EngineGenerateError has no text; what happened is its cause.
    _log.error("vLLM failed a request cause=%r", error.__cause__ or error)
    return BridgeError(Failure.ENGINE_FAILED, "vLLM failed the request. Look at the sidecar's log.")


def _refusal(error: Exception) -> BridgeError:
    text = next(iter(str(error).splitlines()), "")[:_MAX_TEXT]
    parameter: object = getattr(error, "parameter", None)
    if parameter == "input_tokens" or any(words in text for words in _TOO_LONG):
        return BridgeError(Failure.CONTEXT_LENGTH_EXCEEDED, f"vLLM refused the prompt: {text}", "prompt")
    name = parameter if isinstance(parameter, str) else "request"
    if "rammar" in text or "Choice" in text:
        name = "structured_output"
    return BridgeError(Failure.INVALID_REQUEST, f"vLLM refused the request: {text}", name)
