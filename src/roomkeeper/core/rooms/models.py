"""A room in memory, an event on its way into it, and an event as clients get it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from roomkeeper.platform.database import Write
from roomkeeper.platform.http import Requester
from roomkeeper.wire.auth_rules import StateKey
from roomkeeper.wire.events import Event, client_event
from roomkeeper.wire.power_levels import PowerLevels
from roomkeeper.wire.room_versions import RoomVersion

CREATE = ("m.room.create", "")
POWER_LEVELS = ("m.room.power_levels", "")
JOIN_RULES = ("m.room.join_rules", "")

encode_json = msgspec.json.Encoder().encode


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to send; the room's turn makes an event of it.

    `requester` and `transaction_id` are those of the request, where a client sent it. `origin_server_ts` is in
    milliseconds, filled in by the turn where it is `None`. `held_as` is the id of the event that waited for a decision,
    where this is what its sender wanted then.
    """

    type: str
    sender: str
    content: dict[str, Any]
    state_key: str | None = None
    redacts: str | None = None
    origin_server_ts: int | None = None
    requester: Requester | None = None
    transaction_id: str | None = None
    held_as: str | None = None


class TimelineEvent:
    """An event with its position and its client form, serialised once for everyone.

    `json` has no room_id, and ends with the ``unsigned`` object, so that members can be spliced in.
    """

    __slots__ = ("device_id", "event", "has_url", "json", "position", "transaction_id")

    def __init__(
        self,
        position: int,
        event: Event,
        unsigned: Mapping[str, Any],
        device_id: str | None = None,
        transaction_id: str | None = None,
    ) -> None:
        self.position = position
        self.event = event
        self.device_id = device_id
        self.transaction_id = transaction_id
        self.has_url = isinstance(event.content.get("url"), str)
        self.json = render(event, unsigned)

    def for_client(self, requester: Requester | None = None, *, with_room_id: bool = False) -> msgspec.Raw:
        """The client form, with the transaction id for the device that sent it.

        spec: client-server §Room event format: only the sending device is told its ``transaction_id``.
        """
        json = self.json
        if (
            self.transaction_id is not None
            and requester is not None
            and requester.device_id == self.device_id
            and requester.user_id == self.event.sender
        ):
            json = json[:-2] + b',"transaction_id":' + encode_json(self.transaction_id) + b"}}"
        if with_room_id:
            json = json[:-1] + b',"room_id":' + encode_json(self.event.room_id) + b"}"
        return msgspec.Raw(json)

    def with_json(self, json: bytes) -> TimelineEvent:
        """The same event in another client form, which must end as `json` does."""
        copy = TimelineEvent.__new__(TimelineEvent)
        copy.position, copy.event, copy.has_url = self.position, self.event, self.has_url
        copy.device_id, copy.transaction_id = self.device_id, self.transaction_id
        copy.json = json
        return copy

    def with_unsigned(self, name: str, value: object) -> TimelineEvent:
        """The same event with one more member in ``unsigned``."""
        return self.with_json(b"".join((self.json[:-2], b",", encode_json(name), b":", encode_json(value), b"}}")))


def render(event: Event, unsigned: Mapping[str, Any]) -> bytes:
    """The client form of an event. ``membership`` stands last and says "join", which is true of most who see an event;
    `visibility.with_membership` puts in another. spec: client-server §UnsignedData
    """
    client = client_event(event, include_room_id=False)
    client["unsigned"] = {**unsigned, "membership": "join"}
    return encode_json(client)


def heads_of(newest: Sequence[TimelineEvent], pruned_upto: int) -> list[str]:
    """The ids of a room's heads: those of its newest events, oldest first, that no other has in its prev_events.

    What is older than where the room was pruned has had a successor, though that may be gone.
    """
    referenced = {event_id for entry in newest for event_id in entry.event.prev_events}
    return [
        entry.event.event_id
        for entry in newest
        if entry.position > pruned_upto and entry.event.event_id not in referenced
    ]


class PlacedEvent(NamedTuple):
    """An event with its position, as it is stored."""

    position: int
    event: Event


class Room:
    """The current state of one room, with what is accepted but not committed yet. Only the room's turn changes it."""

    __slots__ = (
        "counted",
        "depth",
        "heads",
        "joined",
        "last_write",
        "levels",
        "pending",
        "room_id",
        "state",
        "version",
    )

    def __init__(self, room_id: str, version: RoomVersion) -> None:
        self.room_id = room_id
        self.version = version
        self.state: dict[StateKey, Event] = {}
        self.joined: frozenset[str] = frozenset()
        self.levels: PowerLevels | None = None
        self.heads: list[str] = []
        self.depth = 0
        self.last_write: Write | None = None
        self.pending = 0
        self.counted = 0
        """State events that the cache has counted."""

    def membership(self, user_id: str) -> str | None:
        """The membership of a user, `None` where they never had any."""
        member = self.state.get(("m.room.member", user_id))
        return None if member is None else member.membership

    def content(self, event_type: str, state_key: str = "") -> Mapping[str, Any]:
        """The content of a state entry, empty where there is none."""
        event = self.state.get((event_type, state_key))
        return {} if event is None else event.content

    def power_levels(self) -> PowerLevels:
        """The power levels in force."""
        if self.levels is None:
            self.levels = PowerLevels.from_state(self.state[CREATE], self.state.get(POWER_LEVELS), self.version)
        return self.levels

    def set_state(self, event: Event) -> None:
        """Let a state event take effect."""
        assert event.state_key is not None
        self.state[event.type, event.state_key] = event
        if event.type == "m.room.member":
            if event.membership == "join":
                self.joined |= {event.state_key}
            else:
                self.joined -= {event.state_key}
        elif event.type in ("m.room.power_levels", "m.room.create"):
            self.levels = None


class Preferences(msgspec.Struct, frozen=True):
    """What a user does not want to be shown.

    spec: client-server §Ignoring Users, §Invite permission
    """

    ignored_users: frozenset[str] = frozenset()
    blocks_invites: bool = False

    def hides(self, event: Event) -> bool:
        """Whether the event is not for the user's eyes: state must be known, whoever set it."""
        return event.sender in self.ignored_users and event.state_key is None

    def hides_invite(self, sender: str) -> bool:
        """Whether an invitation by `sender` is not for the user's eyes."""
        return self.blocks_invites or sender in self.ignored_users


NO_PREFERENCES = Preferences()


class SendAttempt(msgspec.Struct, frozen=True):
    """What the gates of `event_send` are asked about: this draft into this room."""

    room: Room
    draft: Draft
