"""# spec: client-server §m.room.power_levels; room versions §Version 12"""

from __future__ import annotations

from roomkeeper.wire.power_levels import CREATOR_LEVEL, creators_of

from .rooms import ALICE, BOB, CAROL, Room


def test_without_power_levels_the_creator_stands_alone(room: Room) -> None:
    levels = room.levels()
    assert levels.user_level(ALICE) == (CREATOR_LEVEL if room.version.identifier == "12" else 100)
    assert levels.user_level(BOB) == 0
    assert levels.event_level("m.room.message", is_state=False) == 0
    assert levels.event_level("m.room.topic", is_state=True) == 50
    assert (levels.ban, levels.kick, levels.redact, levels.invite) == (50, 50, 50, 0)
    assert levels.notification_level() == 50


def test_empty_power_levels_take_the_creators_level_before_version_12(room: Room) -> None:
    room.power()
    levels = room.levels()
    assert levels.user_level(ALICE) == (CREATOR_LEVEL if room.version.identifier == "12" else 0)
    assert (levels.state_default, levels.events_default, levels.ban) == (50, 0, 50)


def test_levels_as_the_room_sets_them(room: Room) -> None:
    room.power(
        users={BOB: 70},
        users_default=3,
        events={"m.room.name": 20, "m.room.message": 5},
        events_default=1,
        state_default=40,
        ban=61,
        kick=62,
        redact=63,
        invite=64,
        notifications={"room": 65},
    )
    levels = room.levels()
    assert (levels.user_level(BOB), levels.user_level(CAROL)) == (70, 3)
    assert levels.event_level("m.room.name", is_state=True) == 20
    assert levels.event_level("m.room.topic", is_state=True) == 40
    assert levels.event_level("m.room.message", is_state=False) == 5
    assert levels.event_level("m.reaction", is_state=False) == 1
    assert (levels.ban, levels.kick, levels.redact, levels.invite) == (61, 62, 63, 64)
    assert levels.notification_level() == 65


def test_levels_that_are_no_integers_count_as_absent(room: Room) -> None:
    room.power(ban="0", kick=True, users=None, notifications=[])
    levels = room.levels()
    assert (levels.ban, levels.kick, levels.user_level(BOB), levels.notification_level()) == (50, 50, 0, 50)


def test_additional_creators_exist_from_version_12() -> None:
    for version, expected in (("10", {ALICE}), ("11", {ALICE}), ("12", {ALICE, BOB})):
        room = Room(version, {"additional_creators": [BOB]})
        assert creators_of(room.create, room.version) == expected
    levels = Room("12", {"additional_creators": [BOB]}).levels()
    assert levels.user_level(BOB) == CREATOR_LEVEL > 2**53 - 1
