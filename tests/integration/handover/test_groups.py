"""Rooms that are no sessions: the successor gets the leaver's place and power, and the leaver goes."""

from __future__ import annotations

from typing import Any

import pytest

from roomkeeper.capabilities.handover import groups, jobs
from tests.harness import Client
from tests.integration.handover.leaving import DEPARTURES, depart, finished, team, try_send
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import direct
from tests.integration.rooms.paths import membership, room_path, state_of


async def group(creator: Client, *others: Client, **more: Any) -> str:
    """A room with people in it."""
    room_id = await creator.create_room(invite=[each.user_id for each in others], **more)
    for each in others:
        await each.join(room_id)
    return room_id


async def level(client: Client, room_id: str, user_id: str) -> int | None:
    """Somebody's power level, where they have one of their own."""
    content = (await state_of(client, room_id))["m.room.power_levels", ""]
    found = content.get("users", {}).get(user_id)
    return None if found is None else int(found)


async def handed_over(office: Office, departure_id: str) -> dict[str, dict[str, Any]]:
    """What became of the leaver's other rooms, by id."""
    page = await office.owner.get(f"{DEPARTURES}/{departure_id}/rooms")
    return {each["room_id"]: each for each in page["rooms"]}


@pytest.mark.parametrize("version", ["10", "11", "12"])
async def test_who_made_the_room(office: Office, version: str) -> None:
    """In version 12 nobody can have the power of a creator: the successor gets the most that there is."""
    ann, ben = await team(office, "ann", "ben")
    cid, customer = await office.staff("cid"), await office.server.register("customer")
    room_id = await group(ann, cid, customer, room_version=version)
    departure_id = (await depart(office, ann))["departure_id"]
    assert await membership(cid, room_id, ann.user_id) == "leave"
    assert await membership(cid, room_id, ben.user_id) == "join"
    assert await level(cid, room_id, ben.user_id) == 100
    found = (await handed_over(office, departure_id))[room_id]
    assert (found["status"], found["successor_id"], found["level"]) == ("done", ben.user_id, 100)
    await ben.set_state(room_id, "m.room.topic", {"topic": "Goes on"})
    assert (await try_send(customer, room_id))[0] == 200

    await office.owner.post(f"{DEPARTURES}/{departure_id}/undo")
    await finished(office, departure_id, "undone")
    assert await membership(cid, room_id, ann.user_id) == "join"
    assert await membership(cid, room_id, ben.user_id) == "join"
    await ann.set_state(room_id, "m.room.topic", {"topic": "Back"})
    assert (await handed_over(office, departure_id))[room_id]["status"] == "restored"


async def test_a_leaver_without_power(office: Office) -> None:
    """Who has the power to brings the successor in, who gets no more than the leaver had."""
    ann, ben = await team(office, "ann", "ben")
    cid, customer = await office.staff("cid"), await office.server.register("customer")
    room_id = await group(cid, ann, customer)
    await cid.set_state(room_id, "m.room.power_levels", {**await levels(cid, room_id), "invite": 50})
    await depart(office, ann)
    assert await membership(cid, room_id, ann.user_id) == "leave"
    assert await membership(cid, room_id, ben.user_id) == "join"
    assert await level(cid, room_id, ben.user_id) is None


async def levels(client: Client, room_id: str) -> dict[str, Any]:
    """The power levels of a room."""
    return (await state_of(client, room_id))["m.room.power_levels", ""]


async def test_a_moderator(office: Office) -> None:
    """A level between: the successor has the same. Who is in the room already stays, and has it too."""
    ann, ben = await team(office, "ann", "ben")
    cid, dan = await office.staff("cid"), await office.staff("dan")
    first, second = await group(cid, ann, dan), await group(cid, ann, ben, dan)
    for room_id in (first, second):
        content = await levels(cid, room_id)
        users = {**content.get("users", {}), ann.user_id: 50}
        await cid.set_state(room_id, "m.room.power_levels", {**content, "users": users})
    await depart(office, ann)
    for room_id in (first, second):
        assert await level(cid, room_id, ben.user_id) == 50
        assert await membership(cid, room_id, ann.user_id) == "leave"
    timeline = (await cid.get(room_path(second, "messages"), dir="b", limit=100))["chunk"]
    joins = [each for each in timeline if each.get("state_key") == ben.user_id and each["type"] == "m.room.member"]
    assert len(joins) == 2, "invited and joined, and that was before"


