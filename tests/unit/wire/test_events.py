"""# spec: server-server §PDUs, §Signing Events; client-server §Size limits"""

from __future__ import annotations

import base64
import hashlib
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.canonical_json import canonical
from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.events import (
    MAX_PDU_BYTES,
    Event,
    client_event,
    content_hash,
    content_hash_matches,
    event_id,
    from_pdu,
    load,
)
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion
from roomkeeper.wire.signing import verify_event

from .json_values import OBJECTS, VALUES
from .rooms import ALICE, SIGNER, Room

TARGET = "$" + "t" * 43


def test_a_built_event_is_hashed_signed_and_read_back(room: Room) -> None:
    event = room.event("m.room.message", ALICE, {"msgtype": "m.text", "body": "Grüße"})
    assert content_hash_matches(event.pdu)
    verify_event(event.pdu, room.version, SIGNER.server_name, SIGNER.key_id, SIGNER.verify_key)
    assert event.event_id == event_id(event.pdu, room.version)
    assert from_pdu(event.pdu, room.version) == event
    assert load(event.pdu, room.version, event.event_id) == event
    assert len({event, load(event.pdu, room.version)}) == 1


def test_the_event_id_is_what_the_specification_computes() -> None:
    """The redacted event, written out, in the specified hash and alphabet."""
    event = Room("11").event("m.room.message", ALICE, {"body": "x"}, prev_events=[], depth=7)
    essential = (
        '{"auth_events":[],"content":{},"depth":7,"hashes":{"sha256":"'
        + content_hash(event.pdu)
        + '"},"origin_server_ts":1700000000000,"prev_events":[],"room_id":"!room:example.org",'
        '"sender":"@alice:example.org","type":"m.room.message"}'
    )
    digest = base64.urlsafe_b64encode(hashlib.sha256(essential.encode()).digest()).decode().rstrip("=")
    assert event.event_id == f"${digest}"


@given(content=OBJECTS, unsigned=OBJECTS)
@settings(max_examples=40)
def test_unsigned_data_and_signatures_change_no_hash(content: dict[str, Any], unsigned: dict[str, Any]) -> None:
    room = Room("12")
    event = room.event("org.example.note", ALICE, content)
    changed = {**event.pdu, "unsigned": unsigned, "signatures": {"other": {"ed25519:1": "x"}}}
    assert event_id(changed, room.version) == event.event_id
    assert content_hash_matches(changed)
    tampered = {**event.pdu, "content": {**content, "added": 1}}
    assert not content_hash_matches(tampered)
    assert event_id(tampered, room.version) == event.event_id


def test_essential_fields_change_the_event_id(room: Room) -> None:
    event = room.event("m.room.topic", ALICE, {"topic": "x"}, "")
    for key in ("type", "sender", "state_key", "depth", "prev_events", "origin_server_ts", "hashes"):
        assert event_id({**event.pdu, key: "changed"}, room.version) != event.event_id


def test_a_room_id_is_the_create_events_hash_from_version_12(room: Room) -> None:
    if room.version.identifier == "12":
        assert "room_id" not in room.create.pdu
        assert room.create.room_id == "!" + room.create.event_id[1:]
        assert from_pdu(room.create.pdu, room.version).room_id == room.room_id
    else:
        assert room.create.room_id == "!room:example.org"


def test_a_redacted_event_can_be_read(room: Room) -> None:
    event = room.event("m.room.message", ALICE, {"body": "x"})
    redacted = from_pdu(redact(event.pdu, room.version), room.version)
    assert (redacted.event_id, redacted.content) == (event.event_id, {})


def test_a_redaction_names_its_target_where_the_version_wants_it(room: Room) -> None:
    event = room.event("m.room.redaction", ALICE, {"reason": "spam"}, redacts=TARGET)
    assert event.redacts == TARGET
    in_content = room.version.identifier != "10"
    assert (event.content.get("redacts"), event.pdu.get("redacts")) == (
        (TARGET, None) if in_content else (None, TARGET)
    )


def test_clients_find_the_target_of_a_redaction_in_both_places(room: Room) -> None:
    event = room.event("m.room.redaction", ALICE, {"reason": "spam"}, redacts=TARGET)
    client = client_event(event)
    assert client["redacts"] == TARGET
    assert client["content"] == {"reason": "spam", "redacts": TARGET}
    assert from_pdu(event.pdu, room.version) == event, "serving a client must not change the event"


