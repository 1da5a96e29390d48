"""A department in which somebody leaves, for tests with browsers: who goes, who takes over, a customer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote

from tests.browser.office import Talk
from tests.browser.organisation import ROOT, Organisation, found
from tests.browser.people import Account, People

SECONDS = 30


class Handing:
    """Sales desk 3, who will leave; Sales desk 5, who takes over; Customer 4, in a session with desk 3."""

    def __init__(self, organisation: Organisation, sales: str, leaver: Account, successor: Account) -> None:
        self.organisation = organisation
        self.sales = sales
        self.leaver = leaver
        self.successor = successor
        self.departure_id = ""
        self.customer: Account
        self.room_id = ""

    async def session(self, name: str = "customer4", display_name: str = "Customer 4") -> str:
        """A customer who has talked with desk 3; the room."""
        self.customer = await self.organisation.people.account(name, display_name)
        self.room_id = await self.organisation.session(self.customer, staff_id=self.leaver.user_id)
        talk = Talk(self.room_id, name)
        await talk.say(self.customer, "Hello, about the delivery of last week: is it on its way?")
        await talk.say(self.leaver, "It has left the warehouse this morning.")
        await talk.say(self.customer, "Thank you. May I change the address?")
        return self.room_id

    async def leave(self, status: str = "waiting", **more: Any) -> None:
        """Desk 3 leaves, and the customers were asked, if there are any."""
        body = {"user_id": self.leaver.user_id, **more}
        self.departure_id = (await self.organisation.call("POST", "/departures", body))["departure_id"]

        async def is_done() -> bool:
            departure = await self.organisation.call("GET", f"/departures/{self.departure_id}")
            return bool(departure["departure"]["state"] == "finished")

        await until(is_done)
        if self.room_id:
            await self.until_status(status)

    async def undo(self) -> None:
        """Desk 3 is back."""
        await self.organisation.call("POST", f"/departures/{self.departure_id}/undo")

    async def until_status(self, status: str) -> None:
        """Wait until that has become of the customer."""

        async def is_so() -> bool:
            return (await self.offer()).get("status") == status

        await until(is_so)

    async def offer(self) -> dict[str, Any]:
        """What became of the customer."""
        path = f"/departures/{self.departure_id}/customers"
        for each in (await self.organisation.call("GET", path))["customers"]:
            if each["customer_id"] == self.customer.user_id:
                return dict(each)
        return {}

    async def messages(self, room_id: str, reader: Account | None = None) -> list[str]:
        """What people have said in a room, oldest first."""
        path = f"/rooms/{quote(room_id)}/messages?dir=b&limit=100"
        page = await (reader or self.customer).call("GET", path)
        said = [event["content"] for event in page["chunk"] if event["type"] == "m.room.message"]
        return [content["body"] for content in said if content.get("msgtype") == "m.text"][::-1]

    async def note(self, body: str) -> None:
        """Desk 3 notes something about the customer."""
        await self.leaver.call("POST", f"/people/{quote(self.customer.user_id)}/notes", {"body": body}, ROOT)


async def handing(people: People, **more: Any) -> Handing:
    """A new organisation with the two desks."""
    people.expected.append("status of 403")
    organisation = await found(people)
    sales = await organisation.department("Sales")
    leaver = await organisation.staff("desk3", sales, display_name="Sales desk 3", **more)
    successor = await organisation.staff("desk5", sales, display_name="Sales desk 5")
    return Handing(organisation, sales, leaver, successor)


async def until(what: Callable[[], Awaitable[bool]]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(SECONDS):
        while not await what():  # noqa: ASYNC110 - it is asked of a server
            await asyncio.sleep(0.05)
