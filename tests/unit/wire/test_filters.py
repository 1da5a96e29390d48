"""# spec: client-server §Filtering"""

from __future__ import annotations

from contextlib import suppress
from fnmatch import fnmatchcase
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from roomkeeper.wire.errors import ProtocolViolation
from roomkeeper.wire.filters import (
    NO_FILTER,
    EventFilter,
    Filter,
    Matcher,
    RoomEventFilter,
    matcher,
    parse_filter,
    parse_room_event_filter,
    select_fields,
    split_path,
)
from tests.time_limit import time_limit

from .json_values import VALUES

EXAMPLE = {
    "room": {
        "state": {"types": ["m.room.*"], "not_rooms": ["!726s6s6q:example.com"]},
        "timeline": {
            "limit": 10,
            "types": ["m.room.message"],
            "not_rooms": ["!726s6s6q:example.com"],
            "not_senders": ["@spam:example.com"],
        },
        "ephemeral": {"types": ["m.receipt", "m.typing"], "not_senders": ["@spam:example.com"]},
    },
    "presence": {"types": ["m.presence"], "not_senders": ["@alice:example.com"]},
    "event_format": "client",
    "event_fields": ["type", "content", "sender"],
    "org.example.unknown": True,
}


def test_a_whole_filter() -> None:
    parsed = parse_filter(EXAMPLE)
    assert parsed.event_fields == ("type", "content", "sender")
    assert parsed.room.timeline.limit == 10
    assert parsed.presence.types == ("m.presence",)
    assert parsed.room.account_data == RoomEventFilter()
    timeline = Matcher(parsed.room.timeline)
    assert timeline.matches("m.room.message", "@a:b", "!a:b")
    assert not timeline.matches("m.room.topic", "@a:b", "!a:b")
    assert not timeline.matches("m.room.message", "@spam:example.com", "!a:b")
    assert not timeline.matches("m.room.message", "@a:b", "!726s6s6q:example.com")


def test_an_absent_filter_costs_nothing() -> None:
    assert parse_filter({}) == NO_FILTER
    parts = (NO_FILTER.presence, NO_FILTER.account_data, NO_FILTER.room.timeline, NO_FILTER.room.state)
    assert [matcher(part) for part in parts] == [None] * 4
    assert matcher(RoomEventFilter(limit=5, lazy_load_members=True, not_types=(), not_rooms=())) is None
    assert matcher(RoomEventFilter(contains_url=False)) is not None
    assert matcher(EventFilter(types=())) is not None


@pytest.mark.parametrize(
    ("part", "matching", "other"),
    [
        ({"types": ["m.room.*"]}, ("m.room.name", "@a:b", "!r:b", False), ("m.reaction", "@a:b", "!r:b", False)),
        ({"types": []}, None, ("m.x", "@a:b", "!r:b", False)),
        ({"not_types": ["*.secret"]}, ("a.open", "@a:b", "!r:b", False), ("a.secret", "@a:b", "!r:b", False)),
        ({"types": ["m.*"], "not_types": ["m.x"]}, ("m.y", "@a:b", "!r:b", False), ("m.x", "@a:b", "!r:b", False)),
        ({"senders": ["@a:b"]}, ("m.x", "@a:b", "!r:b", False), ("m.x", "@c:b", "!r:b", False)),
        ({"senders": ["@a:b"], "not_senders": ["@a:b"]}, None, ("m.x", "@a:b", "!r:b", False)),
        ({"rooms": ["!r:b"]}, ("m.x", "@a:b", "!r:b", False), ("m.x", "@a:b", "!s:b", False)),
        ({"rooms": ["!r:b"], "not_rooms": ["!r:b"]}, None, ("m.x", "@a:b", "!r:b", False)),
        ({"contains_url": True}, ("m.x", "@a:b", "!r:b", True), ("m.x", "@a:b", "!r:b", False)),
        ({"contains_url": False}, ("m.x", "@a:b", "!r:b", False), ("m.x", "@a:b", "!r:b", True)),
    ],
)
def test_each_condition(
    part: dict[str, Any], matching: tuple[str, str, str, bool] | None, other: tuple[str, str, str, bool]
) -> None:
    prepared = matcher(parse_room_event_filter(part))
    assert prepared is not None
    assert not prepared.matches(*other)
    assert matching is None or prepared.matches(*matching)


