"""Successors who leave as well: whoever asks gets the one who is there, or the department."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from roomkeeper.capabilities.handover import jobs
from tests.harness import Client
from tests.integration.handover.leaving import (
    DEPARTURES,
    Holding,
    asked,
    customers_of,
    depart,
    finished,
    invited_to,
    notices,
    succession,
    team,
    until_status,
)
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import direct, members, session_of, until, until_state
from tests.integration.rooms.paths import room_path


def to(client: Client) -> dict[str, object]:
    """A plan that gives everybody to one person."""
    return {"rules": [{"staff_id": client.user_id}]}


async def test_before_the_answer(office: Office) -> None:
    """The invitation stays the same room, is to the next, and the customer is told; a yes leads to the one there."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    first, [offer] = await asked(office, ann, customer, plan=to(ben))
    await depart(office, ben, plan=to(cid))
    found = await until_status(office, first, customer, "waiting")
    assert (found["successor_id"], found["new_room_id"]) == (cid.user_id, offer["new_room_id"])
    assert [("ben" in said, "cid" in said) for said in await notices(customer, old)] == [(True, False), (False, True)]
    assert (await succession(customer, ann))["successor"]["user_id"] == cid.user_id
    assert await invited_to(customer) == [offer["new_room_id"]]
    await customer.join(offer["new_room_id"])
    await until_status(office, first, customer, "accepted")
    assert cid.user_id in await members(customer, offer["new_room_id"])
    assert ben.user_id not in await members(customer, offer["new_room_id"])


