"""The server as the agent sees it, over HTTP: signing in, media, uploads, the policy, reports.

Every request ends in an answer or one of four errors: `Unreachable` (try again later), `Limited` (as before, and the
server says when), `SignedOut` (nothing goes until somebody does something), `Refused` (this request never goes).
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import quote

import aiohttp
import msgspec

from roomkeeper_agent import __version__

ROOT: Final = "/_roomkeeper/v1"
V3: Final = "/_matrix/client/v3"
MOST_ANSWER: Final = 4 * 1024 * 1024
BLOCK: Final = 256 * 1024
TIMEOUT: Final = aiohttp.ClientTimeout(total=None, sock_connect=20, sock_read=120)
SIGNED_OUT: Final = frozenset({"M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_LOCKED", "M_USER_DEACTIVATED"})


class ServerError(Exception):
    """Something went wrong with a request; the message is for people."""


class Unreachable(ServerError):
    """The server does not answer, or not now."""


class Limited(Unreachable):
    """The server asks to wait: for `seconds`."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class SignedOut(ServerError):
    """The server does not let this agent in any more, or does not let it upload."""


class Refused(ServerError):
    """The server does not take this. `status`, `errcode` and `answer` say more."""

    def __init__(self, message: str, status: int, errcode: str, answer: Mapping[str, Any]) -> None:
        super().__init__(message)
        self.status = status
        self.errcode = errcode
        self.answer = answer


class Server:
    """Requests to one server. Without a token, those that need none."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self.url = url.rstrip("/")
        self._token = token
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End its connections, for good."""
        self._is_closed = True
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise Unreachable("This connection was ended.")
        if self._session is None:
            agent = f"roomkeeper-agent/{__version__}"
            self._session = aiohttp.ClientSession(
                timeout=TIMEOUT, headers={"User-Agent": agent}, connector=aiohttp.TCPConnector(limit=4)
            )
        return self._session

    # ------------------------------------------------------------ one request

    async def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        data: bytes | AsyncIterator[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | int] | None = None,
    ) -> dict[str, Any]:
        """One request, and its JSON answer. Raises `Unreachable`, `Limited`, `SignedOut`, `Refused`."""
        sent = {**({"Authorization": f"Bearer {self._token}"} if self._token else {}), **(headers or {})}
        content: bytes | AsyncIterator[bytes] | None = data
        if body is not None:
            content, sent["Content-Type"] = msgspec.json.encode(body), "application/json"
        try:
            async with self._open().request(
                method, self.url + path, data=content, headers=sent, params=query, allow_redirects=False
            ) as response:
                answer = _decoded(await _read(response.content))
                if response.status == 200 and answer is not None:
                    return answer
                raise _error(response.status, answer, response.headers)
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unreachable(f"{self.url} does not answer: {str(error) or type(error).__name__}.") from error

    # ------------------------------------------------------------ what it is asked

    async def keys(self) -> dict[str, Any]:
        """The keys with which it signs policies."""
        return await self.request("GET", f"{ROOT}/records/agents/keys")

    async def policy(self, nonce: str) -> dict[str, Any]:
        """The policy, signed."""
        return await self.request("GET", f"{ROOT}/records/agents/policy", query={"nonce": nonce})

    async def report(self, report: Mapping[str, Any]) -> int:
        """Say how the agent is; the server's time in milliseconds."""
        return int((await self.request("PUT", f"{ROOT}/records/agents/report", report))["now_ts"])

    async def own_tracking(self) -> dict[str, Any]:
        """Whether what the agent does is to be told, and the key for it."""
        return await self.request("GET", f"{ROOT}/repair/tracking")

    async def track(self, batch: Mapping[str, Any]) -> None:
        """Tell what was done: a batch of the tracking API."""
        await self.request("POST", "/v1/batch", batch)

    async def most_file(self) -> int | None:
        """How many bytes a file may have; `None`: it does not say."""
        found = (await self.request("GET", "/_matrix/client/v1/media/config")).get("m.upload.size")
        return found if isinstance(found, int) and found > 0 else None

    # ------------------------------------------------------------ media

    async def new_medium(self) -> str:
        """A content URI for a file that comes. spec: client-server §POST /_matrix/media/v1/create"""
        return str((await self.request("POST", "/_matrix/media/v1/create", {}))["content_uri"])

    async def put_medium(
        self, url: str, path: Path, *, size: int, sha256: str, name: str = "", content_type: str = ""
    ) -> None:
        """Upload a file's bytes to its content URI, with the checksum that they must have. RFC 9530."""
        digest = base64.b64encode(bytes.fromhex(sha256)).decode()
        headers = {
            "Content-Type": content_type or "application/octet-stream",
            "Content-Digest": f"sha-256=:{digest}:",
            "Content-Length": str(size),
        }
        server, _, media_id = url.removeprefix("mxc://").partition("/")
        place = f"/_matrix/media/v3/upload/{quote(server)}/{quote(media_id)}"
        query = {"filename": name} if name else None
        await self.request("PUT", place, data=_blocks(path), headers=headers, query=query)

    # ------------------------------------------------------------ uploads of records

    async def begin_upload(self, upload_id: str, size: int, sha256: str) -> dict[str, Any]:
        """Begin an upload, or be told how far it is. See docs/records.md."""
        body = {"upload_id": upload_id, "size": size, "sha256": sha256}
        return _about(upload_id, await self.request("POST", f"{ROOT}/records/uploads", body))

    async def put_piece(self, upload_id: str, offset: int, piece: bytes) -> dict[str, Any]:
        """Send a piece of it."""
        path, place = f"{ROOT}/records/uploads/{upload_id}", {"offset": offset}
        return _about(upload_id, await self.request("PUT", path, data=piece, query=place, headers=OCTETS))

    async def commit(self, upload_id: str) -> dict[str, Any]:
        """Ask for it to be put into the record."""
        return _about(upload_id, await self.request("POST", f"{ROOT}/records/uploads/{upload_id}/commit", {}))


