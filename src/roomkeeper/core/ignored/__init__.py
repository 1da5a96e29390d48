"""What users do not want to be shown: what those say whom they ignore, and invitations.

They say so in their account data; the rooms ask here. spec: client-server §Ignoring Users, §Invite permission
"""

from __future__ import annotations

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.ignored.service import Ignored
from roomkeeper.core.rooms import Rooms
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED

__all__ = ["Ignored", "install"]


def install(app: Application, rooms: Rooms, account_data: AccountData) -> Ignored:
    """Let the rooms know what their users do not want to be shown."""
    ignored = Ignored(account_data)
    rooms.preferences_of = ignored.preferences_of
    app.bus.subscribe(COMMITTED, ignored.notice)
    return ignored
