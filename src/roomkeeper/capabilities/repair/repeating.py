"""Telling a user's client to try again what did not work: account data that our web client obeys.

Every device of the user sees it with its next sync; what is older than `expires_ts` is let be.
"""

from __future__ import annotations

from typing import Final

from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.reports.models import Report
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.capabilities.repair.verification import pairs_of
from roomkeeper.core.account_data import AccountData
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write

REPEAT: Final = "org.roomkeeper.repair.repeat"
"""The type of that account data: which report, which kind, at which of the client's points, about what."""


class Repeating:
    """Tells clients."""

    def __init__(self, app: Application, plans: Plans, account_data: AccountData, settings: ReportSettings) -> None:
        self._app = app
        self._plans = plans
        self._account_data = account_data
        self._settings = settings

    async def ask(self, report: Report) -> None:
        """Have the user's client do once more what the report is about. Doing so again does no harm."""
        kind = self._plans.all().get(report.kind)
        pairs = [] if kind is None else pairs_of(kind)
        now = self._app.clock.now_ms()
        content = {
            "report_id": report.report_id,
            "kind": report.kind,
            "point": pairs[-1][0].name if pairs else "",
            "about": report.properties,
            "asked_ts": now,
            "expires_ts": now + int(self._settings.verify_seconds * 1000),
        }
        async with self._account_data.turn(report.user_id, REPEAT):
            write = Write()
            self._account_data.put(write, report.user_id, None, REPEAT, content)
            await self._app.committer.submit(write)
