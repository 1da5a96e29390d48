"""Taking reports: bounded, told from those that are there already, of a kind, or with a question about it.

1. Who reports too much is refused. 2. What says the same as a report that is under way is counted there. 3. The kind is
the one that was chosen, or what the words say; where that is not sure, the reporter is asked. 4. What is known already
is answered with what is known. 5. All else is a new report, about which something is done at once.
"""

from __future__ import annotations

import re
from typing import Final

from roomkeeper.capabilities.repair.operations.mapping import Mapping
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.reports import rules, store, texts
from roomkeeper.capabilities.repair.reports.book import Book, replaced, require
from roomkeeper.capabilities.repair.reports.incidents import Incidents
from roomkeeper.capabilities.repair.reports.models import ANSWERED, KIND, NewReport, Report
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.core.organisation import Organisation
from roomkeeper.platform.application import Application
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import InvalidParameter, LimitExceeded, MatrixError

DAY_MS: Final = 24 * 3600 * 1000
HOUR_MS: Final = 3600 * 1000
LOOKED_AT: Final = 20
UNCLAIMED: Final = ""


class Receiving:
    """Takes reports, and what their reporters say of them later."""

    def __init__(
        self,
        app: Application,
        book: Book,
        plans: Plans,
        mapping: Mapping,
        incidents: Incidents,
        organisation: Organisation,
        settings: ReportSettings,
    ) -> None:
        self._app = app
        self._book = book
        self._plans = plans
        self._mapping = mapping
        self._incidents = incidents
        self._organisation = organisation
        self._settings = settings

    # ------------------------------------------------------------ kinds

    def kinds(self) -> dict[str, tuple[str, str]]:
        """The kinds that can be reported, with what they are called in English and Chinese."""
        planned = {name: (kind.title.en, kind.title.zh) for name, kind in self._plans.all().items()}
        return {**self._mapping.titles, **planned}

    def titles(self, kind: str) -> dict[str, str]:
        """What a kind is called, for a note."""
        title = self.kinds().get(kind, (kind, kind))
        return {"title_en": title[0], "title_zh": title[1]}

    @property
    def lexicon(self) -> rules.Lexicon:
        """The words by which kinds are told."""
        return self._mapping.lexicon

    # ------------------------------------------------------------ taking

    async def take(self, new: NewReport) -> Report:
        """Take a report; the one that says the same, where there is one. Raises `LimitExceeded`, `InvalidParameter`."""
        if new.kind and not re.match(KIND, new.kind):
            raise InvalidParameter("A kind has lower-case letters, digits and underscores, and begins with a letter.")
        report = await self._report(new)
        for other in await store.newest_of(self._app.driver, new.user_id, LOOKED_AT):
            # What nobody has claimed must not count as what its supposed author says.
            if new.reported_by and other.reported_by and rules.is_same(report, other):
                return await self._again(other)
        await self._check_rate(new)
        first = await self._opened(report) if new.reported_by else self._unclaimed(report)

        def add(write: Write, report: Report) -> None:
            for attached, content in zip(new.attached, new.logs, strict=True):
                store.insert_attached(write, report.report_id, attached.name, content)

        return await self._book.insert(first, add)

    async def _report(self, new: NewReport) -> Report:
        now = self._app.clock.now_ms()
        kind: str = new.kind
        candidates: tuple[str, ...] = ()
        if not kind:
            classified = rules.classify(new.text, self._mapping.lexicon)
            kind, candidates = classified.kind, classified.candidates
        return Report(
            report_id=self._book.new_id(),
            user_id=new.user_id,
            reported_by=new.reported_by,
            device_id=new.device_id,
            source=new.source,
            kind=kind,
            candidates=candidates,
            language=texts.spoken(await self._language(new)),
            text=new.text,
            client=new.client,
            properties=new.properties,
            room_id=new.room_id,
            attached=new.attached,
            created_ts=now,
            updated_ts=now,
        )

    async def language_of(self, user_id: str) -> str:
        """The language of somebody, as far as that is known."""
        try:
            own = (await self._organisation.people.find(user_id)).language
        except MatrixError:
            own = ""
        return own or self._settings.language

    async def _language(self, new: NewReport) -> str:
        """That of the words; without any that of the client, of the person, of the settings."""
        return rules.language_of(new.text, new.language or await self.language_of(new.user_id))

    async def _check_rate(self, new: NewReport) -> None:
        now = self._app.clock.now_ms()
        if not new.reported_by:
            span, most = HOUR_MS, self._settings.unclaimed_an_hour
        else:
            span, most = DAY_MS, self._settings.reports_a_day
        if await store.count_by(self._app.driver, new.reported_by, now - span) >= most:
            raise LimitExceeded(span // 24 if new.reported_by else span // 6)

    async def _again(self, report: Report) -> Report:
        return await self._book.change(
            report.report_id, lambda each: self._book.noted(replaced(each, repeats=each.repeats + 1), "again")
        )

    def _unclaimed(self, report: Report) -> Report:
        """Nobody has signed in to say this: whom it is about is asked whether it is theirs, and nothing is done."""
        if not report.user_id:
            return replaced(report, state="waiting", why="unclaimed")
        asked = replaced(report, state="asking", question="yours", why="unclaimed")
        return self._book.noted(asked, "yours", {"text": report.text[:200]})

    async def _opened(self, report: Report) -> Report:
        """A report with what becomes of it at first: asked about, answered with what is known, or to be repaired."""
        if not report.kind:
            return self._asked(report)
        incident = await self._incidents.known(report.kind)
        if incident is not None:
            now = self._app.clock.now_ms()
            known = replaced(report, state="closed", incident_id=incident.incident_id, answered_ts=now)
            words = {"text_en": incident.text_en, "text_zh": incident.text_zh or incident.text_en}
            return self._book.noted(known, "known", words)
        return self._book.noted(replaced(report, state="new"), "taken", self.titles(report.kind))

    def _asked(self, report: Report) -> Report:
        kinds = self.kinds()
        candidates = report.candidates or tuple(kinds)[: rules.MOST_CANDIDATES]
        if not candidates:
            waiting = replaced(report, state="waiting", why="unknown_kind")
            return self._book.noted(waiting, "waiting")
        titles = [kinds.get(each, (each, each)) for each in candidates]
        asked = replaced(report, state="asking", question="kind", candidates=candidates)
        choices = {
            "choices_en": "\n".join(each[0] for each in titles),
            "choices_zh": "\n".join(each[1] for each in titles),
        }
        return self._book.noted(asked, "asking", choices)

    # ------------------------------------------------------------ what the reporter says

    async def answer(self, report: Report, kind: str) -> Report:
        """The reporter says of what kind it is; empty: of none of those. Raises `ChangedMeanwhile`."""

        def act(each: Report) -> Report:
            require(each, "asking")
            chosen = replaced(each, question="", candidates=())
            if not kind:
                return self._book.noted(replaced(chosen, state="waiting", why="unknown_kind"), "waiting")
            return self._book.noted(replaced(chosen, kind=kind, state="new"), "taken", self.titles(kind))

        return await self._book.change(report.report_id, act)

    async def claim(self, report: Report, user_id: str, *, is_theirs: bool) -> Report:
        """Whom a report is about says whether it is theirs. Raises `ChangedMeanwhile`."""
        opened = await self._opened(replaced(report, reported_by=user_id, question="", why=""))

        def act(each: Report) -> Report:
            require(each, "asking")
            if not is_theirs:
                now = self._app.clock.now_ms()
                return replaced(each, state="closed", question="", why="unclaimed", answered_ts=now)
            return replaced(opened, version=each.version)

        return await self._book.change(report.report_id, act)

    async def feedback(self, report: Report, *, works: bool, text: str = "") -> Report:
        """The reporter says that it works, or is still broken: then it is opened again. Raises `ChangedMeanwhile`."""

        def act(each: Report) -> Report | None:
            require(each, *ANSWERED)
            if works:
                return self._book.noted(replaced(each, feedback="works"), "works")
            again = replaced(each, state="waiting", why="reopened", feedback="broken", reopened=each.reopened + 1)
            again = replaced(
                again, answered_ts=None, text=f"{each.text}\n{text}".strip()[-4000:] if text else each.text
            )
            return self._book.noted(again, "reopened")

        return await self._book.change(report.report_id, act)
