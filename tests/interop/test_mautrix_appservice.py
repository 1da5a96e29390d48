"""mautrix-python, the framework of many bridges, as an application service with its own HTTP server."""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import yaml
from mautrix.appservice import AppService
from mautrix.appservice.state_store import FileASStateStore
from mautrix.errors import IntentError, MatrixRequestError
from mautrix.types import (
    EventType,
    Membership,
    PowerLevelStateEventContent,
    PresenceState,
    RoomAlias,
    RoomCreatePreset,
    RoomID,
    UserID,
)

from tests.consistency import check_data_dir
from tests.integration.appservices.bridge import free_port
from tests.interop.conftest import PASSWORD
from tests.process import ServerProcess

SOON = 30.0


class Bridge:
    """The service, what it has received, and the server that knows it."""

    def __init__(self, directory: Path, room_version: str) -> None:
        self.directory, self.port = directory, free_port()
        registration = {
            "id": "bridge",
            "url": f"http://127.0.0.1:{self.port}",
            "as_token": "as-secret",
            "hs_token": "hs-secret",
            "sender_localpart": "bridgebot",
            "namespaces": {
                "users": [
                    {"regex": "^@ghost_.+:example\\.org$", "exclusive": True},
                    {"regex": "^@bridgebot:example\\.org$", "exclusive": True},
                ],
                "aliases": [{"regex": "^#portal_.+:example\\.org$", "exclusive": True}],
                "rooms": [],
            },
            "rate_limited": False,
            "de.sorunome.msc2409.push_ephemeral": True,
            "push_ephemeral": True,
        }
        file = directory / "registration.yaml"
        file.write_text(yaml.safe_dump(registration))
        self.server = ServerProcess(
            directory / "data", ROOMKEEPER_APPSERVICES=str(file), ROOMKEEPER_DEFAULT_ROOM_VERSION=room_version
        )
        self.events: list[Any] = []
        self.transactions: list[str] = []
        self.service: Any = None
        self._changed = asyncio.Event()

    async def start(self) -> None:
        """Start the service, with an empty memory, as a bridge that was restarted."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.service = AppService(
                server=self.server.url,
                domain="example.org",
                as_token="as-secret",
                hs_token="hs-secret",
                bot_localpart="bridgebot",
                id="bridge",
                state_store=FileASStateStore(path=str(self.directory / "state.json"), binary=False),
                ephemeral_events=True,
            )
        self.service.synchronous_handlers = True
        self.service.query_user = self._make_user
        self.service.query_alias = self._make_room
        handle = self.service.handle_transaction

        async def noted(transaction_id: str, **parts: Any) -> Any:
            self.transactions.append(transaction_id)
            return await handle(transaction_id, **parts)

        self.service.handle_transaction = noted

        async def take(event: Any) -> None:
            self.events.append(event)
            changed, self._changed = self._changed, asyncio.Event()
            changed.set()

        self.service.matrix_event_handler(take)
        await self.service.start("127.0.0.1", self.port)

    async def stop(self) -> None:
        """Stop the service."""
        service, self.service = self.service, None
        if service is not None:
            await service.stop()

    async def _make_user(self, user_id: str) -> Any:
        await self.service.intent.user(UserID(user_id)).ensure_registered()
        return {"made": True}  # it answers 404 where this is empty

    async def _make_room(self, alias: str) -> Any:
        await self.service.intent.create_room(
            alias_localpart=alias[1:].partition(":")[0], preset=RoomCreatePreset.PUBLIC
        )
        return {"made": True}  # it answers 404 where this is empty

    async def wait(self, condition: Callable[[], Any]) -> Any:
        """Wait for something to be true of the events; what the condition gives."""
        async with asyncio.timeout(SOON):
            while not (found := condition()):
                await self._changed.wait()
        return found

    def texts(self) -> list[str]:
        """The texts of the messages that came, in order."""
        return [event.content.body for event in self.events if event.type == EventType.ROOM_MESSAGE]

    def of(self, kind: Any) -> list[Any]:
        """The events of a type."""
        return [event for event in self.events if event.type == kind]


class Person:
    """Somebody who is signed in."""

    def __init__(self, url: str, user_id: str, token: str, session: aiohttp.ClientSession) -> None:
        self.user_id = user_id
        self._url, self._token, self._session = url, token, session
        self._transactions = 0

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """A request that works."""
        headers = {"Authorization": f"Bearer {self._token}"}
        url = f"{self._url}/_matrix/client/v3{path}"
        async with self._session.request(method, url, json=body or {}, headers=headers) as answer:
            content = await answer.json()
            assert answer.status == 200, content
            return content

    async def say(self, room_id: str, text: str) -> str:
        """Send a message; its event id."""
        self._transactions += 1
        path = f"/rooms/{room_id}/send/m.room.message/t{self._transactions}"
        return str((await self.call("PUT", path, {"msgtype": "m.text", "body": text}))["event_id"])


@pytest.fixture(params=["11", "12"])
async def bridge(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[Bridge]:
    made = Bridge(tmp_path, str(request.param))
    await made.server.start()
    await made.start()
    yield made
    await made.stop()
    await made.server.stop()
    assert '"level":"error"' not in made.server.log_text().replace('": "', '":"')
    check_data_dir(made.server.data_dir)


@pytest.fixture
async def alice(bridge: Bridge) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        body = {"username": "alice", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        async with session.post(f"{bridge.server.url}/_matrix/client/v3/register", json=body) as answer:
            signed_in = await answer.json()
        yield Person(bridge.server.url, signed_in["user_id"], signed_in["access_token"], session)


async def portal(bridge: Bridge, alice: Person) -> tuple[str, Any]:
    """A room of the bot with Alice and a ghost; its id, and the ghost's intent."""
    bot = bridge.service.intent
    room_id = await bot.create_room(name="Portal", invitees=[UserID(alice.user_id)])
    await alice.call("POST", f"/join/{room_id}")
    ghost = bot.user(UserID("@ghost_bob:example.org"))
    await ghost.ensure_joined(room_id)
    return str(room_id), ghost


