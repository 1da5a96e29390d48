"""Agents on desktops in the console: how they are, signing one out, and saying what they record."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.browser.organisation import ROOT
from tests.browser.people import People
from tests.browser.records_world import Recorded, agent_place

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def opened(world: Recorded, at: str = "") -> Page:
    """The agents in the officer's console."""
    return await world.organisation.console(world.officer, f"/records?view=agents{at}")


def csv_of(path: Path) -> list[dict[str, str]]:
    """The rows of a file."""
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


async def test_the_list_is_filtered_paged_and_exported(people: People) -> None:
    world = await Recorded().open(people)
    page = await opened(world)
    await expect(page.get_by_text("No agents yet")).to_be_visible()
    await world.agents()
    await page.reload()
    rows = page.locator(".row")
    await expect(rows).to_have_count(2)
    troubled = page.locator(".row", has_text="Sales desk 3")
    for words in ("Problems", "desk-3.example.org", "1,240", "3.2 MiB", "0.1.0"):
        await expect(troubled).to_contain_text(words)
    await expect(page.locator(".row", has_text="Sales desk 4")).to_contain_text("Well")
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Export").click()
    table = csv_of(await (await download.value).path())
    assert [(each["Computer"], each["Problems"]) for each in table] == [("desk-3.example.org", "4"), ("desk-4", "0")]
    await page.evaluate("location.hash = '#/records?view=agents&state=problems'")
    await expect(rows).to_have_count(1)
    await page.evaluate("location.hash = '#/records?view=agents&state=silent'")
    await expect(page.get_by_text("Nothing fits")).to_be_visible()
    person = world.colleague.user_id
    await page.evaluate("person => { location.hash = `#/records?view=agents&person_id=${person}` }", person)
    await expect(rows).to_have_count(1)
    await expect(rows).to_contain_text("desk-4")


async def test_one_agent_is_seen_and_signed_out(people: People) -> None:
    world = await Recorded().open(people)
    device_id = await world.agents()
    page = await opened(world)
    await page.get_by_role("link", name="Sales desk 3").click()
    panel = page.get_by_role("dialog")
    for words in ("The server refuses the password.", "12,480 entries", "at byte 4096", "3 times", device_id):
        await expect(panel).to_contain_text(words)
    await panel.get_by_role("button", name="Sign it out").click()
    sure = page.get_by_role("dialog", name="Sign out the agent of Sales desk 3?")
    await expect(sure).to_contain_text("uploads nothing any more")
    await sure.get_by_role("button", name="Sign out").click()
    await expect(sure).to_have_count(0)
    await expect(panel).to_contain_text("by Records officer")
    await expect(panel.get_by_role("button", name="Sign it out")).to_have_count(0)
    with pytest.raises(AssertionError, match="M_UNKNOWN_TOKEN"):
        await world.desk.call("PUT", "/records/agents/report", {"version": "1", "now_ts": 1}, ROOT)
    await page.keyboard.press("Escape")
    await expect(page.locator(".row", has_text="Sales desk 3")).to_contain_text("Signed out")
    place = agent_place(world.desk, "NOSUCH")
    await page.evaluate("place => { location.hash = place }", place)
    await expect(page.get_by_text("No such agent")).to_be_visible()


async def policies(world: Recorded) -> dict[str, dict[str, Any]]:
    """What is recorded, by department."""
    found = (await world.organisation.call("GET", "/records/agents/policies"))["policies"]
    return {each["department_id"]: each for each in found}


async def test_what_they_record_is_said(people: People) -> None:
    world = await Recorded().open(people)
    page = await opened(world, "&of=policies")
    general = page.locator(".record-policies > li", has_text="All departments")
    await expect(general).to_contain_text("nothing")
    await page.get_by_role("button", name="New policy").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("combobox", name="Department").click()
    await page.get_by_role("option", name="Sales").click()
    await dialog.get_by_role("button", name="Add a program").click()
    await dialog.get_by_label("Program", exact=True).fill("pidgin")
    await dialog.get_by_role("combobox", name="All other programs").click()
    await page.get_by_role("option", name="everything").click()
    await dialog.get_by_role("switch", name="Employees may pause it").click()
    await dialog.get_by_label("MiB that may wait").fill("64")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_have_count(0)
    card = page.locator(".record-policies > li", has_text="Sales")
    for words in ("pidgin", "on request", "64 MiB", "24 hours"):
        await expect(card).to_contain_text(words)
    said = (await policies(world))[world.department]
    assert said["programs"] == [{"program": "pidgin", "record": "on_request"}]
    assert (said["others"], said["may_pause"], said["screenshots"], said["most_spool_mb"]) == ("all", False, False, 64)
    # It is changed, a program taken out, and removed.
    await card.get_by_role("button", name="Change").click()
    await expect(dialog.get_by_label("MiB that may wait")).to_be_visible()
    await expect(dialog.get_by_role("button", name="Save")).to_be_in_viewport(ratio=1)
    await dialog.get_by_role("button", name="Remove pidgin").click()
    await dialog.get_by_role("button", name="Save").click()
    await expect(card).not_to_contain_text("pidgin")
    await card.get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(card).to_have_count(0)
    assert list(await policies(world)) == [""]


async def test_who_may_not_does_not_see_them(people: People) -> None:
    world = await Recorded().open(people)
    supervisor = await world.organisation.staff("supervisor5", world.department, display_name="Supervisor")
    await world.organisation.give(supervisor, "supervisor", world.department)
    page = await world.organisation.console(supervisor, "/records?view=agents")
    await expect(page.get_by_role("tab", name="Records")).to_be_visible()
    await expect(page.get_by_role("tab", name="Agents")).to_have_count(0)


async def test_it_says_what_is_wrong(people: People) -> None:
    world = await Recorded().open(people)
    page = await opened(world)
    await expect(page.get_by_text("No agents yet")).to_be_visible()
    await page.route("**/records/agents*", lambda route: route.abort())
    await page.evaluate("location.hash = '#/records?view=agents&state=problems'")
    await expect(page.get_by_role("alert")).to_be_visible()
    await page.unroute("**/records/agents*")
    await page.get_by_role("button", name="Try again").click()
    await expect(page.get_by_text("Nothing fits")).to_be_visible()
