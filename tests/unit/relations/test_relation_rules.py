"""What counts as a relation."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.relations.models import Relation
from roomkeeper.core.relations.recent import RecentAnnotations, RecentParents
from roomkeeper.core.relations.rules import rel_type_of, relation_of, stored_key
from roomkeeper.platform.database import Write
from roomkeeper.platform.errors import DuplicateAnnotation

PARENT = "$parent"


def related(described: Any, event_type: str = "m.room.message") -> Relation | None:
    """The relation of an event that describes it so."""
    return relation_of(event_type, None, {"m.relates_to": described})


def test_the_kinds_of_relation() -> None:
    for rel_type in ("m.thread", "m.reference", "org.example.other"):
        assert related({"rel_type": rel_type, "event_id": PARENT}) == Relation(PARENT, rel_type)
    described = {"rel_type": "m.annotation", "event_id": PARENT, "key": "x"}
    assert related(described) == Relation(PARENT, "m.annotation", "x")
    described = {"rel_type": "m.replace", "event_id": PARENT}
    assert relation_of("m.room.message", None, {"m.relates_to": described, "m.new_content": {}}) == Relation(
        PARENT, "m.replace"
    )
    assert related(described, event_type="m.room.encrypted") == Relation(PARENT, "m.replace")


@pytest.mark.parametrize(
    "described",
    [
        None, "x", [], {}, {"event_id": PARENT}, {"rel_type": "m.thread"}, {"rel_type": "m.thread", "event_id": "x"},
        {"rel_type": "m.thread", "event_id": 1}, {"rel_type": None, "event_id": PARENT},
        {"rel_type": "m.annotation", "event_id": PARENT}, {"rel_type": "m.annotation", "event_id": PARENT, "key": 1},
        {"rel_type": "m.replace", "event_id": PARENT}, {"m.in_reply_to": {"event_id": PARENT}},
        {"rel_type": "", "event_id": PARENT}, {"rel_type": "é" * 200, "event_id": PARENT},
    ],
)  # fmt: skip
def test_what_is_none(described: Any) -> None:
    assert related(described) is None


def test_state_edits_nothing() -> None:
    described = {"rel_type": "m.replace", "event_id": PARENT}
    assert relation_of("m.room.topic", "", {"m.relates_to": described, "m.new_content": {}}) is None


def test_long_keys_are_told_apart() -> None:
    assert stored_key("👍") == "👍"
    keys = {stored_key("x" * length) for length in (255, 256, 257, 60_000)}
    assert len(keys) == 4
    assert all(len(key) <= 255 for key in keys)


def test_how_an_event_says_that_it_relates() -> None:
    assert rel_type_of({"m.relates_to": {"rel_type": "m.thread"}}) == "m.thread"
    assert rel_type_of({"m.relates_to": {"m.in_reply_to": {"event_id": PARENT}}}) is None
    assert rel_type_of({"m.relates_to": []}) is None
    assert rel_type_of({}) is None


def test_parents_that_are_forgotten_may_have_children(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("roomkeeper.core.relations.recent.KEPT_PARENTS", 2)
    parents = RecentParents()
    parents.floor = 10
    assert parents.may_have_children("$old", 10)
    assert not parents.may_have_children("$first", 11)
    for position, parent in ((20, "$first"), (21, "$second"), (22, "$first"), (23, "$third")):
        parents.note(parent, position)
    assert parents.may_have_children("$first", 11)
    assert parents.may_have_children("$second", 12), "it was let go, and nothing is known of what came before its child"
    assert not parents.may_have_children("$fourth", 22)


def test_an_annotation_that_came_to_nothing_may_come_again() -> None:
    annotations, write = RecentAnnotations(), Write()
    annotation = ("!room", "@ann:example.org", "m.reaction", Relation(PARENT, "m.annotation", "x"))
    annotations.note(annotation, write)
    with pytest.raises(DuplicateAnnotation):
        annotations.note(annotation, Write())
    write.failed = True
    annotations.note(annotation, Write())
    annotations.forget(annotation)
    annotations.note(annotation, Write())