async def test_the_service_can_be_reached_and_knows_who_it_is(bridge: Bridge) -> None:
    assert await bridge.service.ping_self("meow") >= 0
    me = await bridge.service.intent.whoami()
    assert me.user_id == "@bridgebot:example.org"


async def test_ghosts_speak_and_hear(bridge: Bridge, alice: Person) -> None:
    room_id, ghost = await portal(bridge, alice)
    await ghost.set_displayname("Bob (over there)")
    said = await ghost.send_text(RoomID(room_id), "from over there", timestamp=1_600_000_000_000)
    heard = await alice.call("GET", f"/rooms/{room_id}/event/{said}")
    assert (heard["sender"], heard["origin_server_ts"]) == ("@ghost_bob:example.org", 1_600_000_000_000)
    texts = [f"message {number}" for number in range(30)]
    ids = [await alice.say(room_id, text) for text in texts]
    await bridge.wait(lambda: texts[-1] in bridge.texts())
    assert bridge.texts() == ["from over there", *texts]
    mine = [event for event in bridge.of(EventType.ROOM_MESSAGE) if event.sender == alice.user_id]
    assert [event.event_id for event in mine] == ids
    assert {event.room_id for event in mine} == {room_id}
    members = await ghost.get_joined_members(room_id)
    assert members[UserID("@ghost_bob:example.org")].displayname == "Bob (over there)"
    await ghost.react(RoomID(room_id), ids[0], "👍")
    await ghost.redact(RoomID(room_id), said)
    await ghost.leave_room(RoomID(room_id))
    left = await bridge.wait(
        lambda: [event for event in bridge.of(EventType.ROOM_MEMBER) if event.content.membership == Membership.LEAVE]
    )
    assert left[0].state_key == "@ghost_bob:example.org"


