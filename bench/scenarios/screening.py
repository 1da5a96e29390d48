"""Screening: pressing send until a photograph that was looked at before is with the other, and the same without
screening; the same bytes uploaded by many; and what 10,000 patterns cost a message.
"""

import asyncio
import base64
import hashlib
import random
import string
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

import aiohttp
import msgspec

from bench.load import LoadFailedError
from bench.matrix import User
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.media import photograph, upload
from bench.servers import Roomkeeper, Target, Unscreened
from roomkeeper.capabilities.screening.text.models import TextList
from roomkeeper.capabilities.screening.text.rules import TextRules

PHOTOGRAPH = 2 * 2**20
"""Bytes: a photograph is filled up to that."""
FIGURES = (
    Figure("delivery_p50", "send to delivery of a photograph, median", "ms"),
    Figure("delivery_p99", "the same, 99 %", "ms"),
    Figure("without_p50", "without screening, median", "ms"),
    Figure("without_p99", "the same, 99 %", "ms"),
    Figure("ratio_p50", "with : without, median", "×"),
    Figure("ratio_p99", "the same, 99 %", "×"),
    Figure("forward_p50", "store, check, forward: all of it after send is pressed, median", "ms"),
    Figure("body", "body of the request that sends it", "bytes"),
    Figure("looks", "times that a detector looked into the same bytes of all users", ""),
)
TEXT_FIGURES = (
    Figure("p50", "a message against 10,000 patterns, median", "ms"),
    Figure("p99", "the same, 99 %", "ms"),
    Figure("build", "making the rules", "ms"),
)


