"""A customer of somebody who has left is asked, and says yes, no, or yes after a no."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from tests.harness import Client
from tests.integration.handover.leaving import (
    DEPARTURES,
    SUCCESSION,
    asked,
    customers_of,
    depart,
    finished,
    invited_to,
    is_refused,
    notices,
    succession,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import (
    SERVICE,
    direct,
    direct_list,
    members,
    session_of,
    session_path,
)
from tests.integration.rooms.paths import room_path


def unreceived(new_room_id: str) -> str:
    """What a customer reads who has declined ann's successor."""
    return (
        "ann can no longer receive messages. If you change your mind, you can still join the conversation with ben:"
        f" https://matrix.to/#/{new_room_id}"
    )


async def test_yes_by_joining(office: Office) -> None:
    sales = await office.department("Sales")
    ann, ben = (
        await office.staff("ann", sales, display_name="Desk 3"),
        await office.staff("ben", sales, display_name="Desk 5"),
    )
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    await customer.send(old, "Where is my chair?")

    departure = await depart(office, ann)
    found = await until_status(office, departure["departure_id"], customer, "waiting")
    assert (found["successor_id"], found["unanswered"], found["way"]) == (ben.user_id, True, "invitation")
    new = found["new_room_id"]
    assert await invited_to(customer) == [new]
    said = (
        "Desk 3 has left. Desk 5 now takes care of you.\nYou are invited to a conversation with Desk 5: join it to go"
        " on there, or decline. Desk 3 gets no messages here any more."
    )
    assert await notices(customer, old) == [said]
    answer = await succession(customer, ann)
    assert answer["successor"]["user_id"] == ben.user_id
    assert answer["offer"] == {"status": "waiting", "room_id": old, "new_room_id": new}
    assert answer["state"] == "departed"

    await customer.post(f"/join/{quote(new)}")
    await until_status(office, departure["departure_id"], customer, "accepted")
    assert await members(customer, new) == {customer.user_id, ben.user_id, SERVICE}
    assert await notices(ben, new) == ["You can now write to each other. Desk 5 goes on where Desk 3 left off."]
    assert (await session_of(customer, new))["state"] == "open"
    assert (await session_of(customer, old))["state"] == "closed"
    create = await customer.get(f"{room_path(new)}/state/m.room.create/")
    assert create["predecessor"]["room_id"] == old
    tombstone = await customer.get(f"{room_path(old)}/state/m.room.tombstone/")
    assert tombstone["replacement_room"] == new
    assert await direct_list(customer) == {ann.user_id: [old], ben.user_id: [new]}
    assert await direct_list(ben) == {customer.user_id: [new]}
    contacts = (await customer.get(f"{ROOT}/contacts"))["contacts"]
    assert [each["staff_id"] for each in contacts] == [ben.user_id]
    # The successor may read what was said before.
    assert "Where is my chair?" in str(await ben.get(f"{room_path(old)}/messages", dir="b"))
    await customer.send(new, "Hello")
    await ben.send(new, "Hello")


async def test_no_by_rejecting_and_a_change_of_mind(office: Office) -> None:
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", sales)
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure = await depart(office, ann)
    new = (await until_status(office, departure["departure_id"], customer, "waiting"))["new_room_id"]

    await customer.post(f"{room_path(new)}/leave")
    await until_status(office, departure["departure_id"], customer, "declined")
    assert (await notices(customer, old))[1:] == [unreceived(new)]
    assert "m.room.tombstone" not in str(await customer.get(f"{room_path(old)}/state"))
    status, error = await customer.attempt("PUT", f"{room_path(old)}/send/m.room.message/1", {"body": "?"})
    assert (status, error["errcode"], error["org.roomkeeper.reason"]) == (403, "M_FORBIDDEN", "departed")

    await customer.post(f"/join/{quote(new)}")
    await until_status(office, departure["departure_id"], customer, "accepted")
    assert ben.user_id in await members(customer, new)
    assert (await customer.get(f"{room_path(old)}/state/{SUCCESSION}/"))["status"] == "accepted"
    await customer.send(new, "Hello")


async def answer(client: Client, leaver: Client, *, go_on: bool) -> dict[str, Any]:
    """What our own clients send when somebody presses one of the two buttons."""
    return await client.post(f"{ROOT}/succession/{quote(leaver.user_id)}", {"go_on": go_on})


