"""Starts: of the server (cold start), and of a client whose server has just started (cold initial sync)."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

import msgspec

from bench.load import LoadFailedError, in_parallel
from bench.matrix import Sync, User
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Target

START_FIGURES = (
    Figure("fresh", "start on fresh data", "s"),
    Figure("existing", "start on existing data", "s"),
)
SYNC_FIGURES = (
    Figure("time", "cold initial sync", "s"),
    Figure("cpu", "server CPU of it", "s"),
    Figure("size", "answer", "KiB"),
    Figure("per_room", "time per room", "ms"),
)


@dataclass(frozen=True)
class ColdStart:
    """Seconds from spawn until the server says that it is ready."""

    repeats: int = 3
    name: str = "cold_start"
    goals: tuple[Goal, ...] = (Goal("fresh", 2), Goal("existing", 2))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "cold start", START_FIGURES, self.goals)
        for _ in range(self.repeats):
            for target in targets:
                if not target.can_restart:
                    continue
                target.remove_data()
                try:
                    outcome.add(target.name, {"fresh": target.start(), "existing": target.restart()})
                finally:
                    target.stop()
                    target.remove_data()
        return outcome


@dataclass(frozen=True)
class InitialSync:
    """One user in many rooms signs in on a new device right after the server was restarted.

    Each room has two members and `messages` messages. The rooms are made by other users (one for every 50 rooms), who
    invite the measured one.
    """

    rooms: int = 500
    messages: int = 5
    repeats: int = 3
    fewer: dict[str, int] = field(default_factory=dict)  # rooms for targets whose set-up takes long
    name: str = "initial_sync"
    goals: tuple[Goal, ...] = (Goal("time", 1.5),)

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"cold initial sync of {self.rooms} rooms", SYNC_FIGURES, self.goals)
        for target in targets:
            if not target.keeps_data:
                outcome.notes.append(f"{target.name} cannot be restarted on its data")
                continue
            rooms = self.fewer.get(target.name, self.rooms)
            if rooms != self.rooms:
                outcome.notes.append(f"{target.name}: {rooms} rooms, as its set-up takes long")
            with started(target):
                user = await self._user_in(target, rooms)
                for _ in range(self.repeats):
                    outcome.add(target.name, await _sync_after_restart(target, user, rooms))
        return outcome

    async def _user_in(self, target: Target, rooms: int) -> User:
        user = await User.register(target.endpoint, "busy")
        others = [await User.register(target.endpoint, f"other{n}") for n in range(max(rooms // 50, 1))]

        async def fill(other: User, count: int) -> None:
            joiner = User(target.endpoint, user.user_id, user.token)
            for _ in range(count):
                room_id = await other.create_room([user.user_id])
                await joiner.join(room_id)
                for number in range(self.messages):
                    await other.send(quote(room_id), number, "Good morning.")
            joiner.close()
            other.close()

        share, rest = divmod(rooms, len(others))
        counts = [share + (1 if index < rest else 0) for index in range(len(others))]
        pairs = list(zip(others, counts, strict=True))
        await in_parallel([lambda pair=pair: fill(*pair) for pair in pairs])  # type: ignore[misc]
        await user.first_sync()  # makes the filter; an initial sync's answer is kept by no server over a restart
        user.close()
        return user


async def _sync_after_restart(target: Target, user: User, rooms: int) -> dict[str, float]:
    target.restart()
    cpu, begun = target.tree.cpu(), time.perf_counter()
    answer = await user.first_sync()
    took = time.perf_counter() - begun
    cpu = target.tree.cpu() - cpu
    user.close()
    joined = len(msgspec.json.decode(answer, type=Sync).rooms.join)
    if joined != rooms:
        raise LoadFailedError(f"{target.name}: the initial sync has {joined} rooms, not {rooms}")
    return {"time": took, "cpu": cpu, "size": len(answer) / 1024, "per_room": took / rooms * 1e3}
