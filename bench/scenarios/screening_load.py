"""Ten times as many photographs as the analysis workers can look at: what text messages notice of it, and what becomes
of the photographs. The same photographs are sent to a server without screening, so that only screening differs.
"""

import asyncio
import io
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import msgspec
from PIL import Image

from bench.load import Load, in_parallel
from bench.matrix import V3, User, request_bytes
from bench.outcome import Figure, Goal, Outcome
from bench.scenarios.base import started
from bench.scenarios.media import upload
from bench.servers import Roomkeeper, Target, Unscreened

SIZE = (4000, 3000)
QUEUE = 40
FIGURES = (
    Figure("capacity", "photographs of 12 megapixels that are looked at", "/s"),
    Figure("sent", "photographs that are sent", "/s"),
    Figure("text_p99", "a text message meanwhile, sent, 99 %", "ms"),
    Figure("without_p99", "the same without screening", "ms"),
    Figure("ratio", "with : without", "×"),
    Figure("queue", "photographs that wait, at most", ""),
    Figure("delivered", "delivered", ""),
    Figure("held", "held until they are looked at", ""),
    Figure("refused", "refused for now (429)", ""),
    Figure("unchecked", "delivered without having been looked at", ""),
)


class Screened(Roomkeeper):
    """A short queue and little patience, so that the bounds are reached soon."""

    def environment(self) -> dict[str, str]:
        limits = {"QUEUE_LENGTH": str(QUEUE), "DEADLINE_SECONDS": "2"}
        return {**super().environment(), **{f"ROOMKEEPER_SCREENING_{name}": value for name, value in limits.items()}}


@dataclass(frozen=True)
class ScreeningLoad:
    """`users` send photographs, `times` as many as are looked at, while others send `rate` messages a second."""

    users: int = 60
    times: float = 10
    rate: float = 50
    seconds: float = 20.0
    repeats: int = 3
    name: str = "screening_load"
    goals: tuple[Goal, ...] = (Goal("ratio", 1.5), Goal("unchecked", 0), Goal("queue", QUEUE))

    async def run(self, targets: Sequence[Target]) -> Outcome:
        outcome = Outcome(self.name, "ten times as many photographs as can be looked at", FIGURES, self.goals)
        for _ in range(self.repeats):
            for target in targets:
                if type(target) is Roomkeeper:
                    outcome.add(target.name, await self._measure(target))
        return outcome

    async def _measure(self, target: Target) -> dict[str, float]:
        screened, without = (
            kind(target.data_dir.with_name(f"{target.data_dir.name}-{kind.__name__.lower()}"))
            for kind in (Screened, Unscreened)
        )
        with started(screened):
            crowd = await Crowd.made(screened, self.users)
            capacity = await crowd.capacity()
            text_p99 = await self._flooded(screened, crowd, capacity)
            crowd.close()
        answers, queue, unchecked = crowd.answers, crowd.queue, crowd.unchecked
        with started(without):
            crowd = await Crowd.made(without, self.users)
            without_p99 = await self._flooded(without, crowd, capacity)
            crowd.close()
        return {
            "capacity": capacity,
            "sent": capacity * self.times,
            "text_p99": text_p99,
            "without_p99": without_p99,
            "ratio": text_p99 / without_p99,
            "queue": queue,
            "delivered": answers["delivered"],
            "held": answers["held"],
            "refused": answers["refused"],
            "unchecked": unchecked,
        }

    async def _flooded(self, target: Target, crowd: "Crowd", capacity: float) -> float:
        """The 99th percentile of sending a text message, in ms, while photographs are sent."""
        load = await Load.prepare(target, 10, 2)
        async with load.following():
            flood = asyncio.create_task(crowd.flood(capacity * self.times))
            await load.measured(load.open_loop(self.seconds / 4, self.rate))
            measured = (await load.measured(load.open_loop(self.seconds, self.rate))).figures()
            crowd.over.set()
            await flood
        return measured["send_p99"]


