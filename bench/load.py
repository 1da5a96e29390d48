"""Rooms full of people who all follow their long-polls, and messages sent into them.

`Load.prepare` makes the accounts and rooms; within `following()` every member polls; `closed_loop` and `open_loop`
send for a bounded time and return one measured `Window`.
"""

import asyncio
import time
from array import array
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import quote

from bench.client import ConnectionClosedError
from bench.ledger import Ledger, percentile
from bench.matrix import RequestFailedError, User
from bench.servers import Target

TEXT = "The quick brown fox jumps over the lazy dog, and says good morning to it."
SETUP_AT_ONCE = 8
SETUP_LIMIT = 600.0  # seconds
DRAIN_LIMIT = 30.0  # seconds until everything sent must have arrived


class LoadFailedError(Exception):
    """The work could not be done; the message says why."""


@dataclass
class Member:
    """A user in a room of the load."""

    user: User
    index: int
    seen: set[int]


@dataclass
class Room:
    room_id: str
    members: list[Member]

    def __post_init__(self) -> None:
        self.path = quote(self.room_id)
        self.speakers = cycle(self.members)


@dataclass(frozen=True)
class Window:
    """What one measured window cost and gave. Times in seconds, memory in bytes."""

    sends: int
    deliveries: int
    answers: int  # sync responses that carried them
    elapsed: float  # from the first PUT to the last delivery
    server_cpu: float  # of the server's process tree
    database_cpu: float  # of its database server's, where it has one
    generator_cpu: float  # of the load generator itself
    peak: int  # the server's peak memory within the window
    send_latency: "array[float]"
    delivery_latency: "array[float]"

    def figures(self) -> dict[str, float]:
        """The published figures: µs of CPU, per second, ms, MiB."""
        figures = {
            "sends": self.sends / self.elapsed,
            "deliveries": self.deliveries / self.elapsed,
            "coalesced": self.deliveries / max(self.answers, 1),
            "send_p50": percentile(self.send_latency, 0.5) * 1e3,
            "send_p99": percentile(self.send_latency, 0.99) * 1e3,
            "delivery_p50": percentile(self.delivery_latency, 0.5) * 1e3,
            "delivery_p99": percentile(self.delivery_latency, 0.99) * 1e3,
            "generator": self.generator_cpu / self.elapsed * 100,
        }
        if self.peak:  # otherwise the process is not known
            figures["cpu_per_send"] = self.server_cpu / self.sends * 1e6
            figures["peak"] = self.peak / 2**20
        if self.database_cpu:
            figures["database_cpu"] = self.database_cpu / self.sends * 1e6
        return figures


async def in_parallel(jobs: Iterable[Callable[[], Awaitable[None]]]) -> None:
    """Run set-up work a few at a time."""
    gate = asyncio.Semaphore(SETUP_AT_ONCE)

    async def run(job: Callable[[], Awaitable[None]]) -> None:
        async with gate:
            await job()

    try:
        async with asyncio.timeout(SETUP_LIMIT), asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(run(job))
    except ExceptionGroup as failures:
        raise LoadFailedError(f"set-up failed: {failures.exceptions[0]!r}") from failures
    except TimeoutError:
        raise LoadFailedError(f"set-up took more than {SETUP_LIMIT:.0f} s") from None


async def make_room(target: Target, name: str, size: int) -> Room:
    """Register `size` users and put them into one room; each has synced once."""
    users = [await User.register(target.endpoint, f"{name}-{index}") for index in range(size)]
    creator, *others = users
    room_id = await creator.create_room([user.user_id for user in others])
    for user in others:
        await user.join(room_id)
    for user in users:
        await user.first_sync()
    return Room(room_id, [Member(user, index, set()) for index, user in enumerate(users)])


