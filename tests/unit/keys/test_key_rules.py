"""Pure rules of keys."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from roomkeeper.core.keys.backup.models import KeyData, StoredKey
from roomkeeper.core.keys.backup.rules import is_better, parse_version
from roomkeeper.core.keys.cross_signing.models import Signature
from roomkeeper.core.keys.cross_signing.rules import visible
from roomkeeper.core.keys.lists.models import Delta
from roomkeeper.core.keys.lists.rules import direction


def test_of_two_keys_one_is_better_or_they_are_equal() -> None:
    values = list(itertools.product((0, 1, 2), (0, 1), (False, True)))
    for first, second in itertools.product(values, values):
        new, old = KeyData(*first, {}), KeyData(*second, {})
        stored = StoredKey("!r", "s", *second, msgspec.Raw(b"{}"))
        better = is_better(new, stored)
        assert better != is_better(old, StoredKey("!r", "s", *first, msgspec.Raw(b"{}"))) or first == second
        if new.is_verified != old.is_verified:
            assert better == new.is_verified
        elif new.first_message_index != old.first_message_index:
            assert better == (new.first_message_index < old.first_message_index)
        else:
            assert better == (new.forwarded_count < old.forwarded_count)


@pytest.mark.parametrize(
    ("text", "number"), [("1", 1), ("42", 42), ("01", None), ("", None), ("-1", None), ("١", None), ("9" * 30, None)]
)
def test_versions(text: str, number: int | None) -> None:
    assert parse_version(text) == number


@pytest.mark.parametrize(
    ("before", "now", "way"),
    [
        (None, "join", "in"),
        ("invite", "join", "in"),
        ("join", "join", None),
        ("join", "leave", "out"),
        ("join", "ban", "out"),
        ("join", None, "out"),
        ("invite", "leave", None),
        (None, None, None),
    ],
)
def test_directions(before: str | None, now: str | None, way: str | None) -> None:
    assert direction(before, now) == way


def test_the_later_news_count() -> None:
    came, went = Delta(changed=frozenset({"a", "b"})), Delta(left=frozenset({"a", "c"}))
    assert came | went == Delta(frozenset({"b"}), frozenset({"a", "c"}))
    assert went | came == Delta(frozenset({"a", "b"}), frozenset({"c"}))
    assert not Delta()


def test_signatures_by_others_are_not_shown() -> None:
    value = {"user_id": "a", "signatures": {"a": {"1": "x"}, "b": {"2": "y"}, "c": {"3": "z"}}}
    more = [Signature("a", "k", signer, "4", "s") for signer in ("a", "b", "c")]
    assert visible(value, more, "b")["signatures"] == {"a": {"1": "x", "4": "s"}, "b": {"2": "y", "4": "s"}}
    assert visible(value, more, "d")["signatures"] == {"a": {"1": "x", "4": "s"}}
