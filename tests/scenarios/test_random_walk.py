"""Random lives of a few people in a few rooms: whatever they do, the sync law holds for devices of every habit.

Each person has three devices: one that syncs after every step, one that syncs now and then with short timelines, and
one that comes back at the very end; what a feed holds is made so little that the latter read from the database.
"""

from __future__ import annotations

import json
import random
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.sync import feeds
from tests.conftest import MakeServer
from tests.harness import Client, Server
from tests.scenarios.model import Device, law_holds, new_device, room_path, settled

SHORT = json.dumps({"room": {"timeline": {"limit": 3}}})
THREADED = json.dumps({"room": {"timeline": {"limit": 3, "unread_thread_notifications": True}}})
NAMES = ("ann", "ben", "cat", "dan")
JOIN_RULES = ("public", "invite", "knock")
VISIBILITIES = ("shared", "joined", "invited", "world_readable")


class Walk:
    """One random life; refusals are part of it."""

    def __init__(self, server: Server, seed: int) -> None:
        self.server = server
        self.random = random.Random(seed)
        self.people: list[Client] = []
        self.devices: list[list[Device]] = []
        self.rooms: list[str] = []
        self.events: list[tuple[str, str]] = []
        self.roots: dict[str, list[str]] = {}
        self.log: list[str] = []

    async def begin(self) -> None:
        """Everybody arrives, and each device syncs for the first time."""
        for name in NAMES:
            person = await self.server.register(name)
            devices = [
                Device(person, "online"),
                await new_device(
                    self.server, person, "now and then", filter=THREADED if len(self.people) % 2 else SHORT
                ),
                await new_device(self.server, person, "away", filter=THREADED, use_state_after="true"),
            ]
            for device in devices:
                await device.sync()
            self.people.append(person)
            self.devices.append(devices)

    async def go(self, steps: int) -> None:
        """Take that many steps, then judge."""
        acts: list[tuple[int, Callable[[], Awaitable[None]]]] = [
            (3, self.create), (8, self.join), (6, self.invite), (5, self.leave), (4, self.kick_or_ban), (25, self.talk),
            (8, self.change_state), (5, self.redact), (3, self.rename), (2, self.restart), (3, self.remember),
            (6, self.read), (3, self.type), (3, self.rule),
        ]  # fmt: skip
        weights = [weight for weight, _ in acts]
        for step in range(steps):
            if not self.rooms:
                await self.create()
            _, act = self.random.choices(acts, weights)[0]
            await act()
            await self.sync_some(step)
        await settled(self.server)
        everybody = [device for devices in self.devices for device in devices]
        await law_holds(self.server, everybody)
        # What was only in memory is made anew from what is stored, and must be the same.
        await self.restart()
        await law_holds(self.server, everybody)

    async def sync_some(self, step: int) -> None:
        """The online devices always, the second ones now and then."""
        for online, sometimes, _ in self.devices:
            await online.sync()
            if self.random.random() < 0.08:
                await sometimes.sync()

    # ------------------------------------------------------------ what people do

    def somebody(self) -> Client:
        """One of them."""
        return self.random.choice(self.people)

    async def member(self, room_id: str) -> Client:
        """Mostly one who is in the room."""
        inside = await self.people[0].attempt("GET", room_path(room_id, "joined_members"))
        members = [person for person in self.people if person.user_id in inside[1].get("joined", ())]
        return self.random.choice(members) if members and self.random.random() < 0.9 else self.somebody()

    def room(self) -> str:
        """One of the rooms."""
        return self.random.choice(self.rooms)

    async def attempt(self, person: Client, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """Do something that may be refused."""
        status, answer = await person.attempt(method, path, {} if body is None else body)
        self.log.append(f"{person.user_id} {method} {path} {body} -> {status}")
        assert status in (200, 400, 403, 404), self.log[-1] + str(answer)
        if "event_id" in answer:
            self.events.append((path.split("/")[2], answer["event_id"]))
        return answer

    async def create(self) -> None:
        """A new room."""
        if len(self.rooms) < 4:
            body = {
                "preset": self.random.choice(["public_chat", "public_chat", "private_chat"]),
                "room_version": self.random.choice(["10", "11", "12"]),
                "invite": self.random.sample([p.user_id for p in self.people[1:]], self.random.randint(0, 2)),
            }
            answer = await self.attempt(self.people[0], "POST", "/createRoom", body)
            self.rooms.append(answer["room_id"])

    async def join(self) -> None:
        """Into a room, or to its door."""
        verb = self.random.choice(["join", "join", "join", "knock"])
        room_id = self.room()
        path = room_path(room_id, "join") if verb == "join" else room_path(room_id, "x").replace("rooms", "knock")[:-2]
        await self.attempt(self.somebody(), "POST", path)

    async def invite(self) -> None:
        """Somebody asks somebody in."""
        room_id = self.room()
        body = {"user_id": self.somebody().user_id}
        await self.attempt(await self.member(room_id), "POST", room_path(room_id, "invite"), body)

    async def leave(self) -> None:
        """Somebody goes, or says no."""
        await self.attempt(self.somebody(), "POST", room_path(self.room(), "leave"))

    async def kick_or_ban(self) -> None:
        """Somebody is shown the door, or let back in."""
        verb = self.random.choice(["kick", "ban", "unban", "unban"])
        person = self.random.choice([self.people[0], self.somebody()])
        await self.attempt(person, "POST", room_path(self.room(), verb), {"user_id": self.somebody().user_id})

    async def talk(self) -> None:
        """One message or several."""
        room_id = self.room()
        person = await self.member(room_id)
        for _ in range(self.random.choice([1, 1, 2, 6])):
            number = len(self.log)
            path = room_path(room_id, "send", "m.room.message", f"t{number}")
            content = {"msgtype": "m.text", "body": f"message {number}", **self.thread(room_id), **self.mention()}
            await self.attempt(person, "PUT", path, content)

    def thread(self, room_id: str) -> dict[str, Any]:
        """Now and then a message is in a thread."""
        roots = self.roots.setdefault(room_id, [])
        if not roots or self.random.random() < 0.1:
            roots += [event_id for where, event_id in self.events[-1:] if where == room_id]
        if not roots or self.random.random() < 0.7:
            return {}
        return {"m.relates_to": {"rel_type": "m.thread", "event_id": self.random.choice(roots)}}

    def mention(self) -> dict[str, Any]:
        """Now and then a message mentions somebody, or everybody."""
        if self.random.random() < 0.7:
            return {}
        everybody = self.random.random() < 0.3
        return {"m.mentions": {"room": True} if everybody else {"user_ids": [self.somebody().user_id]}}

    async def rule(self) -> None:
        """Somebody mutes a room or hears it again, or wants no mentions."""
        person, room_id = self.somebody(), self.room()
        path = f"/pushrules/global/room/{quote(room_id, safe='')}"
        verb = self.random.choice(["mute", "unmute", "mentions"])
        if verb == "mute":
            await self.attempt(person, "PUT", path, {"actions": []})
        elif verb == "unmute":
            await self.attempt(person, "DELETE", path)
        else:
            enabled = {"enabled": self.random.random() < 0.5}
            await self.attempt(person, "PUT", "/pushrules/global/override/.m.rule.is_user_mention/enabled", enabled)

    async def change_state(self) -> None:
        """Name, topic, who may enter, who may see, who may do what."""
        person, room_id = self.random.choice([self.people[0], self.somebody()]), self.room()
        kind, content = self.random.choice(
            [
                ("m.room.name", {"name": f"name {len(self.log)}"}),
                ("m.room.topic", {"topic": f"topic {len(self.log)}"}),
                ("m.room.join_rules", {"join_rule": self.random.choice(JOIN_RULES)}),
                ("m.room.history_visibility", {"history_visibility": self.random.choice(VISIBILITIES)}),
                ("org.example.thing", {"value": len(self.log)}),
            ]
        )
        key = self.random.choice(["", "a/b"]) if kind == "org.example.thing" else ""
        await self.attempt(person, "PUT", room_path(room_id, "state", kind, key), content)

    async def redact(self) -> None:
        """Somebody takes something back."""
        if self.events:
            room_id, event_id = self.random.choice(self.events)
            path = f"/rooms/{room_id}/redact/{event_id}/r{len(self.log)}"
            await self.attempt(self.random.choice([self.people[0], self.somebody()]), "PUT", path)

    async def rename(self) -> None:
        """Somebody changes their display name."""
        person = self.somebody()
        path = f"/profile/{person.user_id}/displayname"
        await self.attempt(person, "PUT", path, {"displayname": f"{person.user_id[1:4]} {len(self.log)}"})

    async def remember(self) -> None:
        """Somebody notes something, about themselves or a room."""
        person = self.somebody()
        where = self.random.choice(["", room_path(self.room())])
        await self.attempt(
            person, "PUT", f"/user/{person.user_id}{where}/account_data/org.example.note", {"note": len(self.log)}
        )

    async def read(self) -> None:
        """Somebody reads up to some event."""
        if self.events:
            room_id, event_id = self.random.choice(self.events)
            kind = self.random.choice(["m.read", "m.read", "m.read.private"])
            in_thread = [root for root in self.roots.get(room_id, ()) if root == event_id]
            thread_id = self.random.choice([None, None, "main", *in_thread])
            body = {} if thread_id is None else {"thread_id": thread_id}
            await self.attempt(self.somebody(), "POST", f"/rooms/{room_id}/receipt/{kind}/{event_id}", body)

    async def type(self) -> None:
        """Somebody starts typing, or stops."""
        room_id = self.room()
        person = await self.member(room_id)
        body = {"typing": self.random.random() < 0.6, "timeout": 120_000}
        await self.attempt(person, "PUT", room_path(room_id, "typing", person.user_id), body)

    async def restart(self) -> None:
        """The server stops and starts."""
        await self.server.restart()
        self.log.append("restart")


async def walk(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch, seed: int, steps: int) -> None:
    """One walk; what happened is told where it ends badly."""
    monkeypatch.setattr(feeds, "KEPT_CHANGES", 10)
    the_walk = Walk(await make_server(), seed)
    await the_walk.begin()
    try:
        await the_walk.go(steps)
    except AssertionError:
        print("\n".join(the_walk.log))
        raise


@pytest.mark.parametrize("seed", range(8))
async def test_random_walk(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    await walk(make_server, monkeypatch, seed, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(1000, 1060))
async def test_long_random_walk(make_server: MakeServer, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    await walk(make_server, monkeypatch, seed, 200)
