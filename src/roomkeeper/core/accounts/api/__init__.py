"""The routes of accounts."""

from __future__ import annotations

from roomkeeper.core.accounts.api import (
    admin,
    devices,
    discovery,
    login,
    openid,
    operator,
    operator_users,
    password,
    registration,
    single_sign_on,
    threepids,
)
from roomkeeper.core.accounts.closing import Closing
from roomkeeper.core.accounts.moderation import Moderation
from roomkeeper.core.accounts.operator import Operator
from roomkeeper.core.accounts.registration import Registration
from roomkeeper.core.accounts.service import Accounts
from roomkeeper.core.accounts.settings import DiscoverySettings
from roomkeeper.core.accounts.short_tokens import ShortTokens
from roomkeeper.platform.application import Application


def install(app: Application, accounts: Accounts, *, default_room_version: str) -> None:
    """Add them all."""
    registrations, tokens = Registration(app, accounts), ShortTokens(app, accounts)
    moderation, closing = Moderation(app, accounts), Closing(app, accounts)
    operations = Operator(app, accounts, registrations)
    discovery.install(app, accounts, app.source.section(DiscoverySettings), default_room_version=default_room_version)
    login.install(app, accounts, tokens)
    registration.install(app, registrations, accounts)
    devices.install(app, accounts)
    password.install(app, accounts, closing)
    single_sign_on.install(app)
    threepids.install(app)
    openid.install(app, tokens)
    admin.install(app, accounts, moderation)
    operator.install(app, operations)
    operator_users.install(app, operations, moderation, closing)
