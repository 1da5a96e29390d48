"""heisenbridge, an IRC bridge that nobody here wrote, between this server and a real IRC server."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.consistency import check_data_dir
from tests.integration.appservices.bridge import free_port
from tests.interop.conftest import PASSWORD
from tests.interop.test_mautrix_appservice import Person
from tests.ngircd import IrcClient, Ngircd
from tests.process import ServerProcess

BOT = "@heisenbridge:example.org"
SOON = 20.0


class Heisenbridge:
    """The bridge, as its documentation says that it is run: it generates its registration itself."""

    def __init__(self, directory: Path) -> None:
        self.file, self.log = directory / "heisenbridge.yaml", directory / "heisenbridge.log"
        self._port = free_port()
        self._process: asyncio.subprocess.Process | None = None

    async def generate(self) -> Path:
        """Write the registration file."""
        process = await self._run("-c", str(self.file), "--generate", "-p", str(self._port))
        assert await process.wait() == 0, self.log.read_text()
        return self.file

    async def start(self, homeserver: str) -> None:
        """Start it."""
        self._process = await self._run("-v", "-c", str(self.file), homeserver)

    async def stop(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.terminate()
            await process.wait()

    async def _run(self, *arguments: str) -> asyncio.subprocess.Process:
        with self.log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "heisenbridge",
                *arguments,
                cwd=self.file.parent,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )


class Reader:
    """What Alice sees, by long-polls."""

    def __init__(self, alice: Person) -> None:
        self._alice = alice
        self._since = ""
        self.invited: set[str] = set()
        self.said: list[tuple[str, str, str]] = []
        """(room id, sender, text), in order."""

    async def wait(self, condition: Any) -> Any:
        """Sync until something is true; what the condition gives."""
        try:
            async with asyncio.timeout(SOON):
                while not (found := condition()):
                    await self._sync()
        except TimeoutError:
            raise AssertionError("\n".join(map(str, self.said))) from None
        return found

    async def _sync(self) -> None:
        since = f"&since={self._since}" if self._since else ""
        answer = await self._alice.call("GET", f"/sync?timeout=30000{since}")
        self._since = answer["next_batch"]
        rooms = answer.get("rooms", {})
        self.invited.update(rooms.get("invite", {}))
        for room_id, room in rooms.get("join", {}).items():
            for event in room["timeline"]["events"]:
                if event["type"] == "m.room.message" and "body" in event["content"]:
                    self.said.append((room_id, event["sender"], event["content"]["body"]))

    def lines(self, room_id: str, sender: str) -> list[str]:
        """What somebody said in a room, line by line."""
        return [line for said in self.said if said[:2] == (room_id, sender) for line in said[2].split("\n")]

    async def next_invitation(self) -> str:
        """Join the room that one is invited to next; its id."""
        room_id = await self.wait(lambda: next(iter(self.invited), None))
        self.invited.discard(room_id)
        await self._alice.call("POST", f"/join/{room_id}")
        return str(room_id)


@pytest.fixture(params=["11", "12"])
async def server(tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[ServerProcess]:
    """A server with the bridge."""
    bridge = Heisenbridge(tmp_path)
    registration = await bridge.generate()
    made = ServerProcess(
        tmp_path / "data",
        ROOMKEEPER_APPSERVICES=str(registration),
        ROOMKEEPER_DEFAULT_ROOM_VERSION=str(request.param),
    )
    await made.start()
    await bridge.start(made.url)
    yield made
    await bridge.stop()
    await made.stop()
    print(bridge.log.read_text())
    check_data_dir(made.data_dir)


@pytest.fixture
async def irc(tmp_path: Path) -> AsyncIterator[Ngircd]:
    """An IRC server."""
    made = await Ngircd(tmp_path, free_port()).start()
    yield made
    await made.stop()


@pytest.fixture
async def alice(server: ServerProcess) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        body = {"username": "alice", "password": PASSWORD, "auth": {"type": "m.login.dummy"}}
        async with session.post(f"{server.url}/_matrix/client/v3/register", json=body) as answer:
            signed_in = await answer.json()
        yield Person(server.url, signed_in["user_id"], signed_in["access_token"], session)


async def test_people_on_both_sides_talk(alice: Person, irc: Ngircd) -> None:
    reader = Reader(alice)
    control = (await alice.call("POST", "/createRoom", {"invite": [BOT], "is_direct": True}))["room_id"]
    await reader.wait(lambda: [said for said in reader.said if said[:2] == (control, BOT)])
    for command in ("ADDNETWORK test", f"ADDSERVER test 127.0.0.1 {irc.port}", "OPEN test"):
        count = len([said for said in reader.said if said[:2] == (control, BOT)])
        await alice.say(control, command)
        await reader.wait(lambda count=count: len([said for said in reader.said if said[:2] == (control, BOT)]) > count)
    network = await reader.next_invitation()
    await alice.say(network, "NICK alice")
    await alice.say(network, "CONNECT")
    await reader.wait(lambda: [said for said in reader.said if said[0] == network and "End of MOTD" in said[2]])
    bob = await IrcClient("bob").connect(irc.port)
    bob.send("JOIN #chat")
    await bob.expect(" 366 ")
    await alice.say(network, "JOIN #chat")
    await bob.expect("JOIN :#chat")
    channel = await reader.next_invitation()
    for number in range(5):
        bob.send(f"PRIVMSG #chat :from IRC {number}")
    texts = [f"from IRC {number}" for number in range(5)]
    # The bridge puts lines that come together into one message.
    await reader.wait(lambda: texts[-1] in reader.lines(channel, "@irc_test_bob:example.org"))
    assert reader.lines(channel, "@irc_test_bob:example.org") == texts
    for number in range(5):
        await alice.say(channel, f"from Matrix {number}")
    lines = [await bob.expect("PRIVMSG #chat") for _ in range(5)]
    assert [line.partition(" :")[2] for line in lines] == [f"from Matrix {number}" for number in range(5)]
    assert all(line.startswith(":alice!") for line in lines)
    await bob.close()
