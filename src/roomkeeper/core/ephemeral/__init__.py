"""What passes: receipts, typing, presence, messages to devices. Each is a package of its own in here."""

from __future__ import annotations

import msgspec

from roomkeeper.core.account_data import AccountData, newcomers
from roomkeeper.core.accounts import Accounts
from roomkeeper.core.ephemeral.presence import Presence, PresenceSettings
from roomkeeper.core.ephemeral.presence import models as presence_models
from roomkeeper.core.ephemeral.presence.api import PresenceApi
from roomkeeper.core.ephemeral.presence.source import PresenceSource
from roomkeeper.core.ephemeral.receipts import Receipts
from roomkeeper.core.ephemeral.receipts import models as receipt_models
from roomkeeper.core.ephemeral.receipts.api import ReceiptsApi
from roomkeeper.core.ephemeral.receipts.source import ReceiptSource
from roomkeeper.core.ephemeral.to_device import ToDevice
from roomkeeper.core.ephemeral.to_device import models as to_device_models
from roomkeeper.core.ephemeral.to_device.api import ToDeviceApi
from roomkeeper.core.ephemeral.to_device.source import ToDeviceSource
from roomkeeper.core.ephemeral.typing import Typing
from roomkeeper.core.ephemeral.typing import models as typing_models
from roomkeeper.core.ephemeral.typing.api import TypingApi
from roomkeeper.core.ephemeral.typing.source import TypingSource
from roomkeeper.core.rooms import RoomRows, Rooms, UserRows
from roomkeeper.core.sync import Sync
from roomkeeper.core.transactions import Transactions
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED

__all__ = ["Ephemeral", "Presence", "PresenceSettings", "Receipts", "ToDevice", "Typing", "install"]


class Ephemeral(msgspec.Struct, frozen=True):
    """The services of this area."""

    receipts: Receipts
    typing: Typing
    presence: Presence
    to_device: ToDevice


def install(
    app: Application,
    accounts: Accounts,
    rooms: Rooms,
    sync: Sync,
    transactions: Transactions,
    account_data: AccountData,
) -> Ephemeral:
    """Make the four services, serve their endpoints, show them in sync."""
    app.packages.append(__name__)
    return Ephemeral(
        _receipts(app, rooms, sync, account_data),
        _typing(app, rooms, sync),
        _presence(app, rooms, sync),
        _to_device(app, accounts, sync, transactions),
    )


def _receipts(app: Application, rooms: Rooms, sync: Sync, account_data: AccountData) -> Receipts:
    receipts = Receipts(app, rooms, account_data)
    rooms.room_cleaners.add("receipts", RoomRows("receipts", ("room_id", "user_id", "type", "thread_id")))
    rooms.user_cleaners.add("receipts", UserRows("receipts", ("room_id", "user_id", "type", "thread_id")))
    ReceiptsApi(receipts).add_routes(app.routes)
    newcomers.watch(app, receipt_models.KIND)
    sync.sources.add(receipt_models.KIND, ReceiptSource(app.driver))
    return receipts


def _typing(app: Application, rooms: Rooms, sync: Sync) -> Typing:
    typing = Typing(app, rooms)
    TypingApi(typing).add_routes(app.routes)
    newcomers.watch(app, typing_models.KIND)
    sync.sources.add(typing_models.KIND, TypingSource(typing, rooms))
    app.starting.add("typing", typing.start)
    app.stopping.add("typing", typing.stop)
    return typing


def _presence(app: Application, rooms: Rooms, sync: Sync) -> Presence:
    presence = Presence(app, rooms, app.source.section(PresenceSettings))
    rooms.user_cleaners.add("presence", UserRows("presence", ("user_id",)))
    PresenceApi(presence, app.clock).add_routes(app.routes)
    if presence.is_enabled:
        newcomers.watch(app, presence_models.KIND)
        sync.sources.add(presence_models.KIND, PresenceSource(app.driver, presence, rooms, app.clock))
        sync.activity.append(presence.note_sync)
        app.bus.subscribe(COMMITTED, presence.note_committed)
        app.starting.add("presence", presence.start)
        app.background.add("presence", presence.run)
    return presence


def _to_device(app: Application, accounts: Accounts, sync: Sync, transactions: Transactions) -> ToDevice:
    to_device = ToDevice(app, accounts, transactions)
    ToDeviceApi(to_device).add_routes(app.routes)
    sync.sources.add(to_device_models.KIND, ToDeviceSource(to_device))
    sync.arrived.append(to_device.acknowledge)
    app.starting.add("to-device", to_device.start)
    accounts.device_cleaners.add("to-device", to_device.clean)
    return to_device
