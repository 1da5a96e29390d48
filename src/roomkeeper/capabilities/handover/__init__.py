"""Handover: an employee leaves, the customers stay.

`service` records departures and lets them take effect; `gates` keeps messages from those who have left; `jobs` asks the
customers one by one (`offering`), by `planning`; `succession` answers who asks for somebody who has left.
"""

from __future__ import annotations

from collections.abc import Callable

from roomkeeper.capabilities.handover.api import DeparturesApi, SuccessionApi
from roomkeeper.capabilities.handover.asked import Asked
from roomkeeper.capabilities.handover.facts import ChoiceWritten, CustomerAnswered
from roomkeeper.capabilities.handover.gates import Gates
from roomkeeper.capabilities.handover.groups import Groups
from roomkeeper.capabilities.handover.jobs import HANDOVER, UNDO, HandoverJobs, Work
from roomkeeper.capabilities.handover.offering import Offering
from roomkeeper.capabilities.handover.planning import Planner
from roomkeeper.capabilities.handover.previews import Previews
from roomkeeper.capabilities.handover.remedies import HandoverRemedies
from roomkeeper.capabilities.handover.reports import Reports
from roomkeeper.capabilities.handover.service import Departures
from roomkeeper.capabilities.handover.settings import HandoverSettings
from roomkeeper.capabilities.handover.succession import Successions
from roomkeeper.capabilities.handover.telling import Telling
from roomkeeper.capabilities.handover.timer import Timer
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.facts import AvailabilityChanged, PersonStateChanged
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.organisation.sessions import CustomerWrote, News, SessionAssigned, SessionClosed, Sessions
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import RoomRows, Rooms
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.facts import Fact
from roomkeeper.platform.jobs import Job, Jobs

__all__ = ["HandoverSettings", "install"]


def install(
    app: Application,
    jobs: Jobs,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    organisation: Organisation,
    sessions: Sessions,
    is_bridged: Callable[[str], bool],
) -> None:
    """Serve handover. `is_bridged`: whether a user is somebody on another network, behind a bridge."""
    app.packages.append(__name__)
    settings, people = app.source.section(HandoverSettings), organisation.people
    planner = Planner(app, people, organisation.permissions, sessions)
    telling = Telling(profiles, organisation.permissions, settings)
    offering = Offering(app, sessions, organisation.contacts, telling, settings, is_bridged)
    groups = Groups(app, rooms, profiles, people, sessions)
    departures = Departures(app, jobs, people, organisation.permissions)
    successions = Successions(app.driver, people, sessions, planner, telling, offering, app.tracking)
    timer = Timer(app, departures, sessions, planner, offering)
    news = News()
    app.stopping.add("departures", news.close)
    work = HandoverJobs(app, rooms, sessions, planner, offering, groups, profiles, settings, timer.wake, news.tell)
    HandoverRemedies(app, sessions, planner, offering).install()
    jobs.kinds.add(HANDOVER, Job(parameters=Work, step=work.hand_over, unit="customers"))
    jobs.kinds.add(UNDO, Job(parameters=Work, step=work.undo, unit="customers"))
    _declare(organisation)
    app.console_pages.add("handover", ConsolePage(("departures.read",)))
    reports, previews = Reports(app, timer.wake), Previews(app, rooms, planner)
    DeparturesApi(app, people, organisation.permissions, departures, reports, previews, news).add_routes()
    SuccessionApi(accounts, successions).add_routes(app.routes)
    _follow(app, sessions, departures, offering, successions, timer)
    _tell(app, news)
    asked = Asked(app, sessions, departures, planner, offering, telling)
    app.facts.handle(CustomerWrote, asked.follow)
    app.background.add("refused messages", asked.run)
    _guard(app, rooms, organisation, sessions, successions, asked)


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "handover",
        {
            "departures.read": permission("See who leaves, and what becomes of their customers.", "supervisor"),
            "departures.write": permission("Record departures and transfers, change, cancel and undo them."),
        },
    )


def _follow(
    app: Application,
    sessions: Sessions,
    departures: Departures,
    offering: Offering,
    successions: Successions,
    timer: Timer,
) -> None:
    """What happens elsewhere."""
    sessions.offers.followers.add("handover", offering.answered)
    app.facts.handle(CustomerAnswered, offering.settle)
    app.facts.handle(SessionAssigned, offering.assigned)
    app.facts.handle(PersonStateChanged, departures.follow)

    async def choose(fact: ChoiceWritten) -> None:
        await successions.choose(fact.room_id, accepted=fact.accepted)

    app.facts.handle(ChoiceWritten, choose)
    app.facts.handle(AvailabilityChanged, timer.note)
    app.facts.handle(PersonStateChanged, timer.note)
    app.facts.handle(SessionClosed, timer.note)
    app.facts.handle(CustomerAnswered, timer.note)
    app.background.add("departures", timer.run)


def _tell(app: Application, news: News) -> None:
    """Those who look at departures see at once what becomes of them; after all others have heard of it."""

    async def tell(_fact: Fact) -> None:
        news.tell()

    app.facts.handle(CustomerAnswered, tell)
    app.facts.handle(SessionAssigned, tell)
    app.facts.handle(SessionClosed, tell)
    app.facts.handle(PersonStateChanged, tell)


def _guard(
    app: Application,
    rooms: Rooms,
    organisation: Organisation,
    sessions: Sessions,
    successions: Successions,
    asked: Asked,
) -> None:
    """Nothing is accepted for who has left; who asks for them is told who takes care of them."""
    departed = organisation.people.departed
    gates = Gates(departed, sessions.service_accounts, app.facts, asked.note)
    rooms.gates.add_fast(gates.ask, priority=50)
    rooms.accepted.add("handover", gates.note)
    sessions.left = successions.error
    sessions.cared_for = departed.__contains__
    rooms.checks.add("membership", asked.check_invite(departed, successions))
    rooms.creation.answers.add("handover", asked.check_creation(departed, successions))
    rooms.room_cleaners.add("handover", RoomRows("handover_offers", ("departure_id", "room_id")))
    rooms.room_cleaners.add("handed over rooms", RoomRows("handover_group_rooms", ("departure_id", "room_id")))
