"""Bringing the spool to the server: one upload after the other, each of them as often as it needs.

1.  Files of the entries go first, as media, with their checksum.
2.  The upload is fixed in the spool, then begun, sent in pieces, and committed until the server says that it is done.
3.  Only then its entries leave the spool.

Where the server does not answer, it is tried again, later each time. Where it has signed the agent out, nothing is
tried until somebody signs in. What it refuses is divided until the entry is found that it refuses; that is set aside.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Awaitable, Callable
from typing import Final, Literal, TypeVar

from roomkeeper_agent.server import Limited, Refused, Server, SignedOut, Unreachable
from roomkeeper_agent.spool import NoSpace, Spool, Upload
from roomkeeper_agent.spool.outbox import MOST_ENTRIES, Attached, Chunk

log = logging.getLogger(__name__)

PIECE: Final = 1024 * 1024
FIRST_WAIT_S: Final = 1.0
LONGEST_WAIT_S: Final = 300.0
NOT_ALLOWED_S: Final = 3600.0
"""After which it is tried again whether the account may upload."""
SENT_AGAIN: Final = 3
"""How often bytes are sent anew that arrive as others."""
GATHER_S: Final = 0.5
"""How long is waited for more, before what has come is uploaded."""

Answer = TypeVar("Answer")
State = Literal["idle", "uploading", "waiting", "signed out", "not allowed", "no account"]


class NotAllowed(SignedOut):
    """The server does not let this account upload records any more."""


class Backoff:
    """How long to wait after failures that follow one another: twice as long each time, and never quite the same."""

    def __init__(self, first: float = FIRST_WAIT_S, longest: float = LONGEST_WAIT_S) -> None:
        self._first = first
        self._longest = longest
        self._failures = 0

    def succeeded(self) -> None:
        """Begin again."""
        self._failures = 0

    def next_s(self, at_least: float = 0.0) -> float:
        """Seconds until the next try."""
        most = min(self._longest, self._first * float(2 ** min(self._failures, 20)))
        self._failures += 1
        return max(at_least, most / 2) + random.random() * most / 2  # noqa: S311 - no secret


class Uploader:
    """Uploads what is in the spool, for as long as it runs."""

    track: Callable[..., None] = staticmethod(lambda _name, **_properties: None)
    """Told what is done, by the name of a tracking point."""

    def __init__(self, spool: Spool, finished: Callable[[], None] = lambda: None) -> None:
        self._spool = spool
        self._finished = finished
        self._server: Server | None = None
        self._wake = asyncio.Event()
        self._again = asyncio.Event()
        self._most = MOST_ENTRIES
        self._backoff = Backoff()
        self.state: State = "no account"
        self.error = ""
        self.retry_ts: float | None = None
        """When it is tried again (seconds since the epoch)."""

    def use(self, server: Server | None) -> None:
        """Upload to there from now on."""
        self._server = server
        self.state, self.error = ("idle" if server is not None else "no account"), ""
        self._again.set()
        self._wake.set()

    def wake(self) -> None:
        """Something is to be uploaded."""
        self._wake.set()

    async def retry(self) -> int:
        """Try everything again; how many entries had been set aside. Raises `NoSpace`."""
        refused = await asyncio.to_thread(self._spool.outbox.retry)
        if self._server is not None:
            self.use(self._server)
        return refused

    async def run(self) -> None:
        """For ever."""
        while True:
            if self._server is None or self.state in ("signed out", "not allowed"):
                await _set(self._again, NOT_ALLOWED_S if self.state == "not allowed" else None)
                self.state = "idle" if self.state == "not allowed" else self.state
                continue
            try:
                if await self.step(self._server):
                    continue
            except Limited as error:
                await self._wait(str(error), self._backoff.next_s(error.seconds))
            except (Unreachable, NoSpace) as error:
                await self._wait(str(error), self._backoff.next_s())
            except SignedOut as error:
                self.stop(error)
            except Exception as error:  # an answer without sense: not to be the end of the agent
                log.exception("an upload has failed")
                await self._wait(f"{type(error).__name__}: {error}", self._backoff.next_s())
            else:
                self.state, self.error = "idle", ""
                await _set(self._wake)
                await asyncio.sleep(GATHER_S)

    def stop(self, error: SignedOut) -> None:
        """The server does not let us in: try nothing until somebody has done something."""
        self.state = "not allowed" if isinstance(error, NotAllowed) else "signed out"
        self.error = str(error)

    async def _wait(self, why: str, seconds: float) -> None:
        log.info("tried again in %.0f s: %s", seconds, why)
        self.state, self.error, self.retry_ts = "waiting", why, time.time() + seconds
        await _set(self._again, seconds)
        self.retry_ts = None

    # ------------------------------------------------------------ one upload

    async def step(self, server: Server) -> bool:
        """Upload what is next; whether there was anything. Raises `ServerError`, `NoSpace`."""
        outbox = self._spool.outbox
        upload = await asyncio.to_thread(outbox.begun)
        if upload is None:
            chunk = await asyncio.to_thread(outbox.choose, self._most)
            if chunk is None:
                return False
            self.state = "uploading"
            await self._send_files(server, chunk)
            upload = await asyncio.to_thread(outbox.fix, chunk)
        self.state = "uploading"
        self.track("records_uploading", upload_id=upload.upload_id, size=upload.size)
        try:
            record_id = await _allowed(self._send(server, upload))
        except Refused as error:
            self._most = await asyncio.to_thread(outbox.split, upload, str(error))
            log.warning("the server refuses an upload: %s", error)
            self.track("records_refused", upload_id=upload.upload_id, errcode=error.errcode)
            return True
        await asyncio.to_thread(outbox.finish, upload, record_id)
        self.track("records_uploaded", upload_id=upload.upload_id, record_id=record_id)
        self._finished()
        self._most = MOST_ENTRIES
        self._backoff.succeeded()
        return True

    async def _send(self, server: Server, upload: Upload) -> str:
        """Send an upload until it is in the record; that record's id. Raises `ServerError`."""
        body = await asyncio.to_thread(self._spool.outbox.body, upload)
        said = await server.begin_upload(upload.upload_id, upload.size, upload.sha256)
        for _ in range(SENT_AGAIN):
            try:
                received = int(said.get("received", 0))
                while not said.get("done") and received < upload.size:
                    received = await self._piece(server, upload, body, received)
                while not said.get("done"):
                    said = await server.commit(upload.upload_id)
                return str(said["record_id"])
            except Refused as error:
                # It has lost bytes, or all of it, or they have arrived as others: they are sent again.
                said = await server.begin_upload(upload.upload_id, upload.size, upload.sha256)
                if int(said.get("received", 0)) >= upload.size:
                    raise
                refusal = error
        raise refusal

    async def _piece(self, server: Server, upload: Upload, body: bytes, offset: int) -> int:
        """Send a piece; where the next one begins."""
        try:
            said = await server.put_piece(upload.upload_id, offset, body[offset : offset + PIECE])
        except Refused as error:
            right = error.answer.get("offset")
            if error.status != 409 or not isinstance(right, int) or right == offset or not 0 <= right <= len(body):
                raise
            return right
        return int(said.get("received", 0))

    # ------------------------------------------------------------ files

    async def _send_files(self, server: Server, chunk: Chunk) -> None:
        """Upload the files of a chunk's entries. Raises `ServerError`, `NoSpace`."""
        for file in await asyncio.to_thread(self._spool.outbox.files_due, chunk.entry_nos):
            assert file.sha256 is not None
            known = await asyncio.to_thread(self._spool.outbox.url_of, file.sha256)
            if known is not None:
                await asyncio.to_thread(self._spool.outbox.mark_file, file, url=known)
                continue
            if not self._spool.files.path(file.sha256).is_file():
                why = "Its copy in the spool is gone."
                await asyncio.to_thread(self._spool.outbox.mark_file, file, error=why)
                continue
            try:
                await _allowed(self._send_file(server, file))
            except Refused as error:
                why = f"The server does not take it: {error}"
                await asyncio.to_thread(self._spool.outbox.mark_file, file, error=why)

    async def _send_file(self, server: Server, file: Attached) -> None:
        outbox = self._spool.outbox
        url = file.media_id
        for _ in range(2):
            if url is None:
                url = await server.new_medium()
                # Noted first: after a crash, it is the same medium.
                await asyncio.to_thread(outbox.mark_file, file, media_id=url)
            try:
                await self._put(server, file, url)
            except Refused as error:
                if error.errcode == "M_CANNOT_OVERWRITE_MEDIA":  # it has arrived, and we did not hear of it
                    break
                if error.status != 404:
                    raise
                url = None  # nobody remembers it: it was made too long ago
            else:
                break
        if url is None:
            raise Unreachable("The server makes media, and then does not know them.")
        await asyncio.to_thread(outbox.mark_file, file, media_id=url, url=url)

    async def _put(self, server: Server, file: Attached, url: str) -> None:
        assert file.sha256 is not None
        path = self._spool.files.path(file.sha256)
        await server.put_medium(
            url, path, size=file.size or 0, sha256=file.sha256, name=file.name, content_type=file.type
        )


async def _set(event: asyncio.Event, seconds: float | None = None) -> None:
    """Until it is set, for so many seconds at most; then it is not set any more."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    event.clear()


async def _allowed(request: Awaitable[Answer]) -> Answer:
    """What it answers. Raises `NotAllowed` where who is signed in may not do that."""
    try:
        return await request
    except Refused as error:
        if error.status == 403:
            raise NotAllowed(
                f"This account may not upload records ({error}). What was read is kept: ask whoever administers the"
                " server, then: roomkeeper-agent spool retry"
            ) from error
        raise
