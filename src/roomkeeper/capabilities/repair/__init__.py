"""Repair: what users did is tracked, so that trouble that they report can be found, repaired, and seen to be repaired.

`plan`: which points are tracked for which kind of trouble. `intake`: events of clients, other programs and this server,
masked and stored. `flows`: what a user did, and where that departs from the plan first.
"""

from __future__ import annotations

from roomkeeper.capabilities.repair.flows import Flows
from roomkeeper.capabilities.repair.intake.choices import Choices
from roomkeeper.capabilities.repair.intake.server_points import ServerPoints
from roomkeeper.capabilities.repair.intake.storing import Storing
from roomkeeper.capabilities.repair.plan.plans import EDIT, Plans
from roomkeeper.capabilities.repair.settings import RepairSettings
from roomkeeper.core.organisation import Organisation
from roomkeeper.core.organisation.rules import permission
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application

__all__ = ["RepairSettings", "install"]

READ = "repair.read"


def install(app: Application, rooms: Rooms, organisation: Organisation) -> None:
    """Track, and serve what was tracked."""
    app.packages.append(__name__)
    settings = app.source.section(RepairSettings)
    choices, plans = Choices(app), Plans(app)
    storing = Storing(app, plans, choices)
    points = ServerPoints(app, storing, choices, settings)
    flows = Flows(app, plans, points.flush, settings)  # noqa: F841
    organisation.permissions.declared.add(
        "repair",
        {
            READ: permission("See tracking plans, users' flows and how much is tracked.", "support_engineer"),
            EDIT: permission("Change tracking plans.", "support_engineer"),
        },
    )
    app.starting.add("tracking plans", plans.load)
    app.starting.add("who is not tracked", choices.load)
    app.starting.add("tracked events", storing.load)
    rooms.user_cleaners.add("tracking", choices.clean)
    if settings.tracking == "on":
        app.tracking.listener = points.take
        app.background.add("tracking points", points.run)
        app.ending.add("tracking points", points.flush)
