"""Incidents: several reports of one fault, found by themselves or declared by engineers."""

from __future__ import annotations

import msgspec

from roomkeeper.capabilities.repair.reports import store
from roomkeeper.capabilities.repair.reports.book import Book, replaced
from roomkeeper.capabilities.repair.reports.models import UNDER_WAY, Incident, Report
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.core.account_data import Turns
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import NotFound

LOOKED_AT = 200
PAGE = 100
PERMISSION = "repair.reports"


class Incidents:
    """Groups reports."""

    def __init__(self, app: Application, book: Book, settings: ReportSettings) -> None:
        self._app = app
        self._book = book
        self._settings = settings
        self._turns = Turns()

    async def known(self, kind: str) -> Incident | None:
        """The incident of a kind of which engineers know, so that its reports are answered without work."""
        found = await store.open_incidents(self._app.driver, kind)
        return next((each for each in found if each.is_known and each.holds), None)

    async def group(self, report: Report) -> Report:
        """Let a report belong to the incident of its fault; enough of them make one."""
        async with self._turns(report.kind):
            incident = await self._of(report)
            if incident is None or report.incident_id:
                return report
            now = self._app.clock.now_ms()
            return await self._book.change(
                report.report_id,
                lambda each: replaced(each, incident_id=incident.incident_id),
                lambda write, _report: store.update_incident(
                    write, incident, msgspec.structs.replace(incident, last_ts=now, version=incident.version + 1)
                ),
            )

    async def _of(self, report: Report) -> Incident | None:
        for incident in await store.open_incidents(self._app.driver, report.kind):
            if incident.deviation in ("", report.deviation):
                return incident
        since = self._app.clock.now_ms() - self._settings.incident_minutes * 60_000
        found = await store.of_kind_since(self._app.driver, report.kind, report.deviation, since, LOOKED_AT)
        if len({each.user_id for each in found}) < self._settings.incident_users:
            return None
        incident = await self._open(report.kind, report.deviation, "server")
        for each in found:
            if each.report_id != report.report_id and not each.incident_id:
                await self._book.change(each.report_id, lambda one: replaced(one, incident_id=incident.incident_id))
        return incident

    async def _open(self, kind: str, deviation: str, by: str) -> Incident:
        now = self._app.clock.now_ms()
        incident = Incident(
            incident_id=self._book.new_id(), kind=kind, deviation=deviation, opened_by=by, opened_ts=now, last_ts=now
        )
        write = Write()
        store.insert_incident(write, incident)
        await self._app.committer.submit(write)
        return incident

    # ------------------------------------------------------------ engineers

    async def get(self, incident_id: str) -> Incident:
        """One incident, with how many have reported it. Raises `NotFound`."""
        incident = await store.find_incident(self._app.driver, incident_id)
        if incident is None:
            raise NotFound("There is no such incident.")
        return await self._counted(incident)

    async def page(self, after: str, limit: int, *, open_only: bool) -> list[Incident]:
        """Incidents, the newest first."""
        found = await store.page_incidents(self._app.driver, after, limit, open_only=open_only)
        return [await self._counted(each) for each in found]

    async def _counted(self, incident: Incident) -> Incident:
        reports, users = await store.count_of_incident(self._app.driver, incident.incident_id)
        return msgspec.structs.replace(incident, reports=reports, users=users)

    async def declare(self, kind: str, text_en: str, text_zh: str, actor: str, *, holds: bool) -> Incident:
        """Say that a fault is known: who reports it is answered with that, and not repaired where it `holds`."""
        async with self._turns(kind):
            found = await store.open_incidents(self._app.driver, kind)
            incident = found[0] if found else await self._open(kind, "", actor)
            return await self._change(
                incident, actor, is_known=True, holds=holds, text_en=text_en, text_zh=text_zh, deviation=""
            )

    async def close(self, incident_id: str, text_en: str, text_zh: str, actor: str) -> Incident:
        """It is over: whoever waits because of it is told so."""
        incident = await store.find_incident(self._app.driver, incident_id)
        if incident is None:
            raise NotFound("There is no such incident.")
        if incident.closed_ts is None:
            incident = await self._change(incident, actor, closed_ts=self._app.clock.now_ms())
        after = ""
        while found := await store.of_incident(self._app.driver, incident_id, after, PAGE):
            for report in found:
                if report.state in UNDER_WAY or any(note.what == "known" for note in report.notes):
                    await self._tell_over(report, text_en, text_zh)
            after = found[-1].report_id
        return await self.get(incident_id)

    async def _tell_over(self, report: Report, text_en: str, text_zh: str) -> None:
        def act(each: Report) -> Report | None:
            if any(note.what == "over" for note in each.notes):
                return None
            now = self._app.clock.now_ms()
            after = replaced(each, state="closed", why="", due_ts=None, answered_ts=each.answered_ts or now)
            return self._book.noted(after, "over", {"text_en": text_en, "text_zh": text_zh or text_en})

        await self._book.change(report.report_id, act)

    async def _change(self, incident: Incident, actor: str, **values: object) -> Incident:
        after = msgspec.structs.replace(incident, version=incident.version + 1, **values)
        write = Write()
        store.update_incident(write, incident, after)
        said = "closed" if after.closed_ts is not None else "known"
        self._app.audit.record(write, permission=PERMISSION, target=incident.incident_id, reason=said, actor=actor)
        await self._app.committer.submit(write)
        return after
