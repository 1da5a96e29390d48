"""Contacts: which customer and which staff know one another."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import pytest

from tests.harness import Client
from tests.integration.organisation.office import ROOT, Office, person


def relation(staff: Client, customer: Client) -> str:
    """The path of a relation."""
    return f"{person(staff.user_id)}/contacts/{quote(customer.user_id, safe='')}"


async def test_contacts_come_and_go(office: Office) -> None:
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    made = await office.owner.put(relation(ann, customer), {"reason": "first meeting"})
    assert (made["customer_id"], made["staff_id"], made["reason"]) == (
        customer.user_id,
        ann.user_id,
        "first meeting",
    )
    assert await office.owner.put(relation(ann, customer), {"reason": "again"}) == made
    for client in (ann, customer):
        assert (await client.get(f"{ROOT}/contacts"))["contacts"] == [made]
    await office.owner.delete(relation(ann, customer), {"reason": "moved away"})
    for client in (ann, customer):
        assert (await client.get(f"{ROOT}/contacts"))["contacts"] == []
        (past,) = (await client.get(f"{ROOT}/contacts", past="true"))["contacts"]
        assert (past["end_reason"], past["until_ts"] >= past["since_ts"]) == ("moved away", True)
    status, answer = await office.owner.attempt("DELETE", relation(ann, customer), {})
    assert (status, answer["errcode"]) == (404, "M_NOT_FOUND")


async def test_contacts_are_of_a_customer_and_the_staff(office: Office) -> None:
    ann, ben = await office.staff("ann"), await office.staff("ben")
    customer, other = await office.server.register("customer"), await office.server.register("other")
    for staff, with_whom in ((ann, ben), (customer, other), (customer, ann)):
        assert (await office.owner.attempt("PUT", relation(staff, with_whom), {}))[0] == 400
    await office.change(ann.user_id, state="departed")
    assert (await office.owner.attempt("PUT", relation(ann, customer), {}))[0] == 400


@pytest.mark.parametrize("limit", [1, 2, 10])
async def test_pages(office: Office, limit: int) -> None:
    ann = await office.staff("ann")
    customers = [await office.server.register(f"customer{number}") for number in range(4)]
    for customer in customers:
        await office.owner.put(relation(ann, customer), {})
    found: list[str] = []
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        page = await ann.get(f"{ROOT}/contacts", limit=limit, **{"from": page["next_batch"]})
        found += [one["customer_id"] for one in page["contacts"]]
    assert found == [customer.user_id for customer in customers]
    assert (await ann.attempt("GET", f"{ROOT}/contacts", **{"from": "nonsense"}))[0] == 400
