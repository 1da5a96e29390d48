"""The support engineer's page: a flow side by side, plans with lint, volumes, write keys; and how it looks."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.organisation import Organisation, found
from tests.browser.people import People
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")
USER = "@customer:example.org"
TOLD = {"txn_id": "t1", "room_id": "!delivery:example.org"}


async def filled(people: People) -> Organisation:
    """An organisation in which a customer's message was sent, and another one is stuck."""
    organisation = await found(people)
    for side, events in (
        ("client", [("message_sending", TOLD), ("message_sent", {**TOLD, "event_id": "$other"})]),
        (
            "server",
            [("message_received", {**TOLD, "device_id": "PHONE"}), ("message_accepted", {**TOLD, "event_id": "$1"})],
        ),
        ("client", [("message_sending", {**TOLD, "txn_id": "t2", "more": "x"})]),
    ):
        key = (await organisation.call("POST", "/repair/keys", {"name": f"shop {side}", "side": side}))["write_key"]
        await send(people, key, events)
    return organisation


async def send(people: People, key: str, events: list[tuple[str, dict[str, Any]]]) -> None:
    """As a program of the organisation does."""
    batch = [{"type": "track", "event": name, "userId": USER, "properties": told} for name, told in events]
    auth = aiohttp.BasicAuth(key, "")
    async with (
        aiohttp.ClientSession(auth=auth) as session,
        session.post(f"{people.process.url}/v1/batch", json={"batch": batch}) as answer,
    ):
        assert answer.status == 200, await answer.text()


async def shown(page: Page, attempt: str) -> None:
    """A flow, and in it one attempt."""
    await page.evaluate(f"location.hash = '#/repair?view=flow&user={USER}&kind=message_stuck&attempt={attempt}'")
    await expect(page.locator(".flow-table")).to_be_visible()


async def test_a_flow_with_its_first_deviation(people: People) -> None:
    page = await (await filled(people)).console(at="/repair?view=flow")
    await page.get_by_label("User").fill(USER)
    await page.get_by_role("button", name="Show").click()
    await shown(page, "t1")
    deviating = page.locator(".flow-table tr[data-deviates]")
    await expect(deviating).to_have_count(2)
    await expect(deviating.first).to_contain_text("First deviation: client and server differ")
    await expect(page.locator("[data-differs]")).to_have_count(2)
    await expect(page.locator("[data-differs]").first).to_contain_text("event_id")
    await shown(page, "t2")
    await expect(page.locator(".flow-drift")).to_contain_text("additionalProperties")
    await expect(page.locator(".findings")).to_contain_text("Breaks the schema")


async def test_a_plan_is_changed_with_lint(people: People) -> None:
    page = await (await filled(people)).console(at="/repair?view=plans&kind=message_stuck")
    await expect(page.get_by_role("cell", name="message_accepted")).to_be_visible()
    await page.get_by_role("button", name="Change the plan").click()
    field = page.get_by_label("Plan", exact=True)
    text = await field.input_value()
    await field.fill(text.replace('"pair": "message_sent"', '"pair": "nothing"'))
    await expect(page.get_by_text("There is no point nothing")).to_be_visible()
    await page.get_by_label("Why").fill("slower phones")
    await expect(page.get_by_role("button", name="Put in force")).to_be_disabled()
    await field.fill("{")
    await expect(page.get_by_text("This is no JSON")).to_be_visible()
    await field.fill(text.replace('"within_ms": 30000', '"within_ms": 60000'))
    await expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()
    await page.get_by_role("button", name="Put in force").click()
    await expect(page.get_by_text("slower phones")).to_be_visible()
    await expect(page.locator(".plan-list a[aria-current]")).to_contain_text("version 2")


async def test_volumes_as_a_table_and_keys(people: People, tmp_path: Path) -> None:
    page = await (await filled(people)).console(at="/repair?view=volumes")
    await expect(page.locator(".chart canvas")).to_be_visible()
    async with page.expect_download() as started:
        await page.get_by_role("button", name="Export as CSV").click()
    file = tmp_path / "tracking.csv"
    await (await started.value).save_as(file)
    rows = list(csv.DictReader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert sum(int(row["stored"]) for row in rows if row["name"] == "message_sending") == 2
    await page.evaluate("location.hash = '#/repair?view=keys'")
    await page.get_by_role("button", name="Make a write key").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Name").fill("till")
    await dialog.get_by_role("button", name="Make a write key").click()
    key = await dialog.get_by_label("Write key").input_value()
    await send(people, key, [("anything", {})])
    await dialog.get_by_role("button", name="Done").click()
    row = page.get_by_role("row").filter(has_text="till")
    await row.get_by_role("button", name="Revoke").click()
    await page.get_by_role("dialog").get_by_role("button", name="Revoke").click()
    await expect(row.get_by_text("revoked")).to_be_visible()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_how_it_looks(people: People, size: str, language: str) -> None:
    organisation = await filled(people)
    page = await organisation.console(at="/repair?view=flow", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator(".flow-ask")).to_be_visible()
    await shown(page, "t1")
    await look.at("repair-flow")
    await shown(page, "t2")
    await look.at("repair-flow-stuck")
    await page.evaluate("location.hash = '#/repair?view=plans'")
    await expect(page.locator(".plan-points")).to_be_visible()
    await look.at("repair-plans")
    await page.evaluate("location.hash = '#/repair?view=volumes'")
    await expect(page.locator(".chart canvas")).to_be_visible()
    await look.at("repair-volumes")
    await page.evaluate("location.hash = '#/repair?view=keys'")
    await expect(page.get_by_role("table")).to_be_visible()
    await look.at("repair-keys")
    assert look.findings == []