async def test_what_happened_while_the_service_was_down_comes_in_order_and_once(bridge: Bridge, alice: Person) -> None:
    room_id, _ = await portal(bridge, alice)
    await alice.say(room_id, "before")
    await bridge.wait(lambda: "before" in bridge.texts())
    await bridge.stop()
    texts = [f"message {number}" for number in range(150)]
    for text in texts[:100]:
        await alice.say(room_id, text)
    # A power cut meanwhile loses nothing, and doubles nothing.
    await bridge.server.kill()
    await bridge.server.start()
    for text in texts[100:]:
        await alice.say(room_id, text)
    await bridge.start()
    await alice.say(room_id, "after")
    await bridge.wait(lambda: "after" in bridge.texts())
    assert bridge.texts() == ["before", *texts, "after"]
    assert bridge.transactions == sorted(set(bridge.transactions), key=int)


async def test_ghosts_and_portals_are_made_when_they_are_looked_for(bridge: Bridge, alice: Person) -> None:
    room_id = (await alice.call("POST", "/createRoom"))["room_id"]
    await alice.call("POST", f"/rooms/{room_id}/invite", {"user_id": "@ghost_carol:example.org"})
    invited = await bridge.wait(
        lambda: [event for event in bridge.of(EventType.ROOM_MEMBER) if event.content.membership == Membership.INVITE]
    )
    assert invited[0].state_key == "@ghost_carol:example.org"
    joined = await alice.call("POST", "/join/%23portal_lounge:example.org")
    found = await bridge.service.intent.resolve_room_alias(RoomAlias("#portal_lounge:example.org"))
    assert found.room_id == joined["room_id"]


async def test_what_passes_is_told(bridge: Bridge, alice: Person) -> None:
    room_id, ghost = await portal(bridge, alice)
    said = await ghost.send_text(RoomID(room_id), "hello")
    await alice.call("PUT", f"/rooms/{room_id}/typing/{alice.user_id}", {"typing": True})
    await alice.call("POST", f"/rooms/{room_id}/receipt/m.read/{said}")
    await alice.call("PUT", f"/presence/{alice.user_id}/status", {"presence": "online"})
    typing = await bridge.wait(lambda: bridge.of(EventType.TYPING))
    assert (typing[0].room_id, typing[0].content.user_ids) == (room_id, [alice.user_id])
    receipts = await bridge.wait(lambda: bridge.of(EventType.RECEIPT))
    assert said in receipts[0].content
    there = await bridge.wait(lambda: [e for e in bridge.of(EventType.PRESENCE) if e.sender == alice.user_id])
    assert there[0].content.presence == PresenceState.ONLINE
    await ghost.set_typing(RoomID(room_id), timeout=10_000)
    await ghost.mark_read(RoomID(room_id), said)


async def test_others_users_are_not_the_services(bridge: Bridge, alice: Person) -> None:
    with pytest.raises(MatrixRequestError):
        await bridge.service.intent.user(UserID(alice.user_id)).set_displayname("Mallory")


async def test_what_mautrix_does_not_know_of_version_12(bridge: Bridge, alice: Person) -> None:
    # It looks for the creator's power in the power levels, where version 12 has none, before it asks the server.
    room_id, ghost = await portal(bridge, alice)
    bot = bridge.service.intent
    version = (await alice.call("GET", f"/rooms/{room_id}/state/m.room.create"))["room_version"]
    named = bot.set_room_name(RoomID(room_id), "Another name")
    levels = {bot.mxid: 100, UserID(alice.user_id): 50}
    made = bot.create_room(name="Portal", power_level_override=PowerLevelStateEventContent(users=levels))
    if version == "11":
        assert await named
        assert await made
    else:
        with pytest.raises(IntentError, match="not enough"):
            await named
        with pytest.raises(MatrixRequestError, match="leave them out"):
            await made
        # The server knows better.
        path = f"/_matrix/client/v3/rooms/{room_id}/state/m.room.name"
        await bot.api.request("PUT", path, {"name": "Another name"})
    assert (await alice.call("GET", f"/rooms/{room_id}/state/m.room.name"))["name"] == "Another name"
    await bot.kick_user(RoomID(room_id), ghost.mxid)
