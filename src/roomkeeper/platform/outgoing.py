"""Requests that the server itself makes over HTTP: bounded in time and size, and not redirected unless asked to.

No proxy is taken from the environment, no cookie is kept. The client library is loaded with the first request.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    import aiohttp

CONNECTIONS: Final = 200
"""Connections at one time; further requests wait for one, within their own time."""
CHUNK: Final = 65_536
MAX_BODY: Final = 1024 * 1024
USER_AGENT: Final = "Roomkeeper"


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
    """The HTTP client of this process."""

    def __init__(self) -> None:
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

    async def close(self) -> None:
        """Let the connections go."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    def _opened(self) -> aiohttp.ClientSession:
        import aiohttp

        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS),
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
