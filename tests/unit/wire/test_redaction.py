"""# spec: room versions §Redactions"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.events import event_id
from roomkeeper.wire.redaction import redact
from roomkeeper.wire.room_versions import ROOM_VERSIONS, RoomVersion

from .json_values import VALUES

TOP_LEVEL = {
    "event_id",
    "type",
    "room_id",
    "sender",
    "state_key",
    "content",
    "hashes",
    "signatures",
    "depth",
    "prev_events",
    "auth_events",
    "origin_server_ts",
}
LEVELS = {"ban", "events", "events_default", "kick", "redact", "state_default", "users", "users_default"}

CONTENT_OF_10: dict[str, set[str]] = {
    "m.room.member": {"membership", "join_authorised_via_users_server"},
    "m.room.create": {"creator"},
    "m.room.join_rules": {"join_rule", "allow"},
    "m.room.power_levels": LEVELS,
    "m.room.history_visibility": {"history_visibility"},
    "m.room.redaction": set(),
    "m.room.message": set(),
    "m.room.aliases": set(),
}
CONTENT_OF_11 = {
    **CONTENT_OF_10,
    "m.room.create": {"creator", "anything"},
    "m.room.power_levels": LEVELS | {"invite"},
    "m.room.redaction": {"redacts"},
}
ALL_CONTENT = set().union(*CONTENT_OF_11.values()) | {"body", "aliases", "notifications"}


def test_top_level_keys(version: RoomVersion) -> None:
    also_kept = {"origin", "membership", "prev_state"} if version.identifier == "10" else set()
    pdu = dict.fromkeys(TOP_LEVEL | {"origin", "membership", "prev_state", "redacts", "unsigned", "age"}, 1)
    assert redact(pdu, version).keys() == TOP_LEVEL | also_kept


@pytest.mark.parametrize("event_type", CONTENT_OF_10)
def test_content_keys(version: RoomVersion, event_type: str) -> None:
    kept = (CONTENT_OF_10 if version.identifier == "10" else CONTENT_OF_11)[event_type]
    content = dict.fromkeys(kept if "anything" in kept else ALL_CONTENT, "value")
    assert redact({"type": event_type, "content": content}, version)["content"].keys() == kept


def test_the_signed_part_of_a_third_party_invite_stays_since_version_11(version: RoomVersion) -> None:
    invite = {"signed": {"token": "t"}, "display_name": "Bob"}
    pdu = {"type": "m.room.member", "content": {"membership": "invite", "third_party_invite": invite}}
    expected: dict[str, Any] = {"membership": "invite"}
    if version.identifier != "10":
        expected["third_party_invite"] = {"signed": {"token": "t"}}
    assert redact(pdu, version)["content"] == expected


_CONTENT = st.dictionaries(st.sampled_from(sorted({*ALL_CONTENT, "third_party_invite", "signed"})), VALUES, max_size=5)
_PDUS = st.fixed_dictionaries(
    {"type": st.sampled_from(sorted(CONTENT_OF_10)), "content": _CONTENT},
    optional=dict.fromkeys(("origin", "membership", "unsigned", "redacts", "extra", "depth"), VALUES),
)


@pytest.mark.parametrize("identifier", ROOM_VERSIONS)
@given(pdu=_PDUS)
@settings(max_examples=40)
def test_redaction_is_idempotent_and_keeps_the_event_id(identifier: str, pdu: dict[str, Any]) -> None:
    version = ROOM_VERSIONS[identifier]
    before = repr(pdu)
    redacted = redact(pdu, version)
    assert redact(redacted, version) == redacted
    assert event_id(redacted, version) == event_id(pdu, version)
    assert redacted.items() <= {**pdu, "content": redacted["content"]}.items()
    assert repr(pdu) == before
