"""Imports: a file is uploaded, looked at, and taken by a durable job, some hundreds of rows at a time.

Each chunk is one write, with the place in the file behind it; a row is known by its user name or Matrix name, so that
a file that is imported a second time changes nothing.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation.departments import Departments
from roomkeeper.core.organisation.imports import reading, store
from roomkeeper.core.organisation.imports.models import (
    Counts,
    Dialect,
    ImportRecord,
    Options,
    Plan,
    Preview,
    Row,
    RowError,
)
from roomkeeper.core.organisation.imports.planning import Planner
from roomkeeper.core.organisation.people import People
from roomkeeper.platform.application import Application
from roomkeeper.platform.blobs import LocalBlobs
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.jobs import Chunk, Job, JobRecord, Jobs

JOB = "organisation.import"
ROWS = 500
"""Rows of a chunk."""
MOST_ROWS = 500_000
MOST_ERRORS = 10_000
"""Errors that are kept of an import; all are counted."""
SHOWN_ROWS = 10
SHOWN_ERRORS = 100
KEPT = 20
KEPT_MS = 7 * 24 * 3600 * 1000


class Run(msgspec.Struct, frozen=True):
    """Parameters of the job."""

    import_id: str
    started_by: str
    options: Options


class Cursor(msgspec.Struct, frozen=True):
    """Where a job is: rows taken, and what became of them."""

    rows: int
    total: int
    counts: Counts


class Reading(msgspec.Struct):
    """A file that is being read: how many rows of it are behind."""

    rows: int
    iterator: Iterator[Row]
    planner: Planner


class Imports:
    """The imports of this server."""

    def __init__(
        self, app: Application, jobs: Jobs, people: People, departments: Departments, accounts: Accounts
    ) -> None:
        self._app = app
        self._jobs = jobs
        self._people = people
        self._departments = departments
        self._accounts = accounts
        self._blobs = LocalBlobs(app.data_dir / "imports")
        self._readings: dict[str, Reading] = {}
        jobs.kinds.add(JOB, Job(parameters=Run, step=self._step, unit="rows", ended=self._ended))

    # ------------------------------------------------------------ files

    async def upload(self, actor: str, chunks: AsyncIterator[bytes]) -> ImportRecord:
        """Keep a file for some days. Raises `TooLarge`, `Interrupted`."""
        await self._tidy()
        blob = await self._blobs.put(chunks)
        now = self._app.clock.now_ms()
        record = ImportRecord(
            import_id=f"{now:011x}{secrets.token_hex(4)}",
            sha256=blob.sha256,
            size=blob.size,
            created_ts=now,
            created_by=actor,
        )
        write = Write()
        store.insert(write, record)
        self._app.audit.record(write, permission="imports.upload", target=record.import_id)
        await self._app.committer.submit(write)
        return record

    async def get(self, import_id: str) -> ImportRecord:
        """One import. Raises `NotFound`."""
        record = await store.find(self._app.driver, import_id)
        if record is None:
            raise NotFound("There is no such import; files are kept for a week.")
        return record

    async def page(self, before: str, limit: int) -> list[ImportRecord]:
        """Imports, the newest first."""
        return await store.page(self._app.driver, before, limit)

    async def errors(self, import_id: str) -> list[RowError]:
        """What could not be taken of a file, as far as it was imported. Raises `NotFound`."""
        await self.get(import_id)
        return list(await store.errors(self._app.driver, import_id, MOST_ERRORS))

    async def delete(self, import_id: str) -> None:
        """Forget a file. Raises `NotFound`, and `InvalidParameter` while it is being imported."""
        record = await self.get(import_id)
        if await self._is_running(record):
            raise InvalidParameter("This is being imported: cancel its job first.")
        write = Write()
        store.delete(write, import_id)
        self._app.audit.record(write, permission="imports.delete", target=import_id)
        await self._app.committer.submit(write)
        if not await store.uses(self._app.driver, record.sha256):
            await self._blobs.delete(record.sha256)

    async def _tidy(self) -> None:
        """Forget files that are old, or too many."""
        records = await self.page("", 2 * KEPT)
        oldest = self._app.clock.now_ms() - KEPT_MS
        for number, record in enumerate(records):
            if (number >= KEPT - 1 or record.created_ts < oldest) and not await self._is_running(record):
                await self.delete(record.import_id)

    async def _is_running(self, record: ImportRecord) -> bool:
        if record.job_id is None:
            return False
        try:
            return not (await self._jobs.get(record.job_id)).is_finished
        except NotFound:
            return False

    # ------------------------------------------------------------ looking

    async def preview(self, import_id: str, options: Options) -> Preview:
        """What an import would do. Raises `NotFound`, `InvalidParameter`."""
        path = self._blobs.path((await self.get(import_id)).sha256)
        dialect = await self._dialect(import_id, options)
        iterator, planner = reading.rows_of(path, dialect), self._planner(options)
        shown: list[dict[str, str]] = []
        counts, errors, departments = Counts(), list[RowError](), list[str]()
        while True:
            rows, wrong = await asyncio.to_thread(_next_rows, iterator, ROWS)
            plan = await planner.plan(rows, make=False)
            plan.errors += wrong
            counts = counts.plus(plan.counts)
            shown += [row.values for row in rows[: SHOWN_ROWS - len(shown)]]
            errors += plan.errors[: SHOWN_ERRORS - len(errors)]
            departments += [path for path in plan.new_departments if path not in departments]
            if len(rows) < ROWS or counts.total >= MOST_ROWS:
                break
        return Preview(
            encoding=dialect.encoding,
            delimiter=dialect.delimiter,
            columns=list(dialect.columns),
            mapping=dict(zip(dialect.columns, dialect.fields, strict=True)),
            rows=shown,
            counts=counts,
            errors=errors,
            new_departments=departments[:SHOWN_ERRORS],
        )

    async def _dialect(self, import_id: str, options: Options) -> Dialect:
        path = self._blobs.path((await self.get(import_id)).sha256)
        try:
            return await asyncio.to_thread(reading.dialect_of, path, options)
        except FileNotFoundError:
            raise InvalidParameter("The file is not there any more (it is in no backup): upload it again.") from None

    def _planner(self, options: Options) -> Planner:
        return Planner(self._people, self._departments, self._accounts, self._app.clock, options)

    # ------------------------------------------------------------ importing

    async def start(self, actor: str, import_id: str, options: Options) -> JobRecord:
        """Import a file. Raises `NotFound`, `InvalidParameter`."""
        record = await self.get(import_id)
        if await self._is_running(record):
            assert record.job_id is not None
            return await self._jobs.get(record.job_id)
        await self._dialect(import_id, options)
        write = Write()
        job_id = self._jobs.add(write, JOB, Run(import_id, actor, options), started_by=actor, key=import_id)
        store.set_job(write, import_id, job_id)
        self._app.audit.record(write, permission="imports.run", target=import_id)
        await self._app.committer.submit(write)
        return await self._jobs.get(job_id)

    async def _step(self, run: Run, before: Any) -> Chunk:
        cursor = Cursor(0, await self._count(run), Counts()) if before is None else msgspec.convert(before, Cursor)
        found = await self._reading(run, cursor.rows)
        rows, wrong = await asyncio.to_thread(_next_rows, found.iterator, ROWS)
        plan = await found.planner.plan(rows, make=True)
        plan.errors += wrong
        counts = cursor.counts.plus(plan.counts)
        write, locks = Write(), self._changes(plan, run)
        self._write(write, plan, run, locks)
        for error in plan.errors[: max(0, MOST_ERRORS - cursor.counts.failed)]:
            store.insert_error(write, run.import_id, error)
        store.set_counts(write, run.import_id, counts)
        for person, after in plan.changed:
            if person.display_name != after.display_name:
                await self._people.rename(after.user_id, after.display_name)
        found.rows = cursor.rows + len(rows)
        is_last = len(rows) < ROWS or found.rows >= MOST_ROWS

        def told() -> None:
            for user_id, lock in locks.items():
                self._people.tell_change(user_id, lock)

        return Chunk(
            cursor=None if is_last else msgspec.to_builtins(Cursor(found.rows, cursor.total, counts)),
            done=found.rows,
            total=max(cursor.total, found.rows),
            message=_told(counts),
            write=write,
            after=told,
        )

    def _changes(self, plan: Plan, _run: Run) -> dict[str, bool | None]:
        return dict.fromkeys([after.user_id for _, after in plan.changed])

    def _write(self, write: Write, plan: Plan, run: Run, locks: dict[str, bool | None]) -> None:
        reason = f"import {run.import_id}"
        for person in plan.created:
            self._people.add_new(write, person, actor=run.started_by, reason=reason)
        if plan.created:
            self._people.tell_of_new(write, plan.created)
        for before, after in plan.changed:
            locks[after.user_id] = self._people.add_change(write, before, after, actor=run.started_by, reason=reason)

    async def _count(self, run: Run) -> int:
        path = self._blobs.path((await self.get(run.import_id)).sha256)
        dialect = await self._dialect(run.import_id, run.options)
        return await asyncio.to_thread(_count_rows, reading.rows_of(path, dialect))

    async def _reading(self, run: Run, rows: int) -> Reading:
        """The file, at the row where the next chunk begins: as it was left, or read anew up to there."""
        found = self._readings.pop(run.import_id, None)
        if found is None or found.rows != rows:
            path = self._blobs.path((await self.get(run.import_id)).sha256)
            dialect = await self._dialect(run.import_id, run.options)
            found = Reading(0, reading.rows_of(path, dialect), self._planner(run.options))
            while found.rows < rows:
                skipped, _ = await asyncio.to_thread(_next_rows, found.iterator, min(ROWS, rows - found.rows))
                found.planner.skip(skipped)
                found.rows += len(skipped)
                if not skipped:
                    break
        self._readings[run.import_id] = found
        return found

    def _ended(self, run: Run) -> None:
        self._readings.pop(run.import_id, None)


def _next_rows(iterator: Iterator[Row], count: int) -> tuple[list[Row], list[RowError]]:
    """The next rows; fewer than `count` where there are no more, or the file cannot be read on."""
    rows: list[Row] = []
    try:
        rows.extend(itertools.islice(iterator, count))
    except reading.Unreadable as error:
        return rows, [RowError(error.line, "", str(error))]
    return rows, []


def _count_rows(iterator: Iterator[Row]) -> int:
    count = 0
    try:
        for _ in iterator:
            count += 1
    except reading.Unreadable:
        pass
    return count


def _told(counts: Counts) -> str:
    return (
        f"{counts.created} created, {counts.changed} changed, {counts.unchanged} unchanged, {counts.failed} with errors"
    )
