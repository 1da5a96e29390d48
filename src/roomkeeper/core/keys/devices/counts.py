"""How many one-time keys each device has left, in memory for those that sync."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

from roomkeeper.core.account_data.turns import Turns
from roomkeeper.core.keys.devices import store
from roomkeeper.core.keys.devices.models import KIND, Counts
from roomkeeper.core.sync import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Driver, Reader
from roomkeeper.platform.http import Requester

KEPT = 100_000

DeviceKey = tuple[str, str]
"""User id, device id."""


async def read_counts(reader: Reader, user_id: str, device_id: str) -> Counts:
    """As the database has them."""
    fallbacks = await store.fallback_keys(reader, user_id, device_id)
    unused = tuple(algorithm for algorithm, key in fallbacks.items() if not key.used)
    return Counts(device_id, await store.count_one_time_keys(reader, user_id, device_id), unused)


class CountsInMemory:
    """The counts of devices that have synced lately; `None` for one that never uploaded keys.

    They are set by each commit that changes them. Whoever reads them from the database takes the device's turn, in
    which they cannot change.
    """

    def __init__(self, driver: Driver, turns: Turns) -> None:
        self._driver = driver
        self._turns = turns
        self._known: OrderedDict[DeviceKey, Counts | None] = OrderedDict()

    def note_committed(self, changes: Sequence[Change]) -> None:
        """Take in what was committed."""
        for change in changes:
            if change.kind == KIND:
                for user_id in change.recipients:
                    self._set((user_id, change.data.device_id), change.data)

    def forget(self, user_id: str, device_id: str) -> None:
        """The device is gone."""
        self._known.pop((user_id, device_id), None)

    async def get(self, user_id: str, device_id: str) -> Counts | None:
        """The counts of a device."""
        key = (user_id, device_id)
        if key in self._known:
            return self._known[key]
        async with self._turns(*key):
            if await store.counts_position(self._driver, *key) is None:
                counts = None
            else:
                counts = await read_counts(self._driver, *key)
            self._set(key, counts)
        return counts

    async def standing(self, requester: Requester) -> Mapping[str, Any]:
        """What every answer of sync says to a device that has keys."""
        counts = await self.get(requester.user_id, requester.device_id)
        return {} if counts is None else counts.as_json()

    def _set(self, key: DeviceKey, counts: Counts | None) -> None:
        self._known[key] = counts
        if len(self._known) > KEPT:
            self._known.popitem(last=False)


class CountsSource:
    """See `SyncSource`."""

    def __init__(self, counts: CountsInMemory) -> None:
        self._counts = counts

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`."""
        user_id, device_id = requester.user_id, requester.device_id
        position = await store.counts_position(reader, user_id, device_id)
        if position is None or not since < position <= upto:
            return []
        return [Change(position, KIND, (user_id,), None, await read_counts(reader, user_id, device_id))]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`. A new client is told in any case, so that it sees what the server can do."""
        device_id = request.requester.device_id
        own = [change.data for change in changes if change.data.device_id == device_id]
        if own or request.is_initial:
            answer.others.update((own[-1] if own else Counts(device_id, {}, ())).as_json())
