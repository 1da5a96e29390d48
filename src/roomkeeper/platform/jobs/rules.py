"""What may become of a job."""

from __future__ import annotations

from typing import Literal

from roomkeeper.platform.jobs.models import State

Action = Literal["cancel", "pause", "resume"]

TRANSITIONS: dict[Action, dict[State, State]] = {
    "cancel": {"queued": "cancelled", "running": "cancelled", "paused": "cancelled"},
    "pause": {"queued": "paused", "running": "paused"},
    "resume": {"paused": "queued", "failed": "queued"},
}
"""For each action of the operator, the states in which it can be taken, and the state that follows.

A failed job can be resumed: it goes on where it stopped.
"""

LONGEST_MESSAGE = 500


def next_state(action: Action, state: State) -> State | None:
    """The state after `action`; the same where it is that already, `None` where the action is not possible."""
    following = TRANSITIONS[action].get(state)
    if following is None and state in TRANSITIONS[action].values() and state != "queued":
        return state
    return following


LEAST_S = 2.0
LONGEST_MS = 365 * 24 * 3600 * 1000


def remaining_ms(done: int, left: int, elapsed: float) -> int | None:
    """How long the rest takes if it goes on as in the last `elapsed` seconds; `None` where that is too early to say."""
    if done <= 0 or elapsed < LEAST_S or left < 0:
        return None
    return min(int(left * elapsed / done * 1000), LONGEST_MS)


def failure_message(error: BaseException, attempt: int, attempts: int) -> str:
    """What a client reads of a chunk that did not work; the log has the rest."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"attempt {attempt} of {attempts} failed: {what}"[:LONGEST_MESSAGE]
