"""A request that is not served at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from themis_sidecar.sessions.served_call import ServedCall

if TYPE_CHECKING:
    from themis_sidecar.failures import BridgeError
    from themis_sidecar.sessions.served_call import Outlet


class RefusedCall(ServedCall):
    """Takes its handle only to be refused."""

    def __init__(self, outlet: Outlet, handle: int, kind: str, refusal: BridgeError) -> None:
        """Takes why."""
        super().__init__(outlet, handle, 0)
        self.kind = kind
        self._refusal = refusal

    def start(self) -> None:
        """Sends ERROR."""
        self.fail(self._refusal)

    def stop(self) -> None:
        """Nothing runs."""
