"""Search over many messages: how long it takes, how long the index takes to be made, and whom that disturbs.

People and rooms are made over HTTP. Messages are then written straight into the stopped server's database, which finds
on its next start that they are not indexed yet. While it catches up, one person goes on sending. Afterwards somebody
who is in all rooms searches, and somebody who is in a few.
"""

import asyncio
import itertools
import random
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import quantiles
from urllib.parse import quote

from bench.fill import CannotFillError
from bench.fill_messages import TEXTS, fill_postgresql, fill_sqlite
from bench.load import LoadFailedError
from bench.matrix import V3, User, request_bytes
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import cpu, started, stored_bytes
from bench.servers import Roomkeeper, RoomkeeperOnPostgreSQL, Target

LAG = re.compile(rb'roomkeeper_follower_lag_positions\{follower="search"\} ([0-9.e+]+)')
CATCH_UP_LIMIT = 1_800.0  # seconds
MIB = 2**20

TERMS = {
    "common": "a word in a fifth of all messages",
    "rare": "a word in a few messages",
    "two": "two common words",
    "phrase": "a phrase",
    "prefix": "the beginning of words, three letters",
    "prefix_short": "the same, two letters",
    "prefix_long": "the same, five letters",
    "zh_common": "a Chinese word in a fifth of all messages",
    "zh_rare": "a Chinese word in a few messages",
    "zh_char": "a single Chinese character",
}
FIGURES = (
    Figure("rebuild", "making the index", "s"),
    Figure("rate", "the same, messages", "/s"),
    Figure("send_p50", "send meanwhile, median", "ms"),
    Figure("send_p95", "send meanwhile, 95 %", "ms"),
    Figure("stored", "database without the index", "MiB"),
    Figure("index", "the index", "MiB"),
    *(
        Figure(f"{term}_{who}_{part}", f"{what}, {who} rooms, {label}", "ms")
        for term, what in TERMS.items()
        for who in ("all", "few")
        for part, label in (("p50", "median"), ("p95", "95 %"), ("cpu", "CPU of server and database"))
    ),
)


@dataclass(frozen=True)
class Search:
    """`messages` in `rooms` rooms; each kind of search `repeats` times, by somebody in all rooms and in `few`."""

    messages: int = 1_000_000
    rooms: int = 200
    few: int = 5
    repeats: int = 60
    name: str = "search"
    goals: tuple[Goal, ...] = field(
        default=tuple(
            Goal(f"{term}_{who}_p95", 100, of=target)
            for term in TERMS
            for who in ("all", "few")
            for target in ("", RoomkeeperOnPostgreSQL.name)
        )
    )

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, f"search in {self.messages:,} messages", FIGURES, self.goals)
        for target in targets:
            if not isinstance(target, Roomkeeper):
                outcome.notes.append(f"{target.name} is not filled")
                continue
            with started(target):
                try:
                    outcome.add(target.name, await self._measure(target))
                except CannotFillError as error:
                    outcome.problems.append(f"cannot fill: {error}")
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        owner, reader = [await User.register(target.endpoint, name) for name in ("owner", "reader")]
        rooms = [await owner.create_room([reader.user_id] if n < self.few else []) for n in range(self.rooms)]
        for room_id in rooms[: self.few]:
            await reader.join(room_id)
        for number, room_id in enumerate(rooms):
            await owner.send(quote(room_id), number, "template")
        target.stop()
        if isinstance(target, RoomkeeperOnPostgreSQL):
            await fill_postgresql(target.database_url, self.messages, len(rooms))
        else:
            fill_sqlite(target.data_dir, self.messages, len(rooms))
        before = await stored_bytes(target)
        target.start()
        sample = await self._rebuild(target, owner, quote(rooms[0]))
        sample |= {"stored": before / MIB, "index": (await stored_bytes(target) - before) / MIB}
        for who, user in (("all", owner), ("few", reader)):
            for term in TERMS:
                sample |= await self._searches(target, user, who, term)
        owner.close()
        reader.close()
        return sample

    async def _rebuild(self, target: Target, user: User, room_path: str) -> dict[str, float]:
        begun, sends = time.perf_counter(), []
        for number in itertools.count(1_000_000):
            sent = time.perf_counter()
            await user.send(room_path, number, "meanwhile")
            sends.append((time.perf_counter() - sent) * 1e3)
            if await _lag(user) < 50:
                break
            if time.perf_counter() - begun > CATCH_UP_LIMIT:
                raise LoadFailedError(f"{target.name}: the index did not catch up in {CATCH_UP_LIMIT:.0f} s")
            await asyncio.sleep(0.05)
        took = time.perf_counter() - begun
        p50, p95 = _percentiles(sends)
        return {"rebuild": took, "rate": self.messages / took, "send_p50": p50, "send_p95": p95}

    async def _searches(self, target: Target, user: User, who: str, term: str) -> dict[str, float]:
        chance, took = random.Random(term), []
        used = cpu(target)
        for _ in range(self.repeats):
            wish = {"search_term": TEXTS[term](chance), "event_context": {"before_limit": 1, "after_limit": 1}}
            begun = time.perf_counter()
            answer = await user.call("POST", f"{V3}/search", {"search_categories": {"room_events": wish}})
            took.append((time.perf_counter() - begun) * 1e3)
            if not answer["search_categories"]["room_events"]["results"] and term not in ("rare", "zh_rare", "phrase"):
                raise LoadFailedError(f"a search for {wish['search_term']!r} found nothing")
        p50, p95 = _percentiles(took)
        each = (cpu(target) - used) / self.repeats * 1e3
        return {f"{term}_{who}_p50": p50, f"{term}_{who}_p95": p95, f"{term}_{who}_cpu": each}


async def _lag(user: User) -> float:
    status, answer = await user.polling.request(request_bytes("GET", "/metrics", user.endpoint))
    found = LAG.search(answer)
    if status != 200 or found is None:
        raise LoadFailedError("the server has no metric for the lag of the index")
    return float(found[1])


def _percentiles(values: Sequence[float]) -> tuple[float, float]:
    if len(values) < 2:
        return values[0], values[0]
    cuts = quantiles(values, n=20, method="inclusive")
    return cuts[9], cuts[18]
