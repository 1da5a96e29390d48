"""What people do when somebody leaves, in tests."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from roomkeeper.core.rooms import SendAttempt
from roomkeeper.platform.errors import Forbidden
from roomkeeper.platform.hooks import Deny, Verdict
from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SERVICE, SESSION, until
from tests.integration.rooms.paths import room_path

_numbers = itertools.count(1)
DEPARTURES = f"{ROOT}/departures"
SUCCESSION = "org.roomkeeper.succession"


async def depart(office: Office, leaver: Client, **more: Any) -> dict[str, Any]:
    """Record a departure, and wait until all its customers have been asked; the departure."""
    made = await office.owner.post(DEPARTURES, {"user_id": leaver.user_id, **more})
    return await finished(office, made["departure_id"])


async def asked(office: Office, leaver: Client, *customers: Client, **more: Any) -> tuple[str, list[dict[str, Any]]]:
    """Let somebody depart, and wait until these customers were asked: the departure's id, and what they were asked."""
    departure_id = (await depart(office, leaver, **more))["departure_id"]
    return departure_id, [await until_status(office, departure_id, each, "waiting") for each in customers]


async def team(office: Office, *names: str, **more: Any) -> list[Client]:
    """A department and its people; the first is the one who will leave."""
    sales = await office.department("Sales")
    return [await office.staff(name, sales, **more) for name in names]


async def try_send(client: Client, room_id: str, body: str = "hello", **content: Any) -> tuple[int, dict[str, Any]]:
    """Send a message that may be refused; status and answer."""
    path = room_path(room_id, "send", "m.room.message", f"try{next(_numbers)}")
    return await client.attempt("PUT", path, {"msgtype": "m.text", "body": body, **content})


def is_refused(answer: tuple[int, dict[str, Any]], leaver: Client) -> bool:
    """Whether that is the error that says why to people and programs."""
    status, error = answer
    assert "has left" in error.get("error", ""), answer
    said = (status, error["errcode"], error["org.roomkeeper.reason"], error["org.roomkeeper.user_id"])
    return said == (403, "M_FORBIDDEN", "departed", leaver.user_id)


class Holding:
    """Lets the server make no room of a session as long as a test wants, or refuses it for some customers."""

    def __init__(self, office: Office) -> None:
        self.reached = asyncio.Event()
        self._go_on = asyncio.Event()
        self._refused: set[str] = set()
        office.server.rooms.gates.add_slow(self._ask, timeout=60, fail_open=False)

    async def _ask(self, attempt: SendAttempt) -> Verdict:
        draft = attempt.draft
        if draft.sender == SERVICE and draft.type == SESSION and draft.content.get("state") == "offered":
            self.reached.set()
            await self._go_on.wait()
            if draft.content.get("customer") in self._refused:
                return Deny(Forbidden("Not this one."))
        return None

    def let_go(self, *, refuse: Sequence[Client] = ()) -> None:
        """Go on, but for these customers."""
        self._refused = {client.user_id for client in refuse}
        self._go_on.set()


async def finished(office: Office, departure_id: str, state: str = "finished") -> dict[str, Any]:
    """Wait until a departure is in a state; the departure."""

    async def is_so() -> bool:
        return bool((await report(office, departure_id))["departure"]["state"] == state)

    await until(is_so)
    found: dict[str, Any] = (await report(office, departure_id))["departure"]
    return found


async def report(office: Office, departure_id: str) -> dict[str, Any]:
    """How far a departure is."""
    return await office.owner.get(f"{DEPARTURES}/{departure_id}")


async def customers_of(office: Office, departure_id: str) -> dict[str, dict[str, Any]]:
    """What became of each customer, by user id."""
    page = await office.owner.get(f"{DEPARTURES}/{departure_id}/customers")
    return {each["customer_id"]: each for each in page["customers"]}


async def until_status(office: Office, departure_id: str, customer: Client, status: str) -> dict[str, Any]:
    """Wait until a customer has a status and their room says so; what became of them."""

    async def is_so() -> bool:
        found = (await customers_of(office, departure_id)).get(customer.user_id, {})
        return found.get("status") == status and bool(found.get("told", True))

    await until(is_so)
    return (await customers_of(office, departure_id))[customer.user_id]


async def succession(client: Client, other: Client) -> dict[str, Any]:
    """Who takes care of somebody instead of somebody else."""
    return await client.get(f"{ROOT}/succession/{quote(other.user_id)}")


async def notices(client: Client, room_id: str) -> list[str]:
    """What the server has said in a room, oldest first."""
    page = await client.get(f"/rooms/{quote(room_id)}/messages", dir="b", limit="100")
    said = [event["content"]["body"] for event in page["chunk"] if event["content"].get("msgtype") == "m.notice"]
    return said[::-1]


async def invited_to(client: Client) -> list[str]:
    """The rooms that somebody is invited to."""
    return list((await client.sync()).get("rooms", {}).get("invite", {}))
