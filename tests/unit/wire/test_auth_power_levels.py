"""The rules on m.room.power_levels, numbered as in room version 11. # spec: room versions §Authorisation rules"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.power_levels import CREATOR_LEVEL, PowerLevels
from roomkeeper.wire.room_versions import ROOM_VERSIONS

from .rooms import ALICE, BOB, CAROL, DAVE, Room

ALLOWED = None


_NO_INTEGERS: list[Any] = ["50", True, None, []]
_PROPERTIES = ("users_default", "events_default", "state_default", "ban", "redact", "kick", "invite")
_BROKEN_PROPERTIES = [({key: value}, "9.1") for key in _PROPERTIES for value in _NO_INTEGERS]


@pytest.mark.parametrize(
    ("content", "refused_by"),
    [
        *_BROKEN_PROPERTIES,
        ({"events": []}, "9.2"),
        ({"events": {"m.room.name": "50"}}, "9.2"),
        ({"notifications": None}, "9.2"),
        ({"notifications": {"room": False}}, "9.2"),
        ({"users": [BOB]}, "9.3"),
        ({"users": {BOB: "50"}}, "9.3"),
        ({"users": {BOB: True}}, "9.3"),
        ({"users": {"bob": 50}}, "9.3"),
        ({"users": {"@bob": 50}}, "9.3"),
        ({}, ALLOWED),
        ({"users": {BOB: 50}, "events": {"x": -5}, "notifications": {"room": 0}, "ban": 0}, ALLOWED),
        ({"org.example.own": "anything"}, ALLOWED),
    ],
)
def test_the_first_power_levels_must_have_the_form(room: Room, content: dict[str, Any], refused_by: str | None) -> None:
    assert _tried(room, ALICE, content) == room.rule(refused_by)


def test_creators_are_not_listed_from_version_12() -> None:
    room = Room("12", {"additional_creators": [CAROL]})
    for creator in (ALICE, CAROL):
        event = room.event("m.room.power_levels", ALICE, {"users": {creator: 100}}, "")
        assert room.refused_rule(event) == "10.4"
    for version in ("10", "11"):
        assert _tried(Room(version), ALICE, {"users": {ALICE: 100}}) is ALLOWED


CURRENT: dict[str, Any] = {
    "users": {BOB: 60, CAROL: 60, DAVE: 70, "@low:example.org": 10},
    "users_default": 5,
    "state_default": 50,
    "kick": 70,
    "redact": 60,
    "invite": 20,
    "events": {"high": 70, "own": 60, "low": 20, "m.room.power_levels": 50},
    "notifications": {"room": 20, "high": 70},
}

CHANGES = [
    # what Bob, who has 60, changes → the rule that refuses it
    ({}, ALLOWED),
    ({"invite": 60}, ALLOWED),
    ({"invite": 61}, "9.5.2"),
    ({"ban": 60}, ALLOWED),
    ({"ban": 61}, "9.5.2"),
    ({"kick": 10}, "9.5.1"),
    ({"kick": ...}, "9.5.1"),
    ({"invite": ...}, ALLOWED),
    ({"redact": 0}, ALLOWED),
    ({"users_default": 61}, "9.5.2"),
    ({"events_default": 61}, "9.5.2"),
    ({"state_default": 61}, "9.5.2"),
    ({"redact": 61}, "9.5.2"),
    ({"events": {**CURRENT["events"], "low": 60}}, ALLOWED),
    ({"events": {**CURRENT["events"], "low": 61}}, "9.7.1"),
    ({"events": {**CURRENT["events"], "new": 60}}, ALLOWED),
    ({"events": {**CURRENT["events"], "new": 61}}, "9.7.1"),
    ({"events": {**CURRENT["events"], "high": 1}}, "9.6.1"),
    ({"events": {"low": 20}}, "9.6.1"),
    ({"events": ...}, "9.6.1"),
    ({"events": {"high": 70}}, ALLOWED),
    ({"events": {**CURRENT["events"], "own": 0}}, ALLOWED),
    ({"notifications": {"room": 61, "high": 70}}, "9.7.1"),
    ({"notifications": {"room": 20}}, "9.6.1"),
    ({"notifications": {"high": 70}}, ALLOWED),
    ({"users": {**CURRENT["users"], BOB: 61}}, "9.9.1"),
    ({"users": {**CURRENT["users"], BOB: 10}}, ALLOWED),
    ({"users": {CAROL: 60, DAVE: 70}}, ALLOWED),
    ({"users": {**CURRENT["users"], CAROL: 59}}, "9.8.1"),
    ({"users": {BOB: 60, DAVE: 70}}, "9.8.1"),
    ({"users": {**CURRENT["users"], DAVE: 0}}, "9.8.1"),
    ({"users": {**CURRENT["users"], "@low:example.org": 60}}, ALLOWED),
    ({"users": {**CURRENT["users"], "@low:example.org": 61}}, "9.9.1"),
    ({"users": {**CURRENT["users"], "@new:example.org": 60}}, ALLOWED),
    ({"users": {**CURRENT["users"], "@new:example.org": 61}}, "9.9.1"),
]


@pytest.mark.parametrize(("changes", "refused_by"), CHANGES)
def test_changing_power_levels(room: Room, changes: dict[str, Any], refused_by: str | None) -> None:
    room.power(**CURRENT)
    room.member(BOB, "join")
    new = {key: value for key, value in {**CURRENT, **changes}.items() if value is not ...}
    assert _tried(room, BOB, new) == room.rule(refused_by)


def test_a_creator_of_version_12_may_set_any_level() -> None:
    room = Room("12")
    room.power(**CURRENT)
    highest = {"users": {BOB: CREATOR_LEVEL - 1}, "ban": CREATOR_LEVEL - 1, "events": {"x": CREATOR_LEVEL - 1}}
    assert _tried(room, ALICE, highest) is ALLOWED


_LEVELS = st.sampled_from([-1, 0, 20, 49, 50, 51, 60, 100])
_NAMED = [BOB, CAROL, DAVE]
_CONTENTS = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(_PROPERTIES, _LEVELS),
        "users": st.dictionaries(st.sampled_from(_NAMED), _LEVELS),
        "events": st.dictionaries(st.sampled_from(["m.room.power_levels", "m.room.name", "x"]), _LEVELS),
        "notifications": st.dictionaries(st.just("room"), _LEVELS),
    },
)


@pytest.mark.parametrize("version", ROOM_VERSIONS)
@given(old=_CONTENTS, new=_CONTENTS)
@settings(max_examples=80)
def test_nobody_grants_more_than_they_have(version: str, old: dict[str, Any], new: dict[str, Any]) -> None:
    room = Room(version)
    room.power(**old)
    room.member(BOB, "join")
    before = room.levels()
    change = room.event("m.room.power_levels", BOB, new, "")
    if room.refused_rule(change) is not None:
        return
    after = PowerLevels.from_state(room.create, change, room.version)
    own = before.user_level(BOB)
    for user_id in [*_NAMED, "@anyone:example.org"]:
        # Dropping an entry lets its user fall back to the default, and dropping the default lets all fall back to 0:
        # what is absent has no value to compare, so a level below that cannot prevent it.
        fallback = 0 if "users_default" not in new else before.users_default
        highest = max(own, before.user_level(user_id), before.users_default, fallback)
        assert after.user_level(user_id) <= highest
        if user_id != BOB and before.users.get(user_id, own - 1) >= own:
            assert after.user_level(user_id) == before.user_level(user_id)
    for event_type in ("m.room.power_levels", "m.room.name", "x"):
        assert after.events.get(event_type, own) <= max(own, before.events.get(event_type, own))


@given(content=_CONTENTS, sender=st.sampled_from([ALICE, BOB, CAROL]))
@settings(max_examples=60)
def test_a_creators_power_cannot_be_taken(content: dict[str, Any], sender: str) -> None:
    room = Room("12", {"additional_creators": [CAROL]})
    room.power(users={BOB: 100})
    room.member(BOB, "join")
    room.member(CAROL, "join")
    change = room.event("m.room.power_levels", sender, content, "")
    if room.refused_rule(change) is None:
        room.put(change)
    assert {room.levels().user_level(creator) for creator in (ALICE, CAROL)} == {CREATOR_LEVEL}
    for membership in ("leave", "ban"):
        expel = room.event("m.room.member", BOB, {"membership": membership}, CAROL)
        assert room.refused_rule(expel) is not None


def _tried(room: Room, sender: str, content: dict[str, Any]) -> str | None:
    """The rule that refuses the change, if any."""
    return room.refused_rule(room.event("m.room.power_levels", sender, content, ""))
