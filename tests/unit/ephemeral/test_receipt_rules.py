"""Which receipts there can be, and the events that tell of them."""

from __future__ import annotations

import pytest

from roomkeeper.core.ephemeral.receipts.models import Mark, Receipt
from roomkeeper.core.ephemeral.receipts.rules import check_mark, newest, receipt_events, relation_of
from roomkeeper.platform.errors import InvalidParameter

ALICE, BOB = "@alice:example.org", "@bob:example.org"


def receipt(user_id: str, event_id: str, thread_id: str | None = None, kind: str = "m.read", ts: int = 1) -> Receipt:
    return Receipt(kind, event_id, thread_id, user_id, ts)


@pytest.mark.parametrize(
    "mark", [Mark("m.read", "$a"), Mark("m.read.private", "$a", "main"), Mark("m.read", "$a", "$b")]
)
def test_marks(mark: Mark) -> None:
    check_mark(mark)


@pytest.mark.parametrize(
    "mark",
    [
        Mark("m.unread", "$a"),
        Mark("m.read", "a"),
        Mark("m.read", ""),
        Mark("m.read", "$a\ud800"),
        Mark("m.read", "$a", ""),
        Mark("m.read", "$a", "thread"),
        Mark("m.fully_read", "$a", "main"),
    ],
)
def test_no_marks(mark: Mark) -> None:
    with pytest.raises(InvalidParameter):
        check_mark(mark)


def test_the_newest_of_each_user_type_and_thread_counts() -> None:
    old, new = receipt(ALICE, "$1"), receipt(ALICE, "$2")
    others = [receipt(BOB, "$1"), receipt(ALICE, "$1", "main"), receipt(ALICE, "$1", kind="m.read.private")]
    assert newest([old, *others, new]) == [new, *others]


def test_receipts_of_a_room_become_one_event() -> None:
    assert receipt_events([receipt(ALICE, "$1"), receipt(BOB, "$1"), receipt(ALICE, "$2", ts=2)]) == [
        {"type": "m.receipt", "content": {"$2": {"m.read": {ALICE: {"ts": 2}}}, "$1": {"m.read": {BOB: {"ts": 1}}}}}
    ]


def test_threads_have_events_of_their_own() -> None:
    events = receipt_events([receipt(ALICE, "$1"), receipt(ALICE, "$1", "main")])
    assert [event["content"]["$1"]["m.read"][ALICE] for event in events] == [{"ts": 1}, {"ts": 1, "thread_id": "main"}]


def test_no_receipts_no_event() -> None:
    assert receipt_events([]) == []


@pytest.mark.parametrize(
    "relation", [None, 1, [], {}, {"rel_type": "m.thread"}, {"event_id": "$a"}, {"rel_type": 1, "event_id": "$a"}]
)
def test_what_is_no_relation(relation: object) -> None:
    assert relation_of({"m.relates_to": relation}) is None


def test_a_relation() -> None:
    assert relation_of({"m.relates_to": {"rel_type": "m.thread", "event_id": "$a"}}) == ("m.thread", "$a")
