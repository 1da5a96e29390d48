"""Safety: who is in a circle among a million (in this process), position updates, and a report that asks a thousand."""

import asyncio
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from bench.load import LoadFailedError
from bench.matrix import User
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.people import ROOT, ask, bearer
from bench.servers import Roomkeeper, Target
from roomkeeper.capabilities.safety.geometry import Area, Circle
from roomkeeper.capabilities.safety.index import PositionIndex
from roomkeeper.capabilities.safety.models import Position

MIDDLE = (52.5, 13.4)
DENSITY = 1_600
"""People per square kilometre: 5,000 in a circle of 1 km, 200 in one of 200 m."""
DEGREE_KM = 111.2
NOW, LATER = 1, 10**14
PASSWORD = "correct horse battery"
FIGURES = (
    Figure("circle_200", "a circle of 200 m, CPU, 99 %", "ms"),
    Figure("circle_1000", "a circle of 1 km, CPU, 99 %", "ms"),
    Figure("found_1000", "people found in it", ""),
    Figure("put", "a position into the index, CPU", "µs"),
    Figure("memory", "memory of the index, per person", "bytes"),
    Figure("updates", "position updates over HTTP", "/s"),
    Figure("update_cpu", "server CPU per update", "µs"),
    Figure("asked", "report to the last invitation", "s"),
)


@dataclass(frozen=True)
class Safety:
    """`located` people in the index; `near` of them on a server, who are asked."""

    located: int = 1_000_000
    queries: int = 300
    near: int = 1_000
    seconds: float = 5.0
    name: str = "safety"
    goals: tuple[Goal, ...] = (
        Goal("circle_200", 2),
        Goal("circle_1000", 20),
        Goal("update_cpu", 500),
        Goal("asked", 10),
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"safety, {self.located:,} located people", FIGURES, self.goals)
        measured: dict[str, float] = {}
        for target in targets:
            if not isinstance(target, Roomkeeper):
                continue
            measured = measured or self._index()
            with started(target):
                outcome.add(target.name, measured | await self._server(target))
        return outcome

    # ------------------------------------------------------------ the index

    def _index(self) -> dict[str, float]:
        index, chance, side = PositionIndex(), random.Random(1), math.sqrt(self.located / DENSITY)
        before, begun = _resident(), time.thread_time()
        for number in range(self.located):
            index.put(f"@person{number}:example.org", _somewhere(chance, side))
        put = (time.thread_time() - begun) / self.located * 1e6
        memory = (_resident() - before) / self.located
        sample = {"put": put, "memory": memory}
        for radius in (200, 1000):
            sample[f"circle_{radius}"], sample[f"found_{radius}"] = self._circles(index, chance, side, radius)
        del sample["found_200"]
        return sample

    def _circles(self, index: PositionIndex, chance: random.Random, side: float, radius: float) -> tuple[float, float]:
        taken, found = [], 0
        for _ in range(self.queries):
            # Not so near to the edge that much of it would be empty.
            where = _somewhere(chance, max(side - 2 * radius / 1000, 0.1))
            area = Area(circles=(Circle(where.latitude, where.longitude, radius),))
            begun = time.thread_time()
            found += len(index.within(area, NOW).users)
            taken.append((time.thread_time() - begun) * 1e3)
        return sorted(taken)[int(len(taken) * 0.99)], found / self.queries

    # ------------------------------------------------------------ a server

    async def _server(self, target: Target) -> dict[str, float]:
        users = [await User.register(target.endpoint, f"near{number}") for number in range(self.near)]
        for user in users:
            path = f"{ROOT}/safety/people/{user.user_id}/preferences"
            await user.call("PUT", path, {"location": "exact"})
        sample = await self._updates(target, users)
        sample["asked"] = await self._report(target)
        for user in users:
            user.close()
        return sample

    async def _updates(self, target: Target, users: Sequence[User]) -> dict[str, float]:
        chance, count = random.Random(2), 0
        end = time.perf_counter() + self.seconds

        async def one(some: Sequence[User]) -> None:
            nonlocal count
            while time.perf_counter() < end or count < len(users):
                for user in some:
                    where = _somewhere(chance, 0.5)
                    body = {"latitude": where.latitude, "longitude": where.longitude, "accuracy": 5, "mode": "live"}
                    await user.call("PUT", f"{ROOT}/safety/location", body)
                    count += 1

        begun, used = time.perf_counter(), target.tree.cpu()
        await asyncio.gather(*(one(users[first::16]) for first in range(16)))
        taken = time.perf_counter() - begun
        return {"updates": count / taken, "update_cpu": (target.tree.cpu() - used) / count * 1e6}

    async def _report(self, target: Target) -> float:
        token = await _officer(target)
        place = {"circles": [{"latitude": MIDDLE[0], "longitude": MIDDLE[1], "radius": 2000}]}
        async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(token)) as session:
            begun = time.perf_counter()
            made = await ask(session, "POST", "/safety/events", {"kind": "fire", "place": place})
            asked = 0
            while asked < self.near:
                await asyncio.sleep(0.1)
                counts = (await ask(session, "GET", f"/safety/events/{made['event_id']}"))["counts"]
                asked = sum(number for role, state, number in counts if (role, state) == ("near", "asked"))
                if time.perf_counter() - begun > 120:
                    raise LoadFailedError(f"after two minutes, {asked} of {self.near} were asked: {counts}")
            return time.perf_counter() - begun


def _somewhere(chance: random.Random, side: float) -> Position:
    """A place in a square of so many kilometres."""
    north, east = (chance.random() - 0.5) * side, (chance.random() - 0.5) * side
    return Position(
        latitude=MIDDLE[0] + north / DEGREE_KM,
        longitude=MIDDLE[1] + east / DEGREE_KM / math.cos(math.radians(MIDDLE[0])),
        accuracy=5,
        ts=NOW,
        expires_ts=LATER,
        mode="live",
        source="app",
    )


def _resident() -> int:
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * 4096


async def _officer(target: Target) -> str:
    operator = json.loads((target.data_dir / "instance.json").read_bytes())["token"]
    async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(operator)) as session:
        await ask(session, "POST", "/users", {"user": "officer", "password": PASSWORD, "admin": True})
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": "officer"},
        "password": PASSWORD,
    }
    async with (
        aiohttp.ClientSession(target.endpoint.url) as session,
        session.post("/_matrix/client/v3/login", json=body) as answer,
    ):
        return str((await answer.json())["access_token"])
