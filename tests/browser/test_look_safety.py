"""How safety looks: in the chat and in the console; in both languages and widths."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.people import People
from tests.browser.safety_world import HERE, NEAR, QUICK, SAFETY, Place, at, drawn
from tests.browser.test_look import SIZES as USUAL
from tests.browser.test_look import Look
from tests.process import ServerProcess

SIZES = {**USUAL, "narrow": (320, 640)}
pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(loop_scope="session")
async def process(tmp_path: Path) -> AsyncIterator[ServerProcess]:
    """A server whose countdown is long enough to be looked at."""
    slow = {**QUICK, "ROOMKEEPER_SAFETY_COUNTDOWN_SECONDS": "120"}
    server = await ServerProcess(tmp_path / "data", **slow).start()
    yield server
    await server.stop()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_in_the_chat(people: People, size: str, language: str) -> None:
    place = await Place().open(people)
    asked = {"followed": place.neighbour.user_id, "relation": "colleague", "message": "We share the night shift."}
    await place.reporter.call("POST", "/followings", asked, SAFETY)
    room_id = await place.group(await place.report(place.officer))
    page = await people.sign_in(place.neighbour, size=SIZES[size], language=language, position=NEAR)
    look = Look(page, size, language)
    await expect(page.locator(".event-ask")).to_be_visible()
    await look.at("safety-asked")
    await at(page, "#/safety")
    await drawn(page)
    await look.at("safety")
    await page.locator(".safety-page").evaluate("page => page.scrollTo(0, page.scrollHeight)")
    await look.at("safety-kept")
    await at(page, "#/")
    await page.locator(".event-ask button").first.click()
    await expect(page.locator(".event-bar").first).to_be_visible()
    await at(page, f"#/room/{room_id}/map")
    await page.locator(".side").get_by_role("switch").click()
    await expect(page.locator(".map-me")).to_be_visible()
    await drawn(page)
    await look.at("event-map")
    await at(page, f"#/room/{room_id}")
    await expect(page.locator(".composer")).to_be_visible()
    await look.at("event")
    assert look.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_raising(people: People, size: str, language: str) -> None:
    place = await Place().open(people)
    page = await people.sign_in(place.reporter, size=SIZES[size], language=language, position=HERE)
    look = Look(page, size, language)
    await page.locator(".rail-top button").nth(1).click()
    await expect(page.locator(".kinds")).to_be_visible()
    await look.at("raise")
    await page.get_by_role("dialog").get_by_role("switch").click()
    await page.locator(".kind").nth(6).click()
    await expect(page.locator(".map-place")).to_be_visible()
    await drawn(page)
    await look.at("raise-more")
    await page.locator(".place-choice label").nth(1).click()
    for x, y in ((60, 40), (220, 60), (180, 180)):
        await page.locator(".map").click(position={"x": x, "y": y})
    await expect(page.locator(".map-area")).to_have_count(1)
    await look.at("raise-outline")
    await page.keyboard.press("Escape")
    await page.locator(".rail-top button").nth(1).click()
    await page.locator(".kind").first.click()
    await expect(page.get_by_role("timer")).to_be_visible()
    await look.at("countdown")
    assert look.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_in_the_console(people: People, size: str, language: str) -> None:
    place = await Place().open(people)
    event_id = await place.report(place.officer)
    await place.group(event_id)
    body = {"guardians": [place.parent.user_id]}
    await place.officer.call("PUT", f"/people/{place.neighbour.user_id}/guardians", body, SAFETY)
    # Nobody is there: it shows what a feed that fails looks like.
    feed = {"name": "River authority", "url": "http://127.0.0.1:9/warnings.atom"}
    await place.officer.call("POST", "/feeds", feed, SAFETY)
    page = await place.organisation.console(place.officer, "/safety", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator(".live-map .map-event")).to_be_visible()
    await drawn(page)
    await expect(page.locator(".row, .card").first).to_be_visible()
    await look.at("safety-console")
    await at(page, f"#/safety/{event_id}?view=events")
    await expect(page.get_by_role("dialog").locator(".asked-state").first).to_be_visible()
    await expect(page.get_by_role("dialog").locator(".map[data-ready]")).to_be_visible()
    await look.at("safety-console-event")
    for view in ("organisations", "guardians", "feeds"):
        await at(page, f"#/safety?view={view}")
        await expect(page.locator(".row, .card, .tab-panel h2").first).to_be_visible()
        await look.at(f"safety-console-{view}")
    await at(page, "#/safety?view=organisations")
    await page.get_by_role("link", name="Fire station North").click()
    await expect(page.get_by_role("dialog").locator(".map[data-ready]")).to_be_visible()
    await look.at("safety-console-organisation")
    assert look.findings == []
