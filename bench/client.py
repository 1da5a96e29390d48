"""A bare HTTP/1.1 client on an asyncio Protocol: one request at a time on a connection that stays open.

It knows what a homeserver's answers need and no more: a status, and a body by Content-Length or in chunks.
The generator's own CPU is part of what limits a measurement, so there is no header dictionary and no copy of
a body that arrived in one piece.
"""

import asyncio
from dataclasses import dataclass
from typing import cast


class ConnectionClosedError(Exception):
    """The server closed the connection before its answer was complete."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a server listens."""

    host: str
    port: int

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"


class Connection(asyncio.Protocol):
    """One keep-alive connection; `request` opens it when needed and again after the server closed it."""

    __slots__ = ("_chunked", "_endpoint", "_missing", "_parts", "_status", "_transport", "_waiter")

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._transport: asyncio.Transport | None = None
        self._waiter: asyncio.Future[tuple[int, bytes]] | None = None
        self._reset()

    def _reset(self) -> None:
        self._parts: list[bytes] = []
        self._status = 0  # 0: the head is not complete yet
        self._missing = 0  # bytes of the body still to come, when its length is known
        self._chunked = False

    async def open(self) -> asyncio.Transport:
        """Connect unless connected; returns the transport."""
        if self._transport is None or self._transport.is_closing():
            loop = asyncio.get_running_loop()
            await loop.create_connection(lambda: self, self._endpoint.host, self._endpoint.port)
            assert self._transport is not None
        return self._transport

    async def request(self, data: bytes) -> tuple[int, bytes]:
        """Send a whole request, return (status, body).

        A connection that closes before the first byte of the answer is opened again once: servers drop idle
        connections, and every request sent here is safe to repeat (a send carries its transaction id).
        """
        try:
            return await self._exchange(data)
        except ConnectionClosedError:
            if self._parts or self._status:
                raise
        return await self._exchange(data)

    async def _exchange(self, data: bytes) -> tuple[int, bytes]:
        transport = await self.open()
        self._reset()
        self._waiter = asyncio.get_running_loop().create_future()
        transport.write(data)
        try:
            return await self._waiter
        except asyncio.CancelledError:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection, and with it an answer that is awaited."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's transports are no subclass of it

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(ConnectionClosedError(str(exc or "closed by the server")))

    def data_received(self, data: bytes) -> None:
        if self._status:
            self._body(data)
            return
        if self._parts:
            data = b"".join(self._parts) + data
        end = data.find(b"\r\n\r\n")
        if end < 0:
            self._parts = [data]
            return
        self._parts = []
        self._head(data[:end].lower())
        self._body(data[end + 4 :])

    def _head(self, head: bytes) -> None:
        self._status = int(head[9:12])
        at = head.find(b"\r\ncontent-length:")
        if at >= 0:
            end = head.find(b"\r\n", at + 17)
            self._missing = int(head[at + 17 : end if end >= 0 else len(head)])
        elif b"\r\ntransfer-encoding: chunked" in head:
            self._chunked = True

    def _body(self, data: bytes) -> None:
        self._parts.append(data)
        if self._chunked:
            if data.endswith(b"\r\n"):
                whole = dechunk(b"".join(self._parts))
                if whole is not None:
                    self._done(whole)
            return
        self._missing -= len(data)
        if self._missing <= 0:
            self._done(data if len(self._parts) == 1 else b"".join(self._parts))

    def _done(self, body: bytes) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result((self._status, body))


def dechunk(raw: bytes) -> bytes | None:
    """The body inside a chunked transfer; None while it is incomplete. Trailers are not expected."""
    parts: list[bytes] = []
    at = 0
    while True:
        end = raw.find(b"\r\n", at)
        if end < 0:
            return None
        size = int(raw[at:end].partition(b";")[0], 16)
        at = end + 2
        if size == 0:
            return b"".join(parts) if raw[at : at + 2] == b"\r\n" else None
        if at + size + 2 > len(raw):
            return None
        parts.append(raw[at : at + size])
        at += size + 2
