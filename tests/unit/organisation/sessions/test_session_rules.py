"""Who gets a session, whom a rule concerns, what m.direct becomes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from roomkeeper.core.organisation.sessions import rules
from roomkeeper.core.organisation.sessions.models import Candidate, Queue, RoutingRule, Session, Target, Wish
from roomkeeper.core.rooms import RoomRequest

DESK, OTHER, CUSTOMER = "@desk:example.org", "@other:example.org", "@customer:example.org"


def candidate(name: str, held: int = 0, limit: int | None = None, language: str = "", has: bool = False) -> Candidate:
    return Candidate(name, language, limit, held, has)


def session(room_id: str = "!a", staff_id: str | None = DESK) -> Session:
    return Session(room_id=room_id, customer_id=CUSTOMER, staff_id=staff_id, state="open", created_ts=0, updated_ts=0)


@pytest.mark.parametrize(
    ("queue", "language", "expected"),
    [
        (Queue("least_loaded"), "", "b"),
        (Queue("round_robin", ""), "", "a"),
        (Queue("round_robin", "a"), "", "b"),
        (Queue("round_robin", "b"), "", "d"),
        (Queue("round_robin", "d"), "", "a"),
        (Queue("round_robin", "gone"), "", "a"),
        (Queue("language"), "de-AT", "d"),
        (Queue("language"), "fr", "b"),
        (Queue("language"), "", "b"),
    ],
)
def test_choosing(queue: Queue, language: str, expected: str) -> None:
    people = [
        candidate("d", 2, language="de"),
        candidate("c", 3, limit=3, language="de"),
        candidate("b", 0, limit=1, language="en"),
        candidate("a", 1),
        candidate("e", has=True),
    ]
    chosen = rules.choose(queue, people, language)
    assert chosen is not None
    assert chosen.user_id == expected


def test_nobody_has_a_place() -> None:
    assert rules.choose(Queue(), [candidate("a", 1, limit=1), candidate("b", has=True)], "") is None


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        (RoutingRule(), True),
        (RoutingRule(languages=("de", "fr")), True),
        (RoutingRule(languages=("de-CH",)), True),
        (RoutingRule(languages=("de-AT",)), False),
        (RoutingRule(languages=("d",)), False),
        (RoutingRule(customer="@CUST*:example.org"), True),
        (RoutingRule(customer="@customer"), False),
        (RoutingRule(words=("chair",)), True),
        (RoutingRule(words=("table", "CHAIR")), True),
        (RoutingRule(words=("table",)), False),
        (RoutingRule(words=("chair",), languages=("en",)), False),
    ],
)
def test_rules_that_apply(rule: RoutingRule, applies: bool) -> None:
    assert rules.matches(rule, CUSTOMER, Wish(language="de-CH", topic="A broken Chair")) is applies


def test_the_targets_of_rules() -> None:
    given_rules = [
        RoutingRule(staff_id=DESK),
        RoutingRule(words=("x",), department_id="y"),
        RoutingRule(department_id="z"),
    ]
    assert rules.targets(given_rules, CUSTOMER, Wish()) == [Target(DESK), Target(None, "z")]


@pytest.mark.parametrize(
    ("more", "other"),
    [
        ({"invite": [DESK]}, DESK),
        ({"invite": [DESK, DESK]}, DESK),
        ({"invite": [DESK], "preset": "trusted_private_chat", "is_direct": True}, DESK),
        ({"invite": []}, None),
        ({"invite": [DESK, OTHER], "is_direct": True}, None),
        ({"invite": [CUSTOMER]}, None),
        ({"invite": [DESK], "preset": "public_chat"}, None),
        ({"invite": [DESK], "is_public": True}, None),
        ({"invite": [DESK], "alias_localpart": "x"}, None),
        ({"invite": [DESK], "creation_content": {"type": "m.space"}}, None),
    ],
)
def test_what_is_a_direct_chat(more: dict[str, Any], other: str | None) -> None:
    request = RoomRequest(**{"version": "12", "preset": "private_chat", **more})
    assert rules.other_of_direct_chat(CUSTOMER, request) == other


def test_m_direct_names_a_session_beside_the_other_alone() -> None:
    content = {DESK: ["!old"], OTHER: ["!a", "!b", 5], "x": "y", "empty": []}
    assert rules.amended(content, CUSTOMER, [session()]) == {
        DESK: ["!a", "!old"],
        OTHER: ["!b", 5],
        "x": "y",
        "empty": [],
    }
    assert rules.amended({CUSTOMER: ["!a"]}, DESK, [session()]) == {CUSTOMER: ["!a"]}
    assert rules.amended({CUSTOMER: ["!a"]}, OTHER, [session()]) == {}
    assert rules.amended({DESK: ["!a"]}, CUSTOMER, [session(staff_id=None)]) == {}


def test_m_direct_stays_storable() -> None:
    many = [session(f"!{number:043}", f"@desk{number}:example.org") for number in range(3_000)]
    after = rules.amended({}, CUSTOMER, many)
    assert len(json.dumps(after)) < 65_536
    assert next(iter(after)) == "@desk0:example.org"
    assert len(after) > 500


listed: st.SearchStrategy[Any] = st.lists(st.sampled_from(["!a", "!b", "", 5, None, {}]), max_size=4)
values = listed | st.sampled_from([None, 5, "!a", {"!a": 1}])


@given(st.dictionaries(st.sampled_from([DESK, OTHER, "x"]), values, max_size=3))
def test_amending_twice_is_amending_once(content: dict[str, Any]) -> None:
    once = rules.amended(content, CUSTOMER, [session()])
    assert rules.amended(once, CUSTOMER, [session()]) == once
    assert "!a" in once[DESK]


def test_codes() -> None:
    code = rules.new_code()
    assert len(code) == rules.CODE_LENGTH
    assert rules.plain_code(f"{code[:3].lower()}-{code[3:]} ") == code
