"""Puts together what takes reports, runs operations, verifies and answers. It reads like a table of contents."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import entry_points

from roomkeeper.capabilities.repair.flows import Flows
from roomkeeper.capabilities.repair.kinds import BUILTIN, contribute
from roomkeeper.capabilities.repair.operations.api import OperationsApi
from roomkeeper.capabilities.repair.operations.facts import OperationStored, RunEnded
from roomkeeper.capabilities.repair.operations.mapping import WRITE, Mapping
from roomkeeper.capabilities.repair.operations.running import RUN, Running, Work
from roomkeeper.capabilities.repair.operations.steps import Doing
from roomkeeper.capabilities.repair.plan.plans import Plans
from roomkeeper.capabilities.repair.repairing import Repairing
from roomkeeper.capabilities.repair.repeating import Repeating
from roomkeeper.capabilities.repair.reports.account import SupportAccount
from roomkeeper.capabilities.repair.reports.api import ReportsApi
from roomkeeper.capabilities.repair.reports.book import Book
from roomkeeper.capabilities.repair.reports.chat import SupportChat
from roomkeeper.capabilities.repair.reports.desk import PERMISSION, Desk
from roomkeeper.capabilities.repair.reports.desk_api import DeskApi
from roomkeeper.capabilities.repair.reports.facts import ReportChanged, ReportTaken, SupportAsked, SupportInvited
from roomkeeper.capabilities.repair.reports.incidents import Incidents
from roomkeeper.capabilities.repair.reports.receiving import Receiving
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.capabilities.repair.reports.telling import Telling
from roomkeeper.capabilities.repair.statistics import Statistics
from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.notices import Notices
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.jobs import Job, Jobs
from roomkeeper.platform.logs import get_logger

log = get_logger(area="repair")

PLUG_INS = "roomkeeper.remedies"
"""The group of entry points of other distributions' remedies: each is called with the application, to contribute."""


def install(
    app: Application,
    jobs: Jobs,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    notices: Notices,
    account_data: AccountData,
    organisation: Organisation,
    plans: Plans,
    flows: Flows,
) -> None:
    """Take reports, and repair what they tell of."""
    settings = app.source.section(ReportSettings)
    contribute(app, accounts, rooms)
    _load_plug_ins(app)
    doing = Doing(app.remedies, app.outgoing, settings.http_hosts)
    mapping = Mapping(app, doing, BUILTIN, settings.http_hosts)
    running = Running(app, doing)
    jobs.kinds.add(RUN, Job(parameters=Work, step=running.step, unit="steps"))
    book = Book(app)
    incidents = Incidents(app, book, settings)
    receiving = Receiving(app, book, plans, mapping, incidents, organisation, settings)
    repeating = Repeating(app, plans, account_data, settings)
    repairing = Repairing(app, jobs, book, plans, flows, mapping, incidents, repeating.ask, settings)
    account = SupportAccount(app, accounts, profiles, settings)
    chat = SupportChat(app, rooms, profiles, account, receiving)
    telling = Telling(app, book, rooms, notices, account)
    _declare(organisation)
    _follow(app, rooms, book, mapping, repairing, account, chat, telling)
    desk = Desk(app, book, receiving, mapping, repairing)
    ReportsApi(app, accounts, organisation.permissions, book, receiving, account.user_id, settings).add_routes()
    DeskApi(app, desk, incidents, Statistics(app)).add_routes()
    OperationsApi(app, mapping, desk, with_drills=settings.drills == "on").add_routes()


def _follow(
    app: Application,
    rooms: Rooms,
    book: Book,
    mapping: Mapping,
    repairing: Repairing,
    account: SupportAccount,
    chat: SupportChat,
    telling: Telling,
) -> None:
    """What happens by itself."""
    app.starting.add("operations", mapping.load)
    app.starting.add("support account", account.load)
    app.stopping.add("reports", book.close)
    app.background.add("verification", repairing.run)
    app.background.add("old reports", repairing.tidy)
    app.facts.handle(ReportTaken, repairing.begin)
    app.facts.handle(ReportChanged, telling.tell)
    app.facts.handle(RunEnded, repairing.run_ended)
    app.facts.handle(OperationStored, repairing.taught)
    app.facts.handle(SupportInvited, chat.join)
    app.facts.handle(SupportAsked, chat.listen)
    rooms.accepted.add("support", chat.note)


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "repair reports",
        {
            PERMISSION: permission(
                "See all reports of trouble with what users did, and answer them.", "support_engineer"
            ),
            WRITE: permission("Write, try, stop and allow operations that repair.", "support_engineer"),
        },
    )


def _load_plug_ins(app: Application) -> Sequence[str]:
    """Let other distributions contribute remedies; one that cannot is logged, and left out."""
    loaded = []
    for entry in entry_points(group=PLUG_INS):
        try:
            entry.load()(app)
        except Exception as error:
            log.error("a plug-in with remedies cannot be used", plug_in=entry.name, exc_info=error)
        else:
            loaded.append(entry.name)
    return loaded