@dataclass(frozen=True)
class Screening:
    """`photos` are sent one after the other, by turns in both servers; `users` upload the same bytes."""

    photos: int = 200
    users: int = 1_000
    repeats: int = 3
    name: str = "screening"
    goals: tuple[Goal, ...] = (Goal("ratio_p50", 1.05), Goal("ratio_p99", 1.25), Goal("body", 1023), Goal("looks", 1))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "photographs of 2 MiB, looked at before they are sent", FIGURES, self.goals)
        for _ in range(self.repeats):
            for target in targets:
                if type(target) is Roomkeeper:
                    other = Unscreened(target.data_dir.with_name(f"{target.data_dir.name}-off"))
                    with started(target), started(other):
                        outcome.add(target.name, await self._measure(target, other))
        return outcome

    async def _measure(self, target: Target, other: Target) -> dict[str, float]:
        pairs = [await Pair.made(each) for each in (target, other)]
        for pair in pairs:
            await pair.prepare(self.photos)
        latencies: list[list[float]] = [[], []]
        for number in range(self.photos):
            # Who is the second finds the machine warm: by turns.
            for index in (0, 1) if number % 2 else (1, 0):
                latencies[index].append(await pairs[index].deliver(number))
        forward = [await pairs[0].deliver_all(number) for number in range(max(5, self.photos // 10))]
        looks = await self._looks(target)
        for pair in pairs:
            pair.close()
        (p50, p99), (off50, off99) = (quantiles(each) for each in latencies)
        return {
            "delivery_p50": p50,
            "delivery_p99": p99,
            "without_p50": off50,
            "without_p99": off99,
            "ratio_p50": p50 / off50,
            "ratio_p99": p99 / off99,
            "forward_p50": quantiles(forward)[0],
            "body": len(msgspec.json.encode(pairs[0].content(0))),
            "looks": looks,
        }

    async def _looks(self, target: Target) -> float:
        """How often the detector of types looks when all users upload the same bytes."""
        before = await looked(target)
        data = photograph(99)
        for number in range(self.users):
            user = await User.register(target.endpoint, f"same{number}")
            await upload(user, data, "image/jpeg")
            user.close()
        return await looked(target) - before


LONGEST_S = 120.0


class Pair:
    """Somebody who sends photographs, and somebody who waits for them."""

    def __init__(self, sender: User, receiver: User, room_id: str) -> None:
        self._sender = sender
        self._receiver = receiver
        self._room_id = room_id
        self._uris: list[str] = []
        self._checksums: list[str] = []

    @classmethod
    async def made(cls, target: Target) -> "Pair":
        """Two users in a room."""
        sender, receiver = [await User.register(target.endpoint, name) for name in ("sender", "receiver")]
        room_id = await sender.create_room([receiver.user_id])
        await receiver.join(room_id)
        await receiver.first_sync()
        return cls(sender, receiver, room_id)

    async def prepare(self, photos: int) -> None:
        """Upload the photographs, as a client does while the caption is being written."""
        picture = photograph(1)
        for number in range(photos):
            await self._upload(picture, number)
        for uri in self._uris:
            await self._checked(uri)

    async def _checked(self, uri: str) -> None:
        """Wait until a photograph has been looked at: its sender still writes the caption."""
        path = f"/_roomkeeper/v1/screening/uploads/{uri.rpartition('/')[2]}?timeout_ms=20000"
        async with asyncio.timeout(LONGEST_S):
            while (await self._sender.call("GET", path)).get("state") == "checking":
                pass

    async def _upload(self, picture: bytes, number: int) -> None:
        data = (picture + str(number).encode()).ljust(PHOTOGRAPH, b"\0")
        self._uris.append(await upload(self._sender, data, "image/jpeg"))
        self._checksums.append(base64.b64encode(hashlib.sha256(data).digest()).decode().rstrip("="))

    def content(self, number: int) -> dict[str, str]:
        """What is sent of a photograph: as the web client does, with the checksum of what was meant."""
        return {
            "msgtype": "m.image",
            "body": "x",
            "url": f"mxc://{self._uris[number]}",
            "org.roomkeeper.sha256": self._checksums[number],
        }

    async def deliver_all(self, number: int) -> float:
        """Seconds from pressing send until the other has it, where nothing was done before."""
        picture = photograph(2)
        begun = time.perf_counter()
        await self._upload(picture, number)
        before = time.perf_counter() - begun
        return before + await self.deliver(len(self._uris) - 1)

    async def deliver(self, number: int) -> float:
        """Seconds from pressing send until the other has it."""
        waiting = asyncio.create_task(self._receiver.poll())
        await asyncio.sleep(0.005)
        content = self.content(number)
        begun = time.perf_counter()
        path = f"/_matrix/client/v3/rooms/{self._room_id}/send/m.room.message/s{number}"
        sent = await self._sender.call("PUT", path, content)
        while True:
            answer = await waiting
            rooms = answer.rooms.join
            seen = [event.event_id for room in rooms.values() for event in room.timeline.events]
            if sent["event_id"] in seen:
                return time.perf_counter() - begun
            waiting = asyncio.create_task(self._receiver.poll())

    def close(self) -> None:
        """Drop the connections."""
        self._sender.close()
        self._receiver.close()


async def looked(target: Target) -> float:
    """How often the detector of types has looked."""
    async with aiohttp.ClientSession(target.endpoint.url) as session, session.get("/metrics") as answer:
        if answer.status != 200:
            raise LoadFailedError(f"no metrics: {answer.status}")
        lines = (await answer.text()).splitlines()
    name = 'roomkeeper_screening_looks_total{detector="type"'
    return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


@dataclass(frozen=True)
class ScreeningText:
    """`patterns` random words; messages of many lengths, some of them disguised. In this process, without a server."""

    patterns: int = 10_000
    messages: int = 5_000
    repeats: int = 3
    name: str = "screening_text"
    goals: tuple[Goal, ...] = (Goal("p99", 0.2),)

    async def run(self, targets: Sequence[Target]) -> Outcome:  # noqa: ARG002 - it needs no server
        outcome = Outcome(self.name, f"text rules, {self.patterns:,} patterns", TEXT_FIGURES, self.goals)
        for repeat in range(self.repeats):
            outcome.add(Roomkeeper.name, self._measure(random.Random(repeat)))
        return outcome

    def _measure(self, chance: random.Random) -> dict[str, float]:
        words = ["".join(chance.choices(string.ascii_lowercase, k=chance.randint(4, 12))) for _ in range(self.patterns)]
        begun = time.perf_counter()
        rules = TextRules([(TextList(list_id="x", name="x", created_ts=0, updated_ts=0), words)])
        build = time.perf_counter() - begun
        common = [
            "hello",
            "the",
            "invoice",
            "of",
            "Thursday",
            "is",
            "3 days",
            "late,",
            "could",
            "you",
            "please",
            "看看",
            "für",
        ]
        took = []
        for _ in range(self.messages):
            message = " ".join(chance.choice(common) for _ in range(min(int(chance.paretovariate(0.9)) * 3, 200)))
            if chance.random() < 0.05:
                message += " " + ".".join(chance.choice(words))
            begun = time.perf_counter()
            rules.search(message)
            took.append(time.perf_counter() - begun)
        p50, p99 = quantiles(took)
        return {"p50": p50, "p99": p99, "build": build * 1e3}


def quantiles(seconds: list[float]) -> tuple[float, float]:
    """Median and 99 in 100, in milliseconds."""
    ordered = sorted(seconds)
    return median(ordered) * 1e3, ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))] * 1e3
