"""The routes of accounts."""

from __future__ import annotations

from roomkeeper.core.accounts.api import admin, devices, discovery, login, operator, password, registration
from roomkeeper.core.accounts.operator import Operator
from roomkeeper.core.accounts.registration import Registration
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.platform.application import Application


def install(app: Application, accounts: Accounts, *, default_room_version: str) -> None:
    """Add them all."""
    registrations = Registration(app, accounts)
    discovery.install(app, default_room_version=default_room_version)
    login.install(app, accounts)
    registration.install(app, registrations, accounts)
    devices.install(app, accounts)
    password.install(app, accounts)
    admin.install(app, accounts)
    operator.install(app, Operator(app, accounts, registrations))