async def test_asked_by_user_id(office: Office) -> None:
    """No, no again, yes, yes again: each is one step, and the rooms say the same as to who joins and rejects."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id, [offer] = await asked(office, ann, customer)
    new = offer["new_room_id"]
    for _ in range(2):
        said = await answer(customer, ann, go_on=False)
        assert (said["session"], said["succession"]["offer"]["status"]) == (None, "declined")
    await until_status(office, departure_id, customer, "declined")
    assert (await notices(customer, old))[1:] == [unreceived(new)]
    assert await invited_to(customer) == []
    for _ in range(2):
        said = await answer(customer, ann, go_on=True)
        assert said["session"]["room_id"] == new
        assert said["succession"]["offer"]["status"] == "accepted"
    await until_status(office, departure_id, customer, "accepted")
    assert await notices(ben, new) == ["You can now write to each other. ben goes on where ann left off."]
    assert (await answer(customer, ann, go_on=False))["succession"]["offer"]["status"] == "accepted"
    assert len(await notices(customer, old)) == 3
    await customer.send(new, "Hello")


async def test_contacts_move(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    departure_id, _ = await asked(office, ann, customer)
    assert [each["staff_id"] for each in await contacts(customer)] == [ann.user_id]
    await answer(customer, ann, go_on=True)
    await until_status(office, departure_id, customer, "accepted")
    assert [each["staff_id"] for each in await contacts(customer)] == [ben.user_id]
    assert [each["customer_id"] for each in await contacts(ben)] == [customer.user_id]
    past = {each["staff_id"]: each.get("end_reason") for each in await contacts(customer, past="true")}
    assert past == {ann.user_id: "handed over", ben.user_id: None}


async def contacts(client: Client, **query: str) -> list[dict[str, Any]]:
    """Their contacts."""
    return list((await client.get(f"{ROOT}/contacts", **query))["contacts"])


async def test_a_chat_with_the_successor_is_a_yes(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    customers = [await office.server.register(f"customer{number}") for number in range(2)]
    for customer in customers:
        await direct(customer, ann)
    departure_id, offers = await asked(office, ann, *customers)
    # Also after a no.
    await customers[1].leave(offers[1]["new_room_id"])
    await until_status(office, departure_id, customers[1], "declined")
    for customer, offer in zip(customers, offers, strict=True):
        assert await direct(customer, ben) == offer["new_room_id"]
        await until_status(office, departure_id, customer, "accepted")
        assert await members(customer, offer["new_room_id"]) == {customer.user_id, ben.user_id, SERVICE}


async def test_staff_cannot_force_a_yes(office: Office) -> None:
    """Neither who was offered, nor a supervisor, nor by asking in the customer's place."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    departure_id, [offer] = await asked(office, ann, customer)
    new = offer["new_room_id"]
    body = {"invite": [customer.user_id], "is_direct": True, "preset": "trusted_private_chat"}
    for _ in range(2):
        status, error = await ben.attempt("POST", "/createRoom", body)
        assert (status, error["errcode"]) == (403, "M_FORBIDDEN"), error
        assert (await ben.attempt("POST", f"/join/{quote(new)}"))[0] == 403
        for path, sent in (("assign", {"staff_id": ben.user_id}), ("close", {}), ("reopen", {})):
            status, error = await office.owner.attempt("POST", session_path(new, path), sent)
            assert status in (400, 403, 200), error
        path = f"{ROOT}/succession/{quote(ann.user_id)}"
        assert (await ben.attempt("POST", path, {"go_on": True}))[0] == 403
        assert ben.user_id not in await room_members(office, new)
        # And the same when they have said no.
        if (await customers_of(office, departure_id))[customer.user_id]["status"] == "waiting":
            await customer.leave(new)
            await until_status(office, departure_id, customer, "declined")
    assert (await customers_of(office, departure_id))[customer.user_id]["status"] == "declined"


async def room_members(office: Office, room_id: str) -> set[str]:
    """Who is in a room, as the server has it."""
    return set((await office.server.rooms.cache.get(room_id)).joined)


