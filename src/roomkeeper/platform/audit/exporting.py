"""The audit log as a file: CSV for spreadsheets, or a JSON object a line for programs."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from typing import Literal

import msgspec

from roomkeeper.platform.audit import store
from roomkeeper.platform.audit.models import AuditEntry, AuditFilter
from roomkeeper.platform.database import Driver
from roomkeeper.platform.spreadsheets import safe_cell

Format = Literal["csv", "jsonl"]

PAGE = 1_000
HEAD = ("id", "time", "actor", "permission", "object", "reason")
BYTE_ORDER_MARK = "\ufeff"
"""Spreadsheet programs else take the file for one in the code of their country."""


async def lines(driver: Driver, wanted: AuditFilter, form: Format) -> AsyncIterator[bytes]:
    """All entries that are wanted and there now, the newest first, some at a time."""
    newest = await store.newest(driver)
    if form == "csv":
        yield _csv([HEAD], mark=True)
    place: store.Place | None = None
    while True:
        found, go_on = await store.page(driver, wanted, place, "older", PAGE)
        # What is written meanwhile is newer, by its id where not by its time.
        entries = [entry for entry in found if entry.id <= newest]
        if entries:
            yield _encoded(entries, form)
        if go_on is None:
            return
        place = await store.place_of(driver, go_on)


def _encoded(entries: Sequence[AuditEntry], form: Format) -> bytes:
    if form == "jsonl":
        return b"".join(msgspec.json.encode(entry) + b"\n" for entry in entries)
    return _csv([_row(entry) for entry in entries])


def _row(entry: AuditEntry) -> tuple[object, ...]:
    time = datetime.fromtimestamp(entry.ts / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    texts = (entry.actor, entry.permission, entry.object, entry.reason)
    return (str(entry.id), time, *(safe_cell(text) for text in texts))


def _csv(rows: Sequence[Sequence[object]], *, mark: bool = False) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, lineterminator="\r\n").writerows(rows)
    return ((BYTE_ORDER_MARK if mark else "") + written.getvalue()).encode()
