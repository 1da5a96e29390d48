"""Messages to devices in sync."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from roomkeeper.core.ephemeral.to_device import store
from roomkeeper.core.ephemeral.to_device.models import KIND, Backlog
from roomkeeper.core.ephemeral.to_device.service import PAGE, ToDevice
from roomkeeper.core.sync.sources import SyncAnswer, SyncRequest
from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester


class ToDeviceSource:
    """See `SyncSource`."""

    def __init__(self, to_device: ToDevice) -> None:
        self._to_device = to_device

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """See `SyncSource.changes`: whether there is anything; `render` reads it page by page."""
        user_id, device_id = requester.user_id, requester.device_id
        if not await store.between(reader, user_id, device_id, since, upto, 1):
            return []
        return [Change(upto, KIND, (user_id,), None, Backlog(device_id))]

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """See `SyncSource.render`: from memory, unless there are more messages than one answer holds."""
        requester, events = request.requester, []
        self._to_device.acknowledge(requester, request.since)
        in_memory = True
        for change in changes:
            if isinstance(change.data, Backlog):
                in_memory = in_memory and change.data.device_id != requester.device_id
            elif requester.device_id in change.data:
                events.append(change.data[requester.device_id])
        if not in_memory or len(events) > PAGE:
            events = await self._to_device.page(requester, request.since, request.upto)
        answer.to_device += map(msgspec.Raw, events)
