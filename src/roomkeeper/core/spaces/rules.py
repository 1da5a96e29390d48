"""What a room tells of itself, to whom, and the order of a space's rooms."""

from __future__ import annotations

from collections.abc import Container, Mapping
from typing import Any

from roomkeeper.core.rooms import Room
from roomkeeper.core.rooms.rules import joinable_rooms
from roomkeeper.wire.events import Event
from roomkeeper.wire.identifiers import is_mxc_uri, is_room_alias, is_room_id
from roomkeeper.wire.stripped_state import stripped

SPACE = "m.space"
CHILD = "m.space.child"
MAX_ORDER = 50
OPEN_TO_ALL = frozenset({"public", "knock", "knock_restricted"})


def is_space(room: Room) -> bool:
    """Whether the room is a space."""
    return room.content("m.room.create").get("type") == SPACE


def is_world_readable(room: Room) -> bool:
    """Whether everybody may read what is said in the room."""
    return room.content("m.room.history_visibility").get("history_visibility") == "world_readable"


def may_know(room: Room, user_id: str | None, joined: Container[str]) -> bool:
    """Whether a user, who is in the rooms `joined`, may know what the room is; `None` is who is not signed in.

    spec: client-server ``GET /rooms/{roomId}/hierarchy``, ``GET /room_summary/{roomIdOrAlias}``
    """
    if user_id is not None:
        membership = room.membership(user_id)
        if membership in ("join", "invite"):
            return True
        if membership == "ban":
            return False
        if any(room_id in joined for room_id in joinable_rooms(room.content("m.room.join_rules"))):
            return True
    return is_world_readable(room) or room.content("m.room.join_rules").get("join_rule") in OPEN_TO_ALL


def summary(room: Room) -> dict[str, Any]:
    """The room in the form of ``RoomSummary``; what is not of the right type is left out."""
    join_rules = room.content("m.room.join_rules")
    encryption = room.content("m.room.encryption").get("algorithm")
    told = {
        "name": _text(room.content("m.room.name").get("name")),
        "topic": _text(room.content("m.room.topic").get("topic")),
        "room_type": _text(room.content("m.room.create").get("type")),
        "join_rule": _text(join_rules.get("join_rule")),
        "avatar_url": _where(room.content("m.room.avatar").get("url"), is_mxc_uri),
        "canonical_alias": _where(room.content("m.room.canonical_alias").get("alias"), is_room_alias),
        "encryption": encryption if encryption == "m.megolm.v1.aes-sha2" else None,
        "allowed_room_ids": [room_id for room_id in joinable_rooms(join_rules) if is_room_id(room_id)] or None,
    }
    return {
        "room_id": room.room_id,
        "num_joined_members": len(room.joined),
        "world_readable": is_world_readable(room),
        "guest_can_join": room.content("m.room.guest_access").get("guest_access") == "can_join",
        "room_version": room.version.identifier,
        **{name: value for name, value in told.items() if value is not None},
    }


def children(room: Room, *, suggested_only: bool) -> list[Event]:
    """The events that name the rooms of a space, in the order of the rooms.

    spec: client-server §Ordering of children within a space
    """
    if not is_space(room):
        return []
    found = [event for (event_type, _), event in room.state.items() if event_type == CHILD and is_child(event)]
    wanted = [event for event in found if not suggested_only or event.content.get("suggested") is True]
    return sorted(wanted, key=_place)


def is_child(event: Event) -> bool:
    """Whether an ``m.space.child`` event makes a room part of the space."""
    via = event.content.get("via")
    is_valid = isinstance(via, list) and bool(via) and all(isinstance(server, str) for server in via)
    return is_valid and is_room_id(event.state_key or "")


def child_state(event: Event) -> dict[str, Any]:
    """The event as ``children_state`` has it."""
    return {**stripped(event), "origin_server_ts": event.origin_server_ts}


def _place(event: Event) -> tuple[bool, str, int, str]:
    order = valid_order(event.content)
    return order is None, order or "", event.origin_server_ts, event.state_key or ""


def valid_order(content: Mapping[str, Any]) -> str | None:
    """The ``order`` of a child, where it is one."""
    order = content.get("order")
    if not isinstance(order, str) or not 0 < len(order) <= MAX_ORDER:
        return None
    return order if all("\x20" <= character <= "\x7e" for character in order) else None


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _where(value: object, holds: Any) -> str | None:
    return value if isinstance(value, str) and holds(value) else None
