"""Counts by the hour: verdicts, what detectors led to, how long sends waited. Written some seconds later, together."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated

import msgspec
import prometheus_client
from msgspec import Meta

from roomkeeper.capabilities.screening.models import Verdict
from roomkeeper.capabilities.screening.store import rest as store
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

HOUR_MS = 3600 * 1000
WRITTEN_S = 5.0
KEPT_HOURS = 24 * 400
MOST_ROWS = 200_000
BUCKETS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 60_000, 120_000)
"""Up to so many milliseconds a wait counts as one of that length."""

verdicts = prometheus_client.Counter("roomkeeper_screening_verdicts", "Verdicts", ["what", "verdict"])
waits = prometheus_client.Histogram(
    "roomkeeper_screening_wait_seconds",
    "Seconds that sends with media waited for their verdict",
    buckets=tuple(each / 1000 for each in BUCKETS_MS),
)


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """An hour: how many verdicts of which kind about media and words, what detectors and lists led to
    (``detector:label`` to how many), and the sends' waits (milliseconds, of half and of 95 in 100 of them)."""

    ts: int
    verdicts: dict[str, int]
    words: dict[str, int]
    causes: dict[str, int]
    waited_p50_ms: Annotated[int, Meta(ge=0)] | None
    waited_p95_ms: Annotated[int, Meta(ge=0)] | None


class Statistics:
    """Counts."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self._counts: Counter[tuple[int, str, str]] = Counter()

    def media(self, verdict: Verdict, waited_s: float) -> None:
        """A send with media has its verdict."""
        name = "wait" if verdict.waiting and verdict.action != "block" else verdict.action
        verdicts.labels("media", name).inc()
        waits.observe(waited_s)
        hour = self._hour()
        self._counts[hour, "media", name] += 1
        bucket = next((each for each in BUCKETS_MS if waited_s * 1000 <= each), BUCKETS_MS[-1])
        self._counts[hour, "waited", str(bucket)] += 1
        self._causes(hour, verdict)

    def words(self, verdict: Verdict) -> None:
        """Words were not allowed. (How many were, the counter of sent events tells.)"""
        verdicts.labels("words", verdict.action).inc()
        hour = self._hour()
        self._counts[hour, "words", verdict.action] += 1
        self._causes(hour, verdict)

    def _causes(self, hour: int, verdict: Verdict) -> None:
        for cause in {f"{each.detector or each.source}:{each.label or each.source}" for each in verdict.reasons}:
            self._counts[hour, "cause", cause] += 1

    def decided(self, what: str) -> None:
        """Somebody has decided a case: ``approved`` or ``refused``; or its sender has ``appealed``."""
        self._counts[self._hour(), "media", what] += 1

    def _hour(self) -> int:
        return self._app.clock.now_ms() // HOUR_MS * HOUR_MS

    async def run(self) -> None:
        """Write what was counted, for ever."""
        while True:
            await asyncio.sleep(WRITTEN_S)
            await self.write()

    async def write(self) -> None:
        """Write what was counted."""
        if not self._counts:
            return
        counts, self._counts = self._counts, Counter()
        write = Write()
        store.add_counts(write, counts)
        store.forget_counts(write, self._hour() - KEPT_HOURS * HOUR_MS)
        await self._app.committer.submit(write)

    async def hours(self, since: int, until: int, step_ms: int = HOUR_MS) -> list[Hour]:
        """What was counted in the hours that begin in a span, those in which there was something.

        `step_ms`: several hours together, in steps from the epoch.
        """
        await self.write()
        rows = await store.counts(self._app.driver, since, until, MOST_ROWS)
        spans: dict[int, dict[str, Counter[str]]] = {}
        for ts, kind, name, count in rows:
            spans.setdefault(ts // step_ms * step_ms, {}).setdefault(kind, Counter())[name] += count
        return [hour_of(ts, kinds) for ts, kinds in spans.items()]


def hour_of(ts: int, kinds: Mapping[str, Mapping[str, int]]) -> Hour:
    """An hour of what was counted."""
    waited = {int(bucket): count for bucket, count in kinds.get("waited", {}).items()}
    return Hour(
        ts=ts,
        verdicts=dict(kinds.get("media", {})),
        words=dict(kinds.get("words", {})),
        causes=dict(kinds.get("cause", {})),
        waited_p50_ms=percentile(waited, 0.5),
        waited_p95_ms=percentile(waited, 0.95),
    )


def percentile(counts: dict[int, int], part: float) -> int | None:
    """The smallest value that so great a part of all does not exceed, `None` where there is none."""
    total, below = sum(counts.values()), 0
    ordered: Sequence[tuple[int, int]] = sorted(counts.items())
    for value, count in ordered:
        below += count
        if below >= part * total:
            return value
    return None
