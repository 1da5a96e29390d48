"""Lists of words as files: taken in by a durable job, some thousand patterns at a time, and given out whole.

CSV has a pattern in the first column of each row (a first row that says "pattern" is its head); JSON is a list of
strings, or an object with such a list as `patterns`.
"""

from __future__ import annotations

import asyncio
import csv
import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, Literal

import msgspec

from roomkeeper.capabilities.screening.store import lists as store
from roomkeeper.capabilities.screening.store import rest
from roomkeeper.capabilities.screening.text import rules
from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.report import MOST_ERRORS, ImportReport, PatternError
from roomkeeper.capabilities.screening.text.rules import BadPattern
from roomkeeper.capabilities.screening.text.service import MOST_EXPRESSIONS, MOST_PATTERNS, Lists
from roomkeeper.platform.application import Application
from roomkeeper.platform.blobs import LocalBlobs
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, NotFound
from roomkeeper.platform.jobs import Chunk, Job, JobRecord, Jobs

IMPORT = "screening.import"
AT_ONCE = 2_000
MAX_FILE = 32 * 1024 * 1024
"""Bytes of a file."""
MAX_PATTERN = 1000
PAGE = 5_000

SHOWN = 100
"""Characters of a pattern that is wrong."""
REPORT = "import "
"""Begins the name under which is noted what became of the last import of a list."""

FileFormat = Literal["csv", "json"]


class Import(msgspec.Struct, frozen=True):
    """What is taken in: the file (by its SHA-256) and its form; `replace`: what the list had goes."""

    list_id: str
    sha256: str
    format: FileFormat
    replace: bool


class Cursor(msgspec.Struct, kw_only=True):
    """How far it is: rows behind, patterns taken, rows that are none, and what was wrong first."""

    rows: int = 0
    taken: int = 0
    wrong: int = 0
    first: str = ""
    errors: list[PatternError] = []


