"""Departures and transfers are recorded, changed, cancelled, previewed, begun; who may; what the work tells."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import MakeServer
from tests.harness import Client
from tests.integration.accounts.operator import operator
from tests.integration.handover.leaving import (
    DEPARTURES,
    Holding,
    asked,
    customers_of,
    depart,
    finished,
    invited_to,
    is_refused,
    notices,
    report,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.conftest import office_on
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import direct, session_of, session_path, until
from tests.integration.organisation.test_links import MovableClock
from tests.integration.rooms.paths import error

LATER = 4_000_000_000_000


async def test_dated(make_server: MakeServer) -> None:
    """Until the date nothing changes; then it begins by itself, also where the server was down at the time."""
    clock = MovableClock()
    office = await office_on(await make_server(clock))
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    body = {"user_id": ann.user_id, "effective_ts": clock.now_ms() + 3_600_000}
    made = await office.owner.post(DEPARTURES, body)
    assert made["state"] == "planned"
    await customer.send(room_id, "Hello")
    await ann.send(room_id, "Hello")
    await office.server.stop()
    clock.forward_ms = 3_600_001
    await office.server.start()
    await finished(office, made["departure_id"])
    found = await until_status(office, made["departure_id"], customer, "waiting")
    assert found["successor_id"] == ben.user_id
    assert is_refused(await try_send(customer, room_id), ann)


async def test_a_date_that_is_near(office: Office) -> None:
    """It is not forgotten until the next look, as one that was recorded when nothing else was due."""
    [ann] = await team(office, "ann")
    now = office.server.app.clock.now_ms()
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id, "effective_ts": now + 300})
    assert made["state"] == "planned"
    await finished(office, made["departure_id"])


async def test_changed_begun_cancelled(office: Office) -> None:
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id, "effective_ts": LATER, "reason": "Moves"})
    path = f"{DEPARTURES}/{made['departure_id']}"
    status, changed = await office.owner.attempt("PATCH", path, {"plan": {"rules": [{"staff_id": ben.user_id}]}})
    assert (status, changed["effective_ts"], changed["reason"]) == (200, LATER, "Moves")
    assert (await office.owner.post(f"{path}/cancel"))["state"] == "cancelled"
    for verb in ("cancel", "begin", "undo", "retry"):
        assert await error(office.owner, "POST", f"{path}/{verb}") == (400, "M_INVALID_PARAM")
    assert await error(office.owner, "PATCH", path, {"effective_ts": 1}) == (400, "M_INVALID_PARAM")
    await customer.send(room_id, "Hello")

    second = await office.owner.post(DEPARTURES, {"user_id": ann.user_id, "effective_ts": LATER})
    path = f"{DEPARTURES}/{second['departure_id']}"
    await office.owner.attempt("PATCH", path, {"plan": {"rules": [{"staff_id": cid.user_id}]}})
    assert (await office.owner.post(f"{path}/begin"))["state"] == "running"
    found = await until_status(office, second["departure_id"], customer, "waiting")
    assert found["successor_id"] == cid.user_id
    await finished(office, second["departure_id"])
    assert await error(office.owner, "PATCH", path, {"effective_ts": 1}) == (400, "M_INVALID_PARAM")


async def test_departing_twice(office: Office) -> None:
    """One departure at a time, of whatever kind; of who has left there is one already."""
    ann, _ben = await team(office, "ann", "ben")
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id, "effective_ts": LATER})
    for kind in ("departure", "transfer"):
        assert await error(office.owner, "POST", DEPARTURES, {"user_id": ann.user_id, "kind": kind}) == (
            409,
            "M_INVALID_PARAM",
        )
    await office.owner.post(f"{DEPARTURES}/{made['departure_id']}/begin")
    await finished(office, made["departure_id"])
    assert (await office.owner.attempt("POST", DEPARTURES, {"user_id": ann.user_id}))[0] == 409
    again = {"user_id": ann.user_id, "kind": "transfer"}
    assert await error(office.owner, "POST", DEPARTURES, again) == (400, "M_INVALID_PARAM")


@pytest.mark.parametrize(
    "wrong",
    [
        {"user_id": "@nobody:example.org"},
        {"user_id": "@customer:example.org"},
        {"plan": {"rules": [{"staff_id": "@ann:example.org"}]}},
        {"plan": {"customers": {"@customer:example.org": "@ann:example.org"}}},
        {"plan": {"rules": [{"staff_id": "@customer:example.org"}]}},
        {"plan": {"rules": [{"staff_id": "@nobody:example.org"}]}},
        {"plan": {"rules": [{"staff_id": "@away:example.org"}]}},
        {"plan": {"groups_to": "@away:example.org"}},
        {"plan": {"rules": [{}]}},
        {"plan": {"rules": [{"department_id": "nowhere"}]}},
        {"plan": {"rules": [{"staff_id": "@ben:example.org", "departments": ["nowhere"]}]}},
        {"plan": {"rules": [{"department_id": "x", "by": "skill"}]}},
        {"plan": {"limit": 0}},
        {"plan": {"take_over_after_ms": -1}},
        {"effective_ts": -5},
        {"effective_ts": 2**60},
        {"kind": "holiday"},
        {"reason": "x" * 501},
    ],
)
async def test_what_makes_no_sense(office: Office, wrong: dict[str, Any]) -> None:
    """Nothing is recorded, and the error says what to do instead."""
    *_, away = await team(office, "ann", "ben", "away")
    await office.change(away.user_id, state="on_leave")
    await office.server.register("customer")
    for path in (DEPARTURES, f"{DEPARTURES}/preview"):
        status, answer = await office.owner.attempt("POST", path, {"user_id": "@ann:example.org", **wrong})
        assert status in (400, 404), answer
        assert len(answer["error"]) > 15
    assert (await office.owner.get(DEPARTURES))["departures"] == []


async def test_the_preview_agrees_with_what_then_happens(office: Office) -> None:
    ann, ben, cid = await team(office, "ann", "ben", "cid")
    dan, sales = await office.staff("dan"), (await office.owner.get(f"{ROOT}/departments"))["departments"][0]
    await office.change(cid.user_id, language="de", session_limit=2)
    customers = []
    for number in range(6):
        customers.append(await office.server.register(f"customer{number}"))
        await office.change(customers[-1].user_id, language="de" if number < 4 else "en")
        room_id = await direct(customers[-1], ann)
        if number % 2:
            await customers[-1].send(room_id, "Hello?")
    group = await ann.create_room(invite=[dan.user_id, customers[0].user_id])
    await dan.join(group)
    await customers[0].join(group)
    rules = [{"department_id": sales["department_id"], "by": "language"}]
    plan = {"customers": {customers[5].user_id: dan.user_id}, "rules": rules, "limit": 2, "at_limit": "wait"}
    body = {"user_id": ann.user_id, "plan": plan}
    before = await office.owner.get(DEPARTURES)
    preview = await office.owner.post(f"{DEPARTURES}/preview", body)
    assert await office.owner.get(DEPARTURES) == before
    departure_id = (await depart(office, ann, plan=plan))["departure_id"]
    found = await customers_of(office, departure_id)
    shares: dict[str, int] = {}
    for each in found.values():
        if "successor_id" in each:
            shares[each["successor_id"]] = shares.get(each["successor_id"], 0) + 1
    assert {each["user_id"]: each["customers"] for each in preview["shares"]} == shares
    assert shares == {ben.user_id: 2, cid.user_id: 2, dan.user_id: 1}
    assert preview["nobody"] == [each["status"] for each in found.values()].count("at_limit") == 1
    assert preview["customers"] == len(found) == 6
    assert preview["unanswered"] == (await report(office, departure_id))["unanswered"] == 3
    assert preview["group_rooms"] == 1
    assert preview["other_language"] >= 1


async def test_a_transfer(office: Office) -> None:
    """Customers move to whom they say yes to; who hands over stays, and writes with those who have not."""
    ann, ben = await team(office, "ann", "ben")
    yes, no = await office.server.register("yes"), await office.server.register("no")
    rooms = [await direct(yes, ann), await direct(no, ann)]
    departure_id, offers = await asked(office, ann, yes, no, kind="transfer")
    assert (await notices(yes, rooms[0]))[0].startswith("ben is to take care of you from now on, in place of ann.")
    await yes.send(rooms[0], "Before I answer")
    await ann.send(rooms[0], "Take your time")
    await yes.join(offers[0]["new_room_id"])
    await no.leave(offers[1]["new_room_id"])
    await until_status(office, departure_id, yes, "accepted")
    await until_status(office, departure_id, no, "declined")
    assert (await session_of(yes, offers[0]["new_room_id"]))["staff_id"] == ben.user_id
    assert (await session_of(yes, rooms[0]))["state"] == "closed"
    await no.send(rooms[1], "I stay")
    await ann.send(rooms[1], "Good")
    assert len(await notices(no, rooms[1])) == 1
    assert (await office.owner.get(f"{ROOT}/people/{ann.user_id}"))["state"] == "active"


# ------------------------------------------------------------ the work


async def test_paused_and_resumed(office: Office) -> None:
    """By the jobs' endpoints; the progress is told; nobody is asked while it is paused."""
    ann, _ben = await team(office, "ann", "ben")
    customers = [await office.server.register(f"customer{number}") for number in range(3)]
    for customer in customers:
        await direct(customer, ann)
    holding = Holding(office)
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    await holding.reached.wait()
    job = f"/jobs/{made['job_id']}"
    status, found = await operator(office.server, "GET", job)
    assert (status, found["name"], found["state"]) == (200, "handover", "running")
    assert found["progress"] == {"done": 0, "total": 3, "unit": "customers"}
    assert (await operator(office.server, "POST", f"{job}/pause"))[1]["state"] == "paused"
    assert await error(office.owner, "POST", f"{DEPARTURES}/{made['departure_id']}/retry") == (400, "M_INVALID_PARAM")
    holding.let_go()
    assert (await operator(office.server, "GET", job))[1]["state"] == "paused"
    assert (await report(office, made["departure_id"]))["departure"]["state"] == "running"
    assert (await operator(office.server, "POST", f"{job}/resume"))[1]["state"] in ("queued", "running")
    await finished(office, made["departure_id"])
    for customer in customers:
        await until_status(office, made["departure_id"], customer, "waiting")
        assert len(await invited_to(customer)) == 1
    found = (await operator(office.server, "GET", job))[1]
    assert (found["state"], found["progress"]["done"]) == ("succeeded", 3)


