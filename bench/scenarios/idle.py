"""Idle long-polls: what people who are online and silent cost.

Accounts are made first, in pairs that share a room. Then the server is restarted, so that the figure holds everything
that it keeps for an online user, not only the socket. Polls last 30 s and are renewed, as clients do; their ends are
spread evenly, so about count/30 renewals per second are part of the CPU figure.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from bench.client import ConnectionClosedError
from bench.load import Member, Room, in_parallel, make_room
from bench.matrix import LONG_POLL_MS, RequestFailedError, User
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Target

FIGURES = (
    Figure("memory", "memory per idle long-poll", "KiB"),
    Figure("cpu", "CPU of all polls, share of a core", "%"),
    Figure("cpu_2000", "the same for 2,000 polls", "%"),
    Figure("polls", "polls held", ""),
)
SETTLE = 3.0  # seconds between the last poll's start and the measurement


@dataclass(frozen=True)
class Idle:
    """`polls` connections held for `seconds` of measurement."""

    polls: int = 2000
    seconds: float = 20.0
    fewer: dict[str, int] = field(default_factory=dict)  # polls for targets whose set-up takes long
    name: str = "idle_polls"
    goals: tuple[Goal, ...] = (Goal("memory", 40), Goal("cpu_2000", 5))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        title = f"{self.polls:,} idle long-polls"
        outcome = Outcome(self.name, title, FIGURES, self.goals)
        for target in targets:
            polls = self.fewer.get(target.name, self.polls)
            if polls != self.polls:
                outcome.notes.append(f"{target.name}: {polls} polls, as its set-up takes long")
            with started(target):
                if not target.tree.pids():
                    outcome.notes.append(f"{target.name}: nothing to measure without its pid")
                    continue
                await self._measure(target, polls, outcome)
        return outcome

    async def _measure(self, target: Target, polls: int, outcome: Outcome) -> None:
        users = await _people(target, polls)
        for user in users:
            user.close()
        if target.keeps_data:
            target.restart()
        else:
            outcome.notes.append(f"{target.name} is not restarted: per poll, the memory of its socket alone")
        problems: list[str] = []
        warm, rest = users[: max(polls // 50, 2)], users[max(polls // 50, 2) :]
        tasks = await _hold(warm, 1.0, problems)
        before = target.tree.resident()
        tasks += await _hold(rest, min(polls / 200, 15.0), problems)
        await asyncio.sleep(SETTLE)
        held = target.tree.resident() - before
        cpu, begun = target.tree.cpu(), time.perf_counter()
        await asyncio.sleep(self.seconds)
        share = (target.tree.cpu() - cpu) / (time.perf_counter() - begun) * 100
        await _release(tasks, users)
        outcome.problems += [f"{target.name}: {problem}" for problem in problems[:3]]
        sample = {"memory": held / len(rest) / 1024, "cpu": share, "cpu_2000": share * 2000 / polls, "polls": polls}
        outcome.add(target.name, sample)


async def _people(target: Target, count: int) -> list[User]:
    rooms: list[Room] = []

    async def make(number: int) -> None:
        room = await make_room(target, f"idle{number}", 2)
        rooms.append(room)
        for member in room.members:
            member.user.close()

    await in_parallel([lambda number=number: make(number) for number in range(count // 2)])  # type: ignore[misc]
    members: list[Member] = [member for room in rooms for member in room.members]
    return [member.user for member in members]


async def _hold(users: Sequence[User], spread: float, problems: list[str]) -> list[asyncio.Task[None]]:
    """Start a poll for each user within `spread` seconds; first timeouts differ so that renewals come evenly."""
    tasks: list[asyncio.Task[None]] = []
    for index, user in enumerate(users):
        first = int(LONG_POLL_MS * (index + 1) / len(users))
        tasks.append(asyncio.create_task(_poll(user, max(first, 3000), problems)))
        await asyncio.sleep(spread / len(users))
    return tasks


async def _poll(user: User, first_timeout_ms: int, problems: list[str]) -> None:
    try:
        await user.poll(first_timeout_ms)
        while True:
            begun = time.perf_counter()
            await user.poll()
            if time.perf_counter() - begun < 1:
                problems.append("a long-poll of an idle user was answered at once")
                return
    except (ConnectionClosedError, RequestFailedError, OSError) as error:
        problems.append(f"long-poll: {error}")


async def _release(tasks: Sequence[asyncio.Task[None]], users: Sequence[User]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    for user in users:
        user.close()
