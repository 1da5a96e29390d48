"""Reports: users point at content, rooms and users that somebody should look at.

spec: client-server §Reporting Content
"""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.reports import api
from roomkeeper.core.reports.service import Reports
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application

__all__ = ["Reports", "install"]


def install(app: Application, accounts: Accounts, rooms: Rooms) -> Reports:
    """Serve the endpoints."""
    app.packages.append(__name__)
    reports = Reports(app, accounts, rooms)
    api.install(app, reports)
    return reports
