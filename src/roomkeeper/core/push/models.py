"""What the parts of this area hand to each other, and its own errors."""

from __future__ import annotations

from typing import Any

import msgspec

from roomkeeper.platform.errors import MatrixError
from roomkeeper.wire.push_rules import CompiledRules, Ruleset

PUSH_RULES = "m.push_rules"
"""The type of account data in which a user's rules are."""
IGNORED_USERS = "m.ignored_user_list"


class NoSuchNeighbour(MatrixError):
    """There is no rule of yours with that id to put this one before or after."""

    errcode, status = "M_UNKNOWN", 400


class Standing(msgspec.Struct, frozen=True, eq=False):
    """What decides whether a user is notified: their rules, and of whom they are not: those whom they ignore, and
    those of whom nobody is."""

    ruleset: Ruleset
    compiled: CompiledRules
    ignored: frozenset[str]


class Pusher(msgspec.Struct, frozen=True):
    """Where a user's notifications are to be sent. `data` is the client's own, with the URL of the gateway."""

    user_id: str
    device_id: str
    app_id: str
    pushkey: str
    kind: str
    app_display_name: str
    device_display_name: str
    profile_tag: str | None
    lang: str
    data: dict[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The pusher as clients see it. spec: ``GET /pushers``"""
        shown = {
            name: getattr(self, name)
            for name in ("pushkey", "kind", "app_id", "app_display_name", "device_display_name", "lang", "data")
        }
        return shown if self.profile_tag is None else {**shown, "profile_tag": self.profile_tag}


class Counter:
    """How much of a room a user has not read: (notifications, highlights) for each thread that has any.

    `upto` is the position of the last event that was counted or passed over, `changed` that of what last changed the
    counts. `stale`: the counts must be made anew; `missed` is then the position of what could not be counted.
    """

    __slots__ = ("changed", "missed", "stale", "threads", "upto")

    def __init__(self) -> None:
        self.threads: dict[str, tuple[int, int]] = {}
        self.stale = True
        self.missed = 0
        self.upto = 0
        self.changed = 0

    def add(self, thread_id: str, position: int, *, highlight: bool) -> None:
        """Count one message."""
        notifications, highlights = self.threads.get(thread_id, (0, 0))
        self.threads[thread_id] = (notifications + 1, highlights + highlight)
        self.changed = position

    def clear(self, thread_id: str | None, position: int) -> None:
        """Everything in a thread is read; `None`: in all of them."""
        if thread_id is None:
            if self.threads:
                self.threads, self.changed = {}, position
        elif self.threads.pop(thread_id, None) is not None:
            self.changed = position

    def spoil(self, position: int) -> None:
        """Something at `position` has happened that makes it necessary to count anew."""
        self.stale = True
        self.missed = self.changed = max(position, self.changed)

    def total(self) -> tuple[int, int]:
        """Notifications and highlights of all threads."""
        values = self.threads.values()
        if len(values) == 1:
            (only,) = values
            return only
        return sum(value[0] for value in values), sum(value[1] for value in values)
