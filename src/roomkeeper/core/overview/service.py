"""Puts the overview together."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from roomkeeper.core.organisation.permissions import Permissions
from roomkeeper.core.organisation.sessions import Sessions
from roomkeeper.core.overview.models import (
    AttentionItem,
    HealthPart,
    JobsPart,
    MessagesPart,
    OverviewBody,
    SessionsPart,
)
from roomkeeper.platform.application import Application
from roomkeeper.platform.figures import worst
from roomkeeper.platform.health import Health
from roomkeeper.platform.hooks import Slot
from roomkeeper.platform.jobs import Jobs
from roomkeeper.platform.jobs.api import body_of

Attention = Callable[[str], Awaitable[list[AttentionItem]]]
"""What somebody (a user id, or the machine's administrator) is to be told of, of what they may see."""
MINUTES = 60
MINUTE_MS = 60_000
SHOWN_JOBS = 5


class Overview:
    """What somebody with some rights is told of the whole."""

    def __init__(
        self,
        app: Application,
        health: Health,
        jobs: Jobs,
        permissions: Permissions,
        sessions: Sessions,
        *,
        late_after_ms: int,
    ) -> None:
        self._app = app
        self._health = health
        self._jobs = jobs
        self._permissions = permissions
        self._sessions = sessions
        self._late_after_ms = late_after_ms
        self.attention: Slot[Attention] = Slot("attention")
        """What else needs somebody."""

    async def of(self, actor: str) -> OverviewBody:
        """For a user id, or the machine's administrator."""
        return OverviewBody(
            ts=self._app.clock.now_ms(),
            messages=self._of_messages(),
            sessions=await self._of_sessions(actor),
            jobs=await self._of_jobs(actor),
            health=await self._of_health(actor),
            attention=[item for attention in self.attention.values() for item in await attention(actor)],
        )

    def _of_messages(self) -> MessagesPart:
        ts, values = self._health.per_minute("sends", MINUTES)
        now = self._app.clock.now_ms()
        whole = [value for begins, value in zip(ts, values, strict=True) if begins < now - now % MINUTE_MS]
        return MessagesPart(per_minute=whole[-1] if whole else None, ts=ts, values=values)

    async def _of_sessions(self, actor: str) -> SessionsPart | None:
        scope = await self._permissions.scope(actor, "sessions.read")
        if not scope:
            return None
        within = None if scope.is_everywhere else scope.departments
        count = await self._sessions.count(within, self._app.clock.now_ms() - self._late_after_ms)
        return SessionsPart(
            open=count.open,
            waiting=count.waiting,
            longest_since_ts=count.longest_since_ts,
            late=count.late,
            late_after_ms=self._late_after_ms,
        )

    async def _of_jobs(self, actor: str) -> JobsPart | None:
        if not await self._permissions.scope(actor, "jobs.read"):
            return None
        failed = await self._jobs.failed_lately()
        newest = await self._jobs.page("", "failed", min(failed, SHOWN_JOBS)) if failed else []
        return JobsPart(
            running=self._jobs.in_state("running"),
            waiting=self._jobs.in_state("queued"),
            failed=failed,
            newest_failed=[body_of(job) for job in newest],
        )

    async def _of_health(self, actor: str) -> HealthPart | None:
        if not await self._permissions.scope(actor, "health.read"):
            return None
        checks = await self._health.checks()
        return HealthPart(
            state=worst([check.state for check in checks]),
            checks=len(checks),
            findings=[check for check in checks if check.state != "well"],
        )
