"""Sessions: asked for, given to somebody, closed, reopened; queues of departments, and waiting."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

import pytest

from roomkeeper.core.organisation.sessions import SessionAssigned, SessionClosed, SessionOpened
from roomkeeper.platform.database import Statement
from tests.harness import Client
from tests.integration.organisation.conftest import MakeOffice
from tests.integration.organisation.office import PASSWORD, ROOT, Office
from tests.integration.organisation.talking import (
    SERVICE,
    SESSIONS,
    direct,
    direct_list,
    members,
    session_of,
    session_path,
    told,
    until,
    until_state,
)
from tests.integration.rooms.paths import error, room_path, state_of


async def ask(customer: Client, **body: Any) -> dict[str, Any]:
    """Ask for a session."""
    return await customer.post(SESSIONS, body)


async def customers(office: Office, count: int) -> list[Client]:
    """Some customers."""
    return [await office.server.register(f"customer{number}") for number in range(count)]


async def strategy(office: Office, department: str, name: str) -> None:
    """How a department gives out its sessions."""
    await office.owner.put(f"{ROOT}/departments/{department}/queue", {"strategy": name})


# ------------------------------------------------------------ asking


async def test_asking_for_somebody(office: Office) -> None:
    ann, (customer,) = await office.staff("ann"), await customers(office, 1)
    made = await ask(customer, staff_id=ann.user_id, topic="A broken chair", language="de-CH")
    assert (made["state"], made["staff_id"], made["topic"], made["language"]) == (
        "open",
        ann.user_id,
        "A broken chair",
        "de-CH",
    )
    assert await ask(customer, staff_id=ann.user_id) == made
    assert await direct(customer, ann) == made["room_id"]
    assert await session_of(customer, made["room_id"]) == made


async def test_what_cannot_be_asked_for(office: Office) -> None:
    ann, (customer, other) = await office.staff("ann"), await customers(office, 2)
    for client, body, expected in (
        (customer, {}, (400, "M_INVALID_PARAM")),
        (customer, {"staff_id": other.user_id}, (403, "M_FORBIDDEN")),
        (customer, {"staff_id": "@nobody:example.org"}, (404, "M_NOT_FOUND")),
        (customer, {"department_id": "none"}, (404, "M_NOT_FOUND")),
        (customer, {"department_id": "none", "staff_id": ann.user_id}, (400, "M_INVALID_PARAM")),
        (ann, {"staff_id": ann.user_id}, (403, "M_FORBIDDEN")),
    ):
        assert await error(client, "POST", SESSIONS, body) == expected, body


async def test_least_loaded(office: Office) -> None:
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    ann, ben = await office.staff("ann", sales), await office.staff("ben", north)
    given = [(await ask(each, department_id=sales))["staff_id"] for each in await customers(office, 4)]
    assert given == [ann.user_id, ben.user_id, ann.user_id, ben.user_id]


async def test_round_robin(office: Office) -> None:
    sales = await office.department("Sales")
    await strategy(office, sales, "round_robin")
    names = ("ann", "ben", "cleo")
    staff = [(await office.staff(name, sales)).user_id for name in names]
    everybody = await customers(office, 5)
    made = [await ask(each, department_id=sales) for each in everybody]
    assert [each["staff_id"] for each in made] == [*staff, *staff[:2]]
    for each, session in zip(everybody, made, strict=True):
        await each.post(session_path(session["room_id"], "close"))
    await office.server.restart()
    assert (await ask(everybody[0], department_id=sales))["staff_id"] == staff[2]
    assert (await office.owner.get(f"{ROOT}/departments/{sales}/queue"))["strategy"] == "round_robin"


async def test_by_language(office: Office) -> None:
    sales = await office.department("Sales")
    await strategy(office, sales, "language")
    ann = await office.staff("ann", sales, language="en")
    ben = await office.staff("ben", sales, language="de", session_limit=2)
    given = [
        (await ask(each, department_id=sales, language=language))["staff_id"]
        for each, language in zip(await customers(office, 4), ("de-AT", "DE", "de", "fr"), strict=True)
    ]
    assert given == [ben.user_id, ben.user_id, ann.user_id, ann.user_id]


async def test_who_is_not_there_gets_nothing(office: Office) -> None:
    sales = await office.department("Sales")
    staff = [await office.staff(name, sales) for name in ("ann", "ben", "cleo", "dora")]
    await office.change(staff[0].user_id, state="on_leave")
    await office.change(staff[1].user_id, state="departed")
    await office.change(staff[2].user_id, kind="organisation")
    given = {(await ask(each, department_id=sales))["staff_id"] for each in await customers(office, 3)}
    assert given == {staff[3].user_id}


async def test_one_session_with_a_department(office: Office) -> None:
    sales, (customer,) = await office.department("Sales"), await customers(office, 1)
    await office.staff("ann", sales)
    made = await asyncio.gather(*(ask(customer, department_id=sales) for _ in range(4)))
    assert len({each["room_id"] for each in made}) == 1


# ------------------------------------------------------------ waiting


async def test_a_session_waits_until_somebody_is_free(office: Office) -> None:
    sales = await office.department("Sales")
    ann = await office.staff("ann", sales, session_limit=1)
    first, second = await customers(office, 2)
    one = await ask(first, department_id=sales)
    other = await ask(second, department_id=sales)
    assert (one["state"], other["state"], other.get("staff_id")) == ("open", "waiting", None)
    assert await members(second, other["room_id"]) == {SERVICE, second.user_id}
    state = await state_of(second, other["room_id"])
    assert state["m.room.name", ""] == {"name": "Sales"}
    await second.send(other["room_id"], "is anybody there?")
    await ann.post(session_path(one["room_id"], "close"))
    found = await until_state(second, other["room_id"], "open")
    assert found["staff_id"] == ann.user_id
    assert await members(second, other["room_id"]) == {SERVICE, second.user_id, ann.user_id}
    assert await ann.timeline(other["room_id"]) == ["is anybody there?"]
    state = await state_of(second, other["room_id"])
    assert state["m.room.name", ""] == {"name": ""}
    assert state["m.room.power_levels", ""]["users"][ann.user_id] == 50
    assert (await direct_list(second)) == {ann.user_id: [other["room_id"]]}
    assert other["room_id"] in (await direct_list(ann))[second.user_id]


@pytest.mark.parametrize("change", [{"session_limit": 5}, {"session_limit": None}])
async def test_a_limit_that_is_raised_lets_somebody_in(office: Office, change: dict[str, Any]) -> None:
    sales = await office.department("Sales")
    ann = await office.staff("ann", sales, session_limit=0)
    (customer,) = await customers(office, 1)
    made = await ask(customer, department_id=sales)
    await office.change(ann.user_id, **change)
    await until_state(customer, made["room_id"], "open")


async def test_who_comes_back_gets_what_waits_for_them(office: Office) -> None:
    ann, (customer,) = await office.staff("ann", display_name="Desk"), await customers(office, 1)
    await office.change(ann.user_id, state="on_leave")
    room_id = await direct(customer, ann)
    assert (await told(customer, room_id))["state"] == "waiting"
    assert (await state_of(customer, room_id))["m.room.name", ""] == {"name": "Desk"}
    assert await direct(customer, ann) == room_id
    assert await members(customer, room_id) == {SERVICE, customer.user_id}
    assert await direct_list(customer) == {ann.user_id: [room_id]}
    assert (await ann.attempt("GET", f"/user/{quote(ann.user_id)}/account_data/m.direct"))[0] == 404
    await office.change(ann.user_id, state="active")
    await until_state(customer, room_id, "open")
    assert ann.user_id in await members(customer, room_id)


async def test_what_waits_for_who_left_goes_to_their_department(bare_office: Office) -> None:
    office = bare_office
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", sales)
    (customer,) = await customers(office, 1)
    await office.change(ann.user_id, state="on_leave")
    room_id = await direct(customer, ann)
    await office.change(ann.user_id, state="departed")
    found = await until_state(customer, room_id, "open")
    assert found["staff_id"] == ben.user_id
    assert await direct_list(customer) == {ben.user_id: [room_id]}


async def test_two_at_once_for_one_place(office: Office) -> None:
    sales = await office.department("Sales")
    ann = await office.staff("ann", sales, session_limit=1)
    everybody = await customers(office, 6)
    made = await asyncio.gather(
        *(
            ask(each, department_id=sales) if number % 2 else ask(each, staff_id=ann.user_id)
            for number, each in enumerate(everybody)
        )
    )
    assert sorted(each["state"] for each in made) == ["open", *["waiting"] * 5]
    for _ in everybody:
        (held,) = (await ann.get(SESSIONS, state="open"))["sessions"]
        await ann.post(session_path(held["room_id"], "close"))
        remaining = len((await office.owner.get(SESSIONS, state="waiting"))["sessions"])

        async def is_given() -> bool:
            now = (await ann.get(SESSIONS, state="open"))["sessions"]
            return len(now) == 1 or not (await office.owner.get(SESSIONS, state="waiting"))["sessions"]

        if remaining:
            await until(is_given)
    assert (await office.owner.get(SESSIONS, state="waiting"))["sessions"] == []


async def test_those_who_wait_are_found_after_a_restart(office: Office) -> None:
    sales = await office.department("Sales")
    ann = await office.staff("ann", sales, session_limit=0)
    (customer,) = await customers(office, 1)
    made = await ask(customer, department_id=sales)
    # What nobody is told of, as if the server had been killed before it could.
    sql = "UPDATE people SET session_limit = 5 WHERE user_id = $1"
    await office.server.app.committer.commit(Statement(sql, (ann.user_id,), rows=1))
    await office.server.restart()
    await until_state(customer, made["room_id"], "open")


async def test_the_sessions_of_somebody_are_counted_by_an_index(office: Office) -> None:
    driver = office.server.app.driver
    if driver.dialect == "sqlite":
        count = "SELECT count(*) FROM sessions WHERE staff_id = $1 AND state = 'open'"
        ((*_, plan),) = await driver.query(f"EXPLAIN QUERY PLAN {count}", "@ann:example.org")
        assert "COVERING INDEX sessions_staff" in plan


async def test_a_department_that_is_no_more_leaves_nobody_waiting(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, (customer,) = await office.staff("ann", law), await customers(office, 1)
    await office.owner.put(f"{ROOT}/routing_rules", {"rules": [{"department_id": law}]})
    made = await ask(customer, department_id=sales)
    await office.owner.delete(f"{ROOT}/departments/{sales}")
    await office.change(ann.user_id, language="en")
    found = await until_state(customer, made["room_id"], "open")
    assert (found["staff_id"], found["department_id"]) == (ann.user_id, law)


# ------------------------------------------------------------ handing on, closing, reopening


async def test_handing_on(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", law)
    (customer,) = await customers(office, 1)
    room_id = (await ask(customer, department_id=sales))["room_id"]
    await customer.send(room_id, "a legal question")
    after = await ann.post(session_path(room_id, "assign"), {"staff_id": ben.user_id, "reason": "legal"})
    assert (after["staff_id"], after["state"], after["department_id"]) == (ben.user_id, "open", law)
    assert await members(customer, room_id) == {SERVICE, customer.user_id, ben.user_id}
    levels = (await state_of(customer, room_id))["m.room.power_levels", ""]["users"]
    assert (levels.get(ann.user_id), levels[ben.user_id]) == (None, 50)
    assert await told(customer, room_id) == {
        "customer": customer.user_id,
        "staff": ben.user_id,
        "department": law,
        "state": "open",
    }
    assert await ben.timeline(room_id) == ["a legal question"]
    assert await direct_list(customer) == {ben.user_id: [room_id]}
    assert await direct_list(ben) == {customer.user_id: [room_id]}
    assert await direct_list(ann) == {}
    contacts = (await customer.get(f"{ROOT}/contacts", past="true"))["contacts"]
    assert {(each["staff_id"], each.get("end_reason")) for each in contacts} == {
        (ann.user_id, "legal"),
        (ben.user_id, None),
    }
    assert await error(ann, "POST", session_path(room_id, "assign"), {"staff_id": ann.user_id}) == (404, "M_NOT_FOUND")
    summary = (await customer.sync())["rooms"]["join"][room_id]["summary"]
    assert summary["m.heroes"] == [ben.user_id]


async def test_who_hands_on_can_stay(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_ORGANISATION_PREVIOUS_STAFF="stay")
    ann, ben = await office.staff("ann"), await office.staff("ben")
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    await ann.post(session_path(room_id, "assign"), {"staff_id": ben.user_id})
    assert await members(customer, room_id) == {SERVICE, customer.user_id, ann.user_id, ben.user_id}
    await ann.leave(room_id)


async def test_who_may_hand_on(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", sales)
    head, other_head = await office.staff("head", sales), await office.staff("other-head", law)
    await office.give(head.user_id, "supervisor", sales)
    await office.give(other_head.user_id, "supervisor", law)
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    path, body = session_path(room_id, "assign"), {"staff_id": ben.user_id}
    assert await error(customer, "POST", path, body) == (403, "M_FORBIDDEN")
    assert await error(ben, "POST", path, body) == (404, "M_NOT_FOUND")
    assert await error(other_head, "POST", path, body) == (404, "M_NOT_FOUND")
    assert (await head.post(path, body))["staff_id"] == ben.user_id


async def test_what_cannot_be_handed_on(office: Office) -> None:
    ann, ben, cleo = await office.staff("ann"), await office.staff("ben"), await office.staff("cleo", session_limit=0)
    customer, other = await customers(office, 2)
    room_id = await direct(customer, ann)
    second = await direct(customer, ben)
    for staff_id, expected in (
        (ben.user_id, (409, "M_INVALID_PARAM")),
        (cleo.user_id, (400, "M_INVALID_PARAM")),
        (other.user_id, (400, "M_INVALID_PARAM")),
        ("@nobody:example.org", (404, "M_NOT_FOUND")),
    ):
        assert await error(ann, "POST", session_path(room_id, "assign"), {"staff_id": staff_id}) == expected
    await ben.post(session_path(second, "close"))
    assert await error(ben, "POST", session_path(second, "assign"), {"staff_id": ann.user_id}) == (
        400,
        "M_INVALID_PARAM",
    )
    await ann.post(session_path(room_id, "assign"), {"staff_id": ben.user_id})
    assert await error(ben, "POST", session_path(second, "reopen")) == (409, "M_INVALID_PARAM")


async def test_a_customer_who_writes_reopens(office: Office) -> None:
    ann, (customer,) = await office.staff("ann"), await customers(office, 1)
    room_id = await direct(customer, ann)
    event_id = await customer.send(room_id, "hello")
    closed = await ann.post(session_path(room_id, "close"), {"reason": "done"})
    assert (closed["state"], closed["closed_ts"] > 0) == ("closed", True)
    assert (await told(customer, room_id))["state"] == "closed"
    assert await ann.post(session_path(room_id, "close")) == closed
    await ann.send(room_id, "a note")
    await customer.put(room_path(room_id, "redact", event_id, "t"), {})
    assert (await session_of(ann, room_id))["state"] == "closed"
    await customer.send(room_id, "one more thing")
    found = await until_state(ann, room_id, "open")
    assert "closed_ts" not in found
    assert (await told(customer, room_id))["state"] == "open"


async def test_reopening(office: Office) -> None:
    ann, (customer,) = await office.staff("ann", session_limit=1), await customers(office, 1)
    room_id = await direct(customer, ann)
    await customer.post(session_path(room_id, "close"))
    assert await direct(customer, ann) == room_id
    assert (await session_of(ann, room_id))["state"] == "open"
    await customer.post(session_path(room_id, "close"))
    await office.change(ann.user_id, session_limit=0)
    assert (await customer.post(session_path(room_id, "reopen")))["state"] == "waiting"
    assert ann.user_id in await members(customer, room_id)
    assert (await ann.post(session_path(room_id, "reopen")))["state"] == "waiting"
    await office.change(ann.user_id, session_limit=1)
    await until_state(ann, room_id, "open")


async def test_a_session_whose_staff_is_gone_is_reopened_by_another(bare_office: Office) -> None:
    office = bare_office
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", sales)
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    await customer.post(session_path(room_id, "close"))
    await office.change(ann.user_id, state="departed")
    await customer.send(room_id, "hello?")
    assert (await until_state(customer, room_id, "open"))["staff_id"] == ben.user_id


async def test_an_account_that_is_closed_leaves_its_sessions_to_others(office: Office) -> None:
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", sales)
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    await ann.post("/account/deactivate", {"auth": {"type": "m.login.password", "password": PASSWORD,
                   "identifier": {"type": "m.id.user", "user": "ann"}}})  # fmt: skip

    async def is_bens() -> bool:
        return (await session_of(customer, room_id)).get("staff_id") == ben.user_id

    await until(is_bens)
    assert await error(customer, "POST", SESSIONS, {"staff_id": ann.user_id}) == (403, "M_FORBIDDEN")
    assert await members(customer, room_id) == {SERVICE, customer.user_id, ben.user_id}


async def test_what_is_nobodys_waits_until_it_is_assigned(office: Office) -> None:
    ann, ben = await office.staff("ann"), await office.staff("ben")
    one, other = await customers(office, 2)
    first, second = await direct(one, ann), await direct(other, ann)
    await other.post(session_path(second, "close"))
    auth = {"type": "m.login.password", "password": PASSWORD, "identifier": {"type": "m.id.user", "user": "ann"}}
    await ann.post("/account/deactivate", {"auth": auth})
    await other.send(second, "hello?")
    for customer, room_id in ((one, first), (other, second)):
        found = await until_state(customer, room_id, "waiting")
        assert ("staff_id" in found, "department_id" in found) == (False, False)
    await office.owner.post(session_path(first, "assign"), {"staff_id": ben.user_id})
    assert await members(one, first) == {SERVICE, one.user_id, ben.user_id}
    sales = await office.department("Sales")
    await office.owner.put(f"{ROOT}/routing_rules", {"rules": [{"department_id": sales}]})
    await office.change(ben.user_id, departments=[sales])
    assert (await until_state(other, second, "open"))["staff_id"] == ben.user_id


async def test_what_an_erased_customer_asked_for_goes(office: Office) -> None:
    ann, (customer,) = await office.staff("ann"), await customers(office, 1)
    room_id = (await ask(customer, staff_id=ann.user_id, topic="my divorce"))["room_id"]
    assert (await session_of(ann, room_id))["topic"] == "my divorce"
    identifier = {"type": "m.id.user", "user": "customer0"}
    auth = {"type": "m.login.password", "password": customer.password, "identifier": identifier}
    await customer.post("/account/deactivate", {"auth": auth, "erase": True})

    async def is_gone() -> bool:
        session = await session_of(ann, room_id)
        return session["state"] == "closed" and "topic" not in session

    await until(is_gone)


async def test_others_are_told(office: Office) -> None:
    facts: list[Any] = []

    async def note(fact: Any) -> None:
        facts.append(fact)

    for kind in (SessionOpened, SessionAssigned, SessionClosed):
        office.server.app.facts.handle(kind, note)
    ann, ben = await office.staff("ann"), await office.staff("ben")
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    await ann.post(session_path(room_id, "assign"), {"staff_id": ben.user_id})
    await ben.post(session_path(room_id, "close"))

    async def all_told() -> bool:
        return len(facts) >= 4

    await until(all_told)
    assert [type(fact).__name__ for fact in facts] == [
        "SessionOpened",
        "SessionAssigned",
        "SessionAssigned",
        "SessionClosed",
    ]
    assert (facts[2].staff_id, facts[2].previous_staff_id, facts[2].room_id) == (ben.user_id, ann.user_id, room_id)


# ------------------------------------------------------------ lists


async def test_who_sees_which_sessions(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, ben = await office.staff("ann", sales), await office.staff("ben", law)
    head = await office.staff("head", sales)
    await office.give(head.user_id, "supervisor", sales)
    one, other = await customers(office, 2)
    rooms = {"a1": await direct(one, ann), "b1": await direct(one, ben), "b2": await direct(other, ben)}
    await one.post(session_path(rooms["b1"], "close"))

    async def seen(client: Client, **query: Any) -> set[str]:
        found = {each["room_id"] for each in (await client.get(SESSIONS, **query))["sessions"]}
        return {name for name, room_id in rooms.items() if room_id in found}

    assert await seen(one) == {"a1", "b1"}
    assert await seen(one, state="open") == {"a1"}
    assert await seen(one, customer=other.user_id) == set()
    assert await seen(ben) == {"b1", "b2"}
    assert await seen(ben, customer=one.user_id) == {"b1"}
    assert await seen(head) == {"a1"}
    assert await seen(office.owner) == {"a1", "b1", "b2"}
    assert await seen(office.owner, staff=ben.user_id, state="closed") == {"b1"}
    assert await error(other, "GET", session_path(rooms["a1"])) == (404, "M_NOT_FOUND")
    assert (await head.attempt("GET", session_path(rooms["a1"])))[0] == 200
    assert await error(head, "GET", session_path(rooms["b1"])) == (404, "M_NOT_FOUND")


@pytest.mark.parametrize("limit", [1, 2, 5])
async def test_pages(office: Office, limit: int) -> None:
    ann = await office.staff("ann")
    made = [await direct(each, ann) for each in await customers(office, 5)]
    found: list[str] = []
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        page = await ann.get(SESSIONS, limit=limit, **{"from": page["next_batch"]})
        found += [each["room_id"] for each in page["sessions"]]
    assert sorted(found) == sorted(made)
    assert len(found) == 5
    for token in ("nonsense", "²²2.x", "9" * 30):
        assert await error(ann, "GET", f"{SESSIONS}?from={quote(token)}") == (400, "M_INVALID_PARAM")


# ------------------------------------------------------------ the audit log, for those concerned


async def test_what_the_audit_log_says_of_oneself(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_ORGANISATION_SHOW_AUDIT_TO_THOSE_CONCERNED="on")
    ann, ben = await office.staff("ann"), await office.staff("ben")
    (customer,) = await customers(office, 1)
    room_id = await direct(customer, ann)
    await office.owner.post(session_path(room_id, "assign"), {"staff_id": ben.user_id, "reason": "ann is ill"})
    await office.owner.get(session_path(room_id))
    for client in (customer, ann, ben):
        entries = (await client.get(f"{ROOT}/audit/mine"))["entries"]
        assert {entry["object"] for entry in entries} == {client.user_id}
        (entry,) = [entry for entry in entries if entry["permission"] == "sessions.assign"]
        assert entry["actor"] == office.owner.user_id
        assert "ann is ill" in entry["reason"]
    kinds = [entry["permission"] for entry in (await customer.get(f"{ROOT}/audit/mine"))["entries"]]
    assert kinds == ["sessions.read", "sessions.assign"]
    page = await customer.get(f"{ROOT}/audit/mine", limit=1)
    page = await customer.get(f"{ROOT}/audit/mine", limit=1, **{"from": page["next_batch"]})
    assert [entry["permission"] for entry in page["entries"]] == ["sessions.assign"]


async def test_it_is_not_shown_where_policy_does_not_say_so(office: Office) -> None:
    (customer,) = await customers(office, 1)
    assert await error(customer, "GET", f"{ROOT}/audit/mine") == (403, "M_FORBIDDEN")
