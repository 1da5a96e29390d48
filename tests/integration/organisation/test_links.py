"""Links and rules: how customers reach somebody whom they do not know."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from roomkeeper.platform.clock import Clock
from tests.integration.organisation.conftest import MakeOffice, office_on
from tests.integration.organisation.office import ROOT, Office
from tests.integration.organisation.talking import SESSIONS, direct, session_path
from tests.integration.rooms.paths import error

LINKS = f"{ROOT}/links"
RULES = f"{ROOT}/routing_rules"


class MovableClock(Clock):
    """A clock that a test sets forward."""

    forward_ms = 0

    def now_ms(self) -> int:
        """Later than it is."""
        return super().now_ms() + self.forward_ms


# ------------------------------------------------------------ links


async def test_a_link_to_somebody(office: Office) -> None:
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    link = await ann.post(LINKS, {})
    assert (link["staff_id"], link["uses"], link["created_by"]) == (ann.user_id, 0, ann.user_id)
    code = link["code"].lower()
    typed = f"{code[:4]}-{code[4:8]}-{code[8:]}"
    made = await customer.post(f"{LINKS}/{typed}", {"topic": "A chair"})
    assert (made["staff_id"], made["state"], made["topic"]) == (ann.user_id, "open", "A chair")
    assert await customer.post(f"{LINKS}/{link['code']}") == made
    assert await direct(customer, ann) == made["room_id"]
    (listed,) = (await ann.get(LINKS))["links"]
    assert listed["uses"] == 1


async def test_a_link_to_a_department(office: Office) -> None:
    sales = await office.department("Sales")
    ann, customer = await office.staff("ann", sales), await office.server.register("customer")
    head = await office.staff("head", sales)
    await office.give(head.user_id, "supervisor", sales)
    assert await error(ann, "POST", LINKS, {"department_id": sales}) == (403, "M_FORBIDDEN")
    link = await head.post(LINKS, {"department_id": sales})
    made = await customer.post(f"{LINKS}/{link['code']}")
    assert (made["department_id"], made["staff_id"] in (ann.user_id, head.user_id)) == (sales, True)
    assert [each["code"] for each in (await head.get(LINKS))["links"]] == [link["code"]]
    assert (await ann.get(LINKS))["links"] == []
    assert await error(ann, "DELETE", f"{LINKS}/{link['code']}") == (404, "M_NOT_FOUND")
    await head.delete(f"{LINKS}/{link['code']}")
    assert await error(customer, "POST", f"{LINKS}/{link['code']}") == (404, "M_NOT_FOUND")


async def test_who_makes_links(office: Office) -> None:
    ann, ben = await office.staff("ann"), await office.staff("ben")
    customer = await office.server.register("customer")
    for client, body, expected in (
        (customer, {}, (403, "M_FORBIDDEN")),
        (customer, {"staff_id": ann.user_id}, (403, "M_FORBIDDEN")),
        (ben, {"staff_id": ann.user_id}, (403, "M_FORBIDDEN")),
        (ann, {"expires_ts": 5}, (400, "M_INVALID_PARAM")),
        (office.owner, {"department_id": "none"}, (404, "M_NOT_FOUND")),
        (office.owner, {"staff_id": customer.user_id}, (400, "M_INVALID_PARAM")),
        (office.owner, {"staff_id": ann.user_id, "department_id": "none"}, (400, "M_INVALID_PARAM")),
    ):
        assert await error(client, "POST", LINKS, body) == expected, body
    assert (await office.owner.post(LINKS, {"staff_id": ann.user_id}))["staff_id"] == ann.user_id


async def test_a_link_is_used_up(office: Office) -> None:
    ann = await office.staff("ann")
    everybody = [await office.server.register(f"customer{number}") for number in range(5)]
    link = await ann.post(LINKS, {"uses_allowed": 2})
    path = f"{LINKS}/{link['code']}"
    answers = await asyncio.gather(*(each.attempt("POST", path, {}) for each in everybody))
    assert sorted(status for status, _ in answers) == [200, 200, 403, 403, 403]
    refused = next(answer for status, answer in answers if status == 403)
    assert "as often as it may be" in refused["error"]
    for each, (status, _) in zip(everybody, answers, strict=True):
        assert (await each.attempt("POST", path, {}))[0] == status
    assert await error(ann, "POST", path) == (403, "M_FORBIDDEN")


async def test_a_link_expires(make_server: Any) -> None:
    clock = MovableClock()
    office = await office_on(await make_server(clock))
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    link = await ann.post(LINKS, {"expires_ts": clock.now_ms() + 60_000})
    clock.forward_ms = 60_001
    status, answer = await customer.attempt("POST", f"{LINKS}/{link['code']}", {})
    assert (status, "has expired" in answer["error"]) == (403, True)


async def test_codes_cannot_be_tried_at_will(make_office: MakeOffice) -> None:
    office = await make_office(ROOMKEEPER_RATE_LIMITS="on")
    customer = await office.server.register("customer")
    statuses = [(await customer.attempt("POST", f"{LINKS}/{number}", {}))[0] for number in range(15)]
    assert (statuses[0], statuses[-1]) == (404, 429)


async def test_a_link_of_who_left(office: Office) -> None:
    ann, customer = await office.staff("ann"), await office.server.register("customer")
    link = await ann.post(LINKS, {"uses_allowed": 1})
    await office.change(ann.user_id, state="departed")
    assert await error(customer, "POST", f"{LINKS}/{link['code']}") == (403, "M_FORBIDDEN")
    assert (await office.owner.get(LINKS))["links"][0]["uses"] == 0


async def test_pages_of_links(office: Office) -> None:
    ann = await office.staff("ann")
    made = sorted([(await ann.post(LINKS))["code"] for _ in range(5)])
    page = await ann.get(LINKS, limit=3)
    rest = await ann.get(LINKS, limit=3, **{"from": page["next_batch"]})
    assert [each["code"] for each in [*page["links"], *rest["links"]]] == made


# ------------------------------------------------------------ rules


async def test_the_first_rule_that_applies_decides(office: Office) -> None:
    sales, law, all_others = [await office.department(name) for name in ("Sales", "Law", "Others")]
    staff = {name: await office.staff(name, department) for name, department in
             (("sales", sales), ("law", law), ("others", all_others), ("key", ""))
             if department} | {"key": await office.staff("key")}  # fmt: skip
    rules = [
        {"name": "key customers", "customer": "@key-*:example.org", "staff_id": staff["key"].user_id},
        {"words": ["Contract", "court"], "department_id": law},
        {"languages": ["de"], "words": ["order"], "department_id": sales},
        {"department_id": all_others},
    ]
    await office.owner.put(RULES, {"rules": rules})
    assert (await office.owner.get(RULES))["rules"] == rules
    for number, (name, body, expected) in enumerate(
        (
            ("key-customer", {"topic": "contract"}, "key"),
            ("customer1", {"topic": "my CONTRACTS"}, "law"),
            ("customer2", {"topic": "an order", "language": "de-CH"}, "sales"),
            ("customer3", {"topic": "an order", "language": "en"}, "others"),
            ("customer4", {}, "others"),
        )
    ):
        customer = await office.server.register(name)
        made = await customer.post(SESSIONS, body)
        assert made["staff_id"] == staff[expected].user_id, number


async def test_what_rules_cannot_say(office: Office) -> None:
    sales, customer = await office.department("Sales"), await office.server.register("customer")
    for rule, expected in (
        ({}, (400, "M_INVALID_PARAM")),
        ({"department_id": sales, "staff_id": customer.user_id}, (400, "M_INVALID_PARAM")),
        ({"department_id": "none"}, (404, "M_NOT_FOUND")),
        ({"staff_id": customer.user_id}, (400, "M_INVALID_PARAM")),
        ({"staff_id": "@nobody:example.org"}, (404, "M_NOT_FOUND")),
        ({"department_id": sales, "languages": ["not a language"]}, (400, "M_BAD_JSON")),
    ):
        assert await error(office.owner, "PUT", RULES, {"rules": [rule]}) == expected, rule
    many = [{"department_id": sales}] * 201
    assert await error(office.owner, "PUT", RULES, {"rules": many}) == (400, "M_BAD_JSON")


async def test_a_rule_for_who_left_is_passed_over(office: Office) -> None:
    sales = await office.department("Sales")
    ann, ben = await office.staff("ann"), await office.staff("ben", sales)
    await office.owner.put(RULES, {"rules": [{"staff_id": ann.user_id}, {"department_id": sales}]})
    await office.change(ann.user_id, state="departed")
    customer = await office.server.register("customer")
    assert (await customer.post(SESSIONS))["staff_id"] == ben.user_id


@pytest.mark.parametrize("by", ["id", "external id"])
async def test_the_default_department(office: Office, by: str) -> None:
    body = {"name": "Sales", "external_id": "sales-1"}
    sales = (await office.owner.post(f"{ROOT}/departments", body))["department_id"]
    ann, customer = await office.staff("ann", sales), await office.server.register("customer")
    assert await error(customer, "POST", SESSIONS, {}) == (400, "M_INVALID_PARAM")
    setting = sales if by == "id" else "sales-1"
    office.server._environment["ROOMKEEPER_ORGANISATION_DEFAULT_DEPARTMENT"] = setting
    await office.server.restart()
    assert (await customer.post(SESSIONS))["staff_id"] == ann.user_id


async def test_who_says_how_sessions_are_given_out(office: Office) -> None:
    sales, law = await office.department("Sales"), await office.department("Law")
    ann, head = await office.staff("ann", sales), await office.staff("head", sales)
    await office.give(head.user_id, "supervisor", sales)
    body = {"strategy": "language"}
    await head.put(f"{ROOT}/departments/{sales}/queue", body)
    assert (await head.get(f"{ROOT}/departments/{sales}/queue"))["strategy"] == "language"
    for client, method, path, content in (
        (ann, "PUT", f"{ROOT}/departments/{sales}/queue", body),
        (ann, "GET", f"{ROOT}/departments/{sales}/queue", None),
        (head, "PUT", f"{ROOT}/departments/{law}/queue", body),
        (head, "PUT", RULES, {"rules": []}),
        (ann, "GET", RULES, None),
    ):
        assert await error(client, method, path, content) == (403, "M_FORBIDDEN")
    path = f"{ROOT}/departments/none/queue"
    assert await error(office.owner, "PUT", path, body) == (404, "M_NOT_FOUND")
    assert await error(office.owner, "PUT", f"{ROOT}/departments/{law}/queue", {"strategy": "x"}) == (400, "M_BAD_JSON")


async def test_no_session_of_an_ordinary_room(office: Office) -> None:
    customer = await office.server.register("customer")
    room_id = await customer.create_room()
    for method, path in (("GET", ()), ("POST", ("close",)), ("POST", ("reopen",))):
        assert await error(customer, method, session_path(room_id, *path)) == (404, "M_NOT_FOUND")
