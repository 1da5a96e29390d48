"""Messages from device to device, as they travel to sync."""

from __future__ import annotations

import msgspec

KIND = "to_device"
"""The kind of change that such messages are to sync; its data is `Messages` or `Backlog`."""

Messages = dict[str, bytes]
"""A user's new messages, all of one request: by device id the event as JSON. The change's position is their id."""


class Backlog(msgspec.Struct, frozen=True):
    """There is more for this device than one answer holds, or than memory has: the database must be asked."""

    device_id: str


class Undeleted:
    """The positions between which a device has messages in the database, and at most how many."""

    __slots__ = ("count", "first", "last")

    def __init__(self, first: int, last: int, count: int = 0) -> None:
        self.first = first
        self.last = last
        self.count = count
