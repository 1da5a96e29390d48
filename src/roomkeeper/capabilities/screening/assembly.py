"""Putting screening together: what it is made of, and where it takes part."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from roomkeeper.capabilities.screening.api import AdministrationApi, ListsApi, MineApi, ReviewApi
from roomkeeper.capabilities.screening.attention import ScreeningAttention
from roomkeeper.capabilities.screening.cases import Cases
from roomkeeper.capabilities.screening.checking import Checking
from roomkeeper.capabilities.screening.clearing import Clearing, OwnedCases
from roomkeeper.capabilities.screening.details import Details
from roomkeeper.capabilities.screening.detectors.registry import Detectors
from roomkeeper.capabilities.screening.detectors.types import TypeDetector
from roomkeeper.capabilities.screening.facts import CaseChanged
from roomkeeper.capabilities.screening.gates import Gates
from roomkeeper.capabilities.screening.judging import Decisions, Judge
from roomkeeper.capabilities.screening.looking import Looking
from roomkeeper.capabilities.screening.policies import Policies
from roomkeeper.capabilities.screening.remedies import ScreeningRemedies
from roomkeeper.capabilities.screening.rescreening import RESCREEN, Rescreen, Rescreening
from roomkeeper.capabilities.screening.senders import Senders
from roomkeeper.capabilities.screening.service import Screening
from roomkeeper.capabilities.screening.settings import ScreeningSettings
from roomkeeper.capabilities.screening.similar import SimilarPictures
from roomkeeper.capabilities.screening.statistics import Statistics
from roomkeeper.capabilities.screening.telling import Telling
from roomkeeper.capabilities.screening.text.files import ListFiles
from roomkeeper.capabilities.screening.text.service import Lists
from roomkeeper.capabilities.screening.withheld import WithheldMedia
from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.analysis.service import Analysis
from roomkeeper.core.media import Media, Medium
from roomkeeper.core.notices import Notices
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.organisation.sessions.news import News
from roomkeeper.core.overview import Overview
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application, ConsolePage, DoctorCheck, DoctorFinding
from roomkeeper.platform.jobs import Job, Jobs
from roomkeeper.platform.logs import get_logger

log = get_logger(area="screening")

__all__ = ["ScreeningSettings", "install"]

SPARE_S = 10.0
"""Seconds that the gate has beyond the longest deadline, which it keeps itself."""
GATE_S = 120.0 + SPARE_S


class Parts:
    """The services of screening."""

    def __init__(
        self,
        app: Application,
        jobs: Jobs,
        accounts: Accounts,
        account_data: AccountData,
        notices: Notices,
        profiles: Profiles,
        rooms: Rooms,
        organisation: Organisation,
        analysis: Analysis,
        media: Media,
        is_bridged: Callable[[str], bool],
    ) -> None:
        settings = app.source.section(ScreeningSettings)
        self.language = settings.language
        self.detectors = Detectors()
        self.policies = Policies(app, settings)
        self.looking = Looking(app, self.detectors, settings.queue_length, self.policies.timeout_of)
        self.lists = Lists(app)
        self.files = ListFiles(app, jobs, self.lists)
        self.decisions = Decisions(app)
        self.judge = Judge(self.looking, self.policies, self.lists, self.decisions)
        self.screening = Screening(settings, media, profiles, self.policies, self.judge, app.tracking)
        self.senders = Senders(organisation, is_bridged)
        self.statistics = Statistics(app)
        self.withheld = WithheldMedia(app)
        self.cases = Cases(app, rooms, settings, self.decisions, self.withheld, self.statistics)
        self.cases.departments_of = self.senders.departments
        self.similar = SimilarPictures(app, analysis)
        self.gates = Gates(
            settings, self.policies, self.judge, self.screening, self.senders, self.cases, media, self.statistics
        )
        self.checking = Checking(app, rooms, media, self.screening, self.gates, self.cases)
        self.telling = Telling(app, settings, rooms, accounts, account_data, notices, self.cases)
        self.rescreening = Rescreening(
            app, jobs, settings, rooms, media, self.looking, self.policies, self.judge, self.screening, self.senders,
            self.cases, self.withheld,
        )  # fmt: skip
        self.details = Details(rooms, media, self.looking, self.judge, self.senders, self.lists)
        self.news = News()
        self.clearing = Clearing(app, media, self.looking, self.cases)


def install(
    app: Application,
    jobs: Jobs,
    accounts: Accounts,
    account_data: AccountData,
    notices: Notices,
    profiles: Profiles,
    rooms: Rooms,
    organisation: Organisation,
    analysis: Analysis,
    media: Media,
    is_bridged: Callable[[str], bool],
    overview: Overview,
) -> Detectors:
    """Screen what is sent; what comes back is where detectors are added.

    `is_bridged`: whether a user is somebody on another network, behind a bridge.
    """
    app.packages.append("roomkeeper.capabilities.screening")
    parts = Parts(
        app, jobs, accounts, account_data, notices, profiles, rooms, organisation, analysis, media, is_bridged
    )
    parts.detectors.add(TypeDetector())
    _declare(organisation)
    _serve(app, organisation, rooms, media, parts)
    _guard(app, rooms, profiles, media, parts)
    _follow(app, jobs, parts)
    ScreeningRemedies(app, media, parts.looking, parts.screening, parts.judge, parts.language).install()
    attention = ScreeningAttention(
        app, app.source.section(ScreeningSettings), organisation.permissions, parts.policies, parts.looking
    )
    overview.attention.add("screening", attention.of)
    return parts.detectors


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "screening",
        {
            "screening.review": permission("See what was held or refused, and decide it.", "moderator"),
            "screening.read": permission(
                "See policies, lists of words, detectors and figures of screening.", "moderator", "supervisor"
            ),
            "screening.policies": permission("Change what is screened and how; look anew at what was sent."),
            "screening.lists": permission("Change the lists of words.", "moderator"),
        },
    )


def _serve(app: Application, organisation: Organisation, rooms: Rooms, media: Media, parts: Parts) -> None:
    app.console_pages.add("screening", ConsolePage(("screening.read",)))
    mine = MineApi(app, parts.cases, media, rooms, parts.screening, parts.gates, parts.language)
    mine.add_routes()
    app.stopping.add("screening uploads", mine.begin_stop)
    ReviewApi(
        app, organisation.permissions, parts.cases, media, parts.statistics, parts.similar, parts.details, parts.news
    ).add_routes()
    AdministrationApi(
        app, rooms, media, parts.policies, parts.looking, parts.judge, parts.senders, parts.rescreening
    ).add_routes()
    ListsApi(app, parts.lists, parts.files).add_routes()


def _guard(app: Application, rooms: Rooms, profiles: Profiles, media: Media, parts: Parts) -> None:
    """Nothing is delivered unscreened, and nothing withheld is shown."""
    gates = parts.gates
    rooms.gates.add_slow(gates.ask, timeout=GATE_S, fail_open=False, concerns=gates.concerns)
    rooms.gates.add_fast(gates.ask_words)
    rooms.held.add("screening", parts.cases.held)
    rooms.room_cleaners.add("screening", OwnedCases("room_id"))
    rooms.user_cleaners.add("screening", OwnedCases("user_id"))
    profiles.asked.add("screening", gates.profile)
    media.access.withheld.add("screening", parts.withheld.withholds)
    media.keepers.add("screening", parts.cases.kept_media)
    begin = _Begin(parts)
    media.stored.add("screening", begin.stored)
    app.ending.add("screening", begin.stop)


def _follow(app: Application, jobs: Jobs, parts: Parts) -> None:
    """What happens by itself."""
    parts.cases.on_checking = parts.checking.note
    parts.telling.on_told = parts.similar.note
    parts.gates.on_unseen = parts.rescreening.later
    parts.policies.on_change(parts.rescreening.note)
    parts.lists.on_change(parts.rescreening.note)
    parts.detectors.on_change(parts.rescreening.note)
    app.facts.handle(CaseChanged, parts.telling.case_changed)
    app.facts.handle(CaseChanged, _Tell(parts.news).case_changed)  # now they have their departments
    app.stopping.add("screening", parts.news.close)
    jobs.kinds.add(RESCREEN, Job(parameters=Rescreen, step=parts.rescreening.step, unit="files"))
    app.starting.add("screening policies", parts.policies.load)
    app.starting.add("screening lists", parts.lists.load)
    app.starting.add("screening decisions", parts.decisions.load)
    app.starting.add("withheld media", parts.withheld.load)
    app.background.add("screening lists", parts.lists.run)
    app.background.add("screening held events", parts.checking.run)
    app.background.add("screening anew", parts.rescreening.run)
    app.background.add("screening figures", parts.statistics.run)
    app.background.add("screening similar pictures", parts.similar.run)
    app.background.add("screening clearing", parts.clearing.run)
    app.ending.add("screening figures", parts.statistics.write)
    app.ending.add("screening anew", parts.rescreening.stop)
    app.doctor.add("screening", _doctor(parts.detectors))


class _Tell:
    """Lets those who look at the queue know that it is different."""

    def __init__(self, news: News) -> None:
        self._news = news

    async def case_changed(self, _fact: CaseChanged) -> None:
        """Handles the fact."""
        self._news.tell()


class _Begin:
    """Has each file looked at as soon as it is stored."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._tasks: set[asyncio.Task[None]] = set()

    def stored(self, medium: Medium) -> None:
        """See `media.Stored`."""
        if self._parts.policies.is_on:
            task = asyncio.create_task(self._begin(medium), name="screening begins")
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _begin(self, medium: Medium) -> None:
        try:
            await self._parts.looking.begin(self._parts.looking.file_of(medium))
        except Exception as error:
            log.warning("a file could not be looked at; it will be when it is sent", exc_info=error)

    async def stop(self) -> None:
        """End what is under way."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._parts.looking.stop()


def _doctor(detectors: Detectors) -> DoctorCheck:
    async def check() -> DoctorFinding:
        absent = [f"{each.name}: {reason}" for each in detectors.all() if (reason := each.absence()) is not None]
        present = [each.name for each in detectors.all() if each.absence() is None]
        text = f"Files are looked at by: {', '.join(present) or 'nothing'}."
        is_whole = not any(each.required and each.absence() is not None for each in detectors.all())
        return DoctorFinding(is_whole, f"{text} Not there: {'; '.join(absent)}" if absent else text)

    return check
