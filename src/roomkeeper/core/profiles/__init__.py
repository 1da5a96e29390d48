"""Profiles: display name, avatar, and custom fields.

spec: client-server §Profiles
"""

from __future__ import annotations

from roomkeeper.core.accounts import Accounts
from roomkeeper.core.profiles import api
from roomkeeper.core.profiles.facts import NewUsersNamed, ProfileChanged
from roomkeeper.core.profiles.service import Profiles
from roomkeeper.core.profiles.service_account import ServiceAccount
from roomkeeper.platform.application import Application

__all__ = ["NewUsersNamed", "ProfileChanged", "Profiles", "ServiceAccount", "install"]


def install(app: Application, accounts: Accounts) -> Profiles:
    """Make the service and add its routes."""
    app.packages.append(__name__)
    profiles = Profiles(app.driver, app.committer, app.facts, accounts)
    api.install(app, profiles)
    return profiles
