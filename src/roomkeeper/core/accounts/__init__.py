"""Accounts: users, their devices and tokens, registration and login.

spec: client-server §Client Authentication, §Device Management
"""

from __future__ import annotations

from roomkeeper.core.accounts import api
from roomkeeper.core.accounts.facts import DeviceRemoved, DeviceRenamed, UserDeactivated
from roomkeeper.core.accounts.moderation import Moderation
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.core.accounts.sessions import SESSIONS_CHANGED
from roomkeeper.core.accounts.settings import AccountSettings, CompatibilitySettings, DiscoverySettings
from roomkeeper.platform.application import Application
from roomkeeper.wire.room_versions import DEFAULT_ROOM_VERSION

__all__ = [
    "SESSIONS_CHANGED",
    "AccountSettings",
    "Accounts",
    "CompatibilitySettings",
    "DeviceRemoved",
    "DeviceRenamed",
    "DiscoverySettings",
    "Moderation",
    "UserDeactivated",
    "install",
]


def install(app: Application, *, default_room_version: str = DEFAULT_ROOM_VERSION) -> Accounts:
    """Make the service, add its routes, and let it say who asks. `default_room_version` is told to clients."""
    app.packages.append(__name__)
    app.source.section(CompatibilitySettings)
    accounts = Accounts(app, app.source.section(AccountSettings))
    app.http.authenticate = accounts.authenticate
    app.http.recheck = accounts.sessions.recheck
    app.starting.add("accounts", accounts.load)
    app.background.add("last seen", accounts.sessions.flush_for_ever)
    api.install(app, accounts, default_room_version=default_room_version)
    return accounts
