"""The figures as time goes by: the last hour in memory, the last week in the database, a row for five minutes.

Nothing here is asked by a message: the counters are there anyway, and are read every few seconds.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from roomkeeper.platform.database import Write
from roomkeeper.platform.health import rules, store
from roomkeeper.platform.logs import get_logger

if TYPE_CHECKING:
    from roomkeeper.platform.application import Application

log = get_logger(area="health")

SAMPLE_S = 10.0
FIRST_S = 1.0
"""Seconds between the first two samples: who has just started a server wants to see something."""
KEPT_SAMPLES = 360
ROW_MS = 300_000
KEPT_MS = 7 * 24 * 3600 * 1000
MOST_ROWS = KEPT_MS // ROW_MS + 1


class Sampler:
    """Reads all figures, again and again."""

    def __init__(self, app: Application) -> None:
        self._app = app
        self.samples: deque[tuple[int, float, dict[str, float]]] = deque(maxlen=KEPT_SAMPLES)
        """When (ms), how many seconds after the one before, and the figures."""
        self._totals: dict[str, float] = {}
        self._read_at = 0.0
        self._measured: dict[str, float] = {}
        self._span: list[dict[str, float]] = []
        self._span_ts = 0

    async def run(self) -> None:
        """Sample for ever."""
        await self.measure()
        await self.sample()
        await asyncio.sleep(FIRST_S)
        while True:
            await self.sample()
            await asyncio.sleep(SAMPLE_S)

    def now(self) -> dict[str, float]:
        """The figures as they were last."""
        return self.samples[-1][-1] if self.samples else {}

    def current_row(self) -> list[tuple[int, rules.Sample]]:
        """The row that is being gathered, if there is something for it."""
        return [(self._span_ts, rules.merged(self._span, dict(self._app.figures.items())))] if self._span else []

    async def measure(self) -> None:
        """Look for the figures that take longer. What breaks is not known, and logged."""
        for name, measure in self._app.measures.items():
            try:
                self._measured[name] = await measure.read()
            except Exception as error:
                self._measured.pop(name, None)
                log.warning("a figure is not known", figure=name, exc_info=error)

    async def sample(self) -> None:
        """Take one sample; where five minutes are over, make them a row."""
        now = self._app.clock.now_ms()
        seconds, sample = self._read()
        begins = now - now % ROW_MS
        if begins != self._span_ts:
            await self._finish_row(begins)
        self.samples.append((now, seconds, sample))
        self._span.append(sample)

    def _read(self) -> tuple[float, dict[str, float]]:
        """The seconds since they were read before (0: they never were), and the figures."""
        at = time.monotonic()
        elapsed, self._read_at = at - self._read_at if self._read_at else 0.0, at
        sample = {}
        for name, figure in self._app.figures.items():
            value = figure.read()
            if figure.grows:
                before, self._totals[name] = self._totals.get(name), value
                if before is None or elapsed <= 0:
                    continue
                value = max(value - before, 0.0) / elapsed
            sample[name] = rules.rounded(value)
        return elapsed, {**sample, **self._measured}

    async def _finish_row(self, begins: int) -> None:
        """Store what was gathered since `_span_ts`, forget what is too old, and measure anew."""
        row, self._span, self._span_ts = self.current_row(), [], begins
        if not row:
            return
        write = Write()
        for ts, figures in row:
            store.put(write, ts, msgspec.json.encode(figures).decode())
        store.forget(write, begins - KEPT_MS)
        await self._app.committer.submit(write)
        await self.measure()
