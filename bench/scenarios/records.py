"""Records: what recording adds to a message, how fast entries of other programs come in, search and export of many.

Two servers of the kind are sent the same messages in turns: one records nothing, the other every room.
"""

import asyncio
import hashlib
import itertools
import json
import random
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp

from bench.fill_messages import TEXTS, text_of
from bench.load import Load, LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import cpu, started, stored_bytes
from bench.scenarios.people import ROOT, ask, bearer
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

PASSWORD = "correct horse battery"
PIECE = 4 * 2**20
MIB = 2**20
CONVERSATIONS = 20
UPLOADED = 50_000
"""Entries in one upload."""
FIGURES = (
    Figure("plain", "server CPU per send, nothing recorded", "µs"),
    Figure("recorded", "the same, every room recorded and indexed", "µs"),
    Figure("added", "what recording adds", "%"),
    Figure("ingest", "entries of other programs, committed", "/s"),
    Figure("ingest_cpu", "CPU of server and database per entry", "µs"),
    Figure("stored", "database and files with all of them", "MiB"),
    *(Figure(f"search_{term}", f"search, {term.replace('_', ' ')}, 95 %", "ms") for term in TEXTS),
    Figure("inside", "search inside one record, 95 %", "ms"),
    Figure("export", "export as JSON Lines, entries", "/s"),
    Figure("grown", "memory that the export adds", "MiB"),
)


