"""Groups of SCIM are departments; their members are people."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.accounts.operator import operator
from tests.integration.organisation.scim.client import Scim, at


@pytest.fixture
async def people(scim: Scim) -> list[str]:
    """The ids of three users."""
    return [(await scim.create(name))["id"] for name in ("ann", "ben", "cid")]


async def members(scim: Scim, group: dict[str, Any]) -> list[str]:
    """The ids of a group's members."""
    return [each["value"] for each in (await scim.get(at(group, "Groups"))).get("members", [])]


async def test_made_and_read(scim: Scim, people: list[str]) -> None:
    sales = await scim.group("Sales", *people[:2])
    assert [each["value"] for each in sales["members"]] == people[:2]
    assert sales["members"][0]["type"] == "User"
    status, department = await operator(scim.server, "GET", f"/departments/{sales['id']}")
    assert (status, department["name"]) == (200, "Sales")
    ann = await scim.get(f"/Users/{people[0]}")
    assert [(each["value"], each["display"]) for each in ann["groups"]] == [(sales["id"], "Sales")]
    assert await scim.names(f'groups.value eq "{sales["id"]}"') == ["ann", "ben"]
    body = {"displayName": "SALES"}
    assert (await scim.ask("POST", "/Groups", body)).kind == (409, "uniqueness")


async def test_members_come_and_go(scim: Scim, people: list[str]) -> None:
    ann, ben, cid = people
    sales = await scim.group("Sales")
    where = at(sales, "Groups")
    added = await scim.patch(where, {"op": "Add", "path": "members", "value": [{"value": ann}, {"value": ben}]})
    assert (added.status, await members(scim, sales)) == (204, [ann, ben])
    await scim.patch(where, {"op": "remove", "path": f'members[value eq "{ann}"]'})
    assert await members(scim, sales) == [ben]
    await scim.patch(where, {"op": "Remove", "path": "members", "value": [{"value": ben}]})
    assert await members(scim, sales) == []
    await scim.patch(where, {"op": "add", "value": {"members": [{"value": ann}], "displayName": "Selling"}})
    assert ((await scim.get(where))["displayName"], await members(scim, sales)) == ("Selling", [ann])
    await scim.patch(where, {"op": "replace", "path": "members", "value": [{"value": cid}, {"value": ann}]})
    assert await members(scim, sales) == [ann, cid]
    await scim.patch(
        where, {"op": "remove", "path": "members"}, {"op": "add", "path": "members", "value": {"value": ben}}
    )
    assert await members(scim, sales) == [ben]


@pytest.mark.parametrize(
    "operation",
    [
        {"op": "add", "path": "members", "value": [{"value": "@nobody:example.org"}]},
        {"op": "add", "path": "members", "value": [{}]},
        {"op": "add", "path": "members", "value": "x"},
        {"op": "add", "path": 'members[value eq "x"]', "value": "x"},
        {"op": "remove", "path": 'members[display eq "x"]'},
        {"op": "replace", "path": "members.value", "value": "x"},
        {"op": "replace", "path": "displayName", "value": ""},
        {"op": "replace", "path": "displayName", "value": "Support"},
    ],
)
async def test_a_change_that_cannot_be(scim: Scim, people: list[str], operation: dict[str, Any]) -> None:
    await scim.group("Support")
    sales = await scim.group("Sales", people[0])
    answer = await scim.patch(at(sales, "Groups"), operation)
    assert answer.status in (400, 409), answer
    assert await scim.get(at(sales, "Groups")) == sales


async def test_replaced_and_deleted(scim: Scim, people: list[str]) -> None:
    sales = await scim.group("Sales", *people)
    body = {"displayName": "Selling", "externalId": "g1", "members": [{"value": people[2]}]}
    answer = await scim.ask("PUT", at(sales, "Groups"), body, if_match=sales["meta"]["version"])
    assert (answer.status, answer.body["displayName"], answer.body["externalId"]) == (200, "Selling", "g1")
    assert await members(scim, sales) == people[2:]
    etag = sales["meta"]["version"]
    assert (await scim.ask("PUT", at(sales, "Groups"), body, if_match=etag)).status == 412
    assert (await scim.ask("DELETE", at(sales, "Groups"))).status == 204
    assert (await scim.ask("GET", at(sales, "Groups"))).status == 404
    assert "groups" not in await scim.get(f"/Users/{people[2]}")


async def test_lists(scim: Scim, people: list[str]) -> None:
    for name in ("Sales", "Support", "Service"):
        await scim.group(name, people[0])
    assert sorted(await scim.names('displayName sw "s"', "Groups")) == ["Sales", "Service", "Support"]
    assert await scim.names('displayName eq "sales"', "Groups") == ["Sales"]
    assert len(await scim.names(f'members.value eq "{people[0]}"', "Groups")) == 3
    assert await scim.names(f'members[value eq "{people[1]}"]', "Groups") == []
    page = await scim.get("/Groups", sortBy="displayName", count=2, startIndex=2, excludedAttributes="members")
    assert page["totalResults"] == 3
    assert [each["displayName"] for each in page["Resources"]] == ["Service", "Support"]
    assert "members" not in page["Resources"][0]
    assert (await scim.get("/Groups"))["Resources"][0]["members"][0]["value"] == people[0]


async def test_changes_at_once_lose_nothing(scim: Scim, people: list[str]) -> None:
    sales, support = await scim.group("Sales"), await scim.group("Support")
    changes = [
        scim.patch(at(group, "Groups"), {"op": "add", "path": "members", "value": [{"value": each}]})
        for group in (sales, support)
        for each in people
    ]
    titles = [scim.patch(f"/Users/{each}", {"op": "add", "path": "title", "value": "x"}) for each in people]
    answers = await asyncio.gather(*changes, *titles)
    assert {answer.status for answer in answers} == {200, 204}
    assert await members(scim, sales) == people
    assert await members(scim, support) == people
    assert all([(await scim.get(f"/Users/{each}"))["title"] == "x" for each in people])