OCTETS: Final = {"Content-Type": "application/octet-stream"}


def _about(upload_id: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An answer about an upload, and about no other. Raises `Unreachable`: then something else has answered."""
    if answer.get("upload_id") != upload_id:
        raise Unreachable("What answers is no Roomkeeper server: it says nothing of this upload.")
    return answer


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


async def _blocks(path: Path) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        while block := await asyncio.to_thread(file.read, BLOCK):
            yield block


async def _read(content: aiohttp.StreamReader) -> bytes:
    """All of an answer, if it is no longer than answers are."""
    read = bytearray()
    async for block in content.iter_chunked(BLOCK):
        read += block
        if len(read) > MOST_ANSWER:
            raise aiohttp.ClientPayloadError("the answer is too long")
    return bytes(read)


def _decoded(content: bytes) -> dict[str, Any] | None:
    """A JSON object; `None` where it is none."""
    try:
        found = msgspec.json.decode(content)
    except msgspec.DecodeError:
        return None
    return found if isinstance(found, dict) else None


def _error(status: int, answer: Mapping[str, Any] | None, headers: Mapping[str, str]) -> ServerError:
    if answer is None:
        answer = {}
    errcode = str(answer.get("errcode", ""))
    said = str(answer.get("error", "")) or f"The server answered {status}."
    if status == 429:
        return Limited(said, _seconds(answer, headers))
    if status >= 500 or status in (408, 425) or 300 <= status < 400:
        return Unreachable(f"The server answers {status}: {said}")
    if status == 401 or errcode in SIGNED_OUT:
        return SignedOut(f"The server has signed this agent out ({said}) Sign in again: roomkeeper-agent sign-in")
    if not errcode:  # what answered is something else: a proxy, the page of a hotel's network
        return Unreachable(f"What answers is no Roomkeeper server: status {status}.")
    return Refused(said, status, errcode, answer)


def _seconds(answer: Mapping[str, Any], headers: Mapping[str, str]) -> float:
    """spec: client-server §Rate limiting"""
    after = headers.get("Retry-After", "")
    if after.isascii() and after.isdecimal() and len(after) < 7:
        return float(after)
    milliseconds = answer.get("retry_after_ms")
    return milliseconds / 1000 if isinstance(milliseconds, int) and 0 <= milliseconds < 10**9 else 5.0