async def test_while_the_offers_are_made(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who leaves while others' customers are being offered them is offered to nobody in the end."""
    monkeypatch.setattr(jobs, "TOGETHER", 1)
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customers = [await office.server.register(f"customer{number}") for number in range(4)]
    for customer in customers:
        await direct(customer, ann)
    holding = Holding(office)
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    await holding.reached.wait()
    await depart(office, ben)
    holding.let_go()
    await finished(office, made["departure_id"])
    for customer in customers:
        found = await until_status(office, made["departure_id"], customer, "waiting")
        assert found["successor_id"] == cid.user_id
        assert (await session_of(office.owner, found["new_room_id"]))["staff_id"] == cid.user_id


async def test_after_a_no(office: Office) -> None:
    """A change of mind leads to the one who is there, however it is made."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customers = [await office.server.register(f"customer{number}") for number in range(2)]
    for customer in customers:
        await direct(customer, ann)
    first, offers = await asked(office, ann, *customers, plan=to(ben))
    for customer, offer in zip(customers, offers, strict=True):
        await customer.leave(offer["new_room_id"])
        await until_status(office, first, customer, "declined")
    await depart(office, ben, plan=to(cid))
    for customer in customers:
        assert (await until_status(office, first, customer, "declined"))["successor_id"] == cid.user_id
    await customers[0].join(offers[0]["new_room_id"])
    await customers[1].post(f"{ROOT}/succession/{quote(ann.user_id)}", {"go_on": True})
    for customer, offer in zip(customers, offers, strict=True):
        await until_status(office, first, customer, "accepted")
        assert (await session_of(customer, offer["new_room_id"]))["staff_id"] == cid.user_id


async def test_after_a_yes(office: Office) -> None:
    """They are the successor's customer then, and asked as such; who asks for the first gets the last."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    first, [offer] = await asked(office, ann, customer, plan=to(ben))
    await customer.join(offer["new_room_id"])
    await until_status(office, first, customer, "accepted")
    second, [further] = await asked(office, ben, customer, plan=to(cid))
    assert further["room_id"] == offer["new_room_id"]
    assert (await succession(customer, ann))["successor"]["user_id"] == cid.user_id
    await customer.join(further["new_room_id"])
    await until_status(office, second, customer, "accepted")
    create = await customer.get(f"{room_path(further['new_room_id'])}/state/m.room.create/")
    assert create["predecessor"]["room_id"] == offer["new_room_id"]
    assert (await succession(customer, ann))["successor"]["user_id"] == cid.user_id
    assert len(await notices(customer, old)) == 2


async def test_a_plan_that_names_who_has_left(office: Office) -> None:
    """It is followed; a circle of people who have all left leads to the department."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    await depart(office, ben, plan=to(cid))
    departure_id, [offer] = await asked(office, ann, customer, plan=to(ben))
    assert offer["successor_id"] == cid.user_id
    await depart(office, cid, plan=to(ann))
    found = await until_status(office, departure_id, customer, "waiting")
    assert "successor_id" not in found
    answer = await succession(customer, ann)
    assert answer["successor"] == {"department_id": found["department_id"], "display_name": "Sales"}
    stranger = await office.server.register("stranger")
    for leaver in (ann, ben, cid):
        assert (await succession(stranger, leaver))["successor"]["display_name"] == "Sales"


async def test_everybody_has_left(office: Office) -> None:
    """The department is offered; a yes waits in its queue for whoever comes, who reads the earlier session."""
    [ann] = await team(office, "ann")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id, [offer] = await asked(office, ann, customer)
    assert "successor_id" not in offer
    assert "Sales now takes care of you." in (await notices(customer, old))[0]
    await customer.join(offer["new_room_id"])
    await until_status(office, departure_id, customer, "accepted")
    assert (await session_of(customer, offer["new_room_id"]))["state"] == "waiting"
    dan = await office.staff("dan", offer["department_id"])
    await until_state(customer, offer["new_room_id"], "open")
    assert dan.user_id in await members(customer, offer["new_room_id"])

    async def may_read() -> bool:
        return dan.user_id in await members(customer, old)

    await until(may_read)


async def test_without_any_department(office: Office) -> None:
    """Nobody can be named: the customer is told that they will hear, and asked when somebody is there."""
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id = (await depart(office, ann))["departure_id"]
    await until_status(office, departure_id, customer, "at_limit")
    assert await notices(customer, old) == [
        "ann has left and can no longer receive messages. You will be told here who takes care of you."
    ]
    answer = await succession(customer, ann)
    assert (answer["successor"], answer["offer"]["status"]) == (None, "at_limit")
    sales = await office.department("Sales")
    ben = await office.staff("ben", sales)
    await office.change(ann.user_id, departments=[sales])
    await office.owner.post(f"{ROOT}/departures/{departure_id}/retry")
    found = await until_status(office, departure_id, customer, "waiting")
    assert found["successor_id"] == ben.user_id


async def test_all_at_once(office: Office) -> None:
    """Three leave at the same time, each to the next: nobody is lost, and nobody is asked for who has left."""
    ann, ben, cid, dan = await team(office, "ann", "ben", "cid", "dan")
    customers = {}
    for leaver in (ann, ben, cid):
        customers[leaver.user_id] = await office.server.register(f"customer-{leaver.user_id[1:4]}")
        await direct(customers[leaver.user_id], leaver)
    ids = {}
    for leaver, successor in ((ann, ben), (ben, cid), (cid, dan)):
        made = await office.owner.post(f"{ROOT}/departures", {"user_id": leaver.user_id, "plan": to(successor)})
        ids[leaver.user_id] = made["departure_id"]
    for leaver_id, customer in customers.items():
        await finished(office, ids[leaver_id])

        async def is_dans(departure_id: str = ids[leaver_id], customer: Client = customer) -> bool:
            found = (await customers_of(office, departure_id))[customer.user_id]
            return (found["status"], found.get("successor_id")) == ("waiting", dan.user_id)

        await until(is_dans)
        offer = (await customers_of(office, ids[leaver_id]))[customer.user_id]
        await customer.join(offer["new_room_id"])
        await until_status(office, ids[leaver_id], customer, "accepted")
        assert dan.user_id in await members(customer, offer["new_room_id"])
