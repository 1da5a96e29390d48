"""The rules for all events, and which state they are judged by.

# spec: room versions §Authorisation rules; server-server §Auth events selection
"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.auth_rules import (
    auth_event_keys,
    authorize,
    may_redact,
    may_send_redaction,
    state_from_auth_events,
)
from roomkeeper.wire.errors import AuthorizationRefused
from roomkeeper.wire.events import Event
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion
from tests.work import calls_of

from .json_values import VALUES
from .rooms import ALICE, BOB, CAROL, DAVE, Room

CREATE = ("m.room.create", "")
POWER_LEVELS = ("m.room.power_levels", "")
JOIN_RULES = ("m.room.join_rules", "")


class TestCreateEvents:
    def test_a_create_event_comes_first(self, room: Room) -> None:
        event = self._create(room, prev_events=["$a"])
        assert room.refused_rule(event) == "1.1"

    def test_the_room_id_belongs_to_the_creators_server_or_is_absent(self, room: Room) -> None:
        wrong = "!" + "a" * 43 if room.version.identifier == "12" else "!room:far.example"
        assert room.refused_rule(self._create(room, room_id=wrong)) == "1.2"

    @pytest.mark.parametrize("room_version", ["99", 12, None, ["12"]])
    def test_the_room_version_is_known(self, room: Room, room_version: Any) -> None:
        assert room.refused_rule(self._create(room, {"room_version": room_version})) == "1.3"

    @pytest.mark.parametrize("additional", [None, "@a:b", [5], ["bob"], [BOB, "@x"], {BOB: 1}])
    def test_additional_creators_are_user_ids_in_version_12(self, room: Room, additional: Any) -> None:
        refused_by = room.refused_rule(self._create(room, {"additional_creators": additional}))
        assert refused_by == ("1.4" if room.version.identifier == "12" else None)

    def test_version_10_names_the_creator(self, room: Room) -> None:
        event = self._create(room, {}, with_creator=False)
        assert room.refused_rule(event) == ("1.4" if room.version.identifier == "10" else None)

    def _create(
        self, room: Room, content: dict[str, Any] | None = None, *, with_creator: bool = True, **fields: Any
    ) -> Event:
        creator = {"creator": ALICE} if with_creator else {}
        room_id = None if room.version.room_id_is_create_hash else room.room_id
        fields = {"room_id": room_id, "prev_events": [], **fields}
        return room.event("m.room.create", ALICE, {**creator, **(content or {})}, "", **fields)


def test_a_room_needs_its_create_event(room: Room) -> None:
    del room.state[CREATE]
    refused_by = room.refused_rule(room.event("m.room.message", ALICE, {}))
    assert refused_by == ("2" if room.version.identifier == "12" else "2.4")


def test_the_room_id_names_the_create_event_in_version_12(room: Room) -> None:
    event = room.event("m.room.message", ALICE, {}, room_id="!" + "a" * 43)
    assert room.refused_rule(event) == ("2" if room.version.identifier == "12" else None)


@pytest.mark.parametrize(("federate", "refused"), [(False, True), (True, False), (None, False)])
def test_a_room_may_keep_other_servers_out(version: RoomVersion, federate: bool | None, refused: bool) -> None:
    room = Room(version.identifier, {"m.federate": federate})
    room.join_rule("public")
    join = room.event("m.room.member", DAVE, {"membership": "join"}, DAVE)
    assert room.refused_rule(join) == (room.rule("3") if refused else None)
    assert room.refused_rule(room.event("m.room.message", ALICE, {})) is None


@pytest.mark.parametrize("membership", ["invite", "leave", "ban", "knock", None])
def test_only_members_send(room: Room, membership: str | None) -> None:
    if membership is not None:
        room.member(BOB, membership)
    for event_type, state_key in (("m.room.message", None), ("m.room.topic", "")):
        assert room.refused_rule(room.event(event_type, BOB, {}, state_key)) == room.rule("5")
    room.member(BOB, "join")
    assert room.refused_rule(room.event("m.room.message", BOB, {})) is None


def test_invitations_by_mail_take_the_invite_level_alone(room: Room) -> None:
    room.power(users={BOB: 30}, invite=30, state_default=100, events={"m.room.third_party_invite": 100})
    room.member(BOB, "join")
    room.member(CAROL, "join")
    assert room.refused_rule(room.event("m.room.third_party_invite", BOB, {}, "token")) is None
    assert room.refused_rule(room.event("m.room.third_party_invite", CAROL, {}, "token")) == room.rule("6.1")


@pytest.mark.parametrize(
    ("event_type", "state_key", "level"),
    [
        ("m.room.message", None, 10),
        ("m.room.topic", "", 40),
        ("m.room.name", "", 20),
        ("m.room.name", None, 20),
        ("m.room.redaction", None, 10),
        ("m.room.aliases", "example.org", 40),
    ],
)
def test_each_type_takes_its_level(room: Room, event_type: str, state_key: str | None, level: int) -> None:
    room.member(BOB, "join")
    levels = {"events_default": 10, "state_default": 40, "events": {"m.room.name": 20}}
    event = room.event(event_type, BOB, {}, state_key)
    room.power(users={BOB: level}, **levels)
    assert room.refused_rule(event) is None
    room.power(users={BOB: level - 1}, **levels)
    assert room.refused_rule(event) == room.rule("7")


def test_a_user_id_as_state_key_is_its_users_own(room: Room) -> None:
    assert room.refused_rule(room.event("org.example.status", ALICE, {}, ALICE)) is None
    assert room.refused_rule(room.event("org.example.status", ALICE, {}, BOB)) == room.rule("8")
    assert room.refused_rule(room.event("org.example.status", ALICE, {}, "@")) == room.rule("8")
    assert room.refused_rule(room.event("org.example.status", ALICE, {}, "other")) is None


def test_given_power_levels_are_used(room: Room) -> None:
    event = room.event("m.room.topic", ALICE, {}, "")
    authorize(event, room.state, room.version, power_levels=room.levels())
    room.member(BOB, "join")
    event = room.event("m.room.topic", BOB, {}, "")
    with pytest.raises(AuthorizationRefused, match="takes power level 50") as raised:
        authorize(event, room.state, room.version, power_levels=room.levels())
    assert raised.value.errcode == "M_FORBIDDEN"


class TestAuthEventSelection:
    def test_every_event(self, version: RoomVersion) -> None:
        keys = set(auth_event_keys("m.room.message", ALICE, None, {}, version))
        assert keys == self._always(version) | {("m.room.member", ALICE)}
        assert auth_event_keys("m.room.create", ALICE, "", {}, version) == ()

    @pytest.mark.parametrize("membership", ["join", "invite", "knock", "leave", "ban"])
    def test_memberships(self, version: RoomVersion, membership: str) -> None:
        keys = auth_event_keys("m.room.member", ALICE, BOB, {"membership": membership}, version)
        expected = self._always(version) | {("m.room.member", ALICE), ("m.room.member", BOB)}
        if membership in ("join", "invite", "knock"):
            expected.add(JOIN_RULES)
        assert set(keys) == expected

    def test_no_entry_is_named_twice(self, version: RoomVersion) -> None:
        content = {"membership": "join", "join_authorised_via_users_server": ALICE}
        keys = auth_event_keys("m.room.member", ALICE, ALICE, content, version)
        assert len(keys) == len(set(keys))

    @pytest.mark.parametrize("membership", ["join", "invite"])
    def test_restricted_joins_and_invitations_by_mail(self, version: RoomVersion, membership: str) -> None:
        content = {
            "membership": membership,
            "join_authorised_via_users_server": CAROL,
            "third_party_invite": {"signed": {"token": "t"}},
        }
        keys = auth_event_keys("m.room.member", ALICE, BOB, content, version)
        assert (("m.room.member", CAROL) in keys) == (membership == "join")
        assert (("m.room.third_party_invite", "t") in keys) == (membership == "invite")

    @pytest.mark.parametrize("invite", [None, [], {}, {"signed": 1}, {"signed": {"token": ["t"]}}])
    def test_malformed_invitations_by_mail(self, version: RoomVersion, invite: Any) -> None:
        content = {"membership": "invite", "third_party_invite": invite}
        keys = auth_event_keys("m.room.member", ALICE, BOB, content, version)
        assert "m.room.third_party_invite" not in {event_type for event_type, _ in keys}

    def _always(self, version: RoomVersion) -> set[tuple[str, str]]:
        return {POWER_LEVELS} if version.identifier == "12" else {POWER_LEVELS, CREATE}


class TestStateFromAuthEvents:
    def test_an_event_is_judged_by_its_own_auth_events(self, room: Room) -> None:
        event = room.event("m.room.message", ALICE, {})
        state = state_from_auth_events(event, self._selected(room), room.version, create=room.create)
        authorize(event, state, room.version)
        assert state[CREATE] == room.create

    def test_two_for_one_entry(self, room: Room) -> None:
        member = room.state["m.room.member", ALICE]
        assert self._refused(room, [*self._selected(room), member]) == room.rule("2.1")

    def test_one_that_is_not_asked_for(self, room: Room) -> None:
        room.join_rule("public")
        assert self._refused(room, [*self._selected(room), room.state[JOIN_RULES]]) == room.rule("2.2")
        message = room.event("m.room.member", ALICE, {})
        assert self._refused(room, [message]) == room.rule("2.2")

    def test_a_rejected_one(self, room: Room) -> None:
        member = room.state["m.room.member", ALICE]
        assert self._refused(room, self._selected(room), rejected={member.event_id}) == room.rule("2.3")

    def test_the_create_event_is_named_up_to_version_11_and_not_after(self, room: Room) -> None:
        member = room.state["m.room.member", ALICE]
        if room.version.identifier == "12":
            assert self._refused(room, [room.create, member]) == "3.2"
        else:
            assert self._refused(room, [member]) == "2.4"

    def test_one_of_another_room(self, room: Room) -> None:
        elsewhere = "!" + "b" * 43 if room.version.identifier == "12" else "!other:example.org"
        alien = room.event("m.room.member", ALICE, {"membership": "join"}, ALICE, room_id=elsewhere)
        expected = "3.4" if room.version.identifier == "12" else "2.5"
        assert self._refused(room, [*self._selected(room)[:-1], alien]) == expected

    def _selected(self, room: Room) -> list[Event]:
        keys = auth_event_keys("m.room.message", ALICE, None, {}, room.version)
        return [room.state[key] for key in keys if key in room.state]

    def _refused(self, room: Room, auth_events: list[Event], rejected: set[str] | None = None) -> str:
        event = room.event("m.room.message", ALICE, {})
        with pytest.raises(AuthorizationRefused) as raised:
            state_from_auth_events(event, auth_events, room.version, create=room.create, rejected=rejected or ())
        return raised.value.rule


class TestRedactions:
    def test_a_moderator_redacts_anything(self, room: Room) -> None:
        room.power(users={BOB: 60}, redact=60)
        message = room.event("m.room.message", DAVE, {"body": "x"})
        redaction = room.event("m.room.redaction", BOB, {}, redacts=message.event_id)
        assert may_redact(redaction, message, room.levels())
        assert may_send_redaction(BOB, message, room.levels())
        room.power(users={BOB: 59}, redact=60)
        assert not may_redact(redaction, message, room.levels())
        assert not may_send_redaction(BOB, message, room.levels())

    def test_a_server_answers_for_its_users(self, room: Room) -> None:
        message = room.event("m.room.message", BOB, {"body": "x"})
        redaction = room.event("m.room.redaction", CAROL, {}, redacts=message.event_id)
        assert may_redact(redaction, message, room.levels())
        assert not may_send_redaction(CAROL, message, room.levels())
        assert may_send_redaction(BOB, message, room.levels())

    def test_sending_a_redaction_takes_no_redact_level(self, room: Room) -> None:
        room.member(BOB, "join")
        redaction = room.event("m.room.redaction", BOB, {}, redacts="$" + "a" * 43)
        assert room.refused_rule(redaction) is None


def test_judging_a_message_is_little_work_however_many_have_a_power_level(room: Room) -> None:
    def calls(people: int) -> int:
        room.power(users={f"@user{number}:example.org": 50 for number in range(people)})
        message, levels = room.event("m.room.message", ALICE, {"body": "x"}), room.levels()
        return calls_of(lambda: authorize(message, room.state, room.version, power_levels=levels))

    assert calls(500) == calls(2) < 100


_KEYS = [
    "membership",
    "join_authorised_via_users_server",
    "third_party_invite",
    "additional_creators",
    "room_version",
    "creator",
    "users",
    "events",
    "ban",
]
_TYPES = ["m.room.create", "m.room.member", "m.room.power_levels", "m.room.third_party_invite", "m.room.message"]
_SIGNED = st.fixed_dictionaries({"signed": st.fixed_dictionaries({"mxid": st.just(BOB), "token": VALUES})})


@given(
    event_type=st.sampled_from(_TYPES),
    content=st.dictionaries(
        st.sampled_from(_KEYS), VALUES | _SIGNED | st.sampled_from(["join", "invite", "leave", ALICE]), max_size=4
    ),
    state_key=st.none() | st.sampled_from(["", ALICE, BOB, "token"]),
    identifier=st.sampled_from(list(ROOM_VERSIONS)),
)
@settings(max_examples=150)
def test_whatever_an_event_says_it_is_allowed_or_refused(
    event_type: str, content: dict[str, Any], state_key: str | None, identifier: str
) -> None:
    room = Room(identifier)
    room.put(room.event("m.room.third_party_invite", ALICE, content, "token"))
    event = room.event(event_type, ALICE, content, state_key)
    keys = auth_event_keys(event.type, event.sender, event.state_key, event.content, room.version)
    assert all(isinstance(part, str) for key in keys for part in key)
    if room.refused_rule(event) is None:
        room.put(event)
        room.refused_rule(room.event("m.room.power_levels", ALICE, {"users": {BOB: 1}}, ""))
        room.levels()
