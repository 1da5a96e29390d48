"""A customer of somebody who has left is asked, and says yes, no, or yes after a no."""

from __future__ import annotations

from urllib.parse import quote

from tests.integration.handover.leaving import (
    SUCCESSION,
    depart,
    invited_to,
    notices,
    succession,
    until_status,
)
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SERVICE, direct, direct_list, members, session_of
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
