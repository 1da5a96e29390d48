"""What happens in safety, for those who care."""

from __future__ import annotations

from typing import Literal

from roomkeeper.platform.facts import Fact


class FollowingChanged(Fact, frozen=True):
    """Somebody asked to watch over somebody, was answered, or it was ended; `by` is who did that."""

    following_id: str
    what: Literal["asked", "confirmed", "declined", "ended"]
    by: str


class AskAnswered(Fact, frozen=True):
    """Somebody entered the room that asks them into a group, or rejected the invitation."""

    room_id: str
    user_id: str
    joined: bool


class FollowerAsked(Fact, frozen=True):
    """Somebody was asked into a group because of whom they watch over."""

    event_id: str
    title: str
    follower: str
    followed: str


class ReportStruck(Fact, frozen=True):
    """Somebody's report was found to be false."""

    event_id: str
    title: str
    user_id: str
    reason: str
