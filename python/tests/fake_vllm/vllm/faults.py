"""What a wrong option is told by, in either version."""


def wrong(message: str, parameter: str | None = None, value: object = None) -> Exception:
    """VLLMValidationError, or ValueError where that is not."""
    try:
        from vllm.exceptions import VLLMValidationError  # noqa: PLC0415 - one of the versions has no such module
    except ImportError:
        return ValueError(message)
    return VLLMValidationError(message, parameter=parameter, value=value)
