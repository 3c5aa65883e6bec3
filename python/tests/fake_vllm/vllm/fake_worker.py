"""The process of the worker, which each step needs."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection


def worker_main(pipe: Connection, *others: Connection) -> None:
    """Works for whoever asks; ends with the core."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for other in others:
        other.close()
    worker = Worker()
    try:
        while True:
            call = pipe.recv()
            pipe.send(None if call is None else worker.answer(*call))
    except EOFError:
        return


class Worker:
    """Has nothing to compute."""

    def check_health(self) -> None:
        """It is there."""

    def answer(self, method: str | Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
        """A method of its own by its name, or a function of somebody else's."""
        try:
            if isinstance(method, str):
                return True, getattr(self, method)(*args, **kwargs)
            return True, method(self, *args, **kwargs)
        except Exception as e:
            return False, str(e)
