"""Who is next: interactive jobs before those in the background; within each, users in turn, so that nobody who sends
a thousand keeps the others waiting. Bounded: in all, and for each user.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from typing import Generic, Protocol, TypeVar

from roomkeeper.core.analysis.models import AnalysisFailed, Priority

SHARE = 4
"""A user may have one in so many of the places."""


class Waiting(Protocol):
    """What the queue must know of a job."""

    @property
    def user(self) -> str:
        """Who it is for."""

    @property
    def priority(self) -> Priority:
        """How urgent it is."""


AnyWaiting = TypeVar("AnyWaiting", bound=Waiting)


class FairQueue(Generic[AnyWaiting]):
    """Jobs that wait, `capacity` at most of each priority."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._share = max(1, capacity // SHARE)
        self._lanes: dict[Priority, OrderedDict[str, deque[AnyWaiting]]] = {
            priority: OrderedDict() for priority in Priority
        }
        self._lengths = dict.fromkeys(Priority, 0)

    def __len__(self) -> int:
        return sum(self._lengths.values())

    def push(self, job: AnyWaiting) -> None:
        """Let a job wait. Raises `AnalysisFailed` (busy) where there is no place."""
        lane = self._lanes[job.priority]
        mine = lane.get(job.user)
        if self._lengths[job.priority] >= self._capacity:
            raise AnalysisFailed("busy", "Too many files wait to be looked at. Try again in a moment.")
        if mine is not None and len(mine) >= self._share:
            raise AnalysisFailed("busy", "Too many of your files wait to be looked at. Try again in a moment.")
        if mine is None:
            mine = lane[job.user] = deque()
        mine.append(job)
        self._lengths[job.priority] += 1

    def pop(self) -> AnyWaiting | None:
        """The next job, `None` where none waits."""
        for priority, lane in self._lanes.items():
            if lane:
                user, jobs = lane.popitem(last=False)
                job = jobs.popleft()
                if jobs:
                    lane[user] = jobs  # at the end: everybody else is before them now
                self._lengths[priority] -= 1
                return job
        return None
