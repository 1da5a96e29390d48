"""The gate before ``m.room.encryption``, and the rules that others put into it."""

from __future__ import annotations

from typing import Any

from roomkeeper.core.keys import EncryptionPolicy, KeySettings
from roomkeeper.core.rooms import Draft, Room, SendAttempt
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Deny
from roomkeeper.wire.room_versions import ROOM_VERSIONS

ROOM = Room("!room:example.org", ROOM_VERSIONS["12"])


def attempt(event_type: str, content: dict[str, Any] | None = None, state_key: str | None = "") -> SendAttempt:
    return SendAttempt(
        ROOM, Draft(type=event_type, sender="@desk:example.org", content=content or {}, state_key=state_key)
    )


def test_another_rule_may_object_with_its_own_words() -> None:
    policy = EncryptionPolicy(KeySettings())
    assert policy.gate(attempt("m.room.encryption")) is None
    policy.rules.add("sessions", lambda room, kind: f"{room.room_id} is {kind}, and a session with a customer.")
    verdict = policy.gate(attempt("m.room.encryption"))
    assert isinstance(verdict, Deny)
    assert isinstance(verdict.error, Forbidden)
    assert str(verdict.error) == "!room:example.org is private, and a session with a customer."


def test_other_events_are_not_asked_about() -> None:
    policy = EncryptionPolicy(KeySettings(allowed_encryption=()))
    assert isinstance(policy.gate(attempt("m.room.encryption")), Deny)
    for other in (
        attempt("m.room.message", state_key=None),
        attempt("m.room.encryption", state_key=None),
        attempt("m.room.encryption", state_key="x"),
        attempt("m.room.join_rules", {"join_rule": "public"}),
    ):
        assert policy.gate(other) is None
