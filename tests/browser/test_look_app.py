"""How attachments, sharing, the camera and the settings look, in both languages and sizes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests import samples
from tests.browser import office
from tests.browser.people import People
from tests.browser.test_attachments import UPLOADS, Gate
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_panels(people: People, size: str, language: str, tmp_path: Path) -> None:
    people.expected.append("status of 403")
    desk = await office.fill(people)
    page = await people.sign_in(desk, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await share_and_attach(look, tmp_path)
    await settings(look, people.process.url, tmp_path / "parcel.png")
    assert look.findings == []


async def share_and_attach(look: Look, folder: Path) -> None:
    """From another program to a room, and all that a composer can show."""
    page = look.page
    await page.evaluate("location.hash = '#/share/Order%204711%20https://example.org/orders/4711'")
    await expect(page.locator(".share-rooms .room").nth(1)).to_be_visible()
    await look.at("share")
    await page.locator(".share-rooms .room", has_text="Delivery").click()

    gate = Gate(page)
    await gate.start()
    files = [folder / f"{name}.png" for name in ("parcel", "lid", "slow")]
    for file in files:
        file.write_bytes(samples.png(640, 420))
    refusal = {"errcode": "M_FORBIDDEN", "error": "This file is not allowed here."}
    await page.route(UPLOADS + "lid.png", lambda route: route.fulfill(status=403, json=refusal))
    through = gate.hold("slow.png")
    picker = page.locator("input[type=file]").first
    await picker.set_input_files(files[0])
    await expect(page.locator(".attachment[data-state=ready]")).to_have_count(1)
    await picker.set_input_files(files[1])
    await expect(page.locator(".attachment[data-state=refused]")).to_have_count(1)
    await picker.set_input_files(files[2])
    await expect(page.locator(".attachment [role=progressbar]")).to_have_count(1)
    await look.at("attachments")
    await page.locator(".composer-row button").first.click()
    await expect(page.get_by_role("menuitem")).to_have_count(2)
    await look.at("attach-menu")
    await page.get_by_role("menuitem").nth(1).click()
    await expect(page.locator("video:not([data-waits])")).to_be_visible()
    await look.at("camera")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.locator(".composer textarea").press("Enter")
    # What the server still looks at says so, too.
    await expect(page.locator(".message .meta [role=status]").filter(has_text="%")).to_be_visible()
    await look.at("waiting")
    through.set()
    await expect(page.locator(".message .meta [role=status]")).to_have_count(0)


async def settings(look: Look, url: str, picture: Path) -> None:
    """The settings from above to below, and the list of keys."""
    page = look.page
    await page.evaluate("location.hash = '#/settings'")
    await expect(page.locator(".page table")).to_be_visible()
    await page.locator(".page input[type=file]").set_input_files(picture)
    await expect(page.locator(".crop")).to_be_visible()
    await look.at("crop")
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await page.evaluate(
        "localStorage.setItem('roomkeeper.notifications', '" + json.dumps({"isOn": True, "isQuiet": True}) + "')"
    )
    await page.context.grant_permissions(["notifications"], origin=url)
    await page.reload()
    switches = page.get_by_role("switch")
    await expect(switches).to_have_count(4)
    await switches.first.scroll_into_view_if_needed()
    await look.at("notifications")
    await page.locator(".page section").last.scroll_into_view_if_needed()
    await look.at("about")
    await page.locator(".page").press("?")
    await expect(page.get_by_role("dialog")).to_be_visible()
    await look.at("keys")
