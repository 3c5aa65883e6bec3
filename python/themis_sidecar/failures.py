"""The one family of errors. Whatever else goes wrong is turned into one of them where it arises."""

from __future__ import annotations

from themis_sidecar.wire.words import Failure


class BridgeError(Exception):
    """A request failed: why, at which field, and what to do about it."""

    def __init__(self, failure: Failure, message: str, parameter: str = "", retry_after_ms: int | None = None) -> None:
        """Takes a message that holds no prompt and no secret: it is sent to the client."""
        super().__init__(message)
        self.failure = failure
        self.message = message
        self.parameter = parameter
        self.retry_after_ms = retry_after_ms


class FrameFault(BridgeError):  # noqa: N818 - the name on both sides
    """The peer broke a rule of the frames, or is gone: the connection cannot go on."""


def violation(message: str) -> FrameFault:
    """The peer broke a rule."""
    return FrameFault(Failure.PROTOCOL_VIOLATION, message)


def over_limit(message: str) -> FrameFault:
    """The peer went over a limit."""
    return FrameFault(Failure.LIMIT_EXCEEDED, message)


def invalid(parameter: str, message: str) -> BridgeError:
    """The content of one request is wrong."""
    return BridgeError(Failure.INVALID_REQUEST, message, parameter)


def unsupported(parameter: str, message: str) -> BridgeError:
    """One request asks for what this engine has not."""
    return BridgeError(Failure.UNSUPPORTED_OPTION, message, parameter)
