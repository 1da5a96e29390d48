"""The rules on m.room.member, numbered as in room version 11. # spec: room versions §Authorisation rules"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.auth_rules import authorize
from roomkeeper.wire.errors import AuthorizationRefused
from roomkeeper.wire.room_versions import ROOM_VERSIONS
from roomkeeper.wire.signing import Signer, encode_base64_url, sign_json

from .rooms import ALICE, BOB, CAROL, DAVE, Room

MODERATOR = BOB
OTHER_MODERATOR = "@erin:example.org"

ALLOWED = None

JOINS = [
    # join rule, membership before → the rule that refuses the join
    ("public", "leave", ALLOWED),
    ("public", "invite", ALLOWED),
    ("public", "join", ALLOWED),
    ("public", "knock", ALLOWED),
    ("public", "ban", "4.3.3"),
    ("invite", "leave", "4.3.7"),
    ("invite", "invite", ALLOWED),
    ("invite", "join", ALLOWED),
    ("invite", "knock", "4.3.7"),
    ("invite", "ban", "4.3.3"),
    ("knock", "leave", "4.3.7"),
    ("knock", "invite", ALLOWED),
    ("knock", "join", ALLOWED),
    ("knock", "knock", "4.3.7"),
    ("knock", "ban", "4.3.3"),
    ("restricted", "invite", ALLOWED),
    ("restricted", "join", ALLOWED),
    ("restricted", "leave", "4.3.5.2"),
    ("restricted", "ban", "4.3.3"),
    ("knock_restricted", "invite", ALLOWED),
    ("knock_restricted", "knock", "4.3.5.2"),
    ("knock_restricted", "ban", "4.3.3"),
    ("private", "invite", "4.3.7"),
    ("org.example.own", "invite", "4.3.7"),
]


@pytest.mark.parametrize(("join_rule", "before", "refused_by"), JOINS)
def test_joining(room: Room, join_rule: str, before: str, refused_by: str | None) -> None:
    room.join_rule(join_rule)
    room.member(CAROL, before)
    assert _tried(room, CAROL, CAROL, "join") == room.rule(refused_by)


def test_a_room_without_join_rules_is_joined_by_invitation(room: Room) -> None:
    assert _tried(room, CAROL, CAROL, "join") == room.rule("4.3.7")
    room.member(CAROL, "invite")
    assert _tried(room, CAROL, CAROL, "join") is ALLOWED


def test_nobody_joins_for_another(room: Room) -> None:
    room.join_rule("public")
    assert _tried(room, ALICE, CAROL, "join") == room.rule("4.3.2")


def test_only_the_creator_may_join_right_after_the_create_event(room: Room) -> None:
    del room.state["m.room.member", ALICE]
    room.last = room.create
    assert _tried(room, ALICE, ALICE, "join") is ALLOWED
    assert _tried(room, CAROL, CAROL, "join") == room.rule("4.3.7")
    room.last = room.event("m.room.topic", ALICE, {}, "")
    assert _tried(room, ALICE, ALICE, "join") == room.rule("4.3.7")


def test_an_additional_creator_needs_an_invitation() -> None:
    room = Room("12", {"additional_creators": [CAROL]})
    room.last = room.create
    assert _tried(room, CAROL, CAROL, "join") == room.rule("4.3.7")


RESTRICTED = [
    # the authorising user, that user's membership and level, the invite level → refusing rule
    (MODERATOR, "join", 50, 50, ALLOWED),
    (MODERATOR, "join", 49, 50, "4.3.5.2"),
    (MODERATOR, "leave", 50, 50, "4.3.5.2"),
    (MODERATOR, "invite", 50, 0, "4.3.5.2"),
    (DAVE, "join", 50, 50, "4.2.1"),
    ("nobody", "join", 50, 0, "4.2.1"),
    (7, "join", 50, 0, "4.2.1"),
]


@pytest.mark.parametrize("join_rule", ["restricted", "knock_restricted"])
@pytest.mark.parametrize(("authoriser", "membership", "level", "invite", "refused_by"), RESTRICTED)
def test_restricted_joins(
    room: Room, join_rule: str, authoriser: Any, membership: str, level: int, invite: int, refused_by: str | None
) -> None:
    room.join_rule(join_rule)
    if isinstance(authoriser, str):
        room.member(authoriser, membership)
        room.power(users={authoriser: level}, invite=invite)
    assert _tried(room, CAROL, CAROL, "join", join_authorised_via_users_server=authoriser) == room.rule(refused_by)


def test_only_a_verified_signature_of_the_authorising_server_counts(room: Room) -> None:
    room.join_rule("restricted")
    content = {"membership": "join", "join_authorised_via_users_server": ALICE}
    event = room.event("m.room.member", CAROL, content, CAROL)
    authorize(event, room.state, room.version, verified_servers={"example.org"})
    with pytest.raises(AuthorizationRefused):
        authorize(event, room.state, room.version, verified_servers={"far.example"})


DEEDS = [
    # sender, sender's membership, target, target's membership, new membership → refusing rule
    (CAROL, "join", DAVE, "leave", "invite", ALLOWED),
    (CAROL, "join", DAVE, "knock", "invite", ALLOWED),
    (CAROL, "join", DAVE, "invite", "invite", ALLOWED),
    (CAROL, "join", DAVE, "join", "invite", "4.4.3"),
    (CAROL, "join", DAVE, "ban", "invite", "4.4.3"),
    (CAROL, "leave", DAVE, "leave", "invite", "4.4.2"),
    (CAROL, "invite", DAVE, "leave", "invite", "4.4.2"),
    (MODERATOR, "join", CAROL, "join", "leave", ALLOWED),
    (MODERATOR, "join", CAROL, "invite", "leave", ALLOWED),
    (MODERATOR, "join", CAROL, "ban", "leave", ALLOWED),
    (MODERATOR, "leave", CAROL, "join", "leave", "4.5.2"),
    (MODERATOR, "join", OTHER_MODERATOR, "join", "leave", "4.5.5"),
    (MODERATOR, "join", ALICE, "join", "leave", "4.5.5"),
    (CAROL, "join", DAVE, "join", "leave", "4.5.5"),
    (CAROL, "join", DAVE, "ban", "leave", "4.5.3"),
    (CAROL, "invite", CAROL, "invite", "leave", ALLOWED),
    (CAROL, "join", CAROL, "join", "leave", ALLOWED),
    (CAROL, "knock", CAROL, "knock", "leave", ALLOWED),
    (CAROL, "leave", CAROL, "leave", "leave", "4.5.1"),
    (CAROL, "ban", CAROL, "ban", "leave", "4.5.1"),
    (MODERATOR, "join", CAROL, "join", "ban", ALLOWED),
    (MODERATOR, "join", CAROL, "leave", "ban", ALLOWED),
    (MODERATOR, "join", CAROL, "ban", "ban", ALLOWED),
    (MODERATOR, "leave", CAROL, "join", "ban", "4.6.1"),
    (MODERATOR, "join", OTHER_MODERATOR, "join", "ban", "4.6.3"),
    (MODERATOR, "join", ALICE, "join", "ban", "4.6.3"),
    (CAROL, "join", DAVE, "join", "ban", "4.6.3"),
]


@pytest.mark.parametrize(("sender", "before", "target", "target_before", "after", "refused_by"), DEEDS)
def test_inviting_kicking_banning(
    room: Room, sender: str, before: str, target: str, target_before: str, after: str, refused_by: str | None
) -> None:
    room.power(users={ALICE: 100, MODERATOR: 50, OTHER_MODERATOR: 50})
    room.member(target, target_before)
    room.member(sender, before)
    assert _tried(room, sender, target, after) == room.rule(refused_by)


@pytest.mark.parametrize(
    ("level", "after", "target_before", "refused_by"),
    [
        (30, "invite", "leave", ALLOWED),
        (29, "invite", "leave", "4.4.5"),
        (40, "leave", "join", ALLOWED),
        (39, "leave", "join", "4.5.5"),
        (60, "ban", "join", ALLOWED),
        (59, "ban", "join", "4.6.3"),
        (60, "leave", "ban", ALLOWED),
        (59, "leave", "ban", "4.5.3"),
    ],
)
def test_each_deed_takes_its_own_level(
    room: Room, level: int, after: str, target_before: str, refused_by: str | None
) -> None:
    room.power(users={BOB: level}, invite=30, kick=40, ban=60)
    room.member(BOB, "join")
    room.member(CAROL, target_before)
    assert _tried(room, BOB, CAROL, after) == room.rule(refused_by)


KNOCKS = [
    ("knock", "leave", ALLOWED),
    ("knock_restricted", "leave", ALLOWED),
    ("knock", "knock", ALLOWED),
    ("knock", "invite", "4.7.4"),
    ("knock", "join", "4.7.4"),
    ("knock", "ban", "4.7.4"),
    ("public", "leave", "4.7.1"),
    ("invite", "leave", "4.7.1"),
    ("restricted", "leave", "4.7.1"),
]


@pytest.mark.parametrize(("join_rule", "before", "refused_by"), KNOCKS)
def test_knocking(room: Room, join_rule: str, before: str, refused_by: str | None) -> None:
    room.join_rule(join_rule)
    room.member(CAROL, before)
    assert _tried(room, CAROL, CAROL, "knock") == room.rule(refused_by)


def test_nobody_knocks_for_another(room: Room) -> None:
    room.join_rule("knock")
    assert _tried(room, ALICE, CAROL, "knock") == room.rule("4.7.2")


@pytest.mark.parametrize(
    ("content", "state_key", "refused_by"),
    [
        ({"membership": "join"}, None, "4.1"),
        ({}, ALICE, "4.1"),
        ({"membership": "away"}, ALICE, "4.8"),
        ({"membership": None}, ALICE, "4.8"),
        ({"membership": ["join"]}, ALICE, "4.8"),
    ],
)
def test_malformed_memberships(room: Room, content: dict[str, Any], state_key: str | None, refused_by: str) -> None:
    event = room.event("m.room.member", ALICE, content, state_key)
    assert room.refused_rule(event) == room.rule(refused_by)


IDENTITY_SERVER = Signer.from_seed("identity.example", "0", b"the identity server's signing k.")
STRANGER = Signer.from_seed("identity.example", "0", bytes(32))


def _invite_by_mail(room: Room, **keys: Any) -> None:
    room.put(room.event("m.room.third_party_invite", ALICE, {"display_name": "C.", **keys}, "token"))


def _exchanged(signer: Signer = IDENTITY_SERVER, **changes: Any) -> dict[str, Any]:
    signed = sign_json({"mxid": CAROL, "token": "token", **changes}, signer)
    return {"third_party_invite": {"display_name": "C.", "signed": signed}}


@pytest.mark.parametrize(
    "keys",
    [
        {"public_key": IDENTITY_SERVER.verify_key_base64},
        {"public_key": encode_base64_url(bytes(IDENTITY_SERVER.verify_key))},
        {"public_key": "no key", "public_keys": [{"public_key": IDENTITY_SERVER.verify_key_base64}]},
        {"public_keys": [5, {"public_key": None}, {"public_key": IDENTITY_SERVER.verify_key_base64}]},
    ],
)
def test_an_invitation_by_mail(room: Room, keys: dict[str, Any]) -> None:
    _invite_by_mail(room, **keys)
    # Not even a membership is asked of the sender.
    room.member(ALICE, "leave")
    assert _tried(room, ALICE, CAROL, "invite", **_exchanged()) is ALLOWED


@pytest.mark.parametrize(
    ("sender", "content", "refused_by"),
    [
        (ALICE, {"third_party_invite": {}}, "4.4.1.2"),
        (ALICE, {"third_party_invite": "x"}, "4.4.1.2"),
        (ALICE, {"third_party_invite": {"signed": {"mxid": CAROL}}}, "4.4.1.3"),
        (ALICE, {"third_party_invite": {"signed": {"token": "token"}}}, "4.4.1.3"),
        (ALICE, _exchanged(mxid=BOB), "4.4.1.4"),
        (ALICE, _exchanged(token="another"), "4.4.1.5"),
        (BOB, _exchanged(), "4.4.1.6"),
        (ALICE, _exchanged(signer=STRANGER), "4.4.1.8"),
        (ALICE, {"third_party_invite": {"signed": {"mxid": CAROL, "token": "token"}}}, "4.4.1.8"),
        (
            ALICE,
            {"third_party_invite": {"signed": {"mxid": CAROL, "token": "token", "signatures": {"a": {"b": 1}}}}},
            "4.4.1.8",
        ),
    ],
)
def test_false_invitations_by_mail(room: Room, sender: str, content: dict[str, Any], refused_by: str) -> None:
    room.member(BOB, "join")
    _invite_by_mail(room, public_key=IDENTITY_SERVER.verify_key_base64)
    assert _tried(room, sender, CAROL, "invite", **content) == room.rule(refused_by)


def test_who_is_banned_is_not_invited_by_mail_either(room: Room) -> None:
    _invite_by_mail(room, public_key=IDENTITY_SERVER.verify_key_base64)
    room.member(CAROL, "ban")
    assert _tried(room, ALICE, CAROL, "invite", **_exchanged()) == room.rule("4.4.1.1")


def test_a_flood_of_keys_and_signatures_ends(room: Room) -> None:
    keys = [{"public_key": STRANGER.verify_key_base64}] * 200
    _invite_by_mail(room, public_keys=[*keys, {"public_key": IDENTITY_SERVER.verify_key_base64}])
    assert _tried(room, ALICE, CAROL, "invite", **_exchanged()) == room.rule("4.4.1.8")


_PEOPLE = st.sampled_from([ALICE, BOB, CAROL, DAVE])
_MEMBERSHIPS = st.sampled_from(["join", "invite", "leave", "ban", "knock"])
_JOIN_RULES = st.sampled_from(["public", "invite", "knock", "restricted", "knock_restricted"])


@pytest.mark.parametrize("version", ROOM_VERSIONS)
@given(
    join_rule=_JOIN_RULES,
    levels=st.dictionaries(_PEOPLE, st.sampled_from([-1, 0, 49, 50, 100])),
    authoriser=st.none() | _PEOPLE,
    steps=st.lists(st.tuples(_PEOPLE, _MEMBERSHIPS), max_size=6),
)
@settings(max_examples=40)
def test_a_banned_user_never_gets_in(
    version: str,
    join_rule: str,
    levels: dict[str, int],
    authoriser: str | None,
    steps: list[tuple[str, str]],
) -> None:
    """Whatever others do short of lifting the ban, and whatever the banned user tries."""
    room = Room(version)
    room.join_rule(join_rule)
    room.power(users=levels)
    room.member(BOB, "join")
    room.member(CAROL, "ban")
    for sender, membership in steps:
        for target in (CAROL, sender):
            content = {"membership": membership}
            if authoriser is not None:
                content["join_authorised_via_users_server"] = authoriser
            event = room.event("m.room.member", sender, content, target)
            lifts_the_ban = target == CAROL and membership == "leave"
            if not lifts_the_ban and room.refused_rule(event) is None:
                room.put(event)
            assert room.state["m.room.member", CAROL].membership == "ban"


def _tried(room: Room, sender: str, target: str, membership: str, **content: Any) -> str | None:
    """The rule that refuses the change, if any."""
    event = room.event("m.room.member", sender, {"membership": membership, **content}, target)
    return room.refused_rule(event)
