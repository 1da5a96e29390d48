"""Records: what recording adds to a message, how fast entries of other programs come in, search and export of many.

Two servers of the kind are sent the same messages in turns: one records nothing, the other every room. Entries of other
programs are uploaded; most are then written into the stopped server's database, as the server would write them, in many
conversations. They are searched by the operator, who sees all; by the supervisor of a department that has few of them;
and while others are uploaded.
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
from bench.fill_records import EVERY_MS, PROGRAM, START_MS, fill_records
from bench.load import Load, LoadFailedError
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import cpu, started, stored_bytes
from bench.scenarios.people import ROOT, ask, bearer
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

PASSWORD = "correct horse battery"
AGENT, SUPERVISOR = "@agent:bench.example.org", "@supervisor:bench.example.org"
PIECE = 4 * 2**20
MIB = 2**20
CONVERSATIONS = 20
"""Those that are uploaded."""
UPLOADED = 50_000
"""Entries in one upload."""
SMALL = 200
"""Of so many conversations one is of the small department."""
FIGURES = (
    Figure("plain", "server CPU per send, nothing recorded", "µs"),
    Figure("recorded", "the same, every room recorded and indexed", "µs"),
    Figure("added", "what recording adds", "%"),
    Figure("ingest", "entries of other programs, committed", "/s"),
    Figure("ingest_cpu", "CPU of server and database per entry", "µs"),
    Figure("indexed", "the same entries, committed and indexed", "/s"),
    Figure("searched", "entries that are searched", ""),
    Figure("stored", "database and files with all of them", "MiB"),
    *(Figure(f"search_{term}", f"search, {term.replace('_', ' ')}, 95 %", "ms") for term in TEXTS),
    *(Figure(f"few_{term}", f"search of one in {SMALL}, {term.replace('_', ' ')}, 95 %", "ms") for term in TEXTS),
    Figure("meanwhile", "search while entries are uploaded, all kinds, 95 %", "ms"),
    Figure("inside", "search inside one record, 95 %", "ms"),
    Figure("exported", "entries that are exported", ""),
    Figure("export", "export as JSON Lines, entries", "/s"),
    Figure("grown", "memory that the export adds", "MiB"),
)


@dataclass(frozen=True)
class Records:
    """`entries` of other programs, in two languages, of which `uploaded` are uploaded; `exported` are exported.

    Each kind of search is made `repeats` times.
    """

    entries: int = 200_000
    uploaded: int = 100_000
    exported: int = 100_000
    repeats: int = 60
    rooms: int = 40
    senders: int = 16
    seconds: float = 5.0
    warm_up: float = 1.5
    windows: int = 3
    name: str = "records"
    goals: tuple[Goal, ...] = (
        Goal("added", 10),
        Goal("ingest_cpu", 500),
        *(Goal(f"{whose}_{term}", 300) for whose in ("search", "few") for term in TEXTS),
        Goal("meanwhile", 300),
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

    async def _others(self, target: Roomkeeper) -> dict[str, float]:
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(_operator(target))
            departments = [await _department(session, name) for name in ("Large", "Small")]
            await ask(session, "POST", "/people", {"localpart": "agent", "password": PASSWORD})
            await ask(session, "POST", "/people", {"localpart": "supervisor", "password": PASSWORD})
            await _supervise(session, departments[1])
            token = await _login(target, "agent")
            agent = await stack.enter_async_context(aiohttp.ClientSession(target.endpoint.url, headers=bearer(token)))
            sample = await self._ingest(target, session, agent)
        sample["searched"] = self.uploaded + await self._fill(target, departments)
        async with AsyncExitStack() as stack:
            session = await stack.enter_async_context(_operator(target))
            tokens = [await _login(target, name) for name in ("agent", "supervisor")]
            agent, few = [
                await stack.enter_async_context(aiohttp.ClientSession(target.endpoint.url, headers=bearer(token)))
                for token in tokens
            ]
            sample["stored"] = await stored_bytes(target) / MIB
            sample |= await self._searches(session, few)
            sample["meanwhile"] = await self._meanwhile(session, agent)
            sample |= await self._export(target, session)
        return sample

    async def _ingest(
        self, target: Target, session: aiohttp.ClientSession, agent: aiohttp.ClientSession
    ) -> dict[str, float]:
        each = self.uploaded // CONVERSATIONS
        taken, begun = 0.0, time.perf_counter()
        used = cpu(target)
        for number, first in itertools.product(range(CONVERSATIONS), range(0, each, UPLOADED)):
            is_last = number == CONVERSATIONS - 1 and first + UPLOADED >= each
            content = b"".join(_lines(number, range(first, min(first + UPLOADED, each)), is_last=is_last))
            started_at = time.perf_counter()
            await _upload(agent, f"upload{number}-{first}", content)
            taken += time.perf_counter() - started_at
        used = cpu(target) - used
        await self._until_indexed(session)
        return {
            "ingest": each * CONVERSATIONS / taken,
            "ingest_cpu": used / (each * CONVERSATIONS) * 1e6,
            "indexed": each * CONVERSATIONS / (time.perf_counter() - begun),
        }

    async def _fill(self, target: Roomkeeper, departments: Sequence[str]) -> int:
        target.stop()
        url = target.environment().get("ROOMKEEPER_DATABASE_URL") or f"sqlite:///{target.data_dir / 'roomkeeper.db'}"
        filled = await fill_records(
            url, self.entries - self.uploaded, AGENT, lambda number: departments[number % SMALL == 1]
        )
        target.start()
        return filled

    async def _searches(self, session: aiohttp.ClientSession, few: aiohttp.ClientSession) -> dict[str, float]:
        sample: dict[str, float] = {}
        for whose, searcher in (("search", session), ("few", few)):
            for term, make in TEXTS.items():
                taken = await self._timed(searcher, "/records/search", [make] * self.repeats, term)
                sample[f"{whose}_{term}"] = _p95(taken)
        record_id = (await ask(session, "GET", "/records"))["records"][0]["record_id"]
        makers = [TEXTS["common"], TEXTS["zh_common"]] * (self.repeats // 2)
        sample["inside"] = _p95(await self._timed(session, f"/records/{record_id}/search", makers, "in"))
        return sample

    async def _meanwhile(self, session: aiohttp.ClientSession, agent: aiohttp.ClientSession) -> float:
        """Searches of all kinds, from the beginning of uploads to their end."""
        each = self.uploaded // CONVERSATIONS
        contents = [
            b"".join(_lines(CONVERSATIONS + at, range(each), is_last=False)) for at in range(CONVERSATIONS // 4)
        ]

        async def uploads() -> None:
            for at, content in enumerate(contents):
                await _upload(agent, f"meanwhile{at}", content)

        uploading = asyncio.create_task(uploads())
        taken: list[float] = []
        while not uploading.done():
            taken += await self._timed(session, "/records/search", list(TEXTS.values()), str(len(taken)))
        await uploading
        return _p95(taken)

    async def _until_indexed(self, session: aiohttp.ClientSession) -> None:
        """The newest entry's word is found when all that came before it is."""
        while not (await ask(session, "GET", "/records/search?q=lastofall"))["results"]:  # noqa: ASYNC110
            await asyncio.sleep(0.2)

    async def _timed(self, session: aiohttp.ClientSession, path: str, makers: Sequence[Any], seed: str) -> list[float]:
        """What each search takes, in milliseconds."""
        chance, taken = random.Random(seed), []
        for make in makers:
            begun = time.perf_counter()
            async with session.get(ROOT + path, params={"q": make(chance)}) as answer:
                await answer.read()
                if answer.status != 200:
                    raise LoadFailedError(f"{path}: {answer.status}")
            taken.append((time.perf_counter() - begun) * 1e3)
        return taken

    async def _export(self, target: Target, session: aiohttp.ClientSession) -> dict[str, float]:
        """Export the oldest of what was filled in: whole conversations that began by then."""
        before, begun = target.tree.resident(), time.perf_counter()
        wanted = {"media": False, "program": PROGRAM, "until": START_MS + (self.uploaded + self.exported) * EVERY_MS}
        made = await ask(session, "POST", "/records/exports", wanted)
        peak = before
        while made["export"].get("size") is None:
            await asyncio.sleep(0.1)
            peak = max(peak, target.tree.resident())
            made = await ask(session, "GET", f"/records/exports/{made['export']['export_id']}")
        exported, taken = made["export"]["counts"]["entries"], time.perf_counter() - begun
        return {"exported": exported, "export": exported / taken, "grown": (peak - before) / MIB}


def _p95(taken: list[float]) -> float:
    return sorted(taken)[int(len(taken) * 0.95)]


def _lines(conversation: int, numbers: range, *, is_last: bool) -> Iterator[bytes]:
    chance = random.Random(f"{conversation} {numbers}")
    header = {"format": "org.roomkeeper.record", "program": "uploads", "conversation": f"c{conversation}"}
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


async def _department(session: aiohttp.ClientSession, name: str) -> str:
    return str((await ask(session, "POST", "/departments", {"name": name}))["department_id"])


async def _supervise(session: aiohttp.ClientSession, department_id: str) -> None:
    await ask(session, "PUT", f"/people/{SUPERVISOR}/roles/supervisor?department={department_id}")


async def _login(target: Target, name: str) -> str:
    body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": name}, "password": PASSWORD}
    async with (
        aiohttp.ClientSession(target.endpoint.url) as session,
        session.post("/_matrix/client/v3/login", json=body) as answer,
    ):
        return str((await answer.json())["access_token"])
