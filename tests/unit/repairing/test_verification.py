"""Both logs compared: only what came after the operation, joined by correlation, of what the report is about."""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest

from roomkeeper.capabilities.repair.models import Side, TrackedEvent
from roomkeeper.capabilities.repair.plan.files import shipped
from roomkeeper.capabilities.repair.verification import pairs_of, verify

END = 1_000_000
KIND = shipped()["message_stuck"]
_numbers = count(1)


def event(side: Side, name: str, ts: int = END + 10, **properties: Any) -> TrackedEvent:
    """Something that was logged."""
    told = {"txn_id": "t", "room_id": "!r", **properties}
    return TrackedEvent(
        number=next(_numbers),
        user_id="@a:b",
        name=name,
        side=side,
        ts=ts,
        received_ts=ts,
        skew_ms=0,
        correlation_id="",
        source="server" if side == "server" else "device",
        properties=told,
    )


def test_both_sides_agree() -> None:
    logs = [event("client", "message_sent", event_id="$1"), event("server", "message_accepted", event_id="$1")]
    found = verify(KIND, logs, END, {"room_id": "!r"})
    assert (found.outcome, found.fields, found.missing) == ("success", (), ())


def test_both_sides_differ() -> None:
    logs = [event("client", "message_sent", event_id="$1"), event("server", "message_accepted", event_id="$2")]
    found = verify(KIND, logs, END, {})
    assert (found.outcome, found.fields) == ("failed", ("event_id",))


@pytest.mark.parametrize("side", ["client", "server"])
def test_one_side_is_silent(side: Side) -> None:
    names = {"client": "message_sent", "server": "message_accepted"}
    found = verify(KIND, [event(side, names[side], event_id="$1")], END, {})
    assert found.outcome == "unverified"
    assert found.missing == tuple(other for other in ("client", "server") if other != side)


def test_what_came_before_the_end_does_not_count() -> None:
    logs = [
        event("client", "message_sent", END, event_id="$1"),
        event("server", "message_accepted", END, event_id="$1"),
    ]
    assert verify(KIND, logs, END, {}).outcome == "unverified"


def test_another_room_does_not_count() -> None:
    logs = [
        event("client", "message_sent", room_id="!other", event_id="$1"),
        event("server", "message_accepted", room_id="!other", event_id="$1"),
    ]
    assert verify(KIND, logs, END, {"room_id": "!r"}).outcome == "unverified"


def test_two_attempts_are_not_joined() -> None:
    logs = [
        event("client", "message_sent", txn_id="one", event_id="$1"),
        event("server", "message_accepted", txn_id="two", event_id="$1"),
    ]
    assert verify(KIND, logs, END, {}).outcome == "unverified"


def test_a_failure_is_one_until_it_works() -> None:
    failed = event("client", "message_failed", END + 5)
    assert verify(KIND, [failed], END, {}).outcome == "failed"
    again = [event("client", "message_sent", event_id="$1"), event("server", "message_accepted", event_id="$1")]
    assert verify(KIND, [failed, *again], END, {}).outcome == "success"


@pytest.mark.parametrize("kind", sorted(shipped()))
def test_every_kind_can_be_verified(kind: str) -> None:
    assert pairs_of(shipped()[kind])
