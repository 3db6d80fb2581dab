"""Connections of clients that neither send nor read in time are closed: they would keep others out."""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_S = 10.0  # for the head of a request, and for the first byte
UNREAD_S = 30.0  # how long an answer may wait for a client that reads fewer than
LEAST_BYTES = 16 * 1024
END_S = 4.0  # for an answer that is being made or read when serving ends


class Impatient(H11Protocol):
    """HTTP of uvicorn, whose own patience only ends between two requests."""

    _timer: asyncio.TimerHandle | None = None
    _unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Waits for the first request."""
        super().connection_made(transport)
        # What is left of a small answer is waited for, too. With 0, TLS would wait even if nothing is left.
        transport.set_write_buffer_limits(high=1, low=0)
        self._begin()

    def data_received(self, data: bytes) -> None:
        """Waits for the rest of the head, if this is the beginning of one."""
        if self._is_idle() and self._timer is None:
            self._begin()
        super().data_received(data)
        if not self._is_idle():
            self._stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Waits for nothing any more."""
        self._stop()
        self._has_read()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Waits for the client, which has to read first."""
        super().pause_writing()
        self._wait(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        """Goes on: the client has read everything."""
        self._has_read()
        super().resume_writing()

    def shutdown(self) -> None:
        """Gives an answer a moment; a client that does not read would keep the server from ending."""
        super().shutdown()
        self.loop.call_later(END_S, self.transport.abort)

    def _wait(self, unread: int) -> None:
        self._unread = self.loop.call_later(UNREAD_S, self._look, unread)

    def _look(self, before: int) -> None:
        """Ends the connection, unless the client reads."""
        unread = self.transport.get_write_buffer_size()
        if unread > before - LEAST_BYTES:
            self.transport.abort()
        else:
            self._wait(unread)

    def _has_read(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def _is_idle(self) -> bool:
        cycle: Any = self.cycle
        return cycle is None or cycle.response_complete

    def _begin(self) -> None:
        self._timer = self.loop.call_later(HEAD_S, self.transport.close)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
