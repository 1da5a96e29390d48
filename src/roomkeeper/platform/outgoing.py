"""Requests that the server itself makes over HTTP: bounded in time and size, and not redirected unless asked to.

No proxy is taken from the environment, no cookie is kept. The client library is loaded with the first request.
"""

from __future__ import annotations

import asyncio
import io
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import aiohttp

CONNECTIONS: Final = 200
"""Connections at one time; further requests wait for one, within their own time."""
CHUNK: Final = 65_536
MAX_BODY: Final = 1024 * 1024
USER_AGENT: Final = "Roomkeeper"
GZIP: Final = 16 + zlib.MAX_WBITS
"""zlib's number for the format."""


class OutgoingAnswer(msgspec.Struct, frozen=True):
    """What came back; the names of `headers` are in lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class OutgoingError(Exception):
    """There is no answer."""


class ConnectionFailed(OutgoingError):
    """Nobody is there, or the connection broke off."""


class TimedOut(OutgoingError):
    """The answer did not come in time."""


class AnswerTooLarge(OutgoingError):
    """The answer is longer than was wanted."""


class Outgoing:
    """An HTTP client; most of the server shares one. `connector` makes what connects it, where that is not usual."""

    def __init__(self, connector: Callable[[], aiohttp.BaseConnector] | None = None) -> None:
        self._connector = connector
        self._session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        seconds: float,
        max_body: int = MAX_BODY,
        redirects: int = 0,
    ) -> OutgoingAnswer:
        """Make a request to `url`, which is sent as it stands. Raises an `OutgoingError`.

        `seconds` is for the whole of it; `max_body` in bytes, as decompressed; at most so many `redirects`
        are followed, 0 makes an answer of them.
        """
        import aiohttp
        from yarl import URL

        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().request(
                    method,
                    URL(url, encoded=True),
                    data=None if body is None else io.BytesIO(body),
                    headers=headers,
                    allow_redirects=redirects > 0,
                    max_redirects=max(redirects, 1),
                ) as answer,
            ):
                content = await _read(answer, max_body)
                named = {name.lower(): value for name, value in answer.headers.items()}
                return OutgoingAnswer(answer.status, named, content)
        except TimeoutError:
            raise TimedOut(f"no answer within {seconds:g} seconds") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise ConnectionFailed(str(error) or type(error).__name__) from None

    @asynccontextmanager
    async def stream(
        self, url: str, *, headers: Mapping[str, str] | None = None, seconds: float
    ) -> AsyncIterator[OutgoingStream]:
        """GET `url`; the body is read inside the context, as far as it is wanted. Raises an `OutgoingError`.

        `seconds` is for all that happens in the context. Redirects are not followed.
        """
        import aiohttp
        from yarl import URL

        try:
            async with (
                asyncio.timeout(seconds),
                self._opened().get(
                    URL(url, encoded=True),
                    headers={**(headers or {}), "Accept-Encoding": "gzip"},
                    allow_redirects=False,
                    auto_decompress=False,
                ) as answer,
            ):
                yield OutgoingStream(answer)
        except TimeoutError:
            raise TimedOut(f"no answer within {seconds:g} seconds") from None
        except aiohttp.ClientError as error:
            raise ConnectionFailed(str(error) or type(error).__name__) from None

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=self._connector() if self._connector else aiohttp.TCPConnector(limit=CONNECTIONS),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None),
                headers={"User-Agent": USER_AGENT},
            )
        return self._session


async def _read(answer: aiohttp.ClientResponse, max_body: int) -> bytes:
    pieces, length = [], 0
    async for piece in answer.content.iter_chunked(CHUNK):
        length += len(piece)
        if length > max_body:
            raise AnswerTooLarge(f"the answer is longer than {max_body} bytes")
        pieces.append(piece)
    return b"".join(pieces)


class OutgoingStream:
    """An answer whose body has not been read."""

    def __init__(self, answer: aiohttp.ClientResponse) -> None:
        self._answer = answer
        self.status = answer.status

    def header(self, name: str) -> str | None:
        """The first header of that name."""
        return self._answer.headers.get(name)

    async def chunks(self, max_body: int, *, cut: bool = False) -> AsyncIterator[bytes]:
        """The body, decompressed, in pieces; of more than `max_body` bytes the first ones, where it may be `cut`.

        Raises `AnswerTooLarge`, or `ConnectionFailed` where it is compressed in a way that was not asked for.
        """
        left = max_body
        async for piece in _plain(self._answer):
            if len(piece) > left:
                if not cut:
                    raise AnswerTooLarge(f"the answer is longer than {max_body} bytes")
                yield piece[:left]
                return
            left -= len(piece)
            yield piece


async def _plain(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The body without its compression, never more than `CHUNK` bytes at a time, however little they were before."""
    encoding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding not in ("identity", "", "gzip", "x-gzip"):
        raise ConnectionFailed(f"the answer is compressed as {encoding[:50]}")
    unpack = zlib.decompressobj(wbits=GZIP) if "gzip" in encoding else None
    async for piece in answer.content.iter_chunked(CHUNK):
        if unpack is None:
            yield piece
            continue
        try:
            while piece and not unpack.eof:
                yield unpack.decompress(piece, CHUNK)
                piece = unpack.unconsumed_tail
        except zlib.error as error:
            raise ConnectionFailed(f"the answer is compressed wrongly: {error}") from None
    if unpack is not None:
        yield unpack.flush()
