"""Departments: a tree, with people in it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.organisation.office import ROOT, Office, person


async def refused(office: Office, method: str, path: str, body: Any) -> str:
    """The error code of what the owner is refused."""
    status, answer = await office.owner.attempt(method, path, body)
    assert 400 <= status < 500, answer
    return str(answer["errcode"])


async def test_a_tree(office: Office) -> None:
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    found = (await office.owner.get(f"{ROOT}/departments"))["departments"]
    assert {(one["name"], one["parent_id"]) for one in found} == {("Sales", None), ("North", sales)}
    status, moved = await office.owner.attempt("PATCH", f"{ROOT}/departments/{north}", {"parent_id": None, "name": "N"})
    assert (status, moved["name"], moved["parent_id"]) == (200, "N", None)
    assert await office.owner.get(f"{ROOT}/departments/{north}") == moved
    await office.owner.delete(f"{ROOT}/departments/{north}")
    assert await refused(office, "GET", f"{ROOT}/departments/{north}", None) == "M_NOT_FOUND"


async def test_what_a_tree_cannot_be(office: Office) -> None:
    sales = await office.department("Sales")
    north = await office.department("North", sales)
    path = f"{ROOT}/departments"
    assert await refused(office, "PATCH", f"{path}/{sales}", {"parent_id": sales}) == "M_INVALID_PARAM"
    assert await refused(office, "PATCH", f"{path}/{sales}", {"parent_id": north}) == "M_INVALID_PARAM"
    assert await refused(office, "PATCH", f"{path}/{sales}", {"parent_id": "none"}) == "M_NOT_FOUND"
    assert await refused(office, "POST", path, {"name": "north", "parent_id": sales}) == "M_INVALID_PARAM"
    assert await refused(office, "DELETE", f"{path}/{sales}", None) == "M_INVALID_PARAM"
    assert await refused(office, "DELETE", f"{path}/none", None) == "M_NOT_FOUND"
    for name in ("", "a\x00b", "x" * 201, 5, None):
        assert await refused(office, "POST", path, {"name": name}) == "M_BAD_JSON"


async def test_no_deeper_than_allowed(office: Office) -> None:
    parent: str | None = None
    for level in range(20):
        parent = await office.department(f"level {level}", parent)
    assert await refused(office, "POST", f"{ROOT}/departments", {"name": "x", "parent_id": parent}) == "M_INVALID_PARAM"
    upper = await office.department("upper")
    await office.department("lower", upper)
    path = f"{ROOT}/departments/{upper}"
    assert await refused(office, "PATCH", path, {"parent_id": parent}) == "M_INVALID_PARAM"


@pytest.mark.parametrize("limit", [1, 2, 100])
async def test_pages(office: Office, limit: int) -> None:
    made = {await office.department(f"department {number}") for number in range(5)}
    found: list[str] = []
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        page = await office.owner.get(f"{ROOT}/departments", limit=limit, **{"from": page["next_batch"]})
        found += [one["department_id"] for one in page["departments"]]
    assert found == sorted(made)


async def test_who_is_in_one(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, ben = await office.staff("ann", sales, law), await office.staff("ben", sales)
    people = (await office.owner.get(f"{ROOT}/departments/{sales}/people"))["people"]
    assert [(one["user_id"], one["departments"]) for one in people] == [
        (ann.user_id, sorted([sales, law])),
        (ben.user_id, [sales]),
    ]
    await office.change(ann.user_id, departments=[law])
    people = (await office.owner.get(f"{ROOT}/departments/{sales}/people"))["people"]
    assert [one["user_id"] for one in people] == [ben.user_id]
    await office.owner.delete(f"{ROOT}/departments/{law}")
    assert (await office.owner.get(person(ann.user_id)))["departments"] == []
