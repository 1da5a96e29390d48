"""What goes on while the demo runs: people talk at the speed of people, come, and go.

Whoever has signed in as somebody is them from then on: the demo lets that person be, and those who talk with them
answer what they write. All of it ends after `MOST` messages, so that a demo that is forgotten does not fill the disk.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import aiohttp
import msgspec

from roomkeeper.demo import lines
from roomkeeper.demo.cast import DEPARTED, ON_LEAVE, PEOPLE, STAFF
from roomkeeper.demo.client import DEVICE, V3, Client, Refused
from roomkeeper.platform.logs import get_logger

log = get_logger(area="demo")

MOST = 2000
"""Messages that are sent in one run."""
SESSION = "org.roomkeeper.session"
LETTERS_PER_SECOND = 18
TYPING_S = (1.5, 6.0)
READING_S = 1.5
PAUSE_S = 3.0
"""Between what one and what the next of those who talk says."""
COME_S, GO_S = 35.0, 55.0
"""How often somebody comes, and how often the support has done with somebody."""
LOOKED_S = 3.0
"""For how long it is believed whether somebody else is signed in as somebody."""
AWAY_MS = 30 * 60 * 1000
"""Whoever has not been seen for so long has gone."""
TALKERS = 2
RETRY_S = 2.0
MOST_OPEN = 24
"""Sessions, open and waiting, beyond which nobody comes."""


class Actor:
    """Somebody whom the demo plays."""

    def __init__(self, client: Client, language: str, *, is_staff: bool) -> None:
        self.client = client
        self.language = language
        self.is_staff = is_staff
        self.since = ""
        self.rooms: dict[str, dict[str, Any]] = {}
        """The sessions that they are in, as their state events tell."""
        self._looked = 0.0
        self._is_taken = False

    @property
    def user_id(self) -> str:
        """Who it is."""
        return self.client.user_id

    async def is_taken(self) -> bool:
        """Whether somebody has signed in as them, and is there."""
        if time.monotonic() - self._looked > LOOKED_S:
            devices = (await self.client.call("GET", f"{V3}/devices"))["devices"]
            since = time.time() * 1000 - AWAY_MS
            self._is_taken = any(
                each["device_id"] != DEVICE and (each.get("last_seen_ts") or since) >= since for each in devices
            )
            self._looked = time.monotonic()
        return self._is_taken


class Heard(msgspec.Struct, frozen=True):
    """A message that somebody received."""

    room_id: str
    event_id: str
    sender: str
    body: str


class Life:
    """All of it."""

    def __init__(self, clients: dict[str, Client]) -> None:
        languages = {**{each.user: each.language for each in STAFF}, **{each.user: each.language for each in PEOPLE}}
        self._actors = {
            clients[user].user_id: Actor(
                clients[user], language, is_staff=any(user == each.user and each.departments for each in STAFF)
            )
            for user, language in languages.items()
            if user not in (DEPARTED, ON_LEAVE)
        }
        self._left = MOST
        self._talks: dict[str, Iterator[tuple[str, str]]] = {}
        self._answers: dict[tuple[str, str], Iterator[int]] = {}
        self._said: dict[str, int] = {}
        """How often each session was gone on with."""
        self._unanswered: set[str] = set()
        """Rooms in which a customer waits for what somebody real writes."""
        self._busy: set[str] = set()
        """Rooms in which somebody is about to say something."""
        customers = {clients[each.user].user_id for each in PEOPLE}
        self._coming = itertools.cycle([each for each in self._actors.values() if each.user_id in customers])

    async def wake(self) -> None:
        """Everybody learns what there is; what is written from then on is answered."""
        for actor in self._actors.values():
            answer = await actor.client.sync("")
            actor.since = answer["next_batch"]
            self._take(actor, answer)

    async def run(self) -> None:
        """Go on until there has been enough."""
        listening = [self._listen(each) for each in self._actors.values()]
        talking = [self._for_ever(self._exchange, PAUSE_S, offset=number * 2.0) for number in range(TALKERS)]
        moving = [self._for_ever(self._come, COME_S, offset=8.0), self._for_ever(self._go, GO_S, offset=GO_S)]
        await asyncio.gather(*listening, *talking, *moving)

    async def _for_ever(self, act: Callable[[], Awaitable[None]], pause: float, offset: float) -> None:
        await asyncio.sleep(offset)
        while self._left > 0:
            try:
                await act()
            except (Refused, aiohttp.ClientError, TimeoutError) as error:
                log.debug("somebody of the demo was refused", reason=str(error))
            await asyncio.sleep(pause)

    # ------------------------------------------------------------ saying something

    async def _say(self, actor: Actor, room_id: str, text: str, after: str = "") -> str:
        """Read what was said, write for as long as that takes, and send it."""
        await asyncio.sleep(READING_S)
        client = actor.client
        if after:
            await client.read(room_id, after)
        await client.typing(room_id, is_typing=True)
        least, most = TYPING_S
        await asyncio.sleep(min(most, max(least, len(text) / LETTERS_PER_SECOND)))
        self._left -= 1
        event_id = await client.send(room_id, {"msgtype": "m.text", "body": text})
        await client.typing(room_id, is_typing=False)
        return event_id

    @contextlib.contextmanager
    def _hold(self, room_id: str) -> Iterator[None]:
        self._busy.add(room_id)
        try:
            yield
        finally:
            self._busy.discard(room_id)

    # ------------------------------------------------------------ talking among themselves

    def _pairs(self) -> Iterator[tuple[str, Actor, Actor]]:
        """The open sessions between people of the demo."""
        for actor in self._actors.values():
            if not actor.is_staff:
                continue
            for room_id, session in sorted(actor.rooms.items()):
                customer = self._actors.get(session.get("customer", ""))
                is_theirs = session.get("state") == "open" and session.get("staff") == actor.user_id
                if is_theirs and customer is not None and room_id not in self._busy:
                    yield room_id, customer, actor

    async def _exchange(self) -> None:
        """A customer says something, and is answered: where they have said least for now."""
        pairs = sorted(self._pairs(), key=lambda pair: self._said.get(pair[0], 0))
        for room_id, customer, staff in pairs:
            if await customer.is_taken() or room_id in self._unanswered:
                continue
            if await staff.is_taken():
                self._unanswered.add(room_id)
            self._said[room_id] = self._said.get(room_id, 0) + 1
            if room_id not in self._talks:
                talks = lines.TALKS[customer.language]
                start = len(self._talks) % len(talks)
                self._talks[room_id] = itertools.cycle(talks[start:] + talks[:start])
            asked, answered = next(self._talks[room_id])
            with self._hold(room_id):
                event_id = await self._say(customer, room_id, asked)
                if not await staff.is_taken():
                    event_id = await self._say(staff, room_id, answered, event_id)
                    await asyncio.sleep(READING_S)
                    await customer.client.read(room_id, event_id)
            return

    # ------------------------------------------------------------ answering those who are no part of the demo

    async def _listen(self, actor: Actor) -> None:
        while self._left > 0:
            try:
                answer = await actor.client.sync(actor.since)
            except (Refused, aiohttp.ClientError, TimeoutError) as error:
                log.debug("somebody of the demo hears nothing", reason=str(error))
                await asyncio.sleep(RETRY_S)
                continue
            actor.since = answer["next_batch"]
            for message in self._take(actor, answer):
                await self._answer(actor, message)

    def _take(self, actor: Actor, answer: dict[str, Any]) -> list[Heard]:
        """Learn what sessions there are; the newest message of each that somebody else has sent."""
        found = []
        rooms = answer.get("rooms", {})
        for room_id in rooms.get("leave", {}):
            actor.rooms.pop(room_id, None)
        for room_id, room in rooms.get("join", {}).items():
            newest = None
            timeline = room.get("timeline", {}).get("events", [])
            for event in [*room.get("state", {}).get("events", []), *timeline]:
                if event["type"] == SESSION:
                    actor.rooms[room_id] = event["content"]
                elif event["type"] == "m.room.message" and event["sender"] != actor.user_id:
                    newest = Heard(room_id, event["event_id"], event["sender"], str(event["content"].get("body", "")))
            if newest is not None and room_id in actor.rooms:
                found.append(newest)
        return found

    async def _answer(self, actor: Actor, message: Heard) -> None:
        """Answer somebody real; those of the demo talk by themselves."""
        sender, session = self._actors.get(message.sender), actor.rooms.get(message.room_id, {})
        if actor.user_id not in (session.get("staff"), session.get("customer")) or session.get("state") != "open":
            return
        try:
            self._unanswered.discard(message.room_id)
            if (sender is not None and not await sender.is_taken()) or await actor.is_taken():
                return
            answers = (lines.STAFF_ANSWERS if actor.is_staff else lines.CUSTOMER_ANSWERS)[
                lines.language_of(message.body)
            ]
            number = self._answers.setdefault((actor.user_id, message.room_id), itertools.count())
            with self._hold(message.room_id):
                await self._say(actor, message.room_id, answers[next(number) % len(answers)], message.event_id)
        except (Refused, aiohttp.ClientError, TimeoutError) as error:
            log.debug("somebody of the demo could not answer", reason=str(error))

    # ------------------------------------------------------------ coming and going

    async def _come(self) -> None:
        """A customer without a session asks for one; whom the rules send them to decides the server."""
        under_way = {room_id for each in self._actors.values() for room_id in self._under_way(each)}
        if len(under_way) >= MOST_OPEN:
            return
        for _ in range(len(PEOPLE)):
            customer = next(self._coming)
            if any(True for _ in self._under_way(customer)) or await customer.is_taken():
                continue
            openings = lines.OPENINGS[customer.language]
            text = openings[self._left % len(openings)]
            session = await customer.client.ask(language=customer.language, topic=text)
            await self._say(customer, session["room_id"], text)
            return

    @staticmethod
    def _under_way(actor: Actor) -> Iterator[str]:
        return (room_id for room_id, session in actor.rooms.items() if session.get("state") != "closed")

    async def _go(self) -> None:
        """Somebody of the support has done with the session that went on for longest, and takes the next."""
        pairs = sorted(self._pairs(), key=lambda pair: -self._said.get(pair[0], 0))
        for room_id, customer, staff in pairs:
            is_support = "help" in staff.user_id
            if not is_support or await staff.is_taken() or await customer.is_taken():
                continue
            with self._hold(room_id):
                await self._say(staff, room_id, lines.FAREWELLS[customer.language])
                await staff.client.close(room_id, "answered")
            self._said.pop(room_id, None)
            return
