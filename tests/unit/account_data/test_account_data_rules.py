"""What account data and tags may be."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.core.account_data.models import ManagedByServer, entry
from roomkeeper.core.account_data.rules import (
    MAX_CONTENT,
    check_owner,
    check_tag,
    check_type,
    check_writable,
    encode_content,
    tags_of,
)
from roomkeeper.platform.errors import Forbidden, InvalidParameter, TooLarge


def test_it_is_ones_own() -> None:
    check_owner("@a:b", "@a:b")
    with pytest.raises(Forbidden):
        check_owner("@a:b", "@A:b")


def test_sizes() -> None:
    encode_content({"a": "x" * (MAX_CONTENT - 8)})
    with pytest.raises(TooLarge):
        encode_content({"a": "x" * (MAX_CONTENT - 7)})


def test_types() -> None:
    check_type("ä" * 127)
    for event_type in ("", "ä" * 128, "\0"):
        with pytest.raises(InvalidParameter):
            check_type(event_type)


def test_what_the_server_manages() -> None:
    check_writable("m.tag")
    with pytest.raises(ManagedByServer):
        check_writable("m.push_rules")


@pytest.mark.parametrize("info", [{}, {"order": 0}, {"order": 1}, {"order": 0.5, "more": {}}])
def test_tags(info: dict[str, Any]) -> None:
    check_tag("u.x", info)


@pytest.mark.parametrize("order", [None, True, "0.5", -1, 1.0001, float("inf"), [], {}])
def test_no_tags(order: object) -> None:
    with pytest.raises(InvalidParameter):
        check_tag("u.x", {"order": order})


@pytest.mark.parametrize("content", [None, {}, {"tags": None}, {"tags": []}, {"tags": {"u.x": 1}}])
def test_content_without_tags(content: dict[str, Any] | None) -> None:
    assert tags_of(content) == {}


def test_an_entry_is_an_event() -> None:
    assert bytes(entry('a"b', b'{"c":1}').event) == b'{"type":"a\\"b","content":{"c":1}}'
