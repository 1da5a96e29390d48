"""What is wrong with a tracking plan."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from roomkeeper.capabilities.repair.models import Kind, Words
from roomkeeper.capabilities.repair.plan.files import parse_toml, shipped
from roomkeeper.capabilities.repair.plan.lint import lint
from roomkeeper.capabilities.repair.plan.schemas import Schema
from roomkeeper.platform.errors import InvalidParameter

STUCK = shipped()["message_stuck"]


def changed(which: str, **values: Any) -> Kind:
    """The plan with one point changed."""
    points = [msgspec.structs.replace(each, **values) if each.name == which else each for each in STUCK.points]
    return msgspec.structs.replace(STUCK, points=tuple(points))


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"name": "message_sent"}, "2 points of this name"),
        ({"name": "identify"}, "reserved"),
        ({"pair": "nothing"}, "no point nothing"),
        ({"pair": "message_failed", "compare": ("event_id",)}, "not in the schemas of both"),
        ({"pair": "message_sent"}, "of the same side"),
        ({"compare": ("room_id",)}, "not with which point"),
        ({"schema": {"type": "object", "properties": {"a": {}}}}, "must require txn_id"),
        ({"schema": {"$ref": "https://example.org/schema"}}, "$ref cannot be used"),
        ({"schema": {"properties": {"txn_id": {"pattern": "(a+)+$"}}}}, "pattern cannot be used"),
        ({"schema": {"type": 7}}, "no JSON Schema"),
        ({"schema": {"type": "object", "required": 7, "properties": {"txn_id": {}}}}, "no JSON Schema"),
        ({"schema": {"type": "string"}}, "its type is object"),
        ({"schema": {"properties": {"email": {}, "txn_id": {}}, "required": ["txn_id"]}}, "masked when it arrives"),
        ({"schema": {"properties": {"txn_id": {"enum": ["x" * 9000]}}}}, "larger than"),
    ],
)
def test_errors_name_the_point_and_say_what_is_wrong(values: dict[str, Any], text: str) -> None:
    found = [each for each in lint(changed("message_sending", **values)) if each.severity == "error"]
    assert any(text in each.text and each.point for each in found), found


def test_a_plan_as_a_whole() -> None:
    empty = msgspec.structs.replace(STUCK, points=())
    assert "no points" in lint(empty)[0].text
    failures = msgspec.structs.replace(STUCK, points=tuple(each for each in STUCK.points if each.failure))
    assert any("Every point is optional" in each.text for each in lint(failures))
    one_side = msgspec.structs.replace(STUCK, points=tuple(each for each in STUCK.points if each.side == "client"))
    assert any(each.severity == "warning" and "server's side" in each.text for each in lint(one_side))


def test_two_kinds_with_one_point_must_agree_on_it() -> None:
    other = msgspec.structs.replace(changed("message_sending", side="server"), kind="other", title=Words("a", "b"))
    assert any("on the client's side" in each.text for each in lint(other, [STUCK]))
    twin = msgspec.structs.replace(STUCK, kind="twin")
    assert lint(twin, [STUCK]) == []


@pytest.mark.parametrize("text", ["kind = ", "kind = 'A B'\nversion = 1", "kind = 'x'", "[[points]]\nname = 3"])
def test_a_file_that_is_none_is_refused_with_what_is_wrong(text: str) -> None:
    with pytest.raises(InvalidParameter, match="plan"):
        parse_toml(text)


def test_drift_names_paths_and_keywords_and_never_values() -> None:
    schema = Schema({"required": ["id"], "properties": {"n": {"type": "integer"}}, "additionalProperties": False})
    assert schema.drift({"n": 1, "id": 2})[0] == ".: additionalProperties"
    found = schema.drift({"n": "alice@example.org"})
    assert set(found) == {"n: type", ".: required"}
    assert "alice" not in str(found)
