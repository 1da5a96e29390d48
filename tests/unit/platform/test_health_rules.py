"""Figures of many samples put together."""

from __future__ import annotations

from roomkeeper.platform.health import rules


def test_a_burst_counts_as_what_it_was() -> None:
    """48 messages in the second between the first two samples are 48 in that minute, not 2,880."""
    samples = [(59_000, 0, None), (60_000, 1, 0.0), (61_000, 1, 48.0), (71_000, 10, 0.0), (121_000, 50, 0.1)]
    assert {begins: round(count, 6) for begins, count in rules.counted(samples, 60_000).items()} == {
        0: 0.0,
        60_000: 48.0 + 49 * 0.1,
        120_000: 0.1,
    }


def test_a_clock_that_was_set_or_stood_still_adds_nothing() -> None:
    assert rules.counted([(0, 0, None), (4_000_000_000_000, 1, 20.0)], 60_000) == {3_999_999_960_000: 20.0}
    assert rules.counted([(90_000, 0, None), (10_000, 1, 20.0)], 60_000) == {0: 20.0}
