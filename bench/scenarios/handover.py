"""Somebody with many customers leaves: how long until all are asked, and what others notice of it."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from bench.load import Load, LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.people import ask, bearer
from bench.servers import Roomkeeper, Target

CLIENT = "/_matrix/client/v3"
PASSWORD = "correct horse battery"
TOGETHER = 16
MIB = 2**20
FIGURES = (
    Figure("seconds", "until every customer is asked", "s"),
    Figure("cpu", "server CPU per customer", "ms"),
    Figure("before", "others' send p99 before", "ms"),
    Figure("meanwhile", "others' send p99 meanwhile", "ms"),
    Figure("ratio", "the same, relative to before", "×"),
    Figure("memory", "memory that the server gained meanwhile", "MiB"),
)


@dataclass(frozen=True)
class Handover:
    """`customers` of one person; others send `rate` messages a second in rooms of two meanwhile."""

    customers: int = 10_000
    rate: float = 100
    seconds: float = 10.0
    rooms: int = 20
    name: str = "handover"
    goals: tuple[Goal, ...] = (Goal("seconds", 60), Goal("ratio", 1.5))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"{self.customers:,} customers of somebody who leaves", FIGURES, self.goals)
        for target in targets:
            if isinstance(target, Roomkeeper):
                with started(target):
                    outcome.add(target.name, await self._measure(target))
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        operator = json.loads((target.data_dir / "instance.json").read_bytes())["token"]
        load = await Load.prepare(target, self.rooms, 2)
        async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(operator)) as session:
            leaver = await self._fill(session, target.endpoint.url)
            await self._warm_up(session)
            async with load.following():
                await load.measured(load.open_loop(self.seconds / 2, self.rate))
                before = (await load.measured(load.open_loop(self.seconds, self.rate))).figures()
                memory, cpu, begun = target.tree.resident(), target.tree.cpu(), time.perf_counter()
                made = await ask(session, "POST", "/departures", {"user_id": leaver})
                finished = asyncio.create_task(self._finished(session, made["departure_id"]))
                meanwhile = (await load.measured(self._until(load, finished))).figures()
                ended = await finished
        return {
            "seconds": ended - begun,
            "cpu": (target.tree.cpu() - cpu) / self.customers * 1000,
            "before": before["send_p99"],
            "meanwhile": meanwhile["send_p99"],
            "ratio": meanwhile["send_p99"] / before["send_p99"],
            "memory": (target.tree.resident() - memory) / MIB,
        }

    async def _warm_up(self, session: aiohttp.ClientSession) -> None:
        """Somebody without customers leaves: the engine of jobs, which is loaded at the first one, is no part of it."""
        body = {"localpart": "nobody", "password": PASSWORD}
        nobody = (await ask(session, "POST", "/people", body))["user_id"]
        made = await ask(session, "POST", "/departures", {"user_id": nobody})
        await ended(session, made["departure_id"])

    async def _fill(self, session: aiohttp.ClientSession, url: str) -> str:
        """A department with the leaver and ten others, and the leaver's customers; the leaver's user id."""
        department = (await ask(session, "POST", "/departments", {"name": "Sales"}))["department_id"]
        sellers = []
        for number in range(11):
            body = {"localpart": f"seller{number}", "password": PASSWORD, "departments": [department]}
            sellers.append((await ask(session, "POST", "/people", body))["user_id"])
        leaver = str(sellers[0])
        server_name = leaver.partition(":")[2]
        login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": leaver}, "password": PASSWORD}
        async with aiohttp.ClientSession(url) as anybody, anybody.post(f"{CLIENT}/login", json=login) as answer:
            token = (await answer.json())["access_token"]
        async with aiohttp.ClientSession(url, headers=bearer(token)) as staff:
            places = asyncio.Semaphore(TOGETHER)

            async def talk(number: int) -> None:
                account = {
                    "username": f"customer{number}",
                    "password": PASSWORD,
                    "auth": {"type": "m.login.dummy"},
                    "inhibit_login": True,
                }
                room = {"invite": [f"@customer{number}:{server_name}"], "is_direct": True}
                async with places:
                    for path, body in (("register", account), ("createRoom", room)):
                        async with staff.post(f"{CLIENT}/{path}", json=body) as answer:
                            if answer.status != 200:
                                raise LoadFailedError(f"no session: {await answer.text()}")

            async with asyncio.TaskGroup() as group:
                for number in range(self.customers):
                    group.create_task(talk(number))
        return leaver

    async def _finished(self, session: aiohttp.ClientSession, departure_id: str) -> float:
        """When all customers are asked."""
        report = await ended(session, departure_id)
        if report["statuses"] != {"waiting": self.customers}:
            raise LoadFailedError(f"the handover ended as {report}")
        return time.perf_counter()

    async def _until(self, load: Load, finished: "asyncio.Task[float]") -> None:
        while not finished.done():
            await load.open_loop(1.0, self.rate)


async def ended(session: aiohttp.ClientSession, departure_id: str) -> Any:
    """The report of a departure whose job has ended."""
    while True:
        report = await ask(session, "GET", f"/departures/{departure_id}")
        if report["departure"]["state"] == "finished":
            return report
        await asyncio.sleep(0.5)