@dataclass(frozen=True)
class Records:
    """`entries` of other programs in 20 records, in two languages; each kind of search `repeats` times.

    `exported` of these records are exported.
    """

    entries: int = 100_000
    exported: int = CONVERSATIONS
    repeats: int = 60
    rooms: int = 40
    senders: int = 16
    seconds: float = 5.0
    warm_up: float = 1.5
    windows: int = 3
    name: str = "records"
    goals: tuple[Goal, ...] = (
        Goal("added", 10),
        *(Goal(f"search_{term}", 300) for term in TEXTS),
        Goal("inside", 300),
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"records, {self.entries:,} entries", FIGURES, self.goals)
        for target in targets:
            if not isinstance(target, Roomkeeper):
                continue
            sample = {} if isinstance(target, RoomkeeperOnPostgreSQL) else await self._added(target, outcome)
            with started(target):
                outcome.add(target.name, sample | await self._others(target))
        return outcome

    # ------------------------------------------------------------ what recording adds

    async def _added(self, target: Roomkeeper, outcome: Outcome) -> dict[str, float]:
        plain, recorded = (type(target)(target.data_dir / name) for name in ("plain", "recorded"))
        costs: dict[str, list[float]] = {"plain": [], "recorded": []}
        async with AsyncExitStack() as stack:
            loads = {
                "plain": await stack.enter_async_context(self._prepared(plain, is_recorded=False)),
                "recorded": await stack.enter_async_context(self._prepared(recorded, is_recorded=True)),
            }
            for _ in range(self.windows):
                for name, load in loads.items():
                    async with load.following():
                        await load.measured(load.closed_loop(self.warm_up, self.senders))
                        window = await load.measured(load.closed_loop(self.seconds, self.senders))
                    costs[name].append(window.figures()["cpu_per_send"])
            for name, load in loads.items():
                outcome.problems += [f"{name}: {problem}" for problem in load.problems()]
        ratios = sorted(one / other for one, other in zip(costs["recorded"], costs["plain"], strict=True))
        return {
            "plain": sorted(costs["plain"])[len(ratios) // 2],
            "recorded": sorted(costs["recorded"])[len(ratios) // 2],
            "added": (ratios[len(ratios) // 2] - 1) * 100,
        }

    @asynccontextmanager
    async def _prepared(self, target: Target, *, is_recorded: bool) -> AsyncIterator[Load]:
        with started(target):
            load = await Load.prepare(target, self.rooms, 2)
            if is_recorded:
                async with _operator(target) as session:
                    await ask(session, "PUT", "/records/policies", {"kind": "room", "record": True})
            yield load

    # ------------------------------------------------------------ records of other programs

    async def _others(self, target: Target) -> dict[str, float]:
        async with _operator(target) as session:
            await ask(session, "POST", "/people", {"localpart": "agent", "password": PASSWORD})
            token = await _login(target)
            async with aiohttp.ClientSession(target.endpoint.url, headers=bearer(token)) as agent:
                sample = await self._ingest(target, agent)
            sample |= await self._searches(target, session)
            sample |= await self._export(target, session)
        return sample

    async def _ingest(self, target: Target, agent: aiohttp.ClientSession) -> dict[str, float]:
        each = self.entries // CONVERSATIONS
        taken = 0.0
        used = cpu(target)
        for number, first in itertools.product(range(CONVERSATIONS), range(0, each, UPLOADED)):
            is_last = number == CONVERSATIONS - 1 and first + UPLOADED >= each
            content = b"".join(_lines(number, range(first, min(first + UPLOADED, each)), is_last=is_last))
            begun = time.perf_counter()
            await _upload(agent, f"upload{number}-{first}", content)
            taken += time.perf_counter() - begun
        return {
            "ingest": each * CONVERSATIONS / taken,
            "ingest_cpu": (cpu(target) - used) / (each * CONVERSATIONS) * 1e6,
        }

    async def _searches(self, target: Target, session: aiohttp.ClientSession) -> dict[str, float]:
        sample: dict[str, float] = {}
        await self._until_indexed(session)
        sample["stored"] = await stored_bytes(target) / MIB
        for term, make in TEXTS.items():
            sample[f"search_{term}"] = await self._timed(session, "/records/search", [make] * self.repeats, term)
        record_id = (await ask(session, "GET", "/records"))["records"][0]["record_id"]
        sample["inside"] = await self._timed(
            session, f"/records/{record_id}/search", [TEXTS["common"], TEXTS["zh_common"]] * (self.repeats // 2), "in"
        )
        return sample

    async def _until_indexed(self, session: aiohttp.ClientSession) -> None:
        """The newest entry's word is found when all that came before it is."""
        while not (await ask(session, "GET", "/records/search?q=lastofall"))["results"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    async def _timed(self, session: aiohttp.ClientSession, path: str, makers: list[Any], seed: str) -> float:
        chance, taken = random.Random(seed), []
        for make in makers:
            begun = time.perf_counter()
            async with session.get(ROOT + path, params={"q": make(chance)}) as answer:
                await answer.read()
                if answer.status != 200:
                    raise LoadFailedError(f"{path}: {answer.status}")
            taken.append((time.perf_counter() - begun) * 1e3)
        return sorted(taken)[int(len(taken) * 0.95)]

    async def _export(self, target: Target, session: aiohttp.ClientSession) -> dict[str, float]:
        found = (await ask(session, "GET", f"/records?limit={self.exported}"))["records"]
        record_ids = [record["record_id"] for record in found]
        before, begun = target.tree.resident(), time.perf_counter()
        made = await ask(session, "POST", "/records/exports", {"media": False, "record_ids": record_ids})
        peak = before
        while made["export"].get("size") is None:
            await asyncio.sleep(0.1)
            peak = max(peak, target.tree.resident())
            made = await ask(session, "GET", f"/records/exports/{made['export']['export_id']}")
        taken = time.perf_counter() - begun
        return {"export": self.entries * len(found) / CONVERSATIONS / taken, "grown": (peak - before) / MIB}


def _lines(conversation: int, numbers: range, *, is_last: bool) -> Iterator[bytes]:
    chance = random.Random(f"{conversation} {numbers}")
    header = {"format": "org.roomkeeper.record", "program": "bench", "conversation": f"c{conversation}"}
    yield json.dumps(header).encode() + b"\n"
    for number in numbers:
        text = text_of(chance, number)
        if is_last and number == numbers[-1]:
            text += " lastofall"
        entry = {"id": f"m{number}", "ts": 1_700_000_000_000 + number, "sender": f"p{number % 2}", "text": text}
        yield json.dumps(entry, ensure_ascii=False).encode() + b"\n"


async def _upload(agent: aiohttp.ClientSession, upload_id: str, content: bytes) -> None:
    body = {"upload_id": upload_id, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    await ask(agent, "POST", "/records/uploads", body)
    path = f"{ROOT}/records/uploads/{upload_id}"
    for at in range(0, len(content), PIECE):
        async with agent.put(f"{path}?offset={at}", data=content[at : at + PIECE]) as answer:
            if answer.status != 200:
                raise LoadFailedError(await answer.text())
    while not (await ask(agent, "POST", f"/records/uploads/{upload_id}/commit")).get("done"):
        pass


def _operator(target: Target) -> aiohttp.ClientSession:
    token = json.loads((Path(target.data_dir) / "instance.json").read_bytes())["token"]
    return aiohttp.ClientSession(target.endpoint.url, headers=bearer(token))


async def _login(target: Target) -> str:
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "agent"}, "password": PASSWORD}
    async with (
        aiohttp.ClientSession(target.endpoint.url) as session,
        session.post("/_matrix/client/v3/login", json=body) as answer,
    ):
        return str((await answer.json())["access_token"])
