"""How the server is: the checks as they are now, the figures now and over time."""

from __future__ import annotations

import asyncio
import platform
from typing import TYPE_CHECKING

import msgspec

from roomkeeper import __version__
from roomkeeper.platform.figures import Finding, HealthCheck, State, Unit, worst
from roomkeeper.platform.health import rules, store
from roomkeeper.platform.health.models import (
    CheckBody,
    DatabaseBody,
    FigureBody,
    HealthBody,
    HistoryBody,
    SeriesBody,
)
from roomkeeper.platform.health.sampling import KEPT_MS, MOST_ROWS, ROW_MS, Sampler
from roomkeeper.platform.logs import get_logger

if TYPE_CHECKING:
    from roomkeeper.platform.application import Application

log = get_logger(area="health")

FRESH_S = 2.0
"""Seconds for which what the checks found counts, however many look."""
CHECK_S = 5.0
"""Seconds that a check may take."""
MOMENTS = 10
"""The resolution, in seconds, of the samples in memory."""


class Health:
    """What operators are told of the server."""

    def __init__(self, app: Application, sampler: Sampler) -> None:
        self._app = app
        self._sampler = sampler
        self._started_ts = app.clock.now_ms()
        self._turn = asyncio.Lock()
        self._checked: list[CheckBody] = []
        self._checked_at = -FRESH_S
        self._since: dict[str, tuple[State, int]] = {}
        self._version = ""

    async def now(self) -> HealthBody:
        """Everything, as it is now."""
        checks = await self.checks()
        driver, units = self._app.driver, self._units()
        self._version = self._version or await store.database_version(driver)
        known = self._sampler.now()
        return HealthBody(
            state=worst([check.state for check in checks]),
            ts=self._app.clock.now_ms(),
            started_ts=self._started_ts,
            server_name=self._app.settings.server_name,
            version=__version__,
            python=platform.python_version(),
            database=DatabaseBody(driver.dialect, self._version),
            figures={name: FigureBody(unit, known.get(name)) for name, unit in units.items()},
            checks=checks,
        )

    def _units(self) -> dict[str, Unit]:
        figures = {name: figure.unit for name, figure in self._app.figures.items()}
        return {**figures, **{name: measure.unit for name, measure in self._app.measures.items()}}

    # ------------------------------------------------------------ checks

    async def checks(self) -> list[CheckBody]:
        """What the checks find; those that are not well first."""
        async with self._turn:
            now = self._app.clock.monotonic()
            if now - self._checked_at >= FRESH_S:
                found = await asyncio.gather(*(self._check(*item) for item in self._app.checks.items()))
                self._checked = sorted(found, key=lambda check: check.state == "well")
                self._checked.sort(key=lambda check: check.state != "failing")
                self._checked_at = now
        return self._checked

    async def _check(self, name: str, check: HealthCheck) -> CheckBody:
        finding = await _found(name, check)
        state, since = self._since.get(name, (None, 0))
        if state != finding.state:
            since = self._app.clock.now_ms()
            self._since[name] = (finding.state, since)
        return CheckBody(
            name=name,
            state=finding.state,
            code=finding.code,
            text=finding.text,
            advice=finding.advice,
            values=finding.values,
            since_ts=since,
        )

    # ------------------------------------------------------------ figures over time

    async def history(self, since: int | None, upto: int | None, resolution: int) -> HistoryBody:
        """The figures of a span of time: `MOMENTS`, or a multiple of the five minutes of a row, in seconds."""
        now = self._app.clock.now_ms()
        upto = now + 1 if upto is None else upto
        since = now - KEPT_MS if since is None else max(since, now - KEPT_MS - ROW_MS)
        kinds = dict(self._app.figures.items())
        if resolution == MOMENTS:
            found = [(ts, sample) for ts, _, sample in self._sampler.samples if since <= ts < upto]
        else:
            found = rules.gathered(await self._rows(since, upto), resolution * 1000, kinds)
        return self._series(found, resolution)

    async def _rows(self, since: int, upto: int) -> list[tuple[int, rules.Sample]]:
        stored = await store.rows(self._app.driver, since, upto, MOST_ROWS)
        rows: list[tuple[int, rules.Sample]] = [
            (ts, msgspec.json.decode(figures, type=dict[str, float])) for ts, figures in stored
        ]
        current = [(ts, sample) for ts, sample in self._sampler.current_row() if since <= ts < upto]
        # The process before this one may have had a part of the same five minutes.
        return [row for row in rows if not current or row[0] < current[0][0]] + current

    def _series(self, found: list[tuple[int, dict[str, float]]], resolution: int) -> HistoryBody:
        return HistoryBody(
            resolution=resolution,
            ts=[ts for ts, _ in found],
            figures={
                name: SeriesBody(unit, [sample.get(name) for _, sample in found])
                for name, unit in self._units().items()
            },
        )

    def per_minute(self, name: str, minutes: int) -> tuple[list[int], list[float]]:
        """A figure per second of the samples in memory as so much in each of the last minutes; the last is not over."""
        samples = [(ts, seconds, sample.get(name)) for ts, seconds, sample in self._sampler.samples]
        spans = list(rules.counted(samples, 60_000).items())[-minutes:]
        return [ts for ts, _ in spans], [round(count, 1) for _, count in spans]


async def _found(name: str, check: HealthCheck) -> Finding:
    try:
        async with asyncio.timeout(CHECK_S):
            return await check()
    except Exception as error:
        log.warning("a check broke", check=name, exc_info=error)
        what = f"{type(error).__name__}: {error}"[:500]
        return Finding(
            state="failing",
            code="check.broken",
            text=f"The check {name} cannot be made: {what}",
            advice="Look into the server's log for what it says of this check.",
            values={"check": name, "error": what},
        )
