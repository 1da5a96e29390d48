"""End-to-end encryption: the keys that devices publish, cross-signing, device lists, backups of room keys.

The server stores public keys and what clients have encrypted; it can read none of it.
spec: client-server §End-to-End Encryption
"""

from __future__ import annotations

import msgspec

from roomkeeper.core.accounts import Accounts, DeviceRemoved, DeviceRenamed, UserDeactivated
from roomkeeper.core.keys.backup import KeyBackups
from roomkeeper.core.keys.backup.api import BackupApi
from roomkeeper.core.keys.cross_signing import CrossSigning
from roomkeeper.core.keys.cross_signing.api import CrossSigningApi
from roomkeeper.core.keys.devices import DeviceKeys
from roomkeeper.core.keys.devices import models as device_models
from roomkeeper.core.keys.devices.api import DeviceKeysApi
from roomkeeper.core.keys.devices.counts import CountsSource
from roomkeeper.core.keys.lists import DeviceLists
from roomkeeper.core.keys.lists import models as list_models
from roomkeeper.core.keys.lists.source import DeviceListSource, MovesInSync
from roomkeeper.core.keys.policy import EncryptionPolicy, EncryptionRule
from roomkeeper.core.keys.querying import Querying
from roomkeeper.core.keys.settings import KeySettings
from roomkeeper.core.rooms import Rooms
from roomkeeper.core.sync import Sync
from roomkeeper.platform.application import Application
from roomkeeper.platform.changes import COMMITTED

__all__ = ["EncryptionPolicy", "EncryptionRule", "KeySettings", "Keys", "install"]


class Keys(msgspec.Struct, frozen=True):
    """The services of this area."""

    lists: DeviceLists
    devices: DeviceKeys
    cross_signing: CrossSigning
    backups: KeyBackups
    policy: EncryptionPolicy


def install(app: Application, accounts: Accounts, rooms: Rooms, sync: Sync) -> Keys:
    """Make the services, serve their endpoints, show them in sync."""
    app.packages.append(__name__)
    lists = DeviceLists(app, rooms)
    devices = DeviceKeys(app, accounts, lists)
    cross_signing = CrossSigning(app, accounts, lists, devices)
    keys = Keys(lists, devices, cross_signing, KeyBackups(app), EncryptionPolicy(app.source.section(KeySettings)))
    DeviceKeysApi(devices, app.settings.server_name).add_routes(app.routes)
    CrossSigningApi(cross_signing, accounts).add_routes(app.routes)
    Querying(app, accounts, lists, devices, cross_signing).add_routes(app.routes)
    BackupApi(keys.backups).add_routes(app.routes)
    rooms.gates.add_fast(keys.policy.gate)
    _show(app, keys, rooms, sync)
    _clean(app, keys, accounts)
    return keys


def _show(app: Application, keys: Keys, rooms: Rooms, sync: Sync) -> None:
    app.bus.subscribe(COMMITTED, keys.devices.counts.note_committed)
    keys.devices.is_cross_signing_key = keys.cross_signing.is_key
    keys.lists.changed_for.add("signatures", keys.cross_signing.changed_for)
    sync.sources.add(list_models.KIND, DeviceListSource(keys.lists))
    sync.sources.add(device_models.KIND, CountsSource(keys.devices.counts))
    sync.room_extras.add(list_models.KIND, MovesInSync(app.driver, rooms))
    sync.standing.add(device_models.KIND, keys.devices.counts.standing)


def _clean(app: Application, keys: Keys, accounts: Accounts) -> None:
    keys.devices.replaced.add("signatures", keys.cross_signing.clean_signatures_on)
    accounts.device_cleaners.add("signatures", keys.cross_signing.clean)
    accounts.device_cleaners.add("device keys", keys.devices.clean)
    app.facts.handle(DeviceRemoved, keys.devices.tell_removal)
    app.facts.handle(DeviceRenamed, keys.devices.tell_name)
    app.facts.handle(UserDeactivated, keys.cross_signing.forget_user)
    app.facts.handle(UserDeactivated, keys.backups.forget_user)