async def test_whom_the_plan_names(office: Office) -> None:
    ann, _ben, cid = await team(office, "ann", "ben", "cid")
    dan, customer = await office.staff("dan"), await office.server.register("customer")
    room_id = await group(ann, dan, customer)
    await depart(office, ann, plan={"groups_to": cid.user_id})
    assert await membership(dan, room_id, cid.user_id) == "join"
    assert await membership(dan, room_id, "@ben:example.org") is None


async def test_rooms_that_stay_as_they_are(office: Office) -> None:
    """A chat of two, and of one alone; a transfer leaves all rooms."""
    ann, ben = await team(office, "ann", "ben")
    cid, customer = await office.staff("cid"), await office.server.register("customer")
    two, alone = await group(ann, cid, is_direct=True), await group(ann)
    three = await group(ann, cid, customer)
    transfer = (await depart(office, ann, kind="transfer"))["departure_id"]
    assert await handed_over(office, transfer) == {}
    assert await membership(cid, three, ann.user_id) == "join"
    session = await direct(customer, ann)
    departure_id = (await depart(office, ann))["departure_id"]
    assert (await handed_over(office, departure_id)).keys() == {three}
    assert await membership(cid, two, ann.user_id) == "join"
    assert await membership(customer, session, ann.user_id) == "join"
    assert ben.user_id not in (await office.server.rooms.cache.get(alone)).joined


async def test_a_room_that_cannot_be_handed_over(office: Office) -> None:
    """Where the successor is banned: it is noted why, everything else goes on, and it can be retried."""
    ann, ben = await team(office, "ann", "ben")
    cid, dan = await office.staff("cid"), await office.staff("dan")
    bad, good = await group(cid, ann, dan), await group(cid, ann, dan)
    await cid.post(room_path(bad, "ban"), {"user_id": ben.user_id})
    departure_id = (await depart(office, ann))["departure_id"]
    found = await handed_over(office, departure_id)
    assert (found[good]["status"], found[bad]["status"]) == ("done", "failed")
    assert found[bad]["error"]
    assert await membership(cid, bad, ann.user_id) == "join"
    await cid.post(room_path(bad, "unban"), {"user_id": ben.user_id})
    await office.owner.post(f"{DEPARTURES}/{departure_id}/retry")
    await finished(office, departure_id)
    assert (await handed_over(office, departure_id))[bad]["status"] == "done"
    assert await membership(cid, bad, ben.user_id) == "join"


async def test_more_rooms_than_are_looked_at_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sessions and groups in any order, in chunks: none is forgotten."""
    monkeypatch.setattr(groups, "PAGE", 2)
    monkeypatch.setattr(groups, "AT_ONCE", 1)
    monkeypatch.setattr(jobs, "LISTED", 2)
    monkeypatch.setattr(jobs, "AT_ONCE", 2)
    ann, ben = await team(office, "ann", "ben")
    cid = await office.staff("cid")
    customers = [await office.server.register(f"customer{number}") for number in range(5)]
    sessions = {await direct(customer, ann) for customer in customers}
    others = {await group(ann, cid, customers[number]) for number in range(4)}
    departure_id = (await depart(office, ann))["departure_id"]
    found = await handed_over(office, departure_id)
    assert {room_id: each["status"] for room_id, each in found.items()} == dict.fromkeys(others, "done")
    for room_id in others:
        assert await membership(cid, room_id, ann.user_id) == "leave"
        assert await membership(cid, room_id, ben.user_id) == "join"
    report = await office.owner.get(f"{DEPARTURES}/{departure_id}")
    assert report["statuses"] == {"waiting": len(sessions)}
