"""The thread that sleeps on a side's bell, so that the event loop need not."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from themis_sidecar.shared_memory.ring_side import RingSide


class Waiter:
    """Tells the loop that something has come, and sleeps again when the loop has taken it. It moves no bytes itself."""

    def __init__(
        self, side: RingSide, loop: asyncio.AbstractEventLoop, on_news: Callable[[], None],
        on_over: Callable[[OSError | None], None],
    ) -> None:  # fmt: skip
        """Starts the thread, which waits for go_on; RuntimeError: there can be none.

        Takes what the loop is to call. After on_over the thread does not touch the memory any more.
        """
        self._side = side
        self._loop = loop
        self._on_news = on_news
        self._on_over = on_over
        self._go_on = threading.Semaphore(0)
        threading.Thread(target=self._run, name="themis-shm", daemon=True).start()

    def go_on(self) -> None:
        """Everything that has come was taken: waits for more."""
        self._go_on.release()

    def stop(self) -> None:
        """Ends the thread, soon."""
        self._side.stop_waiting()
        self._go_on.release()

    def _run(self) -> None:
        cause = None
        try:
            try:
                self._wait()
            except OSError as e:
                cause = e
            self._loop.call_soon_threadsafe(self._on_over, cause)
        except RuntimeError:
            # The loop is closed: the process is about to end.
            return

    def _wait(self) -> None:
        self._go_on.acquire()
        while not self._side.is_over:
            if self._side.has_come:
                self._loop.call_soon_threadsafe(self._on_news)
                self._go_on.acquire()
            else:
                self._side.wait()
