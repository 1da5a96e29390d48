"""Repair: what users did is tracked, so that trouble that they report can be found, repaired, and seen to be repaired.

`plan`: which points are tracked for which kind of trouble. `intake`: events of clients, other programs and this server,
masked and stored. `flows`: what a user did, and where that departs from the plan first.
"""

from __future__ import annotations

from roomkeeper.capabilities.repair import assembly
from roomkeeper.capabilities.repair.api.flows import FlowsApi
from roomkeeper.capabilities.repair.api.keys import KeysApi
from roomkeeper.capabilities.repair.api.plans import READ, PlansApi
from roomkeeper.capabilities.repair.api.segment import SegmentApi
from roomkeeper.capabilities.repair.api.tracking import TrackingApi
from roomkeeper.capabilities.repair.flows import Flows
from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.intake.keeping import Keeping
from roomkeeper.capabilities.repair.intake.keys import KEYS, Keys
from roomkeeper.capabilities.repair.intake.server_points import DevicesActive, Held, ServerPoints
from roomkeeper.capabilities.repair.intake.storing import Storing
from roomkeeper.capabilities.repair.operations.mapping import WRITE as OPERATIONS
from roomkeeper.capabilities.repair.plan.plans import EDIT, Plans
from roomkeeper.capabilities.repair.reports.desk import PERMISSION as REPORTS
from roomkeeper.capabilities.repair.reports.settings import ReportSettings
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.notices import Notices
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application, ConsolePage
from roomkeeper.platform.jobs import Jobs

__all__ = ["RepairSettings", "ReportSettings", "install"]


def install(
    app: Application,
    jobs: Jobs,
    accounts: Accounts,
    profiles: Profiles,
    rooms: Rooms,
    sync: Sync,
    notices: Notices,
    account_data: AccountData,
    organisation: Organisation,
) -> None:
    """Track, serve what was tracked, and repair what is reported."""
    app.packages.append(__name__)
    settings = app.source.section(RepairSettings)
    choices, plans, keys = Choices(app), Plans(app), Keys(app, accounts, settings)
    storing = Storing(app, plans, choices)
    points = ServerPoints(app, storing, choices, settings)
    flows = Flows(app, plans, points, settings)
    _declare(organisation)
    app.starting.add("tracking plans", plans.load)
    app.starting.add("who is not tracked", choices.load)
    app.starting.add("tracked events", storing.load)
    app.starting.add("write keys", keys.load)
    app.background.add("retention of tracked events", Keeping(app, settings).run)
    rooms.user_cleaners.add("tracking", choices.clean)
    if settings.tracking == "on":
        app.tracking.listener = points.take
        rooms.held.add("tracking", Held(app).note)
        sync.arrived.append(DevicesActive(app).note)
        app.background.add("tracking points", points.run)
        app.ending.add("tracking points", points.flush)
    SegmentApi(app, keys, storing, settings).add_routes()
    TrackingApi(app, choices, keys, settings).add_routes()
    PlansApi(app, plans).add_routes()
    KeysApi(app, keys).add_routes()
    FlowsApi(app, plans, flows, points).add_routes()
    assembly.install(app, jobs, accounts, profiles, rooms, notices, account_data, organisation, plans, flows)
    app.console_pages.add("repair", ConsolePage((READ, KEYS, REPORTS, OPERATIONS)))


def _declare(organisation: Organisation) -> None:
    organisation.permissions.declared.add(
        "repair",
        {
            READ: permission("See tracking plans, what users did, and how much is tracked.", "support_engineer"),
            EDIT: permission("Change tracking plans, and teach kinds of trouble.", "support_engineer"),
            KEYS: permission("Make and revoke the write keys of other programs' events.", "support_engineer"),
        },
    )
