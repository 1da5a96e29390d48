"""Server notices: what the administrators tell a user, in a room that is there for nothing else.

spec: client-server §Server Notices
"""

from __future__ import annotations

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.notices import api
from roomkeeper.core.notices.service import Notices
from roomkeeper.core.notices.settings import NoticeSettings
from roomkeeper.core.profiles import Profiles
from roomkeeper.core.rooms import Rooms, RoomSettings
from roomkeeper.core.rooms.cleaning import RoomRows
from roomkeeper.platform.application import Application

__all__ = ["NoticeSettings", "Notices", "install"]


def install(
    app: Application, accounts: Accounts, profiles: Profiles, rooms: Rooms, account_data: AccountData
) -> Notices:
    """Make the service, and serve the operator's endpoint."""
    app.packages.append(__name__)
    settings, version = app.source.section(NoticeSettings), app.source.section(RoomSettings).default_room_version
    notices = Notices(app, settings, version, accounts, profiles, rooms, account_data)
    app.starting.add("server notices", notices.load)
    rooms.room_cleaners.add("server notices", RoomRows("server_notice_rooms", ("user_id",)))
    rooms.gates.add_fast(notices.gate)
    rooms.open_to_suspended.add("server notices", notices.is_notice_room)
    api.install(app, notices)
    return notices
