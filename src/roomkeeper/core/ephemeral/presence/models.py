"""A user's presence as it is shown, and as it is kept while the user is here."""

from __future__ import annotations

import msgspec

KIND = "presence"
"""The kind of change that presence is to sync; its data is a `Status`."""

OFFLINE = "offline"
UNAVAILABLE = "unavailable"
ONLINE = "online"


class Status(msgspec.Struct, frozen=True):
    """A user's presence as others are shown it. `last_active_ts` in milliseconds since the epoch."""

    user_id: str
    state: str
    status_msg: str | None
    last_active_ts: int


class Device:
    """One device of a user. `seen` is when its last sync began, in seconds of the monotonic clock.

    `said` is the ``set_presence`` of its syncs: only a new value there changes `state`, so that what was set directly
    stays in force while the device goes on syncing.
    """

    __slots__ = ("said", "seen", "state")

    def __init__(self, seen: float, said: str, state: str) -> None:
        self.seen = seen
        self.said = said
        self.state = state


class Person:
    """A user in memory.

    `shown` is the state that others were shown last, at `position`; `saved_ts` is the `last_active_ts` that the
    database has. `is_loaded`: the database was asked. `is_known`: there is something to show at all.
    `is_told`: what is shown was committed, as far as is known.
    """

    __slots__ = (
        "devices",
        "is_known",
        "is_loaded",
        "is_told",
        "last_active_ts",
        "position",
        "saved_ts",
        "shown",
        "status_msg",
    )

    def __init__(self) -> None:
        self.devices: dict[str, Device] = {}
        self.status_msg: str | None = None
        self.last_active_ts = 0
        self.saved_ts = 0
        self.shown = OFFLINE
        self.position = 0
        self.is_loaded = False
        self.is_known = False
        self.is_told = True

    def status(self, user_id: str) -> Status:
        """As others see it."""
        return Status(user_id, self.shown, self.status_msg, self.last_active_ts)
