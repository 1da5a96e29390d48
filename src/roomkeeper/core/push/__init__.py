"""Push: which events a user is notified of, how many of them are unread, and where notifications are to be sent.

spec: client-server §Push Notifications
"""

from __future__ import annotations

from roomkeeper.core.account_data import AccountData
from roomkeeper.core.accounts.facts import DeviceRemoved
from roomkeeper.core.ephemeral import Receipts
from roomkeeper.core.push.api.pushers import PushersApi
from roomkeeper.core.push.api.rules import PushRulesApi
from roomkeeper.core.push.notifications import Notifications
from roomkeeper.core.push.pushers import Pushers
from roomkeeper.core.push.service import PushRules
from roomkeeper.core.push.source import UnreadCounts
from roomkeeper.core.push.unread import Unread
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED

__all__ = ["PushRules", "Pushers", "Unread", "install"]


def install(app: Application, rooms: Rooms, sync: Sync, account_data: AccountData, receipts: Receipts) -> Unread:
    """Serve push rules, pushers and notifications, and show in sync how much is unread."""
    app.packages.append(__name__)
    push_rules = PushRules(app, rooms, account_data)
    PushRulesApi(push_rules).add_routes(app.routes)
    unread = Unread(app, rooms, sync, receipts, push_rules)
    sync.room_extras.add("unread", UnreadCounts(unread, rooms))
    app.bus.subscribe(COMMITTED, unread.note)
    app.background.add("unread", unread.sweep)
    pushers = Pushers(app)
    PushersApi(pushers, Notifications(app, rooms, receipts, push_rules)).add_routes(app.routes)
    app.facts.handle(DeviceRemoved, pushers.forget_device)
    return unread
