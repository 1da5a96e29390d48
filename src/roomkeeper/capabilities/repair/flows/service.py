"""A user's operation flow of one kind of trouble: events fetched, checked, and put together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from roomkeeper.capabilities.repair.flows.aggregating import attempts_of
from roomkeeper.capabilities.repair.flows.checking import checked, findings
from roomkeeper.capabilities.repair.intake.server_points import ServerPoints
from roomkeeper.capabilities.repair.masking import known_as
from roomkeeper.capabilities.repair.models import LOST, Attempt, Flow, Kind, TrackedEvent
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.plan.schemas import Schema
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.capabilities.repair.store import events as store
from roomkeeper.platform.application import Application

HOUR_MS: Final = 3_600_000
PRESENCE: Final = ("session_ready", "room_open")
"""What clients that track tell whatever their user does: without them, what a client did not tell says nothing."""
MOST_ALIASES: Final = 2
"""Names under which a user was tracked before they said who they are; the newest."""


class Flows:
    """What users did, as it was tracked."""

    def __init__(self, app: Application, plans: Plans, points: ServerPoints, settings: RepairSettings) -> None:
        self._app = app
        self._plans = plans
        self._points = points
        self._settings = settings

    async def events(
        self, user_id: str, kind: str, *, since_ts: int | None = None, until_ts: int | None = None
    ) -> list[TrackedEvent]:
        """The tracked events of a user at the points of a kind, the oldest first; by default of the kind's window.

        ``since_ts <= ts < until_ts``, in milliseconds. Raises `NotFound` for an unknown kind.
        """
        plan = self._plans.get(kind)
        since, until = await self._window(plan, since_ts, until_ts)
        return await self._fetch(user_id, plan, since, until)

    async def build(
        self,
        user_id: str,
        kind: str,
        *,
        since_ts: int | None = None,
        until_ts: int | None = None,
        correlation_id: str | None = None,
    ) -> Flow:
        """The flow of a user and kind; of one attempt first of all, where its correlation id is known.

        Raises `NotFound` for an unknown kind. A user of whom nothing is known has a flow without attempts.
        """
        plan = self._plans.get(kind)
        since, until = await self._window(plan, since_ts, until_ts)
        schemas = {point.name: Schema(point.schema) for point in plan.points}
        fetched = await self._fetch(user_id, plan, since, until, also=PRESENCE)
        with_client = any(event.side == "client" for event in fetched)
        names = {*schemas, LOST}
        events = checked([event for event in fetched if event.name in names], schemas)
        attempts = attempts_of(plan, events, min(until, self._app.clock.now_ms()), with_client=with_client)
        skew_ms, limit = self._settings.skew_minutes * 60_000, self._settings.flow_events
        return Flow(
            user_id=user_id,
            kind=plan.kind,
            version=plan.version,
            since_ts=since,
            until_ts=until,
            events=len(events),
            attempts=tuple(attempts),
            subject=_subject(attempts, correlation_id),
            findings=tuple(findings(plan, events, attempts, skew_ms, limit, with_client=with_client)),
        )

    async def _window(self, plan: Kind, since_ts: int | None, until_ts: int | None) -> tuple[int, int]:
        """From when to when, once what waits to be stored is."""
        await self._points.flush()
        until = self._app.clock.now_ms() + 1 if until_ts is None else until_ts
        return (until - plan.window_hours * HOUR_MS if since_ts is None else since_ts), until

    async def _fetch(
        self, user_id: str, plan: Kind, since: int, until: int, *, also: Sequence[str] = ()
    ) -> list[TrackedEvent]:
        known = known_as(user_id)
        ids = [known, *await store.aliases(self._app.driver, known, MOST_ALIASES)]
        names = list(dict.fromkeys((*(point.name for point in plan.points), LOST, *also)))
        return await store.of_user(self._app.driver, ids, names, since, until, self._settings.flow_events)


def _subject(attempts: list[Attempt], correlation_id: str | None) -> int | None:
    """The place of the attempt that a report is about."""
    if correlation_id is not None:
        for place, attempt in enumerate(attempts):
            if attempt.correlation_id == correlation_id:
                return place
    for place, attempt in enumerate(attempts):
        if attempt.deviation is not None:
            return place
    return 0 if attempts else None
