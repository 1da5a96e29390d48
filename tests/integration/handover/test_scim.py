"""Departures that are said elsewhere: by the identity provider, by a table, on the page of people."""

from __future__ import annotations

from typing import Any

import pytest

from tests.harness import Client
from tests.integration.handover.leaving import (
    DEPARTURES,
    SUCCESSION,
    finished,
    is_refused,
    team,
    try_send,
    until_status,
)
from tests.integration.organisation.imports.test_imports import Importer
from tests.integration.organisation.office import Office
from tests.integration.organisation.scim.client import Scim, scim_of
from tests.integration.organisation.talking import direct, until


async def departure_of(office: Office, leaver: Client) -> dict[str, Any]:
    """The departure of somebody, when there is one and it is finished."""
    found: list[dict[str, Any]] = []

    async def is_there() -> bool:
        found[:] = (await office.owner.get(DEPARTURES, user=leaver.user_id))["departures"]
        return bool(found)

    await until(is_there)
    assert len(found) == 1
    return await finished(office, found[0]["departure_id"])


async def provider(office: Office, leaver: Client) -> Scim:
    """An identity provider that knows somebody."""
    await office.change(leaver.user_id, user_name="ann")
    return await scim_of(office.server)


OPERATIONS: list[dict[str, Any]] = [
    {"op": "replace", "path": "active", "value": False},
    {"op": "Replace", "path": "active", "value": "False"},
    {"op": "replace", "value": {"active": False}},
]
"""As those who follow the standard say it, and those who do not quite."""


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_deactivated(office: Office, operation: dict[str, Any]) -> None:
    """With the default rule: those of the department who speak the customer's language, the least loaded first."""
    ann, _ben, cid = await team(office, "ann", "ben", "cid")
    await office.change(cid.user_id, language="de")
    customer = await office.server.register("customer")
    await office.change(customer.user_id, language="de-CH")
    room_id = await direct(customer, ann)
    scim = await provider(office, ann)
    answer = await scim.patch(f"/Users/{ann.user_id}", operation)
    assert answer.status in (200, 204), answer
    assert is_refused(await try_send(customer, room_id), ann), "at once, not when the work is done"
    assert (await ann.attempt("GET", "/sync"))[1]["errcode"] == "M_USER_LOCKED"
    departure = await departure_of(office, ann)
    assert (departure["kind"], departure["created_by"], departure["state"]) == ("departure", "server", "finished")
    found = await until_status(office, departure["departure_id"], customer, "waiting")
    assert found["successor_id"] == cid.user_id
    # Said again, nothing happens.
    await scim.patch(f"/Users/{ann.user_id}", operation)
    await departure_of(office, ann)
    entries = await office.server.app.audit.about(ann.user_id, before=None, limit=100)
    assert [each.permission for each in entries].count("departures.begin") == 1


async def test_deleted(office: Office) -> None:
    """A user of the identity provider who is deleted has left."""
    ann, ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    scim = await provider(office, ann)
    assert (await scim.ask("DELETE", f"/Users/{ann.user_id}")).status == 204
    departure = await departure_of(office, ann)
    found = await until_status(office, departure["departure_id"], customer, "waiting")
    assert found["successor_id"] == ben.user_id


async def test_a_plan_that_was_recorded_before(office: Office) -> None:
    """Deactivated before the date: the plan takes effect with it, and there is one departure."""
    ann, _ben, cid = await team(office, "ann", "ben", "cid")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    body = {"user_id": ann.user_id, "effective_ts": 4_000_000_000_000, "plan": {"rules": [{"staff_id": cid.user_id}]}}
    planned = await office.owner.post(DEPARTURES, body)
    await customer.send(room_id, "Hello")
    scim = await provider(office, ann)
    await scim.patch(f"/Users/{ann.user_id}", OPERATIONS[0])
    assert is_refused(await try_send(customer, room_id), ann)
    departure = await departure_of(office, ann)
    assert departure["departure_id"] == planned["departure_id"]
    found = await until_status(office, planned["departure_id"], customer, "waiting")
    assert found["successor_id"] == cid.user_id
    assert (await customer.get(f"/rooms/{room_id}/state/{SUCCESSION}/"))["successor"] == cid.user_id


async def test_a_table(office: Office) -> None:
    """An import that says that somebody has left."""
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    room_id = await direct(customer, ann)
    await office.change(ann.user_id, user_name="ann")
    found = await Importer(office.server).run("User name,State\nann,departed\n")
    assert found["job"]["state"] == "succeeded", found
    departure = await departure_of(office, ann)
    await until_status(office, departure["departure_id"], customer, "waiting")
    assert is_refused(await try_send(customer, room_id), ann)
