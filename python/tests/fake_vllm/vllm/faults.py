"""What a wrong option is told by, in either version."""


def wrong(message: str, parameter: str | None = None, value: object = None) -> Exception:
    """VLLMValidationError, or ValueError where that is not."""
    try:
        from vllm.exceptions import VLLMValidationError
    except ImportError:
        return ValueError(message)
    return VLLMValidationError(message, parameter=parameter, value=value)
