"""How a handover looks to customers, to the successor, and to who has left; axe-core looks at each."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.async_api import Page, expect

from tests.browser.handing import handing
from tests.browser.people import People
from tests.browser.test_look import SIZES, Look
from tests.browser.test_look_panels import address

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def answer(page: Page, index: int) -> None:
    """Press a button of the card."""
    await page.locator(".handover-card button").nth(index).click()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_the_customer(people: People, size: str, language: str) -> None:
    hand = await handing(people)
    stranger = await people.account("customer7", "Customer 7")
    path = f"/people/{quote(hand.leaver.user_id)}/contacts/{quote(stranger.user_id)}"
    await hand.organisation.call("PUT", path, {"reason": "met at a fair"})
    room_id = await hand.session()
    page = await people.sign_in(hand.customer, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await address(page, room_id)
    await page.locator(".composer textarea").fill(
        "12 Harbour Road, second floor" if look.is_checked else "港口路 12 号二楼"
    )
    await hand.leave()
    await expect(page.locator(".handover-card button")).to_have_count(2)
    await expect(page.locator(".composer blockquote")).to_be_visible()
    await look.at("handover-asked")
    await page.evaluate("location.hash = '#/'")
    await expect(page.locator(".rooms a")).to_be_visible()
    await look.at("handover-list")
    await address(page, room_id)
    await answer(page, 1)
    await expect(page.locator(".handover-card button")).to_have_count(1)
    await look.at("handover-no")
    await answer(page, 0)
    await expect(page.locator(".composer textarea")).to_be_visible()
    await expect(page.locator(".timeline a").first).to_be_visible()
    await look.at("handover-yes")
    await address(page, room_id)
    await expect(page.locator(".handover-card button")).to_have_count(1)
    await look.at("handover-earlier")

    page = await people.sign_in(stranger, size=SIZES[size], language=language)
    other = Look(page, size, language)
    await page.locator(".rail label").nth(1).click()
    await expect(page.locator(".contact .room-last")).to_contain_text("has left" if other.is_checked else "已离开")
    await other.at("handover-contacts")
    await page.locator(".contact").click()
    await expect(page.locator(".handover-card button")).to_have_count(2)
    await other.at("handover-stranger")
    await page.evaluate("location.hash = '#/left/%40nobody%3Aexample.org'")
    people.expected.append("status of 404")
    await expect(page.get_by_role("alert")).to_be_visible()
    await other.at("handover-unknown")
    assert look.findings + other.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_the_others(people: People, size: str, language: str) -> None:
    hand = await handing(people)
    room_id = await hand.session()
    await hand.note("Prefers deliveries in the morning. Has two dogs, so ring twice.")
    how = {"size": SIZES[size], "language": language}
    page, leaver = await people.sign_in(hand.customer, **how), await people.sign_in(hand.leaver, **how)
    look, other = Look(page, size, language), Look(leaver, size, language)
    await address(page, room_id)
    await hand.leave(kind="transfer")
    await expect(page.locator(".handover-card button")).to_have_count(2)
    await look.at("handover-transfer")
    await hand.undo()
    await expect(page.locator(".handover-card")).to_have_count(0)
    path = f"/people/{quote(hand.successor.user_id)}"
    await hand.organisation.call("PATCH", path, {"session_limit": 0})
    await hand.leave("at_limit", plan={"at_limit": "wait"})
    await expect(page.locator(".handover-card p")).to_be_visible()
    await look.at("handover-nobody")
    await expect(leaver.get_by_role("alert")).to_be_visible()
    await other.at("locked")
    await hand.organisation.call("PATCH", path, {"session_limit": 5})
    await expect(page.locator(".handover-card button")).to_have_count(2, timeout=60_000)
    await answer(page, 0)
    await expect(page.locator(".composer textarea")).to_be_visible()
    await page.locator(".composer textarea").fill("12 Harbour Road, please")
    await page.keyboard.press("Enter")

    desk = await people.sign_in(hand.successor, **how)
    third = Look(desk, size, language)
    new = (await hand.offer())["new_room_id"]
    await address(desk, new)
    await expect(desk.locator(".message", has_text="12 Harbour Road")).to_be_visible()
    await third.at("handover-successor")
    await address(desk, new, "/info")
    await expect(desk.locator(".note")).to_be_visible()
    await third.at("handover-successor-info")
    await address(desk, room_id)
    await expect(desk.locator(".handover-card")).to_be_visible()
    await third.at("handover-successor-earlier")
    assert look.findings + other.findings + third.findings == []
