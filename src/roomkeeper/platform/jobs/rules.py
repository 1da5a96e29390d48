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


def failure_message(error: BaseException, attempt: int, attempts: int) -> str:
    """What a client reads of a chunk that did not work; the log has the rest."""
    what = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return f"attempt {attempt} of {attempts} failed: {what}"[:LONGEST_MESSAGE]
