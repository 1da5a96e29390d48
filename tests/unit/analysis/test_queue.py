"""Who is next."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from roomkeeper.core.analysis import AnalysisFailed, Priority
from roomkeeper.core.analysis.queue import FairQueue


class Job(NamedTuple):
    """One that waits."""

    user: str
    number: int
    priority: Priority = Priority.INTERACTIVE


def drained(queue: FairQueue[Job]) -> list[Job]:
    found = []
    while (job := queue.pop()) is not None:
        found.append(job)
    return found


def test_users_take_turns() -> None:
    queue: FairQueue[Job] = FairQueue(100)
    for number in range(4):
        queue.push(Job("many", number))
    queue.push(Job("few", 0))
    queue.push(Job("other", 0))
    order = [job.user for job in drained(queue)]
    assert order == ["many", "few", "other", "many", "many", "many"]
    assert len(queue) == 0


def test_a_users_own_jobs_stay_in_order() -> None:
    queue: FairQueue[Job] = FairQueue(100)
    for number in range(5):
        queue.push(Job("a", number))
    assert [job.number for job in drained(queue)] == list(range(5))


def test_people_who_wait_come_before_the_background() -> None:
    queue: FairQueue[Job] = FairQueue(100)
    queue.push(Job("a", 1, Priority.BACKGROUND))
    queue.push(Job("b", 2))
    queue.push(Job("a", 3))
    assert [job.number for job in drained(queue)] == [2, 3, 1]


def test_it_is_bounded_in_all_and_for_each_user() -> None:
    queue: FairQueue[Job] = FairQueue(8)
    queue.push(Job("a", 0))
    queue.push(Job("a", 1))
    with pytest.raises(AnalysisFailed) as refused:
        queue.push(Job("a", 2))
    assert refused.value.reason == "busy"
    for number in range(6):
        queue.push(Job(f"user{number}", 0))
    with pytest.raises(AnalysisFailed):
        queue.push(Job("late", 0))
    queue.push(Job("late", 0, Priority.BACKGROUND))
    queue.pop()
    queue.push(Job("late", 0))
