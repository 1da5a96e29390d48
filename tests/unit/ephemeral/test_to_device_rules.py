"""Who gets what of one request."""

from __future__ import annotations

import msgspec
import pytest

from roomkeeper.core.ephemeral.to_device.models import Messages
from roomkeeper.core.ephemeral.to_device.rules import MAX_EVENT, check_bounds, check_type, messages_for
from roomkeeper.platform.errors import InvalidParameter, TooLarge


def contents(messages: Messages) -> dict[str, object]:
    return {device_id: msgspec.json.decode(event)["content"] for device_id, event in messages.items()}


def test_who_is_named_gets_their_own_and_the_others_what_is_for_all() -> None:
    messages = messages_for("@a:b", "t", {"*": {"n": 0}, "ONE": {"n": 1}, "GONE": {"n": 2}}, ["ONE", "TWO"])
    assert contents(messages) == {"ONE": {"n": 1}, "TWO": {"n": 0}}


def test_without_a_star_only_those_named() -> None:
    assert contents(messages_for("@a:b", "t", {"ONE": {"n": 1}, "GONE": {}}, ["ONE", "TWO"])) == {"ONE": {"n": 1}}
    assert messages_for("@a:b", "t", {"*": {}}, []) == {}


def test_what_nobody_gets_is_not_measured() -> None:
    huge = {"a": "x" * MAX_EVENT}
    assert messages_for("@a:b", "t", {"GONE": huge}, ["ONE"]) == {}
    with pytest.raises(TooLarge):
        messages_for("@a:b", "t", {"ONE": huge}, ["ONE"])


def test_bounds() -> None:
    check_bounds({"@a:b": {str(number): b"" for number in range(5000)}})
    with pytest.raises(TooLarge):
        check_bounds(
            {"@a:b": {str(number): b"" for number in range(2501)}, "@c:d": dict.fromkeys(map(str, range(2500)), b"")}
        )
    with pytest.raises(TooLarge):
        check_bounds({"@a:b": {str(number): b"x" * 60_000 for number in range(140)}})


@pytest.mark.parametrize("event_type", ["", "x" * 256, "\0"])
def test_types(event_type: str) -> None:
    with pytest.raises(InvalidParameter):
        check_type(event_type)
