"""Tracking: events taken in, in batches over HTTP, and a user's flow beside very many stored ones."""

import asyncio
import itertools
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench import fill_tracking
from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import cpu, started, stored_bytes
from bench.scenarios.people import ROOT, ask, bearer
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

GIB = 2**30
FIGURES = (
    Figure("intake", "events taken in, batches of 100, one core", "/s"),
    Figure("intake_cpu", "CPU of the server per event", "µs"),
    Figure("flow", "flow of a user, 95 %", "ms"),
    Figure("flow_median", "flow of a user, median", "ms"),
    Figure("events", "events stored then", ""),
    Figure("stored", "database with them", "GiB"),
)


@dataclass(frozen=True)
class Tracking:
    """Events taken in for `seconds` by `senders` at a time; then flows of users beside `stored` events."""

    stored: int = 200_000
    seconds: float = 8.0
    senders: int = 4
    batch: int = 100
    flows: int = 200
    name: str = "tracking"
    goals: tuple[Goal, ...] = (Goal("intake_cpu", 200), Goal("flow", 200))
    """200 µs: 5,000 a second on one core."""

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"tracked events, {self.stored:,} stored", FIGURES, self.goals)
        for target in targets:
            # The other database is filled by its own means; see what it takes in with the messages.
            if not isinstance(target, Roomkeeper) or isinstance(target, RoomkeeperOnPostgreSQL):
                continue
            with started(target):
                sample = await self._intake(target)
                target.stop()
                await asyncio.to_thread(fill_tracking.fill, target.data_dir, self.stored)
                target.start()
                outcome.add(target.name, sample | await self._flows(target))
        return outcome

    async def _intake(self, target: Target) -> dict[str, float]:
        async with _operator(target) as session:
            wish = {"name": "bench", "per_second": 1_000_000}
            key = (await ask(session, "POST", "/repair/keys", wish))["write_key"]
        taken, numbers, used, begun = 0, itertools.count(), cpu(target), time.perf_counter()

        async def send(session: aiohttp.ClientSession) -> None:
            nonlocal taken
            while time.perf_counter() - begun < self.seconds:
                body = _batch(next(numbers), self.batch)
                async with session.post("/v1/batch", data=body) as answer:
                    if answer.status != 200:
                        raise LoadFailedError(f"{answer.status}: {await answer.text()}")
                    taken += (await answer.json())["stored"]

        auth = aiohttp.BasicAuth(key, "")
        async with aiohttp.ClientSession(target.endpoint.url, auth=auth) as session:
            await asyncio.gather(*(send(session) for _ in range(self.senders)))
        spent = time.perf_counter() - begun
        return {"intake": taken / spent, "intake_cpu": (cpu(target) - used) / taken * 1e6}

    async def _flows(self, target: Target) -> dict[str, float]:
        chance, taken, count = random.Random(7), [], fill_tracking.users(self.stored)
        async with _operator(target) as session:
            for _ in range(self.flows):
                query = {"kind": "message_stuck", "user_id": fill_tracking.user_id(chance.randrange(count))}
                begun = time.perf_counter()
                async with session.get(f"{ROOT}/repair/flow", params=query) as answer:
                    found = await answer.json()
                taken.append((time.perf_counter() - begun) * 1e3)
                if answer.status != 200 or not found["attempts"]:
                    raise LoadFailedError(f"{answer.status}: {str(found)[:300]}")
        taken.sort()
        return {
            "flow": taken[int(len(taken) * 0.95)],
            "flow_median": taken[len(taken) // 2],
            "events": float(self.stored),
            "stored": await stored_bytes(target) / GIB,
        }


def _batch(number: int, size: int) -> bytes:
    """What an SDK sends: attempts to send a message, of a user each."""
    now = int(time.time() * 1000)
    messages: list[dict[str, Any]] = [
        {
            "type": "track",
            "event": fill_tracking.POINTS[place % 4],
            "userId": f"@sender{number % 500}:bench.example",
            "messageId": f"b{number}-{place}",
            "timestamp": now,
            "properties": {"txn_id": f"t{number}-{place // 4}", "room_id": "!room:bench.example"},
        }
        for place in range(size)
    ]
    return json.dumps({"batch": messages, "sentAt": now}).encode()


def _operator(target: Target) -> aiohttp.ClientSession:
    token = json.loads((Path(target.data_dir) / "instance.json").read_bytes())["token"]
    return aiohttp.ClientSession(target.endpoint.url, headers=bearer(token))