class ListFiles:
    """Takes lists in, and gives them out."""

    def __init__(self, app: Application, jobs: Jobs, lists: Lists) -> None:
        self._app = app
        self._jobs = jobs
        self._lists = lists
        self._blobs = LocalBlobs(app.data_dir / "screening-imports")
        self._read: dict[str, list[str]] = {}
        jobs.kinds.add(IMPORT, Job(parameters=Import, step=self._step, unit="patterns", ended=self._ended))

    async def take(
        self, actor: str, list_id: str, chunks: AsyncIterator[bytes], file_format: FileFormat, *, replace: bool
    ) -> JobRecord:
        """Take a file in. Raises `NotFound`, `InvalidParameter` where it is none of that form."""
        await self._lists.get(list_id)
        blob = await self._blobs.put(chunks)
        path = self._blobs.path(blob.sha256)
        await asyncio.to_thread(parse, path, file_format)
        write = Write()
        parameters = Import(list_id, blob.sha256, file_format, replace)
        job_id = self._jobs.add(write, IMPORT, parameters, started_by=actor, key=list_id)
        self._app.audit.record(write, permission="screening.lists", target=list_id, reason=f"import {job_id}")
        await self._app.committer.submit(write)
        return await self._jobs.get(job_id)

    async def find(
        self, list_id: str, job_id: str, since: int | None, seconds: float
    ) -> tuple[JobRecord, ImportReport]:
        """An import of a list, and what became of its rows until now; with `since` as soon as its job has a later
        version, or after some seconds. Raises `NotFound`."""
        record = await (self._jobs.get(job_id) if since is None else self._jobs.wait(job_id, since, seconds))
        if record.name != IMPORT or record.key != list_id:
            raise NotFound("There is no such import of this list.")
        noted = await rest.progress(self._app.driver, REPORT + list_id)
        begun = noted is not None and record.done > 0
        return record, msgspec.json.decode(noted or "", type=ImportReport) if begun else ImportReport()

    async def _step(self, work: Import, cursor: Any) -> Chunk:
        at = Cursor() if cursor is None else msgspec.convert(cursor, Cursor)
        text_list = await self._lists.get(work.list_id)
        rows = await self._rows(work)
        write = Write()
        if cursor is None and work.replace:
            store.clear(write, work.list_id)
        part = rows[at.rows : at.rows + AT_ONCE]
        room = await self._room(text_list, replaced=cursor is None and work.replace)
        good = self._checked(part, text_list, at)
        if len(good) > room:
            at.wrong += len(good) - room
            at.first = at.first or "There are too many patterns; the others were left out."
            good = good[:room]
        store.add_entries(write, work.list_id, good)
        store.touch(write, work.list_id, self._app.clock.now_ms())
        at.rows += len(part)
        at.taken += len(good)
        report = ImportReport(at.taken, at.wrong, at.errors)
        rest.note_progress(write, REPORT + work.list_id, msgspec.json.encode(report).decode())
        is_last = at.rows >= len(rows)
        return Chunk(
            cursor=None if is_last else msgspec.to_builtins(at),
            done=at.rows,
            total=len(rows),
            message=f"{at.taken} taken, {at.wrong} left out{': ' + at.first if at.first else ''}"[:500],
            write=write,
            after=self._lists.changed,
        )

    async def _room(self, text_list: TextList, *, replaced: bool) -> int:
        count = await store.count(self._app.driver) - (text_list.entries if replaced else 0)
        room = MOST_PATTERNS - count
        if text_list.kind == "expressions":
            room = min(room, MOST_EXPRESSIONS - (0 if replaced else text_list.entries))
        return max(0, room)

    def _checked(self, part: Sequence[str], text_list: TextList, at: Cursor) -> list[str]:
        good = []
        for number, pattern in enumerate(part, at.rows + 1):
            try:
                check_plain(pattern)
                rules.check(pattern, text_list.kind)
            except BadPattern as error:
                at.wrong += 1
                at.first = at.first or f"row {number}: {error}"
                if len(at.errors) < MOST_ERRORS:
                    at.errors.append(PatternError(number, pattern[:SHOWN], str(error)))
            else:
                good.append(pattern)
        return good

    async def _rows(self, work: Import) -> list[str]:
        key = f"{work.sha256} {work.format}"
        if key not in self._read:
            self._read[key] = await asyncio.to_thread(parse, self._blobs.path(work.sha256), work.format)
        return self._read[key]

    def _ended(self, work: Import) -> None:
        self._read.pop(f"{work.sha256} {work.format}", None)
        self._blobs.path(work.sha256).unlink(missing_ok=True)

    async def give(self, list_id: str, file_format: FileFormat) -> bytes:
        """A list as a file. Raises `NotFound`."""
        await self._lists.get(list_id)
        found: list[str] = []
        while page := await store.entries(self._app.driver, list_id, found[-1] if found else "", PAGE):
            found += page
            await asyncio.sleep(0)
        return await asyncio.to_thread(_written, found, file_format)


def check_plain(pattern: str) -> None:
    """Whether a pattern is one line of text that is not too long. Raises `BadPattern`."""
    if len(pattern) > MAX_PATTERN:
        raise BadPattern(f"A pattern may have {MAX_PATTERN} characters at most.")
    if any(character < " " or character == "\x7f" or "\ud800" <= character <= "\udfff" for character in pattern):
        raise BadPattern("A pattern may have no control characters.")


def parse(path: Path, file_format: FileFormat) -> list[str]:
    """The patterns in a file, as they stand there. Raises `InvalidParameter`."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidParameter(f"The file is not in UTF-8: byte {error.start}.") from None
    if file_format == "json":
        return _from_json(text)
    try:
        rows = [row[0].strip() for row in csv.reader(io.StringIO(text)) if row and row[0].strip()]
    except csv.Error as error:
        raise InvalidParameter(f"The file is no CSV: {error}.") from None
    return rows[1:] if rows and rows[0].lower() == "pattern" else rows


def _from_json(text: str) -> list[str]:
    try:
        given = msgspec.json.decode(text)
        if isinstance(given, dict):
            given = given.get("patterns")
        return msgspec.convert(given, list[str])
    except (msgspec.DecodeError, RecursionError):
        message = "The file is not JSON with a list of strings, or an object with such a list as `patterns`."
        raise InvalidParameter(message) from None


def _written(patterns: Sequence[str], file_format: FileFormat) -> bytes:
    if file_format == "json":
        return msgspec.json.encode({"patterns": patterns})
    text = io.StringIO()
    csv.writer(text).writerows([["pattern"], *([pattern] for pattern in patterns)])
    return text.getvalue().encode()
