"""The order of a space's rooms, and walks through it."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.rooms import Room
from roomkeeper.core.spaces.rules import children, is_child, valid_order
from roomkeeper.core.spaces.walks import KEPT_SECONDS, Walk, Walks
from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import InvalidParameter
from roomkeeper.wire.events import Event
from roomkeeper.wire.room_versions import ROOM_VERSIONS


def child(room_id: str, timestamp: int, **content: Any) -> Event:
    """An ``m.space.child`` event."""
    return Event(
        event_id=f"${room_id}", room_id="!space:example.org", type="m.space.child", sender="@ann:example.org",
        state_key=room_id, content={"via": ["example.org"], **content}, origin_server_ts=timestamp, depth=1,
        prev_events=[], auth_events=[], redacts=None, pdu={},
    )  # fmt: skip


def test_the_example_of_the_specification() -> None:
    space = Room("!space:example.org", ROOM_VERSIONS["12"])
    create = child("", 0)
    space.state["m.room.create", ""] = Event(
        **{name: getattr(create, name) for name in create.__struct_fields__} | {"content": {"type": "m.space"}}
    )
    for event in (
        child("!b:example.org", 1640341000000, order=" "),
        child("!a:example.org", 1640141000000, order="aaaa"),
        child("!c:example.org", 1640841000000, order="first"),
        child("!e:example.org", 1640641000000),
        child("!d:example.org", 1640741000000),
    ):
        space.state[event.type, event.state_key or ""] = event
    found = [event.state_key for event in children(space, suggested_only=False)]
    assert found == ["!b:example.org", "!a:example.org", "!c:example.org", "!e:example.org", "!d:example.org"]
    assert children(space, suggested_only=True) == []


@pytest.mark.parametrize("order", [None, 5, "", "x" * 51, "é", "a\n", "\x7f"])
def test_an_order_that_is_none(order: Any) -> None:
    assert valid_order({"order": order}) is None


def test_children_need_a_way_in() -> None:
    assert is_child(child("!a:example.org", 1))
    assert not is_child(child("!a:example.org", 1, via=None))
    assert not is_child(child("!a:example.org", 1, via=["x", 1]))
    assert not is_child(child("no room", 1))


class Hand(Clock):
    """A clock that is turned by hand."""

    now = 0.0

    def monotonic(self) -> float:
        return self.now


def test_tokens_expire() -> None:
    clock = Hand()
    walks = Walks(clock)
    token = walks.keep(Walk("@ann:example.org", "!space", False, 1, (), frozenset()))
    clock.now = KEPT_SECONDS - 1
    assert walks.find(token, "@ann:example.org", "!space").max_depth == 1
    clock.now = KEPT_SECONDS + 1
    with pytest.raises(InvalidParameter):
        walks.find(token, "@ann:example.org", "!space")