def test_rooms_are_chosen_for_the_whole_filter() -> None:
    rooms = parse_filter({"room": {"rooms": ["!a:b", "!c:b"], "not_rooms": ["!c:b"]}}).room
    assert [rooms.includes_room(room_id) for room_id in ("!a:b", "!c:b", "!d:b")] == [True, False, False]
    assert NO_FILTER.room.includes_room("!any:b")


_LETTERS = st.text("ab*", max_size=8)


@given(_LETTERS, st.text("ab", max_size=8))
@settings(max_examples=150)
def test_wildcards_match_as_globs_do(pattern: str, event_type: str) -> None:
    assert Matcher(EventFilter(types=(pattern,))).matches_type(event_type) == fnmatchcase(event_type, pattern)


def test_only_the_star_is_special() -> None:
    types = Matcher(EventFilter(types=("m.?", "[ab]*")))
    assert types.matches_type("m.?")
    assert types.matches_type("[ab]c")
    assert not types.matches_type("m.x")
    assert not types.matches_type("ab")


def test_a_hostile_wildcard_takes_no_time() -> None:
    hostile = Matcher(EventFilter(types=("*a" * 120 + "b",)))
    with time_limit():  # With backtracking it would never end.
        assert not hostile.matches_type("a" * 255)


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        "filter",
        {"room": []},
        {"room": {"timeline": {"limit": -1}}},
        {"room": {"timeline": {"limit": "10"}}},
        {"room": {"timeline": {"types": "m.room.message"}}},
        {"room": {"timeline": {"types": [1]}}},
        {"room": {"timeline": {"senders": ["alice"]}}},
        {"room": {"state": {"rooms": ["#alias:example.org"]}}},
        {"room": {"include_leave": "yes"}},
        {"event_format": "xml"},
        {"event_fields": "type"},
        {"presence": {"types": ["m"] * 1001}},
        {"event_fields": ["x" * 1025]},
    ],
)
def test_filters_that_are_refused(value: Any) -> None:
    with pytest.raises(ProtocolViolation, match="filter is not valid"):
        parse_filter(value)


def test_a_limit_of_none_at_all_is_let_through() -> None:
    assert parse_room_event_filter({"limit": 0}).limit == 0


def test_the_hint_says_where() -> None:
    with pytest.raises(ProtocolViolation, match=r"\$\.room\.timeline\.limit"):
        parse_filter({"room": {"timeline": {"limit": "ten"}}})


@given(st.dictionaries(st.sampled_from(["room", "presence", "event_fields", "event_format"]), VALUES))
@settings(max_examples=60)
def test_any_json_is_a_filter_or_refused(value: object) -> None:
    with suppress(ProtocolViolation):
        assert isinstance(parse_filter(value), Filter)


EVENT: dict[str, Any] = {
    "type": "m.room.message",
    "content": {"body": "hi", "m.relates_to": {"event_id": "$a"}, "a\\b": 1, "deep": {"x": 1, "y": 2}},
    "sender": "@a:b",
}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([], {}),
        (["type", "missing", "content.missing", "type.deeper"], {"type": "m.room.message"}),
        (["content.body"], {"content": {"body": "hi"}}),
        ([r"content.m\.relates_to"], {"content": {"m.relates_to": {"event_id": "$a"}}}),
        ([r"content.m\.relates_to.event_id"], {"content": {"m.relates_to": {"event_id": "$a"}}}),
        ([r"content.a\\b", r"content.a\b"], {"content": {"a\\b": 1}}),
        (["content.deep.x", "content.deep.y"], {"content": {"deep": {"x": 1, "y": 2}}}),
        (["content", "content.body"], {"content": EVENT["content"]}),
        (["content.body", "content"], {"content": EVENT["content"]}),
    ],
)
def test_selected_fields(fields: list[str], expected: dict[str, Any]) -> None:
    before = repr(EVENT)
    assert select_fields(EVENT, fields) == expected
    assert repr(EVENT) == before


@given(st.lists(st.text(".\\ab", max_size=4), min_size=1, max_size=4))
@settings(max_examples=100)
def test_any_names_survive_escaping(names: list[str]) -> None:
    path = ".".join(name.replace("\\", "\\\\").replace(".", "\\.") for name in names)
    assert split_path(path) == tuple(names)