async def test_cancelled_work_is_begun_anew(office: Office) -> None:
    """A job that somebody cancelled does not leave the departure as it is for ever."""
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    holding = Holding(office)
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id})
    await holding.reached.wait()
    await operator(office.server, "POST", f"/jobs/{made['job_id']}/cancel")
    holding.let_go()
    again = await office.owner.post(f"{DEPARTURES}/{made['departure_id']}/retry")
    assert again["job_id"] != made["job_id"]
    await finished(office, made["departure_id"])
    await until_status(office, made["departure_id"], customer, "waiting")
    assert len(await invited_to(customer)) == 1


# ------------------------------------------------------------ who may


async def test_departments_and_permissions(office: Office) -> None:
    """A supervisor sees the departures of their departments, and records none; others see nothing."""
    sales, support = await office.department("Sales"), await office.department("Support")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", support)
    chief = await office.staff("chief", sales)
    await office.give(chief.user_id, "supervisor", sales)
    ids = {}
    for leaver in (ann, ben):
        ids[leaver.user_id] = (await depart(office, leaver))["departure_id"]
    page = (await chief.get(DEPARTURES))["departures"]
    assert [each["user_id"] for each in page] == [ann.user_id]
    assert (await chief.get(f"{DEPARTURES}/{ids[ann.user_id]}"))["departure"]["user_id"] == ann.user_id
    for path in ("", "/customers", "/rooms", "/export"):
        assert await error(chief, "GET", f"{DEPARTURES}/{ids[ben.user_id]}{path}") == (404, "M_NOT_FOUND")
    nobody = await office.staff("nobody", sales)
    for client, expected in ((chief, 403), (nobody, 403), (await office.server.register("customer"), 403)):
        assert (await client.attempt("POST", DEPARTURES, {"user_id": chief.user_id}))[0] == expected
        assert (await client.attempt("POST", f"{DEPARTURES}/{ids[ann.user_id]}/undo"))[0] == expected
    assert (await nobody.attempt("GET", DEPARTURES))[0] == 403
    listed = (await office.owner.get(DEPARTURES, limit=1))["departures"]
    token = (await office.owner.get(DEPARTURES, limit=1))["next_batch"]
    listed += (await office.owner.get(DEPARTURES, limit=1, **{"from": token}))["departures"]
    assert [each["user_id"] for each in listed] == [ben.user_id, ann.user_id]
    assert await error(office.owner, "GET", f"{DEPARTURES}?from=nonsense") == (400, "M_INVALID_PARAM")