class Crowd:
    """Users who send photographs, each into a room of their own with the same receiver."""

    def __init__(self, users: list[User], receiver: User, rooms: list[str]) -> None:
        self._users = users
        self._receiver = receiver
        self._rooms = rooms
        self._free: asyncio.Queue[int] = asyncio.Queue()
        for index in range(len(users)):
            self._free.put_nowait(index)
        data = io.BytesIO()
        Image.new("RGB", SIZE, (90, 120, 150)).save(data, "JPEG", quality=85)
        self._photograph = data.getvalue()
        self._made = 0
        self._receiving = asyncio.Lock()
        self.over = asyncio.Event()
        self.answers: Counter[str] = Counter()
        self.queue = 0.0
        self.unchecked = 0
        """Delivered, though nobody had looked at it."""

    @classmethod
    async def made(cls, target: Target, count: int) -> "Crowd":
        """So many users."""
        users: list[User] = []
        rooms: list[str] = []
        receiver = await User.register(target.endpoint, "receiver")

        async def one(number: int) -> None:
            user = await User.register(target.endpoint, f"photographer{number}")
            rooms.append(await user.create_room([receiver.user_id]))
            users.append(user)
            await receiver.join(rooms[-1])

        for number in range(count):
            await in_parallel([lambda number=number: one(number)])  # type: ignore[misc]
        return cls(users, receiver, rooms)

    def _next(self) -> bytes:
        """Other bytes each time."""
        self._made += 1
        return self._photograph + str(self._made).encode()

    async def capacity(self) -> float:
        """How many photographs are looked at in a second."""
        for first in (True, False):
            begun, count = time.perf_counter(), 2 if first else 16
            pairs = list(zip(self._users, range(count), strict=False))
            uris = [await upload(user, self._next(), "image/jpeg") for user, _ in pairs]
            for (user, _), uri in zip(pairs, uris, strict=True):
                while await _state(user, uri, 20_000) == "checking":
                    pass
        return count / (time.perf_counter() - begun)

    async def flood(self, rate: float) -> None:
        """Send that many photographs a second, until it is over."""
        begun, number = time.perf_counter(), 0
        async with asyncio.TaskGroup() as group:
            group.create_task(self._watch())
            while not self.over.is_set():
                index = await self._free.get()
                group.create_task(self._send(index))
                number += 1
                await asyncio.sleep(max(0.0, begun + number / rate - time.perf_counter()))

    async def _send(self, index: int) -> None:
        """Upload a photograph and send it at once."""
        user, room_id = self._users[index], self._rooms[index]
        uri = await upload(user, self._next(), "image/jpeg")
        body = msgspec.json.encode({"msgtype": "m.image", "body": "x", "url": f"mxc://{uri}"})
        path = f"{V3}/rooms/{quote(room_id)}/send/m.room.message/p{self._made}.{index}"
        request = request_bytes("PUT", path, user.endpoint, user.token, body)
        status, answer = await user.acting.request(request)
        if status != 200:
            self.answers["refused" if status == 429 else str(status)] += 1
        elif await self._is_delivered(room_id, msgspec.json.decode(answer)["event_id"]):
            self.answers["delivered"] += 1
            self.unchecked += await _state(user, uri, 0) != "checked"
        else:
            self.answers["held"] += 1
        self._free.put_nowait(index)

    async def _is_delivered(self, room_id: str, event_id: str) -> bool:
        """Whether the receiver may see it."""
        path = f"{V3}/rooms/{quote(room_id)}/event/{quote(event_id)}"
        request = request_bytes("GET", path, self._receiver.endpoint, self._receiver.token)
        async with self._receiving:
            status, _ = await self._receiver.acting.request(request)
        return status == 200

    async def _watch(self) -> None:
        """How many wait, every second."""
        async with aiohttp.ClientSession(self._receiver.endpoint.url) as session:
            while not self.over.is_set():
                async with session.get("/metrics") as answer:
                    for line in (await answer.text()).splitlines():
                        if line.startswith("roomkeeper_screening_files "):
                            self.queue = max(self.queue, float(line.rpartition(" ")[2]))
                await asyncio.sleep(1)

    def close(self) -> None:
        """Drop the connections."""
        for user in (*self._users, self._receiver):
            user.close()


async def _state(user: User, uri: str, timeout_ms: int) -> str:
    """What the server says of a file."""
    path = f"/_roomkeeper/v1/screening/uploads/{uri.rpartition('/')[2]}?timeout_ms={timeout_ms}"
    return str((await user.call("GET", path))["state"])
