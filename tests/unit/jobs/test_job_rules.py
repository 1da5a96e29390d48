"""What may become of a job."""

from __future__ import annotations

import pytest

from roomkeeper.platform.jobs.models import State
from roomkeeper.platform.jobs.rules import LONGEST_MESSAGE, Action, failure_message, next_state


@pytest.mark.parametrize(
    ("action", "state", "following"),
    [
        ("cancel", "queued", "cancelled"),
        ("cancel", "running", "cancelled"),
        ("cancel", "paused", "cancelled"),
        ("cancel", "cancelled", "cancelled"),
        ("cancel", "succeeded", None),
        ("cancel", "failed", None),
        ("pause", "queued", "paused"),
        ("pause", "running", "paused"),
        ("pause", "paused", "paused"),
        ("pause", "cancelled", None),
        ("resume", "paused", "queued"),
        ("resume", "failed", "queued"),
        ("resume", "running", None),
        ("resume", "queued", None),
        ("resume", "succeeded", None),
        ("resume", "cancelled", None),
    ],
)
def test_what_follows(action: Action, state: State, following: State | None) -> None:
    assert next_state(action, state) == following


def test_failures_are_told_shortly() -> None:
    assert failure_message(OSError("no luck"), 1, 8) == "attempt 1 of 8 failed: OSError: no luck"
    assert failure_message(KeyError(), 1, 8) == "attempt 1 of 8 failed: KeyError"
    assert len(failure_message(OSError("x" * 10_000), 1, 8)) == LONGEST_MESSAGE