def test_what_clients_get(room: Room) -> None:
    event = room.event("m.room.topic", ALICE, {"topic": "Tea"}, "")
    client = {
        "type": "m.room.topic",
        "sender": ALICE,
        "state_key": "",
        "content": {"topic": "Tea"},
        "origin_server_ts": 1_700_000_000_000,
        "event_id": event.event_id,
    }
    assert client_event(event) == {**client, "room_id": room.room_id}
    assert client_event(event, include_room_id=False) == client
    message = room.event("m.room.message", ALICE, {})
    assert "state_key" not in client_event(message)
    assert (event.is_state, message.is_state) == (True, False)


def test_the_largest_event(room: Room) -> None:
    empty = len(canonical(room.event("m.room.message", ALICE, {"body": ""}).pdu))
    largest = MAX_PDU_BYTES - empty
    assert len(canonical(room.event("m.room.message", ALICE, {"body": "x" * largest}).pdu)) == 65_536
    for body in ("x" * (largest + 1), "é" * (largest // 2 + 1)):
        with pytest.raises(ProtocolViolation) as raised:
            room.event("m.room.message", ALICE, {"body": body})
        assert raised.value.errcode == "M_TOO_LARGE"


def test_the_longest_keys(room: Room) -> None:
    room.event("t" * 255, ALICE, {}, "é" * 127)
    for event_type, state_key in (("t" * 256, None), ("é" * 128, None), ("t", "k" * 256), ("t", "é" * 128)):
        with pytest.raises(ProtocolViolation) as raised:
            room.event(event_type, ALICE, {}, state_key)
        assert raised.value.errcode == "M_TOO_LARGE"


@pytest.mark.parametrize("content", [{"level": 1.5}, {"n": 2**53}, {"text": "\ud800"}])
def test_content_that_has_no_canonical_json(room: Room, content: dict[str, Any]) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        room.event("m.room.message", ALICE, content)
    assert raised.value.errcode == "M_BAD_JSON"


def test_a_type_of_half_a_character(room: Room) -> None:
    with pytest.raises(ProtocolViolation):
        room.event("m.\ud800", ALICE, {})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("type", 1),
        ("sender", None),
        ("sender", "alice"),
        ("room_id", "room"),
        ("room_id", 5),
        ("content", []),
        ("state_key", None),
        ("origin_server_ts", "now"),
        ("origin_server_ts", 1.0),
        ("origin_server_ts", True),
        ("depth", -1),
        ("depth", 2**53),
        ("prev_events", "$a"),
        ("prev_events", [["$a", {}]]),
        ("prev_events", ["$a"] * 21),
        ("auth_events", ["$a"] * 11),
        ("hashes", {}),
        ("hashes", {"sha256": 1}),
        ("signatures", {"example.org": "x"}),
        ("unsigned", []),
    ],
)
def test_events_of_the_wrong_shape(room: Room, key: str, value: Any) -> None:
    pdu = room.event("m.room.topic", ALICE, {"topic": "x"}, "").pdu
    with pytest.raises(ProtocolViolation):
        from_pdu({**pdu, key: value}, room.version)


def test_the_limits_themselves_are_allowed(room: Room) -> None:
    pdu = room.event("m.room.message", ALICE, {}).pdu
    limits = {"depth": 0, "prev_events": ["$a"] * 20, "auth_events": ["$a"] * 10}
    assert from_pdu({**pdu, **limits}, room.version).depth == 0


def test_fields_that_no_event_may_lack(room: Room) -> None:
    pdu = room.event("m.room.message", ALICE, {"body": "x"}).pdu
    for key in pdu:
        with pytest.raises(ProtocolViolation):
            from_pdu({name: value for name, value in pdu.items() if name != key}, room.version)


def test_only_a_create_event_of_version_12_may_lack_a_room_id(version: RoomVersion) -> None:
    room = Room(version.identifier)
    pdu = {key: value for key, value in room.create.pdu.items() if key != "room_id"}
    if version.room_id_is_create_hash:
        assert from_pdu(pdu, version) == room.create
    else:
        with pytest.raises(ProtocolViolation, match="room_id"):
            from_pdu(pdu, version)


_WELL_FORMED = Room("11").event("m.room.redaction", ALICE, {"reason": "x"}, redacts=TARGET).pdu


@given(
    changes=st.dictionaries(st.sampled_from(sorted(_WELL_FORMED)) | st.just("redacts"), VALUES, max_size=3),
    identifier=st.sampled_from(list(ROOM_VERSIONS)),
)
@settings(max_examples=80)
def test_any_object_is_an_event_or_refused(changes: dict[str, Any], identifier: str) -> None:
    with suppress(ProtocolViolation):
        assert isinstance(from_pdu({**_WELL_FORMED, **changes}, ROOM_VERSIONS[identifier]), Event)
