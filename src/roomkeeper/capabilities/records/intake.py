"""Intake: records of other programs, which the agent uploads from its spool, in as many pieces as it likes.

1.  `begin` with an id of the uploader's own, the size and the SHA-256 of the whole. Doing so again tells how far it is.
2.  `receive` pieces, one after the other; what is acknowledged is on the disk.
3.  `commit`: the whole is checked, then its entries go into the record, some at a time, each once: how many are in is
    part of the same write. It is done when the answer says so; until then, and after a crash, it is asked again.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import IO, Final, TypeVar

import msgspec

from roomkeeper.capabilities.records.appending import Chains, Item, Watch
from roomkeeper.capabilities.records.errors import WrongOffset
from roomkeeper.capabilities.records.format import MAX_LINE, Header, UploadedEntry
from roomkeeper.capabilities.records.indexer import Indexer
from roomkeeper.capabilities.records.models import Record
from roomkeeper.capabilities.records.policies import Policies
from roomkeeper.capabilities.records.recorder import new_record_id
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.capabilities.records.store import uploads as store
from roomkeeper.capabilities.records.store.uploads import Upload
from roomkeeper.core.account_data import Turns
from roomkeeper.core.media import Media
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import DatabaseError, Write
from roomkeeper.platform.errors import BadJson, InvalidParameter, LimitExceeded, MatrixError, NotFound, Unavailable
from roomkeeper.platform.http import Requester
from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.errors import ProtocolViolation

PIECE: Final = 8 * 1024 * 1024
"""Bytes of one piece."""
ENTRIES: Final = 400
"""Entries in one write."""
COMMIT_S: Final = 5.0
"""Seconds after which a commit answers how far it is."""
WAIT_MS: Final = 60_000
DAY_MS: Final = 24 * 3_600_000
DROPPED_AT_ONCE: Final = 100


class Intake:
    """Takes records in."""

    def __init__(
        self,
        app: Application,
        media: Media,
        chains: Chains,
        policies: Policies,
        indexer: Indexer,
        watch: Watch,
        settings: RecordsSettings,
    ) -> None:
        self._app = app
        self._media = media
        self._chains = chains
        self._policies = policies
        self._indexer = indexer
        self._watch = watch
        self._settings = settings
        self._turns = Turns()
        self._folder = app.data_dir / "incoming_records"

    # ------------------------------------------------------------ pieces

    async def begin(self, user_id: str, upload_id: str, size: int, sha256: str) -> Upload:
        """The upload of that id: a new one, or the one that there is. Raises `InvalidParameter`, `LimitExceeded`."""
        if size > self._settings.max_upload_size:
            raise InvalidParameter(f"An upload may have {self._settings.max_upload_size} bytes: divide it.")
        async with self._turns("uploads", user_id):
            found = await store.find(self._app.driver, user_id, upload_id)
            if found is not None:
                if (found.size, found.sha256) != (size, sha256):
                    raise InvalidParameter("There is another upload of that id: it has another size or SHA-256.")
                return await self._checked(found)
            if await store.unfinished(self._app.driver, user_id) >= self._settings.max_uploads:
                raise LimitExceeded(retry_after_ms=WAIT_MS)
            now = self._app.clock.now_ms()
            upload = Upload(
                user_id=user_id, upload_id=upload_id, size=size, sha256=sha256, created_ts=now, updated_ts=now
            )
            write = Write()
            store.insert(write, upload)
            await self._app.committer.submit(write)
            return upload

    async def get(self, user_id: str, upload_id: str) -> Upload:
        """An upload of somebody's. Raises `NotFound`."""
        found = await store.find(self._app.driver, user_id, upload_id)
        if found is None:
            raise NotFound("There is no such upload: begin it.")
        return await self._checked(found)

    async def _checked(self, upload: Upload) -> Upload:
        """What is here of an upload: less than was noted, where its file was lost, as in a backup."""
        if upload.done:
            return upload
        there = await asyncio.to_thread(_size, self._path(upload))
        if there >= upload.received:
            return upload
        write = Write()
        store.receive(write, upload, there, self._app.clock.now_ms())
        await self._app.committer.submit(write)
        return msgspec.structs.replace(upload, received=there)

    def _path(self, upload: Upload) -> Path:
        name = hashlib.sha256(f"{upload.user_id}\0{upload.upload_id}".encode()).hexdigest()
        return self._folder / name

    async def receive(self, user_id: str, upload_id: str, offset: int, chunks: AsyncIterator[bytes]) -> Upload:
        """Take a piece in, which begins at `offset`. Raises `NotFound`, `WrongOffset`, `InvalidParameter`.

        A piece that breaks off is not taken in at all, and neither is one that does not fit on the disk.
        """
        async with self._turns("upload", user_id, upload_id):
            upload = await self.get(user_id, upload_id)
            if upload.done:
                return upload
            if offset != upload.received:
                raise WrongOffset(f"The next byte is {upload.received}.", offset=upload.received)
            received = await self._append(upload, chunks)
            write = Write()
            store.receive(write, upload, received, self._app.clock.now_ms())
            await self._app.committer.submit(write)
            return msgspec.structs.replace(upload, received=received)

    async def _append(self, upload: Upload, chunks: AsyncIterator[bytes]) -> int:
        """Write a piece behind what is there; how many bytes there are then."""
        self._folder.mkdir(parents=True, exist_ok=True)
        file = await asyncio.to_thread(_opened, self._path(upload), upload.received)
        received = upload.received
        with file:
            async for chunk in chunks:
                received += len(chunk)
                if received > upload.size:
                    raise InvalidParameter(f"This is more than the {upload.size} bytes that were announced.")
                await asyncio.to_thread(file.write, chunk)
            await asyncio.to_thread(_synced, file)
        return received

    # ------------------------------------------------------------ into the record

    async def commit(self, requester: Requester, upload_id: str) -> Upload:
        """Put what was uploaded into its record; ask again until it is done. Raises `InvalidParameter`, `BadJson`."""
        user_id = requester.user_id
        async with self._turns("upload", user_id, upload_id):
            upload = await self.get(user_id, upload_id)
            if upload.done:
                return upload
            if upload.received < upload.size:
                raise WrongOffset(f"{upload.size - upload.received} bytes are missing.", offset=upload.received)
            path = self._path(upload)
            if not upload.entries + upload.repeated:
                await self._check(upload, path)
            upload = await self._take_some(requester, upload, path)
            if upload.done:
                await asyncio.to_thread(path.unlink, missing_ok=True)
            return upload

    async def _check(self, upload: Upload, path: Path) -> None:
        """Raises `InvalidParameter` where these are not the bytes that were announced; then they are dropped."""
        if await asyncio.to_thread(_sha256, path) == upload.sha256:
            return
        write = Write()
        store.receive(write, upload, 0, self._app.clock.now_ms())
        await self._app.committer.submit(write)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        raise InvalidParameter("The SHA-256 of what has arrived is another: send it again from the beginning.")

    async def _take_some(self, requester: Requester, upload: Upload, path: Path) -> Upload:
        deadline = time.monotonic() + COMMIT_S
        with path.open("rb") as file:
            header = _decoded(file.readline(MAX_LINE + 1), Header, 1)
            place = await asyncio.to_thread(_skip, file, upload.entries + upload.repeated)
            async with self._turns("record", _source_key(upload.user_id, header)):
                while not upload.done:
                    entries = await asyncio.to_thread(_some, file, place)
                    place += len(entries)
                    upload = await self._append_entries(requester, upload, header, entries)
                    if time.monotonic() > deadline:
                        break
        return upload

    async def _append_entries(
        self, requester: Requester, upload: Upload, header: Header, entries: Sequence[UploadedEntry]
    ) -> Upload:
        """Append those that are not in the record; what has become of the upload is part of the same write."""
        record = await self._record(upload.user_id, header)
        known = await entries_store.sources_among(self._app.driver, record.record_id, [each.id for each in entries])
        new: dict[str, UploadedEntry] = {}
        for entry in entries:
            if entry.id not in known:
                new.setdefault(entry.id, entry)
        items = [await self._item(requester, entry) for entry in new.values()]
        after = msgspec.structs.replace(
            upload,
            record_id=record.record_id,
            entries=upload.entries + len(new),
            repeated=upload.repeated + len(entries) - len(new),
            done=len(entries) < ENTRIES,
            updated_ts=self._app.clock.now_ms(),
        )
        write = Write()
        # From here to the submission nothing is awaited.
        appended = self._chains.append(write, record, items)
        if header.title and header.title != record.title:
            appended = msgspec.structs.replace(appended, title=header.title[:200])
        self._chains.advance(write, record, appended)
        for entry in new.values():
            if entry.kind == "redaction" and entry.target is not None:
                entries_store.mark_redacted(write, record.record_id, entry.target)
        for sender in {entry.sender for entry in new.values() if entry.sender}:
            records_store.insert_person(write, record.record_id, sender)
        store.progress(write, upload, after)
        try:
            await self._app.committer.submit(write)
        except DatabaseError as error:
            raise Unavailable from error
        self._indexer.wake()
        self._watch.tell([record.record_id])
        return after

    async def _record(self, user_id: str, header: Header) -> Record:
        """The record of a conversation, made where there is none."""
        key = _source_key(user_id, header)
        found = await records_store.find_by_source(self._app.driver, key)
        if found is not None:
            return found
        now = self._app.clock.now_ms()
        record = Record(
            record_id=new_record_id(now),
            kind="external",
            program=header.program,
            owner=user_id,
            title=header.title[:200],
            created_ts=now,
        )
        write = Write()
        records_store.insert(write, record, key)
        for department_id in await self._policies.departments_of(user_id):
            records_store.insert_department(write, record.record_id, department_id)
        for person in {user_id, *(each.id for each in header.participants)}:
            records_store.insert_person(write, record.record_id, person)
        await self._app.committer.submit(write)
        stored = await records_store.find(self._app.driver, record.record_id)
        assert stored is not None, "it has just been made"
        return stored

    async def _item(self, requester: Requester, entry: UploadedEntry) -> Item:
        """What becomes an entry. Raises `InvalidParameter` for a file that the uploader cannot see."""
        media_ids = []
        for file in entry.attachments:
            server, _, media_id = file.url.removeprefix("mxc://").partition("/")
            if server != self._app.settings.server_name:
                raise InvalidParameter(f"{file.url} is not on this server: upload the file here.")
            try:
                await self._media.find(requester, server, media_id, 0)
            except (MatrixError, ProtocolViolation):
                raise InvalidParameter(f"{file.url} is not there, or not yours: upload the file first.") from None
            media_ids.append(media_id)
        content = canonical({"v": 1, **msgspec.to_builtins(entry)})
        return Item(entry.kind, entry.ts, entry.sender or None, entry.id, content, list(dict.fromkeys(media_ids)))

    # ------------------------------------------------------------ clearing up

    async def drop_stale(self) -> None:
        """Forget uploads that do not go on, and those that are long done."""
        before = self._app.clock.now_ms() - self._settings.upload_days * DAY_MS
        for upload in await store.stale(self._app.driver, before, DROPPED_AT_ONCE):
            write = Write()
            store.delete(write, upload.user_id, upload.upload_id)
            await self._app.committer.submit(write)
            await asyncio.to_thread(self._path(upload).unlink, missing_ok=True)


