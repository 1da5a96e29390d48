"""How a customer reaches the staff, told from both sides; after each story the sync law holds."""

from __future__ import annotations

import pytest

from tests.harness import Server
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SESSIONS, direct, session_path, until_state
from tests.scenarios.model import Arrive


@pytest.fixture
async def office(server: Server) -> Office:
    """An organisation with nobody but its owner."""
    return await office_on(server)


async def test_a_customer_and_three_of_the_staff(office: Office, arrive: Arrive) -> None:
    # The customer knows the first desk, and writes to it as to anybody.
    sales = await office.department("Sales")
    first = await arrive(await office.staff("first", sales, display_name="First desk", session_limit=1))
    second = await arrive(await office.staff("second", sales, display_name="Second desk", session_limit=1))
    customer = await arrive(await office.server.register("customer"))
    room_id = await direct(customer.client, first.client)
    await customer.client.send(room_id, "I have a question")
    await first.sync()
    assert first.bodies(room_id) == ["I have a question"]
    await first.client.send(room_id, "ask")

    # The first desk hands them on, and sees no more of it.
    await first.client.post(session_path(room_id, "assign"), {"staff_id": second.client.user_id})
    await customer.client.send(room_id, "who are you?")
    for each in (first, second, customer):
        await each.sync()
    assert first.room(room_id).membership == "leave"
    assert second.bodies(room_id) == ["I have a question", "ask", "who are you?"]

    # Another customer takes the first desk's place; a third one waits in the queue, with a link.
    other = await arrive(await office.server.register("other"))
    assert (await other.client.post(SESSIONS, {"department_id": sales}))["staff_id"] == first.client.user_id
    third = await arrive(await office.server.register("third"))
    link = await office.owner.post(f"{ROOT}/links", {"department_id": sales})
    waiting = await third.client.post(f"{ROOT}/links/{link['code']}")
    assert waiting["state"] == "waiting"
    await third.sync()
    assert third.room(waiting["room_id"]).state["m.room.name", ""]["content"]["name"] == "Sales"
    await third.client.send(waiting["room_id"], "anybody?")

    # The first session ends: the second desk has a place, and gets who waited.
    await second.client.post(session_path(room_id, "close"), {"reason": "answered"})
    found = await until_state(third.client, waiting["room_id"], "open")
    assert found["staff_id"] == second.client.user_id
    await second.sync()
    assert second.bodies(waiting["room_id"]) == ["anybody?"]

    # The customer has one more question; both desks are busy, so they wait until the second one is free again.
    await customer.client.send(room_id, "one more thing")
    await until_state(customer.client, room_id, "waiting")
    await third.client.leave(waiting["room_id"])
    await until_state(customer.client, room_id, "open")
    await second.client.send(room_id, "here I am")
    await customer.sync()
    assert customer.bodies(room_id)[-2:] == ["one more thing", "here I am"]
