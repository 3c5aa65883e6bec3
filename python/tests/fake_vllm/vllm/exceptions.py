"""The family of errors since the middle of 2026; an older version has no such module."""

import os

if os.environ.get("FAKE_VLLM_VERSION", "0.32.0") < "0.20":
    raise ModuleNotFoundError("No module named 'vllm.exceptions'")


class VLLMError(Exception):
    """The root."""


class VLLMClientError(VLLMError):
    """The client's fault."""


class VLLMValidationError(VLLMClientError):
    """An option; no ValueError."""

    def __init__(self, message: str, *, parameter: str | None = None, value: object = None) -> None:
        """Takes both, and shows both."""
        super().__init__(message if parameter is None else f"{message} (parameter={parameter}, value={value})")
        self.parameter = parameter
        self.value = value


class VLLMNotFoundError(VLLMClientError):
    """Not there."""


class LoRAAdapterNotFoundError(VLLMNotFoundError):
    """An adapter is not there."""


class VLLMUnprocessableEntityError(VLLMClientError):
    """It cannot be done."""


class VLLMServerError(VLLMError):
    """The server's fault."""


class GenerationError(VLLMServerError):
    """A generation failed."""

    status_code = 500


class RetryableRequestError(GenerationError):
    """Try again."""


class GracefulHTTPError(VLLMError):
    """Has a status."""

    def __init__(self, message: str, http_status: int) -> None:
        """Takes the status."""
        super().__init__(message)
        self.message = message
        self.http_status = http_status


class QueueOverflowError(GracefulHTTPError):
    """Too many wait."""


class MaxQueuedTokensError(GracefulHTTPError):
    """Those that wait have too many tokens."""


class ProfilerAlreadyActiveError(GracefulHTTPError):
    """It is."""
