"""Which messages are too old."""

from __future__ import annotations

import pytest

from roomkeeper.core.retention.models import Override
from roomkeeper.core.retention.rules import DAY_MS, HOUR_MS, is_due, oldest_kept

NOW = 1_700_000_000_000


@pytest.mark.parametrize(
    ("days", "own", "kept"),
    [
        (0, False, None),
        (7, False, NOW - 7 * DAY_MS),
        (0, 3, NOW - 3 * DAY_MS),
        (7, 3, NOW - 3 * DAY_MS),
        (7, 30, NOW - 30 * DAY_MS),
        (7, None, None),
    ],
)
def test_the_rooms_own_rule_goes_first(days: int, own: int | bool | None, kept: int | None) -> None:
    override = None if own is False else Override("!x", own)
    assert oldest_kept(NOW, days, override) == kept


def test_when_it_is_time() -> None:
    assert is_due(NOW, None, 24)
    assert not is_due(NOW, NOW - 24 * HOUR_MS + 1, 24)
    assert is_due(NOW, NOW - 24 * HOUR_MS, 24)
