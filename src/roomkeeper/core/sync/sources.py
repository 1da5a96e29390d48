"""What an area implements to be shown by `/sync`, and the answer that it writes into.

A source turns the database's rows into changes for a client that was away (or is new: ``since = 0``), and renders
changes. For a client that is online the same changes come from memory, published when they were committed; so each
change carries all that rendering it needs.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import Any, Protocol

import msgspec

from roomkeeper.platform.changes import Change
from roomkeeper.platform.database import Reader
from roomkeeper.platform.http import Requester
from roomkeeper.wire.filters import Filter


class SyncRequest(msgspec.Struct, frozen=True):
    """What a client asked for. Positions are of the one writer slot; `since` is 0 for an initial sync."""

    requester: Requester
    since: int
    upto: int
    filter: Filter
    full_state: bool
    use_state_after: bool

    @property
    def is_initial(self) -> bool:
        """Whether the client knows nothing yet."""
        return self.since == 0


class RoomSection:
    """One room under ``rooms.join`` or ``rooms.leave``; lists of client-format JSON. `extra`: what others add."""

    __slots__ = ("account_data", "ephemeral", "extra", "membership", "state", "summary", "timeline")

    def __init__(self, membership: str) -> None:
        self.membership = membership
        self.timeline: dict[str, Any] = {"events": [], "limited": False}
        self.state: list[msgspec.Raw] = []
        self.ephemeral: list[Any] = []
        self.account_data: list[Any] = []
        self.summary: dict[str, Any] = {}
        self.extra: dict[str, Any] = {}


class SyncAnswer:
    """The answer while it is being written. `rooms` holds joined and left rooms, made on demand by `room`.

    `joined` answers whether the user is in a room.
    """

    def __init__(self, joined: Container[str]) -> None:
        self.joined = joined
        self.rooms: dict[str, RoomSection] = {}
        self.invited: dict[str, Any] = {}
        self.knocked: dict[str, Any] = {}
        self.account_data: list[Any] = []
        self.presence: list[Any] = []
        self.to_device: list[Any] = []
        self.others: dict[str, Any] = {}
        """Further top-level members, such as ``device_lists``."""

    def room(self, room_id: str) -> RoomSection | None:
        """The section of a room that the user is in, or that is in the answer already; else `None`."""
        section = self.rooms.get(room_id)
        if section is None and room_id in self.joined:
            section = self.rooms[room_id] = RoomSection("join")
        return section


class SyncSource(Protocol):
    """One kind of thing that sync shows; its name in the slot is the `kind` of its changes.

    Sources are asked in the order of their installation, after the rooms' events, whose sections exist already.
    """

    async def changes(self, reader: Reader, requester: Requester, since: int, upto: int) -> Sequence[Change]:
        """What is new for the requester after position `since`, up to `upto`; with ``since = 0`` all there is now."""

    async def render(self, changes: Sequence[Change], request: SyncRequest, answer: SyncAnswer) -> None:
        """Write the requester's changes (in order of position, never empty but in an initial sync) into the answer."""


class RoomExtra(Protocol):
    """Adds members to joined rooms, such as the counts of unread messages; asked last, on the path of every message."""

    async def add(self, changes: Mapping[str, Sequence[Change]], request: SyncRequest, answer: SyncAnswer) -> None:
        """Write into `extra` of the answer's joined rooms, or add rooms, where the filter lets them through.

        `changes` are what the answer is made of, by kind; events are among them for a client that is online only.
        """
