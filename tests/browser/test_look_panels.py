"""How the panels, dialogs and pages look that are opened from a room or the list; axe-core looks at each."""

from __future__ import annotations

import pytest
from playwright.async_api import Page, expect

from tests.browser import office
from tests.browser.people import Account, People
from tests.browser.test_encryption import ENCRYPTION
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def address(page: Page, room_id: str, rest: str = "") -> None:
    """Go to a room, or to what stands beside it."""
    await page.evaluate("hash => { location.hash = hash }", f"#/room/{room_id}{rest}")


async def room_named(account: Account, name: str) -> str:
    """The id of a room."""
    for room_id in (await account.call("GET", "/joined_rooms"))["joined_rooms"]:
        state = await account.call("GET", f"/rooms/{room_id}/state")
        if any(event["type"] == "m.room.name" and event["content"].get("name") == name for event in state):
            return str(room_id)
    raise AssertionError(name)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_panels(people: People, size: str, language: str) -> None:
    desk = await office.fill(people)
    room_id = await room_named(desk, "Delivery")
    page = await people.sign_in(desk, size=SIZES[size], language=language)
    look = Look(page, size, language)

    await expect(page.locator(".invitation")).to_contain_text("Back office")
    await look.at("invitation")
    await address(page, room_id, "/search")
    await page.locator(".panel-form button[aria-expanded]").click()
    await page.locator(".panel-form input").first.fill("delivery")
    await page.keyboard.press("Enter")
    await expect(page.locator(".hit mark").first).to_be_visible()
    await look.at("search")
    await address(page, room_id, "/info")
    await expect(page.locator(".panel-body h3")).to_be_visible()
    await look.at("info")
    await page.locator(".side .panel-form label").nth(1).click()
    await expect(page.locator(".person").nth(2)).to_be_visible()
    await look.at("info-people")
    await page.locator(".side .panel-form label").nth(2).click()
    await expect(page.locator(".picture-tile img")).to_be_visible()
    await look.at("info-files")
    assert look.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_dialogs_and_pages(people: People, size: str, language: str) -> None:
    # Browsers ask for keys that are not there yet.
    people.expected.append("status of 404")
    desk = await office.fill(people)
    room_id = await room_named(desk, "Delivery")
    body = {"preset": "private_chat", "name": "Staff matters", "initial_state": [ENCRYPTION]}
    secret = (await desk.call("POST", "/createRoom", body))["room_id"]
    page = await people.sign_in(desk, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await address(page, room_id)
    await page.locator("button.message-who").first.click()
    await expect(page.get_by_role("dialog").locator(".short-list a").first).to_be_visible()
    await look.at("profile")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.evaluate("location.hash = '#/'")
    await page.locator(".rail-top button[aria-haspopup]").click()
    await page.get_by_role("menuitem").nth(1).click()
    await expect(page.get_by_role("dialog").locator("form")).to_be_visible()
    await look.at("new-room")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_be_hidden()
    await page.locator(".rail label").nth(1).click()
    await expect(page.locator(".rail h2:visible").first).to_be_visible()
    await look.at("contacts")
    await address(page, secret)
    await expect(page.locator(".head-lock")).to_be_visible()
    await expect(page.locator(".composer textarea")).to_be_visible()
    await look.at("encrypted")
    await page.evaluate("location.hash = '#/security'")
    await expect(page.locator(".page form")).to_be_visible()
    await look.at("security")
    assert look.findings == []
