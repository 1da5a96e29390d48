"""A client of clamd, ClamAV's daemon: over a Unix or TCP socket, one connection for each question.

A question is ``z`` + its name + a zero byte; the answer ends with one. After ``INSTREAM`` the file follows in pieces,
each behind its length (4 bytes, big-endian), and a length of zero.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

CHUNK = 128 * 1024
MAX_ANSWER = 4096


class ClamdError(Exception):
    """There is no answer: nobody is there, it took too long, or clamd said so."""


class TooLong(ClamdError):
    """clamd takes no file that is so long (``StreamMaxLength``)."""


class Clamd:
    """`address` is ``unix:/path`` or ``host:port``; at most `connections` questions are asked at one time."""

    def __init__(self, address: str, connections: int) -> None:
        self.address = address
        self._turns = asyncio.Semaphore(connections)

    async def version(self, seconds: float) -> str:
        """What it is, and its signatures: ``ClamAV 1.4.3/27500/Thu …``. Raises `ClamdError`."""
        async with self._asked("VERSION", seconds) as connection:
            return await _answer(connection)

    async def scan(self, path: Path, seconds: float) -> str | None:
        """The name of what it finds in a file, `None` for nothing. Raises `ClamdError`, `TooLong`."""
        async with self._turns, self._asked("INSTREAM", seconds) as connection:
            with contextlib.suppress(ConnectionError):  # it hangs up on what is too long, but says so before
                await _stream(path, connection)
            answer = await _answer(connection)
        if "size limit exceeded" in answer:
            raise TooLong(answer)
        _, _, said = answer.partition(": ")
        if said == "OK":
            return None
        if not said.endswith(" FOUND"):
            raise ClamdError(f"clamd at {self.address}: {answer}")
        return said.removesuffix(" FOUND")

    @asynccontextmanager
    async def _asked(self, question: str, seconds: float) -> AsyncIterator[socket.socket]:
        """A connection on which the question has been asked.

        A plain socket: a stream of asyncio drops what has arrived when it can no longer be written to.
        """
        connection: socket.socket | None = None
        try:
            async with asyncio.timeout(seconds):
                connection = await self._connect()
                await asyncio.get_running_loop().sock_sendall(connection, b"z" + question.encode() + b"\0")
                yield connection
        except TimeoutError:
            raise ClamdError(f"clamd at {self.address} did not answer within {seconds:g} seconds") from None
        except OSError as error:
            raise ClamdError(f"clamd at {self.address}: {str(error) or type(error).__name__}") from None
        finally:
            if connection is not None:
                connection.close()

    async def _connect(self) -> socket.socket:
        loop = asyncio.get_running_loop()
        if self.address.startswith("unix:"):
            return await _connected(socket.AF_UNIX, self.address.removeprefix("unix:"))
        host, _, port = self.address.rpartition(":")
        found = await loop.getaddrinfo(host.strip("[]"), int(port), type=socket.SOCK_STREAM)
        for family, _, _, _, address in found[:-1]:
            with contextlib.suppress(OSError):
                return await _connected(family, address)
        return await _connected(found[-1][0], found[-1][4])


async def _connected(family: int, address: object) -> socket.socket:
    connection = socket.socket(family, socket.SOCK_STREAM)
    connection.setblocking(False)
    try:
        await asyncio.get_running_loop().sock_connect(connection, address)  # type: ignore[arg-type]
    except BaseException:
        connection.close()
        raise
    return connection


async def _answer(connection: socket.socket) -> str:
    """What it says, up to the zero byte. Raises `ConnectionError` where there is none."""
    answer = b""
    while b"\0" not in answer:
        piece = await asyncio.get_running_loop().sock_recv(connection, MAX_ANSWER)
        answer += piece
        if not piece or len(answer) > MAX_ANSWER:
            raise ConnectionError("it hung up, or said what is no answer")
    return answer.partition(b"\0")[0].decode(errors="replace").strip()


async def _stream(path: Path, connection: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    file = await asyncio.to_thread(path.open, "rb", 0)
    with file:
        while chunk := await asyncio.to_thread(file.read, CHUNK):
            await loop.sock_sendall(connection, len(chunk).to_bytes(4, "big") + chunk)
    await loop.sock_sendall(connection, bytes(4))
