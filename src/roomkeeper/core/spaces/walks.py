"""Walks through spaces that are under way: each page leaves a token with which the next one goes on for ten minutes."""

from __future__ import annotations

import secrets
from collections import OrderedDict

import msgspec

from roomkeeper.platform.clock import Clock
from roomkeeper.platform.errors import InvalidParameter

KEPT = 1_000
KEPT_OF_USER = 5
KEPT_SECONDS = 600.0


class Walk(msgspec.Struct, frozen=True):
    """How far somebody has come: the rooms to visit next (the last one first) with their depth, and those visited."""

    user_id: str
    root: str
    suggested_only: bool
    max_depth: int
    ahead: tuple[tuple[str, int], ...]
    visited: frozenset[str]


class Walks:
    """The walks of everybody; the oldest are forgotten where there are too many."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._walks: OrderedDict[str, tuple[float, Walk]] = OrderedDict()

    def keep(self, walk: Walk) -> str:
        """A token for going on from here."""
        own = [token for token, (_, kept) in self._walks.items() if kept.user_id == walk.user_id]
        for token in own[: len(own) - KEPT_OF_USER + 1]:
            del self._walks[token]
        if len(self._walks) >= KEPT:
            self._walks.popitem(last=False)
        token = secrets.token_urlsafe(12)
        self._walks[token] = (self._clock.monotonic() + KEPT_SECONDS, walk)
        return token

    def find(self, token: str, user_id: str, root: str) -> Walk:
        """The walk of that token. Raises `InvalidParameter`."""
        expires, walk = self._walks.get(token, (0.0, None))
        if walk is None or expires < self._clock.monotonic() or (walk.user_id, walk.root) != (user_id, root):
            raise InvalidParameter("This token is not known, or no longer: start again without one.")
        return walk
