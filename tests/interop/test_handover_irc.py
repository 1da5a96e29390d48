"""Customers on IRC, in private conversations with somebody of the staff who leaves: heisenbridge, a real IRC server.

They know nothing of Matrix: they are asked in text, in the conversation that they have, and answer in text.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
import yaml

from tests.interop.conftest import PASSWORD
from tests.interop.handing import ROOT, ask, depart, hire, until, until_state, until_status
from tests.interop.test_heisenbridge import BOT, Reader, irc, server
from tests.interop.test_mautrix_appservice import Person
from tests.ngircd import IrcClient, Ngircd
from tests.process import ServerProcess

__all__ = ["irc", "server"]

QUESTION = "Answer 1 to go on with Desk 5, or 2 not to."
AGAIN = "That was not understood."
REFUSED = "Desk 3 can no longer receive messages. If you change your mind, answer 1 to go on with Desk 5."
BEGUN = "You can now write to each other. Desk 5 goes on where Desk 3 left off."


class Bridged:
    """A desk that is on IRC, its colleague, and their customers there."""

    def __init__(self, server: ServerProcess, irc: Ngircd, registration: Path, http: aiohttp.ClientSession) -> None:
        self.server = server
        self._irc = irc
        self._token = yaml.safe_load(registration.read_text())["as_token"]
        self._http = http
        self._tokens: dict[str, str] = {}
        self.leaver: Person
        self.successor: Person
        self.reader: Reader

    async def begin(self) -> None:
        """Hire both, and let the first have heisenbridge connect them to IRC as ``desk3``."""
        # A bridge's own account is a bot: so a desk's room with it is no customer's.
        await ask(self.server, "PATCH", f"/people/{quote(BOT)}", {"kind": "bot"})
        self.leaver, self.successor = await self._person("ann", "Desk 3"), await self._person("ben", "Desk 5")
        reader = self.reader = Reader(self.leaver)
        control = (await self.leaver.call("POST", "/createRoom", {"invite": [BOT], "is_direct": True}))["room_id"]
        await reader.wait(lambda: reader.lines(control, BOT))
        for command in ("ADDNETWORK test", f"ADDSERVER test 127.0.0.1 {self._irc.port}", "OPEN test"):
            count = len(reader.lines(control, BOT))
            await self.leaver.say(control, command)
            await reader.wait(lambda count=count: len(reader.lines(control, BOT)) > count)
        network = await reader.next_invitation()
        await self.leaver.say(network, "NICK desk3")
        await self.leaver.say(network, "CONNECT")
        await reader.wait(lambda: any("End of MOTD" in said[2] for said in reader.said if said[0] == network))

    async def _person(self, localpart: str, display_name: str) -> Person:
        user_id = await hire(self.server, localpart, display_name)
        body = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": user_id}, "password": PASSWORD}
        async with self._http.post(f"{self.server.url}/_matrix/client/v3/login", json=body) as answer:
            token = self._tokens[user_id] = (await answer.json())["access_token"]
        return Person(self.server.url, user_id, token, self._http)

    async def sessions(self) -> list[dict[str, Any]]:
        """The sessions of the desk that is to leave."""
        headers = {"Authorization": f"Bearer {self._tokens[self.leaver.user_id]}"}
        async with self._http.get(f"{self.server.url}{ROOT}/sessions", headers=headers) as answer:
            found: list[dict[str, Any]] = (await answer.json())["sessions"]
            return found

    async def customer(self, nick: str) -> tuple[IrcClient, str]:
        """Somebody on IRC who has written to the desk and got an answer; and the room of that."""
        client = await IrcClient(nick).connect(self._irc.port)
        client.send("PRIVMSG desk3 :Where is my chair?")
        said = (ghost(nick), "Where is my chair?")
        room_id = await self.reader.wait(lambda: next((each[0] for each in self.reader.said if each[1:] == said), None))
        await self.leaver.say(room_id, "I will look")
        await heard(client, "I will look")
        return client, str(room_id)

    async def said(self, nick: str, room_id: str) -> list[str]:
        """What stands in a room, as the bridge can read it for its customer; oldest first."""
        url = f"{self.server.url}/_matrix/client/v3/rooms/{quote(room_id)}/messages"
        parameters = {"dir": "b", "limit": "100", "user_id": ghost(nick)}
        headers = {"Authorization": f"Bearer {self._token}"}
        async with self._http.get(url, params=parameters, headers=headers) as answer:
            page = await answer.json()
            assert answer.status == 200, page
        texts = [event["content"]["body"] for event in page["chunk"] if event["type"] == "m.room.message"]
        return texts[::-1]

    async def joined(self, room_id: str) -> set[str]:
        """Who is in a room, as the successor sees it."""
        return set((await self.successor.call("GET", f"/rooms/{quote(room_id)}/joined_members"))["joined"])


def ghost(nick: str) -> str:
    """Who somebody on IRC is here."""
    return f"@irc_test_{nick}:example.org"


async def heard(client: IrcClient, text: str) -> None:
    """Wait until somebody on IRC is told this, in their conversation with the desk."""
    line = await client.expect(text)
    assert line.startswith(":desk3!"), line
    assert f" PRIVMSG {client.nick} :" in line


@pytest.fixture
async def bridged(server: ServerProcess, irc: Ngircd, tmp_path: Path) -> AsyncIterator[Bridged]:
    async with aiohttp.ClientSession() as http:
        made = Bridged(server, irc, tmp_path / "heisenbridge.yaml", http)
        await made.begin()
        yield made
    assert '"level":"error"' not in server.log_text().replace('": "', '":"')


async def test_a_private_conversation_is_a_session_of_both(bridged: Bridged) -> None:
    customer, room_id = await bridged.customer("bob")
    listed = await bridged.sessions()
    assert [(each["room_id"], each["customer_id"], each["state"]) for each in listed] == [
        (room_id, ghost("bob"), "open")
    ]
    # The bridge's own name for the room, and its power over it, are as it wants them.
    name = await bridged.leaver.call("GET", f"/rooms/{quote(room_id)}/state/m.room.name/")
    assert name == {"name": "bob (test)"}
    levels = await bridged.leaver.call("GET", f"/rooms/{quote(room_id)}/state/m.room.power_levels/")
    assert levels["events"]["m.room.name"] == 0
    await customer.close()


async def test_customers_answer_in_text_and_go_on_in_the_same_conversation(bridged: Bridged) -> None:
    answers = {"bob": "Yes!", "carol": "１"}
    customers = {nick: await bridged.customer(nick) for nick in answers}
    departure = await depart(bridged.server, bridged.leaver.user_id, bridged.successor.user_id)
    for nick, (customer, room_id) in customers.items():
        await heard(customer, QUESTION)
        customer.send("PRIVMSG desk3 :But where is my chair?")
        await heard(customer, AGAIN)
        customer.send(f"PRIVMSG desk3 :{answers[nick]}")
        await heard(customer, BEGUN)
        await until_status(bridged.server, departure, ghost(nick), "accepted")
        # What was not understood was not delivered; the answer was.
        said = await bridged.said(nick, room_id)
        assert "But where is my chair?" not in said
        assert said[-2:] == [answers[nick], BEGUN]
        # The desk that left stays, locked, since the bridge would end the conversation without it.
        assert await bridged.joined(room_id) == {
            BOT,
            ghost(nick),
            bridged.leaver.user_id,
            bridged.successor.user_id,
        }
        await bridged.successor.say(room_id, "Your chair is on its way")
        await heard(customer, "Your chair is on its way")
        customer.send("PRIVMSG desk3 :2 chairs, I hope")
        reader = Reader(bridged.successor)
        await reader.wait(
            lambda room_id=room_id, reader=reader, nick=nick: (
                reader.lines(room_id, ghost(nick))[-1:] == ["2 chairs, I hope"]
            )
        )
        await customer.close()


async def test_a_customer_says_no_and_nothing_is_delivered_until_they_change_their_mind(bridged: Bridged) -> None:
    customer, room_id = await bridged.customer("dave")
    departure = await depart(bridged.server, bridged.leaver.user_id, bridged.successor.user_id)
    await heard(customer, QUESTION)
    customer.send("PRIVMSG desk3 :2")
    await heard(customer, REFUSED)
    await until_status(bridged.server, departure, ghost("dave"), "declined")
    customer.send("PRIVMSG desk3 :Are you really gone?")
    # They are told again; so the bridge has tried to send it.
    await heard(customer, REFUSED)
    assert "Are you really gone?" not in await bridged.said("dave", room_id)

    customer.send("PRIVMSG desk3 :ok, 1")
    await heard(customer, BEGUN)
    await until_status(bridged.server, departure, ghost("dave"), "accepted")
    assert "Are you really gone?" not in await bridged.said("dave", room_id)
    await bridged.successor.say(room_id, "Welcome")
    await heard(customer, "Welcome")
    await customer.close()


async def test_an_undo_gives_the_conversation_back(bridged: Bridged) -> None:
    customer, room_id = await bridged.customer("erin")
    departure = await depart(bridged.server, bridged.leaver.user_id, bridged.successor.user_id)
    await heard(customer, QUESTION)
    await ask(bridged.server, "POST", f"/departures/{departure}/undo")
    await until_state(bridged.server, departure, "undone")
    await heard(customer, "Desk 3 is back: you can write here again.")
    customer.send("PRIVMSG desk3 :Good")

    async def is_there() -> bool:
        return (await bridged.said("erin", room_id))[-1] == "Good"

    await until(is_there)
    await bridged.leaver.say(room_id, "Indeed")
    await heard(customer, "Indeed")
    await customer.close()
