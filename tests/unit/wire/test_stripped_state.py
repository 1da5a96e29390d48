"""# spec: client-server §Stripped state"""

from __future__ import annotations

from roomkeeper.wire.stripped_state import STRIPPED_STATE_TYPES, stripped, stripped_state

from .rooms import ALICE, Room


def test_only_what_identifies_the_room_is_shown(room: Room) -> None:
    for event_type in [*STRIPPED_STATE_TYPES[1:], "m.room.server_acl", "org.example.secret"]:
        room.put(room.event(event_type, ALICE, {"about": event_type}, ""))
    room.put(room.event("m.room.name", ALICE, {"name": "other"}, "other"))
    shown = stripped_state(room.state.values())
    assert {event["type"] for event in shown} == set(STRIPPED_STATE_TYPES)
    assert {event["state_key"] for event in shown} == {""}


def test_four_keys_are_left(room: Room) -> None:
    assert stripped(room.create) == {
        "type": "m.room.create",
        "state_key": "",
        "sender": ALICE,
        "content": room.create.content,
    }
