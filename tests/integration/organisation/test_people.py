"""People: who somebody is to the organisation."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.core.organisation.facts import PersonStateChanged
from tests.integration.organisation.office import PASSWORD, ROOT, Office, person


async def test_somebody_new(office: Office) -> None:
    sales = await office.department("Sales")
    body = {
        "localpart": "ann",
        "password": PASSWORD,
        "display_name": "Sales desk",
        "user_name": "Ann@Example.org",
        "email": "ann@example.org",
        "language": "de",
        "skills": ["contracts"],
        "session_limit": 20,
        "departments": [sales],
    }
    made = await office.owner.post(f"{ROOT}/people", body)
    assert made["user_id"] == "@ann:example.org"
    assert (made["kind"], made["user_name"], made["version"]) == ("staff", "Ann@Example.org", 1)
    ann = await office.server.login("ann", PASSWORD)
    found = await office.owner.get(person("@ann:example.org"))
    assert found == made
    assert {key: found[key] for key in ("display_name", "email", "language", "skills", "session_limit")} == {
        key: body[key] for key in ("display_name", "email", "language", "skills", "session_limit")
    }
    profile = await ann.get(f"/profile/{ann.user_id}")
    assert profile["displayname"] == "Sales desk"


async def test_without_a_password_nobody_signs_in(office: Office) -> None:
    await office.owner.post(f"{ROOT}/people", {"localpart": "ann"})
    login = {"type": "m.login.password", "identifier": {"type": "m.id.user", "user": "ann"}, "password": ""}
    assert (await office.server.request("POST", "/login", login))[0] == 403


async def test_an_account_of_which_nothing_is_known_is_a_customers(office: Office) -> None:
    guest = await office.server.register("guest")
    found = await office.owner.get(person(guest.user_id))
    assert (found["kind"], found["state"]) == ("customer", "active")
    own = await guest.get(f"{ROOT}/me")
    assert (own["roles"], own["permissions"]) == ([{"role": "customer", "department_id": ""}], {})


async def test_what_is_named_changes(office: Office) -> None:
    ann = await office.staff("ann", display_name="Desk", title="Clerk")
    changed = await office.change(ann.user_id, title="Head", state="on_leave")
    assert (changed["title"], changed["state"], changed["display_name"]) == ("Head", "on_leave", "Desk")
    again = await office.change(ann.user_id, title="Head")
    assert again["version"] == changed["version"]
    status, answer = await office.owner.attempt("PATCH", person(ann.user_id), {"title": "x", "version": 1})
    assert (status, answer["errcode"]) == (409, "M_INVALID_PARAM")
    await office.change(ann.user_id, display_name="Front desk")
    assert (await ann.get(f"/profile/{ann.user_id}"))["displayname"] == "Front desk"


@pytest.mark.parametrize(
    "body",
    [
        {"email": "nobody"},
        {"departments": ["none"]},
        {"kind": "customer", "state": "departed"},
        {"kind": "king"},
        {"language": "not a language"},
        {"skills": [""]},
        {"skills": ["x"] * 51},
        {"session_limit": -1},
        {"display_name": "a\x00"},
        {"localpart": "Not Allowed"},
        {"password": "x"},
    ],
)
async def test_what_a_person_cannot_be(office: Office, body: dict[str, Any]) -> None:
    status, answer = await office.owner.attempt("POST", f"{ROOT}/people", {"localpart": "ann", **body})
    assert status == 400, answer
    assert (await office.server.request("GET", "/profile/@ann:example.org"))[0] == 404


async def test_a_user_name_is_one_persons(office: Office) -> None:
    await office.staff("ann", user_name="ann@example.org")
    body = {"localpart": "ben", "user_name": "ANN@example.org"}
    status, answer = await office.owner.attempt("POST", f"{ROOT}/people", body)
    assert (status, answer["errcode"]) == (400, "M_USER_IN_USE")


async def test_finding_people(office: Office) -> None:
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    ann = await office.staff("ann", sales, display_name="Ann 100%_A")
    ben = await office.staff("ben", north, display_name="Ben")
    cleo = await office.staff("cleo", display_name="Cléo")

    async def found(**query: Any) -> list[str]:
        return [one["user_id"] for one in (await office.owner.get(f"{ROOT}/people", **query))["people"]]

    assert await found() == [ann.user_id, ben.user_id, cleo.user_id]
    assert await found(department=sales) == [ann.user_id, ben.user_id]
    assert await found(department=north) == [ben.user_id]
    assert await found(search="CLÉO") == [cleo.user_id]
    assert await found(search="100% ann") == [ann.user_id]
    assert await found(search="_a") == [ann.user_id]
    assert await found(search="%n_b") == []
    await office.change(ben.user_id, state="departed")
    assert await found(state="active") == [ann.user_id, cleo.user_id]
    assert await found(limit=2) == [ann.user_id, ben.user_id]
    assert await found(limit=2, **{"from": ben.user_id}) == [cleo.user_id]


async def test_others_are_told_that_somebody_left(office: Office) -> None:
    told: list[PersonStateChanged] = []

    both = asyncio.Event()

    async def note(fact: PersonStateChanged) -> None:
        told.append(fact)
        if len(told) == 2:
            both.set()

    office.server.app.facts.handle(PersonStateChanged, note)
    ann = await office.staff("ann")
    await office.change(ann.user_id, state="departed")
    await office.change(ann.user_id, state="active")
    async with asyncio.timeout(30):
        await both.wait()
    assert [(fact.user_id, fact.before, fact.after) for fact in told] == [
        (ann.user_id, "active", "departed"),
        (ann.user_id, "departed", "active"),
    ]
