"""What becomes of each customer: counted, listed, exported; limits, taking over, what fails."""

from __future__ import annotations

import csv
import io
from urllib.parse import quote

from tests.conftest import MakeServer
from tests.harness import Client
from tests.integration.handover.leaving import (
    DEPARTURES,
    SUCCESSION,
    Holding,
    asked,
    customers_of,
    depart,
    finished,
    invited_to,
    is_refused,
    notices,
    report,
    succession,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import PASSWORD, ROOT, Office
from tests.integration.organisation.talking import direct, members, session_of, until
from tests.integration.organisation.test_links import MovableClock
from tests.integration.rooms.paths import error, room_path

NOBODY = "ann has left and can no longer receive messages. You will be told here who takes care of you."


async def several(office: Office, leaver: Client, number: int) -> list[Client]:
    """Customers with a session with somebody."""
    customers = [await office.server.register(f"customer{each}") for each in range(number)]
    for customer in customers:
        await direct(customer, leaver)
    return customers


async def statuses(office: Office, departure_id: str) -> dict[str, int]:
    """How many customers have which status."""
    return dict((await report(office, departure_id))["statuses"])


async def until_statuses(office: Office, departure_id: str, **wanted: int) -> None:
    """Wait until it is so."""

    async def is_so() -> bool:
        return await statuses(office, departure_id) == wanted

    await until(is_so)


# ------------------------------------------------------------ limits


async def test_a_limit_for_each_successor(office: Office) -> None:
    """Beyond it customers wait, and are told so; they are asked by themselves when somebody else is there."""
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    await office.change(cid.user_id, state="on_leave")
    customers = await several(office, ann, 3)
    departure_id = (await depart(office, ann, plan={"limit": 1, "at_limit": "wait"}))["departure_id"]
    await until_statuses(office, departure_id, waiting=1, at_limit=2)
    found = await customers_of(office, departure_id)
    late = [each for each in customers if found[each.user_id]["status"] == "at_limit"]
    for customer in late:
        room_id = found[customer.user_id]["room_id"]
        assert await notices(customer, room_id) == [NOBODY]
        assert (await customer.get(f"{room_path(room_id)}/state/{SUCCESSION}/"))["status"] == "at_limit"
        assert is_refused(await try_send(customer, room_id), ann)
    await office.change(cid.user_id, state="active")
    await until_statuses(office, departure_id, waiting=2, at_limit=1)
    by = [each.get("successor_id") for each in (await customers_of(office, departure_id)).values()]
    assert sorted(filter(None, by)) == [ben.user_id, cid.user_id]


async def test_a_no_makes_room_for_the_next(office: Office) -> None:
    """Who takes so many sessions is offered for as many."""
    ann, ben = await team(office, "ann", "ben")
    await office.change(ben.user_id, session_limit=1)
    customers = await several(office, ann, 2)
    departure_id = (await depart(office, ann, plan={"at_limit": "wait"}))["departure_id"]
    await until_statuses(office, departure_id, waiting=1, at_limit=1)
    found = await customers_of(office, departure_id)
    first = next(each for each in customers if found[each.user_id]["status"] == "waiting")
    await first.leave(found[first.user_id]["new_room_id"])
    await until_statuses(office, departure_id, waiting=1, declined=1)


async def test_the_queue_is_offered_where_nobody_has_a_place(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    await office.change(ben.user_id, session_limit=0)
    [customer] = await several(office, ann, 1)
    departure_id, [offer] = await asked(office, ann, customer)
    assert "successor_id" not in offer
    await customer.join(offer["new_room_id"])
    await until_status(office, departure_id, customer, "accepted")
    assert (await session_of(customer, offer["new_room_id"]))["state"] == "waiting"
    await office.change(ben.user_id, session_limit=5)

    async def is_in() -> bool:
        return ben.user_id in await members(customer, offer["new_room_id"])

    await until(is_in)


# ------------------------------------------------------------ taking over


async def test_taken_over_after_a_time(make_server: MakeServer) -> None:
    """Where policy says so, and nobody answered: in the same room, without the invitation."""
    clock = MovableClock()
    office = await office_on(await make_server(clock, ROOMKEEPER_HANDOVER_TAKE_OVER_AFTER_HOURS="24"))
    ann, ben = await team(office, "ann", "ben")
    waiting, declined, over = await several(office, ann, 3)
    departure_id, offers = await asked(office, ann, waiting, declined, over)
    await declined.leave(offers[1]["new_room_id"])
    await until_status(office, departure_id, declined, "declined")
    await over.leave(offers[2]["room_id"])
    clock.forward_ms = 25 * 3600 * 1000
    await office.owner.post(DEPARTURES, {"user_id": ben.user_id, "effective_ts": clock.now_ms() + 3600_000})  # wakes
    found = await until_status(office, departure_id, waiting, "taken_over")
    old = found["room_id"]
    assert (await notices(waiting, old))[-1] == "ben takes care of you here from now on, in place of ann."
    assert (await session_of(waiting, old))["staff_id"] == ben.user_id
    assert ann.user_id not in await members(waiting, old)
    assert await invited_to(waiting) == []
    await waiting.send(old, "Hello")
    assert (await customers_of(office, departure_id))[declined.user_id]["status"] == "declined"
    await until_status(office, departure_id, over, "gone")


async def test_a_plan_says_when(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    [customer] = await several(office, ann, 1)
    departure_id = (await depart(office, ann, plan={"take_over_after_ms": 1}))["departure_id"]
    found = await until_status(office, departure_id, customer, "taken_over")
    assert (await session_of(customer, found["room_id"]))["staff_id"] == ben.user_id
    assert len(await notices(customer, found["room_id"])) == 2


async def test_in_place(office: Office) -> None:
    """The successor comes, the leaver goes, the room stays."""
    ann, ben = await team(office, "ann", "ben")
    [customer] = await several(office, ann, 1)
    departure_id = (await depart(office, ann, plan={"mode": "in_place"}))["departure_id"]
    found = await until_status(office, departure_id, customer, "taken_over")
    room_id = found["room_id"]
    assert {customer.user_id, ben.user_id} <= await members(customer, room_id)
    assert ann.user_id not in await members(customer, room_id)
    assert await notices(customer, room_id) == ["ben takes care of you here from now on, in place of ann."]
    await customer.send(room_id, "Hello")
    await ben.send(room_id, "Hello")
    contacts = (await customer.get(f"{ROOT}/contacts"))["contacts"]
    assert [each["staff_id"] for each in contacts] == [ben.user_id]
    assert (await succession(customer, ann))["successor"]["user_id"] == ben.user_id


# ------------------------------------------------------------ what fails, who is gone


async def test_failed_and_retried(office: Office) -> None:
    """One that cannot be asked holds nobody up, says why, and is asked when it is retried; nobody is asked twice."""
    ann, _ben = await team(office, "ann", "ben")
    good, bad = await several(office, ann, 2)
    holding = Holding(office)
    departure_id = (await office.owner.post(DEPARTURES, {"user_id": ann.user_id}))["departure_id"]
    await holding.reached.wait()
    assert await error(office.owner, "POST", f"{DEPARTURES}/{departure_id}/retry") == (400, "M_INVALID_PARAM")
    holding.let_go(refuse=[bad])
    await finished(office, departure_id)
    found = await customers_of(office, departure_id)
    assert (found[bad.user_id]["status"], found[bad.user_id]["error"]) == ("failed", "Not this one.")
    assert found[good.user_id]["status"] == "waiting"
    assert is_refused(await try_send(bad, found[bad.user_id]["room_id"]), ann)
    holding.let_go()
    await office.owner.post(f"{DEPARTURES}/{departure_id}/retry")
    await until_status(office, departure_id, bad, "waiting")
    after = await customers_of(office, departure_id)
    assert after[good.user_id]["new_room_id"] == found[good.user_id]["new_room_id"]
    assert "error" not in after[bad.user_id]
    assert len(await invited_to(bad)) == len(await invited_to(good)) == 1
    await finished(office, departure_id)


async def close_account(client: Client) -> None:
    """Somebody closes their account."""
    identifier = {"type": "m.id.user", "user": client.user_id}
    auth = {"type": "m.login.password", "password": PASSWORD, "identifier": identifier}
    await client.post("/account/deactivate", {"auth": auth})


async def test_customers_who_are_gone(office: Office) -> None:
    """Who left the room, or closed their account, before they were asked, or after."""
    ann, _ben = await team(office, "ann", "ben")
    left, closed, later = await several(office, ann, 3)
    await direct(later, ann)
    holding = Holding(office)
    departure_id = (await office.owner.post(DEPARTURES, {"user_id": ann.user_id}))["departure_id"]
    await holding.reached.wait()
    rooms = (await office.owner.get(f"{DEPARTURES}/{departure_id}/customers"))["customers"]
    of = {each["customer_id"]: each["room_id"] for each in rooms}
    await left.leave(of[left.user_id])
    await close_account(closed)
    holding.let_go()
    await finished(office, departure_id)
    await until_status(office, departure_id, later, "waiting")
    await close_account(later)

    async def is_settled() -> bool:
        found = await customers_of(office, departure_id)
        return found[later.user_id]["status"] in ("declined", "gone")

    await until(is_settled)
    await office.owner.post(f"{DEPARTURES}/{departure_id}/undo")
    await finished(office, departure_id, "undone")


# ------------------------------------------------------------ shown


async def test_counted_listed_exported(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    customers = await several(office, ann, 3)
    await ann.send((await direct_rooms(customers[0]))[0], "Answered")
    await customers[1].send((await direct_rooms(customers[1]))[0], "And this?")
    departure_id, offers = await asked(office, ann, *customers)
    await customers[0].join(offers[0]["new_room_id"])
    await customers[1].leave(offers[1]["new_room_id"])
    await until_status(office, departure_id, customers[0], "accepted")
    await until_status(office, departure_id, customers[1], "declined")
    found = await report(office, departure_id)
    assert found["statuses"] == {"accepted": 1, "declined": 1, "waiting": 1}
    assert found["unanswered"] == 1
    root, seen, token = f"{DEPARTURES}/{departure_id}/customers", [], ""
    while True:
        page = await office.owner.get(root, limit=2, **{"from": token})
        seen += [each["customer_id"] for each in page["customers"]]
        if "next_batch" not in page:
            break
        token = page["next_batch"]
    assert sorted(seen) == sorted(each.user_id for each in customers)
    only = (await office.owner.get(root, status="declined"))["customers"]
    assert [each["customer_id"] for each in only] == [customers[1].user_id]

    headers = {"authorization": f"Bearer {office.owner.token}"}
    status, answered, body = await office.server.raw("GET", f"{DEPARTURES}/{departure_id}/export", b"", headers)
    assert (status, answered["content-type"]) == (200, "text/csv; charset=utf-8")
    assert "attachment" in answered["content-disposition"]
    rows = {each["customer_id"]: each for each in csv.DictReader(io.StringIO(body.decode("utf-8-sig")))}
    assert {user_id: row["status"] for user_id, row in rows.items()} == {
        customers[0].user_id: "accepted",
        customers[1].user_id: "declined",
        customers[2].user_id: "waiting",
    }
    row = rows[customers[0].user_id]
    assert row["new_room_id"] == offers[0]["new_room_id"]
    assert row["successor_id"] == ben.user_id
    assert row["answered_ts"].isdigit()
    assert not any(cell[:1] in "=+-" for row in rows.values() for cell in row.values() if cell)


async def direct_rooms(client: Client) -> list[str]:
    """The rooms of their direct chats."""
    found = await client.get(f"/user/{quote(client.user_id)}/account_data/m.direct")
    return [room_id for rooms in found.values() for room_id in rooms]
