"""Exports: durable jobs that write files below the data directory, and pack and sign them.

1.  `list`: the records that are wanted, each with the entries that it has at that moment.
2.  `entries`: volume by volume. What is appended to is cut to the size that the cursor knows; other files are written
    anew: so a volume that is written again after a crash is there once.
3.  `heads`, `checkpoints` (of JSON Lines): what attests the chains.
4.  `pack`: one zip file with the files, the media, a manifest that counts what is in it, and what is not and why, and
    the signature of the manifest.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.records import rules
from roomkeeper.capabilities.records.access import REDACTED, Access
from roomkeeper.capabilities.records.checkpoints import Checkpoints, base64_of
from roomkeeper.capabilities.records.formats import File, Volume, writer_for
from roomkeeper.capabilities.records.formats.volumes import append
from roomkeeper.capabilities.records.models import Entry, Export, ExportCursor, ExportRequest, Listed, Record
from roomkeeper.capabilities.records.packing import LEFT_OUT, MEDIA, lines_of, pack, remove_later
from roomkeeper.capabilities.records.settings import RecordsSettings
from roomkeeper.capabilities.records.store import checkpoints as checkpoints_store
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.store import exports as store
from roomkeeper.capabilities.records.store import queries
from roomkeeper.capabilities.records.store import records as records_store
from roomkeeper.capabilities.records.trees import Trees
from roomkeeper.core.media import Media
from roomkeeper.core.organisation import Permissions
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import MatrixError, NotFound
from roomkeeper.platform.jobs import Chunk, Jobs
from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.errors import ProtocolViolation

EXPORT: Final = "records_export"
PERMISSION: Final = "records.export"
LISTED: Final = 200
PEOPLE: Final = 200
STEP_S: Final = 0.2
"""Seconds of one step, at the least."""
HEADS: Final = 50
"""Records whose heads are written at once."""
MOST_HEADS: Final = 100_000
"""Checkpoints of one record that go with it."""
DAY_MS: Final = 24 * 3_600_000
RECORDS, PACKED = "records.jsonl", "export.zip"


class Work(msgspec.Struct, frozen=True):
    """Which export."""

    export_id: str


class Exports:
    """Makes exports."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        media: Media,
        permissions: Permissions,
        access: Access,
        checkpoints: Checkpoints,
        settings: RecordsSettings,
        caught_up: Callable[[], Any],
    ) -> None:
        """`caught_up` waits until all that has happened is recorded."""
        self._app = app
        self._jobs = jobs
        self._media = media
        self._permissions = permissions
        self._access = access
        self._checkpoints = checkpoints
        self._kept_ms = settings.exports_kept_days * DAY_MS
        self._caught_up = caught_up
        self._folder = app.data_dir / "exports"
        self._trees = Trees(app.driver)

    # ------------------------------------------------------------ what is asked for

    async def start(self, actor: str, request: ExportRequest) -> Export:
        """Begin an export. Raises `NotFound`, `Forbidden`."""
        query = await self._query(actor, request)
        if request.redacted:
            await self._permissions.check(actor, REDACTED)
        if request.record_ids:
            found = await queries.visible_among(self._app.driver, query, request.record_ids)
            if len(found) < len(set(request.record_ids)):
                raise NotFound("There is no such record, or you may not export it.")
        await self._caught_up()
        now = self._app.clock.now_ms()
        export_id = f"{now:011x}{secrets.token_hex(6)}"
        write = Write()
        job_id = self._jobs.add(write, EXPORT, Work(export_id), started_by=actor, key=export_id)
        export = Export(export_id=export_id, request=request, created_by=actor, created_ts=now, job_id=job_id)
        store.insert(write, export)
        what = f"{request.format} {' '.join(request.record_ids) or '*'}: {request.reason}"[:400]
        self._app.audit.record(write, permission=PERMISSION, target=export_id, reason=what, actor=actor)
        await self._app.committer.submit(write)
        return export

    async def _query(self, actor: str, request: ExportRequest) -> queries.RecordsQuery:
        scope = await self._permissions.scope(actor, PERMISSION)
        departments = None
        if request.department is not None:
            tree = await self._permissions.tree()
            tree.get(request.department)
            departments = frozenset(tree.under(request.department))
        return queries.RecordsQuery(
            within=None if scope.is_everywhere else scope.departments,
            record_ids=request.record_ids,
            person=request.person,
            departments=departments,
            program=request.program,
            kind=request.kind,
            since_ts=request.since,
            before_ts=request.until,
        )

    async def get(self, actor: str, export_id: str) -> Export:
        """An export of somebody's, or any for who may export everywhere. Raises `NotFound`."""
        found = await store.find(self._app.driver, export_id)
        if found is None or (found.created_by != actor and not await self._sees_all(actor)):
            raise NotFound("There is no such export.")
        return found

    async def page(self, actor: str, before: str, limit: int) -> list[Export]:
        """Exports, the newest first."""
        own = None if await self._sees_all(actor) else actor
        return await store.page(self._app.driver, own, before, limit)

    async def _sees_all(self, actor: str) -> bool:
        return (await self._permissions.scope(actor, PERMISSION)).is_everywhere

    async def file_of(self, export: Export) -> tuple[Path, int]:
        """The file of an export, and its size. Raises `NotFound` where it is not made, or gone."""
        path = self._folder / export.export_id / PACKED
        if export.size is None or not await asyncio.to_thread(path.exists):
            raise NotFound("The file of this export is not made yet, or was removed.")
        return path, export.size

    async def delete(self, export_id: str) -> None:
        """Remove an export and its file."""
        write = Write()
        store.delete(write, export_id)
        await self._app.committer.submit(write)
        await asyncio.to_thread(shutil.rmtree, self._folder / export_id, ignore_errors=True)

    async def delete_expired(self) -> None:
        """Remove those whose time is over."""
        for export_id in await store.expired(self._app.driver, self._app.clock.now_ms(), LISTED):
            await self.delete(export_id)

    # ------------------------------------------------------------ the job

    async def step(self, work: Work, cursor: Any) -> Chunk:
        """See `Job.step`."""
        at = ExportCursor() if cursor is None else msgspec.convert(cursor, ExportCursor)
        export = await store.find(self._app.driver, work.export_id)
        if export is None:
            return Chunk(cursor=None, done=at.done, message="It was deleted.")
        folder = self._folder / export.export_id / "files"
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        if at.phase == "list":
            await self._list(export, folder, at)
        elif at.phase in ("entries", "heads"):
            # As much as goes in a moment: how far it is is stored once for it.
            deadline, phase = time.monotonic() + STEP_S, at.phase
            while at.phase == phase and time.monotonic() < deadline:
                if at.phase == "entries":
                    await self._write_volume(export, folder, at)
                else:
                    await self._write_heads(folder, at)
                await self._app.giving_way.turn()
        elif at.phase == "checkpoints":
            await self._write_checkpoints(folder, at)
        else:
            return await self._pack(export, folder, at)
        return Chunk(
            cursor=msgspec.to_builtins(at),
            done=at.done,
            total=at.total if at.phase != "list" else None,
            message=f"{at.records} records",
        )

    async def _list(self, export: Export, folder: Path, at: ExportCursor) -> None:
        if not at.after:
            # What is exported is attested: by a checkpoint that is made now, if need be.
            await self._checkpoints.now()
        query = await self._query(export.created_by, export.request)
        found = await queries.page_by_id(self._app.driver, query, at.after, LISTED)
        lines = []
        for record in found:
            listed = await self._listed(record, export.request)
            if listed.first <= listed.last:
                lines.append(msgspec.json.encode(listed) + b"\n")
                at.records += 1
                at.total += listed.last - listed.first + 1
                at.count({"not recorded": record.withheld})
        await asyncio.to_thread(append, folder, RECORDS, b"".join(lines), at.sizes)
        at.after = found[-1].record_id if len(found) == LISTED else ""
        if not at.after:
            at.phase = "entries"

    async def _listed(self, record: Record, request: ExportRequest) -> Listed:
        driver = self._app.driver
        is_span = len(request.record_ids) == 1
        first = request.first_seq if is_span else 1
        last = min(record.entries, request.last_seq or record.entries) if is_span else record.entries
        return Listed(
            record=record.record_id,
            kind=record.kind,
            program=record.program,
            title=record.title,
            room=record.room_id,
            consent=record.consent,
            people=await records_store.people_of(driver, record.record_id, PEOPLE),
            departments=await records_store.departments_of(driver, record.record_id),
            first=first,
            last=last,
            head=(await entries_store.hash_at(driver, record.record_id, last)).hex(),
            prev=(await entries_store.hash_at(driver, record.record_id, first - 1)).hex(),
            withheld=record.withheld,
            erased=record.erased,
        )

    async def _write_volume(self, export: Export, folder: Path, at: ExportCursor) -> None:
        """The next entries of the next record."""
        listed, following = await asyncio.to_thread(_line_at, folder / RECORDS, at.line)
        if listed is None:
            is_chained = export.request.format == "jsonl"
            at.phase, at.line = ("heads" if is_chained else "pack"), 0
            return
        writer = writer_for(export.request.format, self._app.settings.server_name)
        writer.with_redacted = export.request.redacted
        after = max(at.seq, listed.first - 1)
        found = await entries_store.between(self._app.driver, listed.record, after, listed.last + 1, writer.entries)
        at.volume += 1
        shown = [rules.show(entry, with_redacted=writer.with_redacted) for entry in found] if writer.shows else []
        files = await self._files(export.request, folder, listed.record, found, at)
        volume = Volume(listed, at.volume, found, shown, files)
        at.count(await asyncio.to_thread(writer.write, volume, folder, at.sizes))
        at.count(_counted(found, with_redacted=export.request.redacted))
        at.done += len(found)
        at.seq = found[-1].seq
        if at.seq >= listed.last:
            at.line, at.seq, at.volume = following, 0, 0

    async def _files(
        self, request: ExportRequest, folder: Path, record_id: str, entries: Sequence[Entry], at: ExportCursor
    ) -> dict[str, File]:
        """The files to which these entries refer, and which are here; they are listed to be packed."""
        seen = {entry.seq for entry in entries if entry.state == 0 or request.redacted}
        mentioned = await entries_store.media_between(self._app.driver, record_id, entries[0].seq, entries[-1].seq)
        if not request.media:
            at.count({"files not asked for": len(mentioned)} if mentioned else {})
            return {}
        found: dict[str, File] = {}
        lines = []
        for media_id in dict.fromkeys(media_id for seq, media_id in mentioned if seq in seen):
            file = await self._file(media_id)
            if file is None:
                at.count({"files gone": 1})
                continue
            found[self._media.uri(media_id)] = file
            line = {"media": media_id, "path": str(file.path), "name": file.name, "type": file.content_type}
            lines.append(json.dumps(line).encode() + b"\n")
        await asyncio.to_thread(append, folder, MEDIA, b"".join(lines), at.sizes)
        return found

    async def _file(self, media_id: str) -> File | None:
        try:
            medium = await self._media.find_for_anybody(self._app.settings.server_name, media_id, 0)
        except (MatrixError, ProtocolViolation):
            return None
        if medium.sha256 is None:
            return None
        path = self._app.blobs.path(medium.sha256)
        if not await asyncio.to_thread(path.exists):
            return None
        return File(path, medium.file_name or media_id, medium.content_type, medium.size)

    async def _write_heads(self, folder: Path, at: ExportCursor) -> None:
        """For each record what leads from its heads to the roots of checkpoints."""
        lines = []
        for _ in range(HEADS):
            listed, following = await asyncio.to_thread(_line_at, folder / RECORDS, at.line)
            if listed is None:
                at.phase, at.line = "checkpoints", 0
                break
            for number, head in await checkpoints_store.of_record(self._app.driver, listed.record, 0, MOST_HEADS):
                if not listed.first <= head.seq <= listed.last:
                    continue
                tree = await self._trees.of(number)
                line = {
                    "number": number,
                    "record": head.record_id,
                    "seq": head.seq,
                    "head": head.head.hex(),
                    "path": tree.path_to(head.record_id),
                }
                lines.append(msgspec.json.encode(line) + b"\n")
            at.line = following
        await asyncio.to_thread(append, folder, "heads.jsonl", b"".join(lines), at.sizes)

    async def _write_checkpoints(self, folder: Path, at: ExportCursor) -> None:
        """The checkpoints that attest any of these."""
        self._trees.clear()
        wanted = await asyncio.to_thread(_numbers_in, folder / "heads.jsonl")
        number = min(wanted, default=1) - 1
        at.sizes["checkpoints.jsonl"] = 0
        await asyncio.to_thread(append, folder, "checkpoints.jsonl", b"", at.sizes)
        while found := await checkpoints_store.after(self._app.driver, number, LISTED):
            lines = [
                msgspec.json.encode({**self._checkpoints.told(each), "timestamp": base64_of(each.token)}) + b"\n"
                for each in found
                if each.number in wanted
            ]
            await asyncio.to_thread(append, folder, "checkpoints.jsonl", b"".join(lines), at.sizes)
            number = found[-1].number
        at.count({"checkpoints": len(wanted)})
        at.phase = "pack"

    # ------------------------------------------------------------ packing

    async def _pack(self, export: Export, folder: Path, at: ExportCursor) -> Chunk:
        at.count({"records": at.records, "entries": at.done})
        target = folder.parent / PACKED

        def manifest(files: Sequence[dict[str, Any]], media: int) -> tuple[bytes, str]:
            at.counts["files"] = media
            told = canonical(self._manifest(export, files, at))
            return told, self._checkpoints.sign(told)

        size, digest = await asyncio.to_thread(pack, folder, target, manifest)
        write = Write()
        expires = self._app.clock.now_ms() + self._kept_ms
        store.finish(write, export.export_id, size, digest, at.counts, expires)
        return Chunk(
            cursor=None,
            done=at.done,
            total=at.done,
            message=f"{at.records} records, {size} bytes",
            write=write,
            after=lambda: remove_later(folder),
        )

    def _manifest(self, export: Export, files: Sequence[dict[str, Any]], at: ExportCursor) -> dict[str, Any]:
        """What is in it, and what is not and why."""
        return {
            "v": 1,
            "export": export.export_id,
            "server": self._app.settings.server_name,
            "created_by": export.created_by,
            "created_ts": export.created_ts,
            "format": export.request.format,
            "request": msgspec.to_builtins(export.request),
            "counts": at.counts,
            "left_out": [
                {"why": why, "count": at.counts[name]} for name, why in LEFT_OUT.items() if at.counts.get(name)
            ],
            "files": list(files),
            "key_id": self._checkpoints.key_id,
            "public_key": self._checkpoints.public_key,
        }


def _counted(entries: Sequence[Entry], *, with_redacted: bool) -> dict[str, int]:
    names = ("whole", "redacted" if with_redacted else "withheld", "erased")
    return dict(Counter(names[entry.state] for entry in entries))


def _line_at(path: Path, at: int) -> tuple[Listed | None, int]:
    """The record in the line that begins there, and where the next one does."""
    with path.open("rb") as file:
        file.seek(at)
        line = file.readline()
        return (msgspec.json.decode(line, type=Listed), file.tell()) if line else (None, at)


def _numbers_in(path: Path) -> set[int]:
    return {line["number"] for line in lines_of(path)}
