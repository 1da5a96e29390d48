"""The console as a whole: who gets in, which pages there are for whom, addresses, how light it is."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from playwright.async_api import Response, expect
from scripts import web

from tests.browser import organisation
from tests.browser.organisation import sign_in
from tests.browser.people import PHONE, People

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_the_rail_has_the_pages_that_one_may_see(people: People) -> None:
    office = await organisation.found(people)
    sales = await office.department("Sales")
    page = await office.console()
    rail = page.get_by_role("navigation", name="Pages of the console")
    await expect(rail.get_by_role("link")).to_have_count(
        await page.evaluate("document.querySelectorAll('.rail-pages a').length")
    )
    for name in ("People", "Departments", "Roles", "Sessions", "Contacts", "Settings"):
        await rail.get_by_role("link", name=name, exact=True).click()
        await expect(page.get_by_role("heading", level=1, name=name)).to_be_visible()
    await page.go_back()
    await expect(page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()
    await page.reload()
    await expect(page.get_by_role("heading", level=1, name="Contacts")).to_be_visible()

    staff = await office.console(await office.staff("desk3", sales, display_name="Front desk 3"), "/roles")
    await expect(staff.get_by_text("You may not see this page")).to_be_visible()
    await expect(staff.get_by_text("It needs the permission roles.read. Ask an owner")).to_be_visible()
    rail = staff.get_by_role("navigation", name="Pages of the console")
    await expect(rail.get_by_role("link")).to_have_text(["People", "Departments"])


async def test_a_customer_is_shown_the_way_to_the_chat(people: People) -> None:
    office = await organisation.found(people)
    page = await office.console(await people.account("customer4", "Customer 4"), "/people")
    await expect(page.get_by_role("heading", name="This page is for staff")).to_be_visible()
    await page.get_by_role("link", name="Open the chat").click()
    await expect(page.locator(".rail .jump")).to_be_visible()


async def test_one_is_signed_in_to_chat_and_console_together(people: People) -> None:
    office = await organisation.found(people)
    page = await people.sign_in(office.owner)
    await page.goto(people.process.url + "/console")
    await expect(page.get_by_role("heading", level=1, name="Overview")).to_be_visible()
    await page.get_by_role("button", name="You:").click()
    await page.get_by_role("menuitem", name="Sign out").click()
    await expect(page.locator("input[name=username]")).to_be_visible()
    await page.goto(people.process.url + "/app")
    await sign_in(page, office.owner)
    await expect(page.locator(".rail .jump")).to_be_visible()


async def test_a_phone_has_the_pages_in_a_drawer_and_jumps_anywhere(people: People) -> None:
    office = await organisation.found(people)
    await office.staff("desk3", display_name="Front desk 3")
    page = await office.console(size=PHONE)
    await page.get_by_role("button", name="Pages").click()
    await page.get_by_role("dialog").get_by_role("link", name="Sessions").click()
    await expect(page.get_by_role("heading", level=1, name="Sessions")).to_be_visible()
    await page.keyboard.press("Control+k")
    await page.get_by_role("combobox", name="Name of a page or person").fill("desk")
    await expect(page.get_by_role("option", name="Front desk 3")).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    assert "desk3" in page.url


FIRST_LOAD_KIB = web.BUDGETS["console"] + 40
"""With the page that is opened, and the words of the capabilities."""


async def test_the_first_load_is_light(people: People, capsys: pytest.CaptureFixture[str]) -> None:
    """Everything until the first page is seen; nothing of the chat's SDK."""
    office = await organisation.found(people)
    sizes: dict[str, int] = {}
    page = await people.open(path="/")

    async def weigh(response: Response) -> None:
        if "/app/" in response.url or "/console" in response.url.replace("/v1/console", ""):
            body = await response.body()
            name = response.url.rpartition("/")[2]
            sizes[name] = len(gzip.compress(body, 9)) if Path(name).suffix in web.COMPRESSED else len(body)

    page.on("response", weigh)
    await page.goto(people.process.url + "/console#/people")
    await sign_in(page, office.owner)
    await expect(page.get_by_role("heading", level=1, name="People")).to_be_visible()
    total = sum(sizes.values()) / 1024
    with capsys.disabled():
        print(f"\nfirst load of the console: {total:.0f} KiB compressed of {FIRST_LOAD_KIB}")
    assert total < FIRST_LOAD_KIB, sizes