async def test_everything_is_in_the_audit_log(office: Office) -> None:
    [ann] = await team(office, "ann")
    made = await office.owner.post(DEPARTURES, {"user_id": ann.user_id, "effective_ts": LATER})
    path = f"{DEPARTURES}/{made['departure_id']}"
    await office.owner.attempt("PATCH", path, {"effective_ts": LATER + 1})
    await office.owner.post(f"{path}/begin")
    await finished(office, made["departure_id"])
    await office.owner.post(f"{path}/retry")
    await finished(office, made["departure_id"])
    await office.owner.post(f"{path}/undo")
    await finished(office, made["departure_id"], "undone")
    entries = await office.server.app.audit.about(ann.user_id, before=None, limit=100)
    found = [(each.permission, each.actor) for each in reversed(entries) if each.permission.startswith("departures")]
    verbs = ("record", "change", "begin", "retry", "undo")
    assert found == [(f"departures.{verb}", office.owner.user_id) for verb in verbs]


async def test_a_closed_session_stays_closed(office: Office) -> None:
    """Who has no session with somebody who leaves hears nothing of it."""
    ann, _ben = await team(office, "ann", "ben")
    customer: Client = await office.server.register("customer")
    room_id = await direct(customer, ann)
    await ann.post(session_path(room_id, "close"), {})
    departure_id = (await depart(office, ann))["departure_id"]
    assert await customers_of(office, departure_id) == {}

    async def is_over() -> bool:
        return bool((await report(office, departure_id))["departure"]["state"] == "finished")

    await until(is_over)
    assert await notices(customer, room_id) == []
    assert await invited_to(customer) == []
