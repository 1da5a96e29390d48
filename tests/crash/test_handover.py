"""`kill -9` between any two writes of handing over, of answers, of taking back: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from tests.consistency import check_data_dir
from tests.databases import databases, opened
from tests.process import DidNotStart, ServerProcess

V3, ROOT = "/_matrix/client/v3", "/_roomkeeper/v1"
PASSWORD = "correct horse battery"
SECONDS = 1800
CUSTOMERS = ("one", "two", "three", "four", "five")
"""`four` has a session with the successor already, `five` is behind a bridge."""
LEAVER, SUCCESSOR = "@ann:example.org", "@ben:example.org"

Rows = list[tuple[Any, ...]]


class DyingServer(ServerProcess):
    """See `tests.crash.dying`."""

    module = "tests.crash.dying"


class Failed(AssertionError):
    """The server refused something, or went away before it answered (status 0)."""

    def __init__(self, status: int, answer: Any) -> None:
        super().__init__(f"{status} {answer}")
        self.status = status


class World:
    """A server, which dies, and its people."""

    def __init__(self, data_dir: Path, session: aiohttp.ClientSession, after: int) -> None:
        self.data_dir = data_dir
        self.session = session
        self.deaths = 0
        bridge = data_dir.parent / "bridge.yaml"
        bridge.write_text(yaml.safe_dump(BRIDGE))
        environment = {"ROOMKEEPER_APPSERVICES": str(bridge)}
        self.sound = ServerProcess(data_dir, **environment)
        self.dying = DyingServer(data_dir, DYING_AFTER=str(after), **environment)
        self.process = self.sound
        self.tokens: dict[str, str] = {}
        self.sessions: dict[str, str] = {}

    async def ask(self, who: str, method: str, path: str, body: Any = None) -> Any:
        """One request; `who` is a name, or empty: the operator. Raises `Failed`."""
        token = self.tokens.get(who) or json.loads((self.data_dir / "instance.json").read_text())["token"]
        url = f"{self.process.url}{path if path.startswith('/_') else V3 + path}"
        if who == "five":
            url += f"{'&' if '?' in path else '?'}user_id={quote('@_irc_five:example.org')}"
        headers = {"Authorization": f"Bearer {token}"}
        try:
            async with self.session.request(method, url, json=body, headers=headers) as response:
                status, answer = response.status, await response.json()
        except (aiohttp.ClientError, OSError) as error:
            raise Failed(0, error) from error
        if status >= 300:
            raise Failed(status, answer)
        return answer

    def rows(self, sql: str, *parameters: Any) -> Rows:
        """What the database has."""
        with opened(databases.url_of(self.data_dir)) as database:
            return [tuple(row) for row in database.rows(sql, *parameters)]

    async def drive(self, is_done: Callable[[], bool], act: Callable[[], Awaitable[object]]) -> None:
        """Let the dying server be started until all is done; `act` is done anew until it has worked."""
        has_acted = False
        self.process = self.dying
        async with asyncio.timeout(SECONDS):
            while True:
                try:
                    await self.dying.start()
                    if not has_acted:
                        await act()
                        has_acted = True
                    while not is_done():
                        await asyncio.sleep(0.05)
                        await self.ask("", "GET", f"{ROOT}/departures")
                except (DidNotStart, Failed) as error:
                    if isinstance(error, Failed) and error.status == 409:
                        has_acted = True
                    elif isinstance(error, Failed) and error.status:
                        raise
                    self.deaths += 1
                    await self.dying.kill()
                else:
                    break
        await self.dying.kill()
        self.process = self.sound

    async def state(self, room_id: str, kind: str) -> Any:
        """What a state event of a room says, `None` where there is none."""
        found = await self.events(room_id)
        return next((each["content"] for each in found if each["type"] == kind and "state_key" in each), None)

    async def events(self, room_id: str) -> list[dict[str, Any]]:
        """The newest events of a room, the newest first: as the one sees it who was there from the beginning."""
        who = next((name for name, room in self.sessions.items() if room == room_id), "ben")
        path = f"/rooms/{quote(room_id)}/messages?dir=b&limit=200"
        return list((await self.ask(who, "GET", path))["chunk"])

    async def notices(self, room_id: str, *words: str) -> list[str]:
        """What the server said in a room with one of these words in it."""
        said = [each["content"].get("body", "") for each in await self.events(room_id) if is_notice(each)]
        return [body for body in said if any(word in body for word in words)]


BRIDGE: dict[str, Any] = {
    "id": "irc",
    "url": None,
    "as_token": "as-irc",
    "hs_token": "hs-irc",
    "sender_localpart": "ircbot",
    "namespaces": {"users": [{"exclusive": True, "regex": "@_irc_.*"}], "aliases": [], "rooms": []},
    "rate_limited": False,
}


def is_notice(event: dict[str, Any]) -> bool:
    """Whether it is something that the server said."""
    return bool(event["content"].get("msgtype") == "m.notice")


async def furnish(world: World) -> None:
    """A department, the one who leaves, the successor, a group, customers with sessions."""
    await world.sound.start()
    sales = (await world.ask("", "POST", f"{ROOT}/departments", {"name": "Sales"}))["department_id"]
    body: dict[str, Any]
    for name in ("ann", "ben", "cid"):
        body = {"localpart": name, "password": PASSWORD, "departments": [sales] if name != "cid" else []}
        await world.ask("", "POST", f"{ROOT}/people", body)
        identifier = {"type": "m.id.user", "user": name}
        login: dict[str, Any] = {"type": "m.login.password", "identifier": identifier, "password": PASSWORD}
        world.tokens[name] = (await world.ask("", "POST", "/login", login))["access_token"]
    world.tokens["five"] = "as-irc"
    body = {"type": "m.login.application_service", "username": "_irc_five", "inhibit_login": True}
    await world.ask("five", "POST", "/register", body)
    for name in CUSTOMERS:
        if name != "five":
            body = {"username": name, "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
            world.tokens[name] = (await world.ask("", "POST", "/register", body))["access_token"]
        chat: dict[str, Any] = {"invite": [LEAVER], "is_direct": True, "preset": "trusted_private_chat"}
        world.sessions[name] = (await world.ask(name, "POST", "/createRoom", chat))["room_id"]
    await world.ask("four", "POST", "/createRoom", {**chat, "invite": [SUCCESSOR]})
    group = (await world.ask("ann", "POST", "/createRoom", {"invite": ["@cid:example.org"], "name": "Us"}))["room_id"]
    await world.ask("cid", "POST", f"/join/{quote(group)}", {})
    await world.ask("ann", "POST", f"/rooms/{quote(group)}/invite", {"user_id": "@one:example.org"})
    await world.ask("one", "POST", f"/join/{quote(group)}", {})
    world.sessions["cid"] = group
    await world.sound.stop()


@pytest.mark.parametrize(
    "after",
    [pytest.param(8, id="every eighth"), pytest.param(1, id="every one", marks=pytest.mark.long)],
)
async def test_kill_between_two_writes(after: int, tmp_path: Path) -> None:
    try:
        async with aiohttp.ClientSession() as session:
            world = World(tmp_path / "data", session, after)
            try:
                await furnish(world)
                await hand_over(world)
                await answer(world)
                await take_back(world)
            finally:
                await world.dying.kill()
                await world.sound.kill()
        print(f"{world.deaths} deaths")
        assert world.deaths >= (40 if after == 1 else 3), f"it died {world.deaths} times"
        check_data_dir(world.data_dir)
    finally:
        await databases.drop_all()


def is_settled(world: World, state: str, **statuses: int) -> bool:
    """Whether a departure is in a state and its customers have these statuses, with all said that is to be said."""
    found: dict[str, int] = dict(world.rows("SELECT status, count(*) FROM handover_offers GROUP BY status"))
    untold = world.rows("SELECT room_id FROM handover_offers WHERE told = 0")
    waiting = world.rows("SELECT kind FROM outbox")
    states = [row[0] for row in world.rows("SELECT state FROM departures")]
    return states == [state] and found == statuses and not untold and not waiting


async def hand_over(world: World) -> None:
    """Each customer is asked once, the group is handed over once."""
    await world.drive(
        lambda: is_settled(world, "finished", waiting=4, taken_over=1),
        lambda: world.ask("", "POST", f"{ROOT}/departures", {"user_id": LEAVER}),
    )
    await world.sound.start()
    assert len(world.rows("SELECT 1 FROM jobs WHERE name = 'handover'")) == 1
    assert len(world.rows("SELECT 1 FROM handover_offers")) == len(CUSTOMERS)
    offered = world.rows("SELECT customer_id, predecessor FROM sessions WHERE state = 'offered'")
    assert {f"@{name}:example.org": world.sessions[name] for name in ("one", "two", "three")} == dict(offered)
    assert len(offered) == 3
    for name in CUSTOMERS:
        assert len(await world.notices(world.sessions[name], "ann")) == 1, name
        invited = (await world.ask(name, "GET", "/sync"))["rooms"].get("invite", {})
        assert len(invited) == (1 if name in ("one", "two", "three") else 0), name
    joins = [each for each in await world.events(world.sessions["cid"]) if each.get("state_key") == SUCCESSOR]
    assert sum(each["content"]["membership"] == "join" for each in joins) == 1
    audited = world.rows(
        "SELECT permission FROM audit_log WHERE permission LIKE 'departures.%' AND permission <> 'departures.read'"
    )
    assert audited == [("departures.begin",)]
    await world.sound.stop()


async def answer(world: World) -> None:
    """One says yes, another no, the third with a number: each is said once."""
    rooms: dict[str, str] = dict(world.rows("SELECT customer_id, new_room_id FROM handover_offers"))

    async def say() -> None:
        await world.ask("one", "POST", f"/join/{quote(rooms['@one:example.org'])}", {})
        try:
            await world.ask("two", "POST", f"/rooms/{quote(rooms['@two:example.org'])}/leave", {})
        except Failed as error:
            if error.status not in (403, 404):
                raise
        said = {"msgtype": "m.text", "body": "1"}
        await world.ask("five", "PUT", f"/rooms/{quote(world.sessions['five'])}/send/m.room.message/once", said)

    await world.drive(lambda: is_settled(world, "finished", waiting=1, taken_over=1, accepted=2, declined=1), say)
    await world.sound.start()
    new = rooms["@one:example.org"]
    begun = [each for each in await world.events(new) if is_notice(each)]
    assert len(begun) == 1, begun
    assert len(await world.notices(world.sessions["one"], "You go on with")) == 1
    tombstones = [each for each in await world.events(world.sessions["one"]) if each["type"] == "m.room.tombstone"]
    assert [each["content"]["replacement_room"] for each in tombstones] == [new]
    assert len(await world.notices(world.sessions["two"], "can no longer receive")) == 1
    assert len(await world.notices(world.sessions["five"], "can now write")) == 1
    staff: dict[str, str] = dict(world.rows("SELECT room_id, staff_id FROM sessions WHERE state = 'open'"))
    assert staff[new] == staff[world.sessions["five"]] == SUCCESSOR
    contacts = world.rows("SELECT customer_id, staff_id FROM contacts WHERE until_ts IS NULL ORDER BY customer_id")
    of = {name: LEAVER if name in ("two", "three") else SUCCESSOR for name in CUSTOMERS}
    ids = {name: "@_irc_five:example.org" if name == "five" else f"@{name}:example.org" for name in CUSTOMERS}
    assert contacts == sorted((ids[name], of[name]) for name in CUSTOMERS)
    await world.sound.stop()


async def take_back(world: World) -> None:
    """Who has not said yes stays with who is back; everybody else stays where they went."""
    [(departure_id,)] = world.rows("SELECT departure_id FROM departures")

    async def undo() -> None:
        if world.rows("SELECT state FROM departures") == [("finished",)]:
            await world.ask("", "POST", f"{ROOT}/departures/{departure_id}/undo", {})

    await world.drive(lambda: is_settled(world, "undone", withdrawn=2, taken_over=1, accepted=2), undo)
    await world.sound.start()
    for name in CUSTOMERS:
        expected = 1 if name in ("two", "three") else 0
        assert len(await world.notices(world.sessions[name], "is back")) == expected, name
    for name in ("two", "three"):
        said = {"msgtype": "m.text", "body": "Welcome back"}
        await world.ask(name, "PUT", f"/rooms/{quote(world.sessions[name])}/send/m.room.message/x", said)
        assert (await world.ask(name, "GET", "/sync"))["rooms"].get("invite", {}) == {}
    entries = [each for each in await world.events(world.sessions["cid"]) if each.get("state_key") == LEAVER]
    assert [each["content"]["membership"] for each in entries[:3]] == ["join", "invite", "leave"]
    assert await world.state(world.sessions["two"], "org.roomkeeper.succession") == {}
    await world.ask("ann", "GET", "/account/whoami")
    await world.sound.stop()
