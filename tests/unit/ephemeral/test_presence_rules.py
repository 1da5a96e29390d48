"""What presence a user has."""

from __future__ import annotations

import pytest

from roomkeeper.core.ephemeral.presence.models import Device, Status
from roomkeeper.core.ephemeral.presence.rules import IDLE_MS, check_status_msg, content, state_of
from roomkeeper.platform.errors import TooLarge


@pytest.mark.parametrize(
    ("states", "idle_ms", "expected"),
    [
        ([], 0, "offline"),
        (["offline"], 0, "offline"),
        (["offline", "unavailable"], 0, "unavailable"),
        (["online", "unavailable", "offline"], 0, "online"),
        (["online"], IDLE_MS - 1, "online"),
        (["online"], IDLE_MS, "unavailable"),
        (["unavailable"], IDLE_MS, "unavailable"),
        (["offline"], IDLE_MS, "offline"),
    ],
)
def test_the_most_present_device_counts(states: list[str], idle_ms: int, expected: str) -> None:
    assert state_of([Device(0, state, state) for state in states], idle_ms) == expected


def test_what_is_told() -> None:
    assert content(Status("@a:b", "online", "hi", 400), 1000) == {
        "presence": "online",
        "currently_active": True,
        "last_active_ago": 600,
        "status_msg": "hi",
    }
    assert content(Status("@a:b", "offline", None, 0), 1000) == {"presence": "offline", "currently_active": False}


def test_a_clock_that_was_set_back_gives_no_negative_time() -> None:
    assert content(Status("@a:b", "offline", None, 2000), 1000)["last_active_ago"] == 0


def test_messages_are_bounded() -> None:
    check_status_msg(None)
    check_status_msg("ä" * 512)
    with pytest.raises(TooLarge):
        check_status_msg("ä" * 513)