async def test_a_session_with_the_successor_is_there_already(office: Office) -> None:
    """Nobody is asked: they go on there, and the old room says where."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    old, other = await direct(customer, ann), await direct(customer, ben)
    departure_id = (await depart(office, ann))["departure_id"]
    found = await until_status(office, departure_id, customer, "taken_over")
    assert (found["way"], found["new_room_id"]) == ("existing", other)
    said = "You have a conversation with ben already, who takes care of you from now on, in place of ann:"
    assert await notices(customer, old) == [f"{said} https://matrix.to/#/{other}"]
    tombstone = await customer.get(f"{room_path(old)}/state/m.room.tombstone/")
    assert tombstone["replacement_room"] == other
    assert await invited_to(customer) == []
    assert (await session_of(customer, old))["state"] == "closed"
    assert [each["staff_id"] for each in await contacts(customer)] == [ben.user_id]
    assert (await succession(customer, ann))["offer"]["new_room_id"] == other
    assert is_refused(await try_send(customer, old), ann)


async def test_two_leavers_and_one_successor(office: Office) -> None:
    """A customer of both is invited once, and with one yes both rooms lead there."""
    ann, cid, ben = await team(office, "ann", "cid", "ben")
    customer = await office.server.register("customer")
    rooms = [await direct(customer, ann), await direct(customer, cid)]
    plan = {"rules": [{"staff_id": ben.user_id}]}
    first, [offer] = await asked(office, ann, customer, plan=plan)
    second, [other] = await asked(office, cid, customer, plan=plan)
    assert other["new_room_id"] == offer["new_room_id"]
    assert await invited_to(customer) == [offer["new_room_id"]]
    # One of them is back: the invitation stays, since the other is not.
    await office.owner.post(f"{DEPARTURES}/{first}/undo")
    await finished(office, first, "undone")
    assert await office.server.rooms.membership(customer.user_id, offer["new_room_id"]) == "invite"
    first, _ = await asked(office, ann, customer, plan=plan)
    await customer.join(offer["new_room_id"])
    await until_status(office, first, customer, "accepted")
    await until_status(office, second, customer, "accepted")
    assert len(await notices(ben, offer["new_room_id"])) == 1
    for room_id in rooms:
        tombstone = await customer.get(f"{room_path(room_id)}/state/m.room.tombstone/")
        assert tombstone["replacement_room"] == offer["new_room_id"]
    assert await invited_to(customer) == []
    assert [each["staff_id"] for each in await contacts(customer)] == [ben.user_id]
    sessions = (await ben.get(f"{ROOT}/sessions", state="open"))["sessions"]
    assert [each["room_id"] for each in sessions] == [offer["new_room_id"]]


async def test_yes_where_the_two_have_another_session_by_now(office: Office) -> None:
    """After a no to the one leaver and a yes to the other, a late yes to the first leads to the session that is."""
    ann, cid, ben = await team(office, "ann", "cid", "ben")
    customer = await office.server.register("customer")
    old, _ = await direct(customer, ann), await direct(customer, cid)
    plan = {"rules": [{"staff_id": ben.user_id}]}
    first, [declined] = await asked(office, ann, customer, plan=plan)
    await answer(customer, ann, go_on=False)
    await until_status(office, first, customer, "declined")
    second, [accepted] = await asked(office, cid, customer, plan=plan)
    await answer(customer, cid, go_on=True)
    await until_status(office, second, customer, "accepted")
    await customer.join(declined["new_room_id"])
    found = await until_status(office, first, customer, "accepted")
    assert found["new_room_id"] == accepted["new_room_id"]
    tombstone = await customer.get(f"{room_path(old)}/state/m.room.tombstone/")
    assert tombstone["replacement_room"] == accepted["new_room_id"]


async def test_all_answers_at_once(office: Office) -> None:
    """Joining, the button (twice), a chat with the successor: one session, one notice each."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id, [offer] = await asked(office, ann, customer)
    path = f"{ROOT}/succession/{quote(ann.user_id)}"
    answers = await asyncio.gather(
        customer.attempt("POST", f"/join/{quote(offer['new_room_id'])}"),
        customer.attempt("POST", path, {"go_on": True}),
        customer.attempt("POST", path, {"go_on": False}),
        customer.attempt("POST", path, {"go_on": True}),
        direct(customer, ben),
    )
    assert answers[-1] == offer["new_room_id"]
    await until_status(office, departure_id, customer, "accepted")
    assert await notices(ben, offer["new_room_id"]) == [
        "You can now write to each other. ben goes on where ann left off."
    ]
    assert len([each for each in await notices(customer, old) if "You go on with" in each]) == 1


async def test_the_earlier_session_is_not_shown_where_policy_says_so(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_HANDOVER_EARLIER_SESSION="off")
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id, _ = await asked(office, ann, customer)
    await answer(customer, ann, go_on=True)
    await until_status(office, departure_id, customer, "accepted")
    assert (await ben.attempt("GET", f"{room_path(old)}/messages", dir="b"))[0] == 403


async def test_a_supervisor_gives_the_session_to_somebody(office: Office) -> None:
    """The offer is settled: the customer goes on in their room, and the invitation is taken back."""
    ann, _ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    old = await direct(customer, ann)
    departure_id, _ = await asked(office, ann, customer, plan={"rules": [{"staff_id": "@ben:example.org"}]})
    await office.owner.post(session_path(old, "assign"), {"staff_id": cid.user_id})
    found = await until_status(office, departure_id, customer, "taken_over")
    assert (found["successor_id"], found["way"]) == (cid.user_id, "in_place")
    assert await invited_to(customer) == []
    assert (await notices(customer, old))[1:] == ["cid takes care of you here from now on, in place of ann."]
    await customer.send(old, "Hello")
    assert (await succession(customer, ann))["successor"]["user_id"] == cid.user_id


async def test_a_stranger_is_told_the_same(office: Office) -> None:
    """Who never talked with whoever has left is told of the successor, and gets a session with them."""
    ann, ben = await team(office, "ann", "ben")
    await depart(office, ann)
    stranger = await office.server.register("stranger")
    said = await succession(stranger, ann)
    assert (said["successor"]["user_id"], said["offer"], said["state"]) == (ben.user_id, None, "departed")
    assert (await answer(stranger, ann, go_on=False))["session"] is None
    session = (await answer(stranger, ann, go_on=True))["session"]
    assert (session["staff_id"], session["state"]) == (ben.user_id, "open")
    assert (await succession(stranger, ben))["state"] == "active"
    path = f"{ROOT}/succession/{quote(ben.user_id)}"
    status, error = await stranger.attempt("POST", path, {"go_on": True})
    assert (status, error["errcode"]) == (400, "M_INVALID_PARAM")
    assert (await stranger.attempt("GET", f"{ROOT}/succession/@nobody:example.org"))[0] == 404
