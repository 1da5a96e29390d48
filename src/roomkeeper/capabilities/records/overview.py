"""Is it all right with records: how many entries come, how old the last checkpoint is and where it went, the chains.

How many entries there were by when is told by the checkpoints: each has the number of the last entry before it.
"""

from __future__ import annotations

from typing import Final

import msgspec

from roomkeeper.capabilities.records.checkpoints import Checkpoints
from roomkeeper.capabilities.records.store import checkpoints as store
from roomkeeper.capabilities.records.store import entries as entries_store
from roomkeeper.capabilities.records.verifying import Place, Verifying, places_in
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs.models import State

HOUR_MS: Final = 3_600_000
HOURS: Final = 24
MOST_CHECKPOINTS: Final = 2_000


class Left(msgspec.Struct, frozen=True, kw_only=True):
    """Up to which checkpoint a place has them; why it has no more, and since when (milliseconds)."""

    target: str
    delivered: int
    error: str = ""
    failing_ts: int | None = None


class LastCheckpoint(msgspec.Struct, frozen=True, kw_only=True):
    """The last checkpoint; `waiting` entries came after it."""

    number: int
    ts: int | None
    waiting: int


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """How the last check of all records stands; `checked` counts entries."""

    job_id: str
    state: State
    checked: int
    started_ts: int
    finished_ts: int | None
    broken: list[Place]


class RecordsOverview(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of the last 24 hours, hour by hour (`ts` is when each begins, in milliseconds); the rest as above."""

    ts: list[int]
    entries: list[int]
    total: int
    checkpoint: LastCheckpoint
    targets: list[Left]
    verification: Verification | None


class Overview:
    """Answers it."""

    def __init__(self, app: Application, checkpoints: Checkpoints, verifying: Verifying) -> None:
        self._app = app
        self._checkpoints = checkpoints
        self._verifying = verifying

    async def now(self) -> RecordsOverview:
        """As it is now."""
        total = await entries_store.newest_number(self._app.driver)
        last = await store.newest(self._app.driver)
        times, counts = await self._hours(total)
        return RecordsOverview(
            ts=times,
            entries=counts,
            total=total,
            checkpoint=LastCheckpoint(
                number=0 if last is None else last.number,
                ts=None if last is None else _ts(last.checkpoint),
                waiting=total if last is None else max(total - last.upto_no, 0),
            ),
            targets=await self.targets(),
            verification=await self._verification(),
        )

    async def _hours(self, total: int) -> tuple[list[int], list[int]]:
        now = self._app.clock.now_ms()
        first = now // HOUR_MS * HOUR_MS - (HOURS - 1) * HOUR_MS
        times = [first + hour * HOUR_MS for hour in range(HOURS)]
        counts = [0] * HOURS
        known = await store.counted(self._app.driver, MOST_CHECKPOINTS)
        before = 0
        for checkpoint, upto in [*known, (None, total)]:
            ts = now if checkpoint is None else _ts(checkpoint)
            if ts >= first:
                counts[min((ts - first) // HOUR_MS, HOURS - 1)] += max(upto - before, 0)
            before = upto
        return times, counts

    async def targets(self) -> list[Left]:
        """Where checkpoints go by the settings, and how far each place is."""
        known = await store.targets(self._app.driver)
        found = []
        for target in self._checkpoints.targets:
            state = known.get(target.name) or store.Target(target.name, 0, "", None)
            found.append(Left(**state._asdict()))
        return found

    async def _verification(self) -> Verification | None:
        job = await self._verifying.newest()
        if job is None:
            return None
        return Verification(
            job_id=job.job_id,
            state=job.state,
            checked=job.done,
            started_ts=job.started_ts or job.created_ts,
            finished_ts=job.finished_ts,
            broken=places_in(job.message),
        )


def _ts(checkpoint: bytes) -> int:
    return int(msgspec.json.decode(checkpoint)["ts"])
