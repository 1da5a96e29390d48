"""What the console shows of departures: few figures, lists with their statuses, a plan customer by customer, news."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from tests.harness import Client
from tests.integration.handover.leaving import DEPARTURES, asked, depart, finished, report, team, until_status
from tests.integration.organisation.office import Office
from tests.integration.organisation.talking import direct, until

LATER = 4_000_000_000_000


async def planned(office: Office, body: dict[str, Any], **query: Any) -> list[dict[str, Any]]:
    """The customers of a plan, gathered page by page."""
    found: list[dict[str, Any]] = []
    more = "&".join(f"{name}={value}" for name, value in query.items())
    page: dict[str, Any] = {"next_batch": ""}
    while "next_batch" in page:
        path = f"{DEPARTURES}/preview/customers?limit=2&from={quote(page['next_batch'])}&{more}"
        page = await office.owner.post(path, body)
        found += page["customers"]
    return found


async def test_a_plan_says_who_gets_whom_and_by_which_rule(office: Office) -> None:
    ann, ben, cid = await team(office, "ann", "ben", "cid", language="en")
    customers = [await office.server.register(f"customer{number}") for number in range(5)]
    for customer in customers:
        room_id = await direct(customer, ann)
        await customer.send(room_id, "Hello")
    await ann.send(await direct(customers[0], ann), "Hello")
    plan = {"customers": {customers[0].user_id: cid.user_id}, "rules": [{"staff_id": ben.user_id}], "limit": 3}
    body = {"user_id": ann.user_id, "plan": plan}
    preview = await office.owner.post(f"{DEPARTURES}/preview", body)
    assert [(each["by"], each.get("rule"), each["customers"]) for each in preview["groups"]] == [
        ("name", None, 1),
        ("rule", 0, 3),
        ("queue", None, 1),
    ]
    found = await planned(office, body)
    assert {each["customer_id"] for each in found} == {each.user_id for each in customers}
    by_id = {each["customer_id"]: each for each in found}
    first = by_id[customers[0].user_id]
    assert (first["successor_id"], first["is_named"], first.get("unanswered", False)) == (cid.user_id, True, False)
    assert [each.get("successor_id") for each in found].count(ben.user_id) == 3
    assert len(await planned(office, body, only="unanswered")) == preview["unanswered"] == 4
    [queued] = await planned(office, body, only="queue")
    assert "to_department_id" in queued
    assert await planned(office, body, only="nobody") == []
    waits = {**body, "plan": {**plan, "at_limit": "wait"}}
    [without] = await planned(office, waits, only="nobody")
    assert "successor_id" not in without
    assert [each["customer_id"] for each in await planned(office, body, only="named")] == [customers[0].user_id]
    # Without rules the default ones are told.
    default = await office.owner.post(f"{DEPARTURES}/preview", {"user_id": ann.user_id})
    assert [rule["by"] for rule in default["rules"]] == ["language"]
    assert (await office.owner.get(DEPARTURES))["departures"] == []


async def test_few_figures_and_statuses(office: Office) -> None:
    ann, ben = await team(office, "ann", "ben")
    customers = [await office.server.register(f"customer{number}") for number in range(3)]
    for customer in customers:
        await customer.send(await direct(customer, ann), "Hello")
    plan = {"rules": [{"staff_id": ben.user_id}], "limit": 2, "at_limit": "wait"}
    departure_id = (await depart(office, ann, plan=plan))["departure_id"]
    await office.owner.post(DEPARTURES, {"user_id": ben.user_id, "effective_ts": LATER})

    async def summary(client: Client = office.owner) -> dict[str, Any]:
        return await client.get(f"{DEPARTURES}/summary")

    seen = await summary()
    assert (seen["planned"], seen["under_way"], seen["waiting"], seen["nobody"]) == (1, 1, 2, 1)
    assert seen["waiting_since_ts"] is not None
    assert seen["without"] == [{"departure_id": departure_id, "user_id": ann.user_id, "customers": 1}]
    listed = (await office.owner.get(DEPARTURES))["statuses"]
    assert listed[departure_id] == {"waiting": 2, "at_limit": 1}
    page = f"{DEPARTURES}/{departure_id}/customers"
    assert len((await office.owner.get(page, unanswered="true"))["customers"]) == 3
    assert len((await office.owner.get(page, successor=ben.user_id))["customers"]) == 2
    assert len((await office.owner.get(page, successor=ben.user_id, status="at_limit"))["customers"]) == 0
    assert (await report(office, departure_id))["successors"] == {ben.user_id: 2}
    # A supervisor of another department has none of that.
    law = await office.department("Law")
    other = await office.staff("head", law)
    await office.give(other.user_id, "supervisor", law)
    assert (await summary(other))["waiting"] == 0
    await office.owner.post(f"{DEPARTURES}/{departure_id}/undo")
    await finished(office, departure_id, "undone")
    assert (await summary())["under_way"] == 0


async def test_news_of_an_answer(office: Office) -> None:
    ann, _ben = await team(office, "ann", "ben")
    customer = await office.server.register("customer")
    await direct(customer, ann)
    departure_id, [offer] = await asked(office, ann, customer)
    since = (await office.owner.get(f"{DEPARTURES}/news"))["since"]
    waiting = asyncio.create_task(office.owner.get(f"{DEPARTURES}/news", since=since, timeout="30000"))
    await customer.post(f"/join/{quote(offer['new_room_id'])}")
    await until_status(office, departure_id, customer, "accepted")
    assert (await waiting)["since"] != since

    async def is_so() -> bool:
        return bool((await report(office, departure_id))["statuses"] == {"accepted": 1})

    await until(is_so)
