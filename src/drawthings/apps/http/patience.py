"""A protocol for uvicorn that does not wait for ever for the head of a request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    import asyncio

HEAD_S = 15.0
"""Seconds from the first byte of a request, or from the connection, until its head has to be there."""


class PatientProtocol(H11Protocol):
    """As uvicorn's own, but a connection is closed when the head of a request does not come to its end.

    Otherwise some hundred clients that send one byte a minute keep everybody else out.
    """

    head_s = HEAD_S
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for the first request."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Take what came; from the first byte of a further request on, its head is waited for as well."""
        if self._head is None and (self.cycle is None or self.cycle.response_complete):
            self._watch()
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._rest()

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting."""
        self._rest()
        super().connection_lost(exc)

    def _watch(self) -> None:
        self._rest()
        self._head = self.loop.call_later(self.head_s, self._give_up)

    def _rest(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        if not self.transport.is_closing() and (self.cycle is None or self.cycle.response_complete):
            self.transport.close()
