"""From events to attempts and their first deviation."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.capabilities.repair.flows.aggregating import attempts_of
from roomkeeper.capabilities.repair.flows.checking import checked, findings
from roomkeeper.capabilities.repair.models import LOST, Kind, TrackedEvent
from roomkeeper.capabilities.repair.plan.files import shipped
from roomkeeper.capabilities.repair.plan.schemas import Schema

NOW = 1_700_000_000_000
STUCK = shipped()["message_stuck"]
TOLD: dict[str, Any] = {"txn_id": "t1", "room_id": "!r:x"}
GOOD = (
    ("message_sending", 0, TOLD),
    ("message_received", 40, {**TOLD, "device_id": "D"}),
    ("message_accepted", 60, {**TOLD, "event_id": "$e"}),
    ("message_sent", 90, {**TOLD, "event_id": "$e"}),
)


def event(number: int, name: str, after_ms: int, properties: dict[str, Any], **more: Any) -> TrackedEvent:
    """An event of the kind, so many milliseconds after the beginning."""
    point = STUCK.point(name)
    values: dict[str, Any] = {
        "number": number,
        "user_id": "@a:x",
        "name": name,
        "side": "client" if point is None else point.side,
        "ts": NOW + after_ms,
        "received_ts": NOW + after_ms,
        "skew_ms": 0,
        "correlation_id": "",
        "source": "device",
        "properties": properties,
    }
    return TrackedEvent(**{**values, **more})


def events(*told: tuple[str, int, dict[str, Any]]) -> list[TrackedEvent]:
    """Events, in the order in which they are told."""
    return [event(number, *each) for number, each in enumerate(told)]


def only(found: list[TrackedEvent], now: int = NOW + 1000, kind: Kind = STUCK, **more: Any) -> Any:
    """The one attempt that they are, with drift as flows find it."""
    schemas = {point.name: Schema(point.schema) for point in kind.points}
    (attempt,) = attempts_of(kind, checked(found, schemas), now, **more)
    return attempt


def codes(found: list[TrackedEvent], **more: Any) -> list[tuple[str, str]]:
    """What is found of events: codes and points."""
    attempts = attempts_of(STUCK, found, NOW + 1000)
    told = findings(STUCK, found, attempts, 300_000, 500, **{"with_client": True, **more})
    return [(each.code, each.point) for each in told]


def test_a_flow_as_planned_has_steps_with_durations_and_no_deviation() -> None:
    attempt = only(events(*GOOD))
    assert attempt.deviation is None
    assert [(step.point, step.duration_ms) for step in attempt.steps] == [
        ("message_sending", 0),
        ("message_received", 40),
        ("message_accepted", 20),
        ("message_sent", 30),
    ]
    assert codes(events(*GOOD)) == []


def test_what_comes_in_any_order_is_put_into_that_of_time() -> None:
    assert only(events(*reversed(GOOD))).deviation is None


@pytest.mark.parametrize(
    ("told", "code", "point", "after"),
    [
        (GOOD[:2] + GOOD[3:], "missing", "message_accepted", 1),
        (GOOD[:3], "missing", "message_sent", 2),
        (GOOD[1:], "missing", "message_sending", None),
        ((*GOOD[:2], ("message_refused", 60, {**TOLD, "errcode": "M_FORBIDDEN"})), "failed", "message_refused", 1),
        ((*GOOD[:3], ("message_sent", 90, {**TOLD, "event_id": "$f"})), "mismatch", "message_accepted", 3),
        ((*GOOD[:3], ("message_sent", 45_000, {**TOLD, "event_id": "$e"})), "late", "message_sent", 2),
        ((*GOOD[:3], ("message_sent", 90, {**TOLD, "event_id": 7})), "mismatch", "message_accepted", 3),
        (
            (GOOD[0], ("message_received", 40, {**TOLD, "device_id": "D", "more": 1}), *GOOD[2:]),
            "schema",
            "message_received",
            1,
        ),
    ],
)
def test_the_first_deviation(told: Any, code: str, point: str, after: int | None) -> None:
    deviation = only(events(*told), NOW + 120_000).deviation
    assert (deviation.code, deviation.point, deviation.after) == (code, point, after)


def test_the_first_of_several_deviations_is_the_plans_first() -> None:
    told = (GOOD[0], ("message_refused", 60, {**TOLD, "errcode": "M_FORBIDDEN"}))
    assert only(events(*told)).deviation.point == "message_refused"


def test_a_step_that_may_still_come_is_not_missing_yet() -> None:
    assert only(events(*GOOD[:2]), NOW + 10_000).deviation is None
    assert only(events(*GOOD[:2]), NOW + 40_000).deviation.point == "message_accepted"


def test_an_order_that_cannot_be_is_found_and_clocks_may_differ_a_little() -> None:
    little = (GOOD[0], *GOOD[2:], ("message_received", 1500, {**TOLD, "device_id": "D"}))
    assert only(events(*little)).deviation.code == "out_of_order", "both are the server's own"
    sent = ("message_sent", -500, {**TOLD, "event_id": "$e"})
    assert only(events(("message_sending", -600, TOLD), sent, *GOOD[1:3])).deviation is None
    early = ("message_sent", -5000, {**TOLD, "event_id": "$e"})
    found = events(("message_sending", -6000, TOLD), early, *GOOD[1:3])
    assert only(found).deviation.code == "out_of_order"
    assert ("order", "message_received") in codes(found)


def test_without_a_clients_log_the_server_is_judged_alone() -> None:
    assert only(events(*GOOD[1:3]), NOW + 120_000, with_client=False).deviation is None
    assert ("side_missing", "") in codes(events(*GOOD[1:3]), with_client=False)
    assert only(events(GOOD[0]), NOW + 120_000).deviation.point == "message_accepted"


def test_attempts_are_told_apart_by_the_correlation_key_the_newest_first() -> None:
    other = tuple((name, after + 5000, {**told, "txn_id": "t2"}) for name, after, told in GOOD[:3])
    found = attempts_of(STUCK, events(*GOOD, *other), NOW + 120_000)
    assert [(each.correlation_id, each.deviation is None) for each in found] == [("t2", False), ("t1", True)]


def test_findings() -> None:
    found = events(*GOOD, GOOD[1], ("message_sent", 90, TOLD))
    assert ("duplicate", "message_received") in codes(found)
    assert ("gap", "message_accepted") in codes(events(*GOOD[:2], GOOD[3]))
    late = event(9, "message_sending", 0, TOLD, received_ts=NOW + 7_200_000)
    wrong = event(10, "message_sending", 0, TOLD, skew_ms=-86_400_000)
    drifted = event(11, "message_sending", 0, TOLD, drift=("room_id: type",))
    lost = event(12, LOST, 0, {"count": 7})
    assert codes([late])[0] == ("late_arrival", "message_sending")
    assert codes([wrong])[0] == ("clock_skew", "message_sending")
    assert codes([drifted])[0] == ("schema", "message_sending")
    assert ("lost", LOST) in codes([lost])


def test_the_shipped_plans_have_nothing_wrong_and_speak_both_languages() -> None:
    from roomkeeper.capabilities.repair.plan.lint import lint

    assert sorted(shipped()) == ["handover_missing", "media_refused", "message_stuck", "room_missing", "signed_out"]
    for kind in shipped().values():
        assert lint(kind, shipped().values()) == []
        assert {point.side for point in kind.points} == {"client", "server"}