def _source_key(user_id: str, header: Header) -> str:
    named = canonical([user_id, header.program, header.account, header.conversation])
    return f"external {hashlib.sha256(named).hexdigest()}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _opened(path: Path, received: int) -> IO[bytes]:
    """The file, cut to what was acknowledged, to be appended to."""
    file = path.open("ab")
    file.truncate(received)
    return file


def _synced(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _skip(file: IO[bytes], lines: int) -> int:
    """Pass over entries that are in the record already; how many they are."""
    for _ in range(lines):
        file.readline(MAX_LINE + 1)
    return lines


def _some(file: IO[bytes], before: int) -> list[UploadedEntry]:
    """The next entries."""
    found: list[UploadedEntry] = []
    while len(found) < ENTRIES and (line := file.readline(MAX_LINE + 1)):
        found.append(_decoded(line, UploadedEntry, before + len(found) + 2))
    return found


Shape = TypeVar("Shape", Header, UploadedEntry)


def _decoded(line: bytes, shape: type[Shape], number: int) -> Shape:
    """A line as a `shape`. Raises `BadJson`."""
    if len(line) > MAX_LINE:
        raise BadJson(f"Line {number} has more than {MAX_LINE} bytes.")
    try:
        return msgspec.json.decode(line, type=shape)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadJson(f"Line {number}: {error}.") from None
