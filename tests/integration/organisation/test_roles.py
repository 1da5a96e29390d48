"""Roles and permissions: who may do what, and where."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from tests.integration.accounts.operator import operator
from tests.integration.organisation.office import ROOT, Office, person


async def test_a_role_holds_in_its_department_and_those_under_it(office: Office) -> None:
    sales = await office.department("Sales")
    north, law = await office.department("North", sales), await office.department("Law")
    head = await office.staff("head", sales)
    ann, ben = await office.staff("ann", north), await office.staff("ben", law)
    await office.give(head.user_id, "supervisor", sales)
    own = await head.get(f"{ROOT}/me")
    assert own["permissions"]["contacts.read"] == {"everywhere": False, "departments": sorted([sales, north])}
    assert "roles.write" not in own["permissions"]
    assert (await head.attempt("GET", f"{person(ann.user_id)}/contacts"))[0] == 200
    assert (await head.attempt("GET", f"{person(ben.user_id)}/contacts"))[0] == 403
    await office.owner.delete(f"{person(head.user_id)}/roles/supervisor", department=sales)
    assert (await head.attempt("GET", f"{person(ann.user_id)}/contacts"))[0] == 403


async def test_who_left_has_no_permission(office: Office) -> None:
    ann = await office.staff("ann")
    await office.give(ann.user_id, "owner")
    assert (await ann.attempt("GET", f"{ROOT}/roles"))[0] == 200
    await office.change(ann.user_id, state="departed")
    assert (await ann.attempt("GET", f"{ROOT}/roles"))[0] in (401, 403)
    await office.change(ann.user_id, state="active")
    assert (await office.owner.get(f"{person(ann.user_id)}/roles"))["roles"][0]["role"] == "owner"


async def test_roles_are_for_those_who_belong_to_the_organisation(office: Office) -> None:
    customer = await office.server.register("customer")
    ann = await office.staff("ann")
    law = await office.department("Law")
    for path, department in (
        (f"{person(customer.user_id)}/roles/moderator", ""),
        (f"{person(ann.user_id)}/roles/staff", ""),
        (f"{person(ann.user_id)}/roles/king", ""),
        (f"{person(ann.user_id)}/roles/owner", law),
        (f"{person(ann.user_id)}/roles/supervisor", "none"),
        (f"{person('@nobody:example.org')}/roles/supervisor", ""),
    ):
        status, answer = await office.owner.attempt("PUT", path, {}, department=department)
        assert status in (400, 404), answer


async def test_the_last_owner_stays(office: Office) -> None:
    ann, ben = await office.staff("ann"), await office.staff("ben")
    await office.give(ann.user_id, "owner")
    status, answer = await office.owner.attempt("DELETE", f"{person(ann.user_id)}/roles/owner")
    assert (status, "last owner" in answer["error"]) == (400, True)
    await office.give(ben.user_id, "owner")
    await office.owner.delete(f"{person(ann.user_id)}/roles/owner")
    assert (await ann.attempt("GET", f"{ROOT}/roles"))[0] == 403


async def test_the_list_of_roles(office: Office) -> None:
    sales = await office.department("Sales")
    ann = await office.staff("ann")
    for role, department in (("supervisor", sales), ("supervisor", ""), ("moderator", "")):
        await office.give(ann.user_id, role, department)
    await office.give(ann.user_id, "moderator")
    found: list[tuple[str, str]] = []
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        page = await office.owner.get(f"{ROOT}/roles", limit=2, **{"from": page["next_batch"]})
        found += [(one["role"], one["department_id"]) for one in page["roles"]]
    assert found == [("moderator", ""), ("supervisor", ""), ("supervisor", sales)]
    assert (await office.owner.attempt("GET", f"{ROOT}/roles", **{"from": "x"}))[0] == 400


async def test_what_is_done_stands_in_the_audit_log(office: Office) -> None:
    ann = await office.staff("ann")
    headers = {"authorization": f"Bearer {office.owner.token}", "x-reason": "asked for by the head of sales"}
    path = f"{person(ann.user_id)}/roles/supervisor"
    status, _, _ = await office.server.raw("PUT", path, b"", headers)
    assert status == 200
    _, log = await operator(office.server, "GET", "/audit")
    entry = next(entry for entry in log["entries"] if entry["permission"] == "roles.give")
    assert (entry["actor"], entry["object"]) == (office.owner.user_id, ann.user_id)
    assert entry["reason"] == "supervisor: asked for by the head of sales"


async def test_every_permission_is_told(office: Office) -> None:
    customer = await office.server.register("customer")
    told = await customer.get(f"{ROOT}/permissions")
    assert told["roles.write"]["roles"] == ["owner"]
    assert {"departments.read", "people.write", "contacts.read"} <= told.keys()


NO_PEOPLE = {
    "departments.read",
    "jobs.read",
    "routing.read",
    "retention.read",
    "appservices.read",
    "health.read",
    "overview.read",
    "settings.read",
    "screening.read",
    "known_media.read",
    "records.view",
    "records.policies",
    "records.export",
    "records.upload",
}
"""What is read with these tells nothing of anybody. (Looks at records are written down by what they show: see
tests/integration/records.)"""
NO_NEWS_OF_ANYBODY = {
    "/_roomkeeper/v1/sessions/news",
    "/_roomkeeper/v1/screening/cases/news",
    "/_roomkeeper/v1/departures/news",
    "/_roomkeeper/v1/departures/summary",
    "/_roomkeeper/v1/records/overview",
    "/_roomkeeper/v1/safety/organisations",
    "/_roomkeeper/v1/safety/feeds",
    "/_roomkeeper/v1/safety/overview",
    "/_roomkeeper/v1/safety/identifications",
    "/_roomkeeper/v1/repair/plans",
    "/_roomkeeper/v1/repair/keys",
    "/_roomkeeper/v1/repair/volumes",
    "/_roomkeeper/v1/repair/incidents",
    "/_roomkeeper/v1/repair/statistics",
    "/_roomkeeper/v1/repair/operations",
    "/_roomkeeper/v1/repair/switches",
    "/_roomkeeper/v1/repair/remedies",
}
"""Say that something has changed, or how many there are, not what; or tell of organisations, feeds, plans, operations,
and what waits to be decided about (its candidates are written down when they are looked at)."""


async def test_who_looks_at_people_stands_in_the_audit_log(office: Office) -> None:
    server = office.server
    for route in server.app.routes.all:
        if route.permission is None or route.method != "GET" or route.permission in NO_PEOPLE:
            continue
        if route.path.endswith("/audit/export"):
            continue  # It answers no JSON; see tests/integration/operations/test_audit.py.
        if route.path in NO_NEWS_OF_ANYBODY:
            continue
        path = route.path.replace("{userId}", quote(office.owner.user_id)).replace("{", "").replace("}", "")
        before = await server.app.driver.query("SELECT count(*) FROM audit_log")
        status, _ = await office.owner.attempt("GET", path)
        after = await server.app.driver.query("SELECT actor FROM audit_log ORDER BY id")
        written = len(after) - before[0][0]
        assert written == (status == 200), f"{route.path}: {status}, and {written} entries"
        assert not written or after[-1] == (office.owner.user_id,)
