"""Account data: what clients keep on the server for one user, of the account as a whole or of a room; tags are such.

spec: client-server §Client Config, §Room Tagging
"""

from __future__ import annotations

from roomkeeper.core.account_data import newcomers
from roomkeeper.core.account_data.api import AccountDataApi
from roomkeeper.core.account_data.models import KIND, Entry, ManagedByServer
from roomkeeper.core.account_data.service import AccountData
from roomkeeper.core.account_data.source import AccountDataSource
from roomkeeper.core.account_data.turns import Turns
from roomkeeper.core.rooms import RoomRows, Rooms, UserRows
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application

__all__ = ["AccountData", "Entry", "ManagedByServer", "Turns", "install"]


def install(app: Application, rooms: Rooms, sync: Sync) -> AccountData:
    """Serve account data and tags, and show them in sync.

    The rooms must be there: a room's account data is shown to who enters it.
    """
    app.packages.append(__name__)
    rooms.room_cleaners.add("account data", RoomRows("account_data", ("user_id", "room_id", "type")))
    rooms.user_cleaners.add("account data", UserRows("account_data", ("user_id", "room_id", "type")))
    account_data = AccountData(app.driver, app.committer, app.positions)
    AccountDataApi(account_data).add_routes(app.routes)
    newcomers.watch(app, KIND)
    sync.sources.add(KIND, AccountDataSource(app.driver, account_data.generated))
    return account_data
