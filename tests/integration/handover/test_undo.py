"""Somebody is back: what their customers have not said yes to is as it was before."""

from __future__ import annotations

from tests.harness import Client
from tests.integration.handover.leaving import (
    DEPARTURES,
    SUCCESSION,
    Holding,
    asked,
    customers_of,
    finished,
    invited_to,
    notices,
    report,
    succession,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.scim.client import Scim, scim_of
from tests.integration.organisation.talking import direct, members, session_of, until
from tests.integration.rooms.paths import error, membership, room_path

BACK = "ann is back: you can write here again."


async def several(office: Office, leaver: Client, number: int) -> list[tuple[Client, str]]:
    """Customers of somebody, and the rooms of their sessions."""
    customers = [await office.server.register(f"customer{each}") for each in range(number)]
    return [(customer, await direct(customer, leaver)) for customer in customers]


async def undo(office: Office, departure_id: str) -> None:
    """Take a departure back, and wait until that is done."""
    assert (await office.owner.post(f"{DEPARTURES}/{departure_id}/undo"))["state"] == "undoing"
    await finished(office, departure_id, "undone")


async def test_when_it_is_finished(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    (waiting, first), (declined, second), (accepted, third) = await several(office, ann, 3)
    departure_id, offers = await asked(office, ann, waiting, declined, accepted)
    await declined.leave(offers[1]["new_room_id"])
    await accepted.join(offers[2]["new_room_id"])
    await until_status(office, departure_id, declined, "declined")
    await until_status(office, departure_id, accepted, "accepted")
    assert (await ann.attempt("GET", "/account/whoami"))[1]["errcode"] == "M_USER_LOCKED"
    await undo(office, departure_id)

    assert (await report(office, departure_id))["statuses"] == {"accepted": 1, "withdrawn": 2}
    for customer, room_id in ((waiting, first), (declined, second)):
        assert (await notices(customer, room_id))[-1] == BACK
        assert (await session_of(customer, room_id))["staff_id"] == ann.user_id
        assert await customer.get(f"{room_path(room_id)}/state/{SUCCESSION}/") == {}
        assert (await succession(customer, ann))["state"] == "active"
        await customer.send(room_id, "Good to have you back")
        await ann.send(room_id, "Thank you")
    assert await invited_to(waiting) == []
    # Who went on with the successor stays there, and may write to who is back as to anybody.
    assert (await session_of(accepted, offers[2]["new_room_id"]))["staff_id"] == ben.user_id
    assert BACK not in await notices(accepted, third)
    assert await direct(accepted, ann) == third
    await accepted.send(third, "Hello")
    assert SUCCESSION not in str(await ann.get(f"/profile/{ann.user_id}"))
    assert await error(office.owner, "POST", f"{DEPARTURES}/{departure_id}/undo") == (400, "M_INVALID_PARAM")


async def test_while_it_is_running(office: Office) -> None:
    """The customers who were not asked yet never hear of it."""
    ann, _ben = await team(office, "ann", "ben")
    customers = await several(office, ann, 3)
    holding = Holding(office)
    departure_id = (await office.owner.post(DEPARTURES, {"user_id": ann.user_id}))["departure_id"]
    await holding.reached.wait()
    assert (await office.owner.post(f"{DEPARTURES}/{departure_id}/undo"))["state"] == "undoing"
    holding.let_go()
    await finished(office, departure_id, "undone")
    assert (await report(office, departure_id))["statuses"] == {"withdrawn": 3}
    for customer, room_id in customers:
        await customer.send(room_id, "Hello")
        assert (await notices(customer, room_id))[-1:] in ([], [BACK])
        assert await invited_to(customer) == []
    await ann.sync()


async def test_and_leaves_again(office: Office) -> None:
    """Everybody is asked anew, once."""
    ann, ben = await team(office, "ann", "ben")
    [(customer, room_id)] = await several(office, ann, 1)
    first, [before] = await asked(office, ann, customer)
    await undo(office, first)
    second, [after] = await asked(office, ann, customer)
    assert second != first
    assert after["new_room_id"] != before["new_room_id"]
    assert await membership(customer, room_id, ann.user_id) == "join"
    await customer.join(after["new_room_id"])
    await until_status(office, second, customer, "accepted")
    assert await members(customer, after["new_room_id"]) >= {ben.user_id}
    assert (await customers_of(office, first))[customer.user_id]["status"] == "withdrawn"
    assert len(await notices(customer, room_id)) == 4


async def test_yes_after_it_was_taken_back(office: Office) -> None:
    """The room may still be joined by who knows it: that is a session with the successor, and changes no status."""
    ann, ben = await team(office, "ann", "ben")
    [(customer, room_id)] = await several(office, ann, 1)
    departure_id, [offer] = await asked(office, ann, customer)
    await undo(office, departure_id)
    await customer.join(offer["new_room_id"])

    async def is_with_ben() -> bool:
        return ben.user_id in await members(customer, offer["new_room_id"])

    await until(is_with_ben)
    assert (await customers_of(office, departure_id))[customer.user_id]["status"] == "withdrawn"
    await customer.send(room_id, "Hello")


async def test_a_transfer(office: Office) -> None:
    """Who stays was never locked; the customers are theirs again."""
    ann, _ben = await team(office, "ann", "ben")
    [(customer, room_id)] = await several(office, ann, 1)
    departure_id, [offer] = await asked(office, ann, customer, kind="transfer")
    await customer.send(room_id, "May I stay?")
    await ann.send(room_id, "Yes")
    await undo(office, departure_id)
    assert await membership(ann, room_id, customer.user_id) == "join"
    assert await invited_to(customer) == []
    assert len(await notices(customer, room_id)) == 1
    assert (await session_of(customer, room_id))["state"] == "open"
    assert offer["new_room_id"] not in (await customer.get("/joined_rooms"))["joined_rooms"]


async def test_a_transfer_and_then_a_departure(office: Office) -> None:
    """The customer has one invitation: what the transfer asked counts no more."""
    ann, _ben, cid = await team(office, "ann", "ben", "cid")
    [(customer, _)] = await several(office, ann, 1)
    plan = {"rules": [{"staff_id": "@ben:example.org"}]}
    first, [before] = await asked(office, ann, customer, kind="transfer", plan=plan)
    second, [after] = await asked(office, ann, customer, plan={"rules": [{"staff_id": cid.user_id}]})
    assert await invited_to(customer) == [after["new_room_id"]]
    assert (await customers_of(office, first))[customer.user_id]["status"] == "withdrawn"
    assert before["new_room_id"] != after["new_room_id"]
    assert await error(office.owner, "POST", f"{DEPARTURES}/{first}/undo") == (400, "M_INVALID_PARAM")
    await undo(office, second)


async def identity_provider(office: Office) -> Scim:
    """Whoever speaks SCIM."""
    return await scim_of(office.server)


async def test_rehired_through_scim(office: Office) -> None:
    """`active` true takes the departure back, also one that is still under way; on leave stays on leave."""
    ann, _ben = await team(office, "ann", "ben")
    [(customer, room_id)] = await several(office, ann, 1)
    scim = await identity_provider(office)
    await office.change(ann.user_id, user_name="ann")
    path = f"/Users/{ann.user_id}"
    for _ in range(2):
        assert (await scim.patch(path, {"op": "replace", "path": "active", "value": False})).status in (200, 204)
        departure_id = await newest(office)
        await until_status(office, departure_id, customer, "waiting")
        assert (await try_send(customer, room_id))[0] == 403
        assert (await scim.patch(path, {"op": "replace", "path": "active", "value": True})).status in (200, 204)
        await finished(office, departure_id, "undone")
        await customer.send(room_id, "Hello")
        await ann.send(room_id, "Hello")
    assert len((await office.owner.get(DEPARTURES, user=ann.user_id))["departures"]) == 2
    await office.change(ann.user_id, state="departed")
    departure_id = await newest(office, 3)
    await until_status(office, departure_id, customer, "waiting")
    await office.change(ann.user_id, state="on_leave")
    await finished(office, departure_id, "undone")
    assert (await office.owner.get(f"{ROOT}/people/{ann.user_id}"))["state"] == "on_leave"


async def newest(office: Office, number: int = 0) -> str:
    """The id of the newest departure, when it runs (and there are so many)."""
    found: list[str] = []

    async def is_there() -> bool:
        page = (await office.owner.get(DEPARTURES))["departures"]
        found[:] = [each["departure_id"] for each in page if each["state"] in ("running", "finished")]
        return len(found) > 0 and len(page) >= number

    await until(is_there)
    return found[0]


async def test_undone_from_the_people_page_while_it_runs(office: Office) -> None:
    """Back before the first customer was asked, and gone again before that was done: in the end it is as it was
    said last."""
    ann, _ben = await team(office, "ann", "ben")
    [(customer, room_id)] = await several(office, ann, 1)
    holding = Holding(office)
    await office.change(ann.user_id, state="departed")
    await newest(office)
    await holding.reached.wait()
    await office.change(ann.user_id, state="active")
    await office.change(ann.user_id, state="departed")
    holding.let_go()

    async def is_asked() -> bool:
        page = (await office.owner.get(DEPARTURES, user=ann.user_id))["departures"]
        statuses = [(await customers_of(office, each["departure_id"])).get(customer.user_id) for each in page]
        return [each["status"] for each in statuses if each is not None].count("waiting") == 1

    await until(is_asked)
    assert len(await invited_to(customer)) == 1
    assert (await try_send(customer, room_id))[0] == 403
