"""100,000 people from a CSV file, and lists of them over SCIM, deep inside."""

import asyncio
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any

import aiohttp

from bench.load import LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

ROOT = "/_roomkeeper/v1"
FIGURES = (
    Figure("import", "importing them", "s"),
    Figure("import_again", "the same file again", "s"),
    Figure("page_first", "first page of 100 over SCIM, 95 %", "ms"),
    Figure("page_deep", "last page of 100, 95 %", "ms"),
    Figure("by_name", "one by userName, 95 %", "ms"),
)


@dataclass(frozen=True)
class People:
    """`people` in a file; each list `repeats` times."""

    people: int = 100_000
    repeats: int = 100
    name: str = "people"
    goals: tuple[Goal, ...] = (
        Goal("import", 60),
        Goal("page_first", 50),
        Goal("page_deep", 50),
        Goal("page_deep", 50, of=RoomkeeperOnPostgreSQL.name),
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"{self.people:,} people", FIGURES, self.goals)
        for target in targets:
            if isinstance(target, Roomkeeper):
                with started(target):
                    outcome.add(target.name, await self._measure(target))
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        operator = json.loads((target.data_dir / "instance.json").read_bytes())["token"]
        async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(operator)) as session:
            sample = {"import": await self._import(session), "import_again": await self._import(session)}
            token = (await ask(session, "POST", "/provisioning_tokens", {"name": "bench"}))["token"]
            await _settled(session)
        deep = f"startIndex={self.people - 99}&count=100"
        queries = {
            "page_first": "count=100",
            "page_deep": deep,
            "by_name": f'filter=userName eq "desk{self.people // 2}@example.org"',
        }
        async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(token)) as session:
            for name, query in queries.items():
                sample[name] = await self._lists(session, query)
        return sample

    async def _import(self, session: aiohttp.ClientSession) -> float:
        lines = (
            f"desk{each}@example.org,Desk {each},desk{each}@example.org,Area {each % 50}/Team {each % 500}\n"
            for each in range(self.people)
        )
        content = "user_name,name,email,department\n" + "".join(lines)
        begun = time.perf_counter()
        await import_people(session, content, self.people)
        return time.perf_counter() - begun

    async def _lists(self, session: aiohttp.ClientSession, query: str) -> float:
        taken = []
        for _ in range(self.repeats):
            begun = time.perf_counter()
            async with session.get(f"/scim/v2/Users?{query}") as answer:
                body = json.loads(await answer.read())
            taken.append((time.perf_counter() - begun) * 1000)
            if answer.status != 200 or not body["Resources"]:
                raise LoadFailedError(f"{query}: {answer.status} {str(body)[:200]}")
        return quantiles(taken, n=20)[-1]


async def ask(session: aiohttp.ClientSession, method: str, path: str, body: Any = None) -> Any:
    async with session.request(method, ROOT + path, json=body) as answer:
        found = await answer.json()
        if answer.status != 200:
            raise LoadFailedError(f"{method} {path}: {answer.status} {found}")
        return found


async def import_people(session: aiohttp.ClientSession, content: str, count: int) -> None:
    """Import a CSV file of so many people."""
    async with session.post(f"{ROOT}/imports", data=content.encode()) as answer:
        import_id = (await answer.json())["import_id"]
    job = await ask(session, "POST", f"/imports/{import_id}/run", {"create_departments": True})
    while job["state"] in ("queued", "running"):
        job = await ask(session, "GET", f"/jobs/{job['job_id']}?since={job['version']}&timeout=20000")
    if job["state"] != "succeeded" or job["progress"]["done"] != count:
        raise LoadFailedError(f"the import ended as {job}")


async def _settled(session: aiohttp.ClientSession) -> None:
    """Wait until those who are new stand in the user directory."""
    while True:
        async with session.get("/metrics") as answer:
            lines = (await answer.text()).splitlines()
        left = [line for line in lines if line.startswith("roomkeeper_facts_undelivered ")]
        if left and float(left[0].split()[1]) == 0:
            return
        await asyncio.sleep(0.2)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}