class Load:
    """The rooms of one target."""

    def __init__(self, target: Target, rooms: list[Room]) -> None:
        self.target = target
        self.rooms = rooms
        self.ledger = Ledger()
        self._failures: list[str] = []
        self._answers = 0

    @classmethod
    async def prepare(cls, target: Target, rooms: int, size: int) -> "Load":
        """Rooms of `size` members who are in no other room."""
        made: list[Room] = []

        async def make(number: int) -> None:
            made.append(await make_room(target, f"r{number}", size))

        await in_parallel([lambda number=number: make(number) for number in range(rooms)])  # type: ignore[misc]
        return cls(target, made)

    @asynccontextmanager
    async def following(self) -> AsyncIterator[None]:
        """Every member follows its long-poll within the block."""
        tasks = [asyncio.create_task(self._follow(room, member)) for room in self.rooms for member in room.members]
        try:
            await asyncio.sleep(0.3)  # let the first polls arrive
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for room in self.rooms:
                for member in room.members:
                    member.user.close()

    async def _follow(self, room: Room, member: Member) -> None:
        user, seen, arrived = member.user, member.seen, self.ledger.arrived
        try:
            while True:
                sync = await user.poll()
                now = time.perf_counter()
                if sync.rooms.join:
                    self._answers += 1
                for room_id, joined in sync.rooms.join.items():
                    for event in joined.timeline.events:
                        if event.content.n >= 0:
                            arrived(event.content.n, event.event_id, room_id, member.index, seen, now)
        except (ConnectionClosedError, RequestFailedError, OSError) as error:
            self._failures.append(f"sync in {room.room_id}: {error}")

    async def _send(self, room: Room, started: float) -> None:
        member: Member = next(room.speakers)
        number = self.ledger.begin(room.room_id, member.index, len(room.members), started)
        event_id = await member.user.send(room.path, number, TEXT)
        self.ledger.answered(number, event_id, time.perf_counter())

    async def closed_loop(self, seconds: float, senders: int) -> None:
        """`senders` people at once, each sends its next message when the last one was answered."""
        until = time.perf_counter() + seconds

        async def speak(rooms: list[Room]) -> None:
            for room in cycle(rooms):
                now = time.perf_counter()
                if now >= until:
                    return
                await self._send(room, now)

        async with asyncio.timeout(seconds + DRAIN_LIMIT), asyncio.TaskGroup() as group:
            for first in range(min(senders, len(self.rooms))):
                group.create_task(speak(self.rooms[first::senders]))

    async def open_loop(self, seconds: float, rate: float) -> None:
        """`rate` messages per second, whatever the server does; latencies count from the scheduled time."""
        begin = time.perf_counter()
        locks = [asyncio.Lock() for _ in self.rooms]

        async def speak(index: int, scheduled: float) -> None:
            async with locks[index]:
                await self._send(self.rooms[index], scheduled)

        async with asyncio.timeout(seconds + DRAIN_LIMIT), asyncio.TaskGroup() as group:
            for number in range(int(seconds * rate)):
                scheduled = begin + number / rate
                delay = scheduled - time.perf_counter()
                if delay > 0:
                    await asyncio.sleep(delay)
                group.create_task(speak(number % len(self.rooms), scheduled))

    async def measured(self, work: Awaitable[None]) -> Window:
        """Run the work within a window of its own, until its last delivery."""
        ledger, tree, database = self.ledger, self.target.tree, self.target.database
        ledger.forget_latencies()
        first, answers = len(ledger.messages), self._answers
        tree.reset_peak()
        behind = database.cpu() if database else 0.0
        started, cpu, own = time.perf_counter(), tree.cpu(), time.process_time()
        try:
            await work
        except ExceptionGroup as failures:
            raise LoadFailedError(f"{self.target.name}: sending failed: {failures.exceptions[0]!r}") from failures
        except TimeoutError:
            raise LoadFailedError(f"{self.target.name} did not answer all sends in time") from None
        await self.drain()
        return Window(
            sends=len(ledger.messages) - first,
            deliveries=ledger.delivered,
            answers=self._answers - answers,
            elapsed=ledger.last_delivery - started,
            server_cpu=tree.cpu() - cpu,
            database_cpu=(database.cpu() - behind) if database else 0.0,
            generator_cpu=time.process_time() - own,
            peak=tree.peak(),
            send_latency=ledger.send_latency,
            delivery_latency=ledger.delivery_latency,
        )

    async def drain(self) -> None:
        """Wait until everything sent has arrived; what has not by then is counted as missing."""
        deadline = time.perf_counter() + DRAIN_LIMIT
        while self.ledger.outstanding > 0 and time.perf_counter() < deadline and not self._failures:  # noqa: ASYNC110
            await asyncio.sleep(0.005)  # an event per delivery would cost the generator more

    def problems(self) -> list[str]:
        """Failed polls and wrong deliveries, in words."""
        return [*dict.fromkeys(self._failures[:3]), *self.ledger.verify()]
