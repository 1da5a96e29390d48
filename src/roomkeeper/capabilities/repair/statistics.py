"""How well repairing works: by kind, by point of deviation, by operation, by day. Counted in the database."""

from __future__ import annotations

import csv
import io
from typing import Any, Final

import msgspec

from roomkeeper.capabilities.repair.store import statistics as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.spreadsheets import safe_cell

DAY_MS: Final = 24 * 3600 * 1000
BYTE_ORDER_MARK: Final = "\ufeff"


class OfKind(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one kind. `verified`: both logs say that it works; `claimed`: an operation ended well, whatever the
    logs say. Times to the first answer in milliseconds, `None` where there is none yet."""

    kind: str
    reports: int
    claimed: int
    verified: int
    unverified: int
    failed: int
    waiting: int
    reopened: int
    p50_ms: int | None
    p95_ms: int | None


class OfPoint(msgspec.Struct, frozen=True):
    """How often flows leave the plan at a point."""

    kind: str
    point: str
    reports: int


class OfOperation(msgspec.Struct, frozen=True):
    """How runs of an operation ended; `verified`: of how many the logs agree."""

    operation_id: str
    version: int
    runs: int
    succeeded: int
    verified: int


class OfDay(msgspec.Struct, frozen=True):
    """A day (UTC, its beginning in milliseconds)."""

    ts: int
    reports: int
    verified: int
    failed: int


class Numbers(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, since `since_ts`. `all` is the sum over the kinds."""

    since_ts: int
    all: OfKind
    kinds: list[OfKind]
    points: list[OfPoint]
    operations: list[OfOperation]
    days: list[OfDay]


class Statistics:
    """Counts."""

    def __init__(self, app: Application) -> None:
        self._app = app

    async def of(self, days: int) -> Numbers:
        """Of the last so many days, today among them."""
        now = self._app.clock.now_ms()
        since = now // DAY_MS * DAY_MS - (days - 1) * DAY_MS
        driver = self._app.driver
        kinds = [await self._kind(row, since) for row in await store.kinds(driver, since)]
        return Numbers(
            since_ts=since,
            all=await self._kind(await store.whole(driver, since), since, every=True),
            kinds=kinds,
            points=[OfPoint(*row) for row in await store.points(driver, since)],
            operations=[OfOperation(*row) for row in await store.operations(driver, since)],
            days=[OfDay(*row) for row in await store.days(driver, since, DAY_MS)],
        )

    async def _kind(self, row: Any, since: int, *, every: bool = False) -> OfKind:
        kind, reports, claimed, verified, unverified, failed, waiting, reopened, answered = row
        p50, p95 = None, None
        if answered:
            wanted = None if every else kind
            p50 = await store.answer_time(self._app.driver, since, wanted, (answered - 1) // 2)
            p95 = await store.answer_time(self._app.driver, since, wanted, min(answered - 1, answered * 95 // 100))
        return OfKind(
            kind=kind,
            reports=reports,
            claimed=claimed,
            verified=verified,
            unverified=unverified,
            failed=failed,
            waiting=waiting,
            reopened=reopened,
            p50_ms=p50,
            p95_ms=p95,
        )

    def csv(self, numbers: Numbers) -> bytes:
        """The kinds as a table for spreadsheets."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(OfKind.__struct_fields__)
        for each in (*numbers.kinds, msgspec.structs.replace(numbers.all, kind="(all)")):
            writer.writerow([safe_cell(getattr(each, name)) for name in OfKind.__struct_fields__])
        return (BYTE_ORDER_MARK + text.getvalue()).encode()
