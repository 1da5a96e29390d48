"""Identity servers: who has which e-mail address, and invitations of those who are nobody's user yet.

spec: identity service API
"""

from __future__ import annotations

from roomkeeper.core.identity.models import StoredInvite, ThirdPartyAddress
from roomkeeper.core.identity.service import IdentityServers
from roomkeeper.core.identity.settings import IdentitySettings
from roomkeeper.platform.application import Application
from roomkeeper.platform.outgoing import Outgoing

__all__ = ["IdentityServers", "IdentitySettings", "StoredInvite", "ThirdPartyAddress", "install"]


def install(app: Application) -> IdentityServers:
    """Make the client. It speaks to nobody who is not in the settings."""
    outgoing = Outgoing()
    app.ending.add("identity", outgoing.close)
    return IdentityServers(app.source.section(IdentitySettings), outgoing)
