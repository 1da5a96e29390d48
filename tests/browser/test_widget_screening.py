"""Screening as visitors of somebody's web page see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Locator, Page, expect

from tests.browser.screening_world import Marks, Reviewer, marked
from tests.browser.test_widget import NARROW, bubbles, built, chromium, launcher, visit, write
from tests.browser.widget_world import SCREENSHOTS, World, world

__all__ = ["built", "chromium"]


@pytest.fixture
async def marks() -> AsyncIterator[Marks]:
    made = Marks()
    yield made
    await made.stop()


@pytest.fixture
async def shop(tmp_path: Path, marks: Marks) -> AsyncIterator[World]:
    """A server that screens, and a page."""
    settings = {
        "ROOMKEEPER_EXTERNAL_DETECTORS_FILES": await marks.start(tmp_path),
        "ROOMKEEPER_SCREENING_DEADLINE_SECONDS": "2",
    }
    async with world(tmp_path, **settings) as made:
        yield made


async def attach(page: Page, name: str, data: bytes) -> Locator:
    """Attach a picture; what stands above the place to write."""
    if not await page.locator(".panel").is_visible():
        await launcher(page).click()
    payload: Any = {"name": name, "mimeType": "image/png", "buffer": data}
    await page.locator("input[type=file]").first.set_input_files(payload)
    return page.locator(".attachment", has_text=name)


async def send(page: Page) -> None:
    """Press send."""
    await page.get_by_role("button", name="Send", exact=True).click()


async def picture(page: Page, name: str) -> None:
    """Keep how it looks."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=SCREENSHOTS / f"widget-screening-{name}.png")


async def test_held_and_approved(shop: World, chromium: Browser, marks: Marks) -> None:
    page = await visit(chromium, shop)
    marks.gate.clear()
    chip = await attach(page, "statue.png", marked(0.7))
    await expect(chip).to_contain_text("Checking …")
    marks.gate.set()
    await expect(chip).to_contain_text("Needs a review before others see it")
    await picture(page, "review")
    await send(page)
    await expect(page.locator("li.own .meta")).to_contain_text("Waits for a review.")
    room = await shop.desk.room()
    assert await shop.desk.messages(room) == []
    await picture(page, "held")
    reviewer = Reviewer(shop.server)
    await reviewer.refuse("no people")
    await expect(page.locator("li.own .meta")).to_contain_text("Not delivered: no people.")
    await picture(page, "refused")
    await page.get_by_role("button", name="Ask for a review").click()
    await page.get_by_role("textbox", name="Why should it be allowed?").fill("It is a statue.")
    await picture(page, "appeal")
    await page.get_by_role("button", name="Ask", exact=True).click()
    await expect(page.locator("li.own .meta")).to_contain_text("A review was asked for.")
    await page.reload()
    await expect(page.locator("li.own .meta")).to_contain_text("A review was asked for.")
    await reviewer.approve()
    await shop.desk.until_told(room, "statue.png")
    await expect(page.locator("li.own .meta")).to_contain_text("Sent")


async def test_refused_and_changed(shop: World, chromium: Browser) -> None:
    reviewer = Reviewer(shop.server)
    await reviewer.list_words("block", "scoundrel")
    page = await visit(chromium, shop)
    chip = await attach(page, "bad.png", marked(0.95))
    await expect(chip).to_contain_text("Can't be sent: faces.")
    await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
    await picture(page, "cannot")
    await write(page, "You scoundrel")
    await expect(page.locator(".meta.error")).to_contain_text("Can't be sent: it contains words that are not allowed.")
    await picture(page, "words")
    await page.get_by_role("button", name="Change it").click()
    await expect(page.locator("textarea")).to_have_value("You scoundrel")
    await write(page, "You rascal")
    room = await shop.desk.room()
    await shop.desk.until_told(room, "You rascal")
    await expect(bubbles(page)).to_have_count(2)
    await expect(chip).to_be_visible()
    async with page.expect_response(lambda answer: answer.request.method == "DELETE") as waited:
        await page.get_by_role("button", name="Remove: bad.png").click()
    assert (await waited.value).status == 200


async def test_a_file_that_the_server_lost(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    uris: list[str] = []
    page.on("request", lambda request: uris.append(request.url) if "/upload/" in request.url else None)
    chip = await attach(page, "photo.png", marked(0.1))
    await expect(chip).to_contain_text("Ready to send")
    media_id = uris[0].partition("?")[0].rpartition("/")[2]
    token = await page.evaluate("JSON.parse(localStorage['roomkeeper.shop.session']).token")
    gone = await page.evaluate(
        """([url, token]) => fetch(url, {method: 'DELETE', headers: {Authorization: `Bearer ${token}`}})
            .then((answer) => answer.json())""",
        [f"{shop.server.url}/_roomkeeper/v1/media/{media_id}", token],
    )
    assert gone == {"removed": True}
    await send(page)
    room = await shop.desk.room()
    await shop.desk.until_told(room, "photo.png")
    sent = (await shop.desk.messages(room))[-1]
    assert await shop.desk.download(sent["url"]) == marked(0.1)
    assert "org.roomkeeper.sha256" in sent


async def test_a_phone_takes_photos(shop: World, chromium: Browser) -> None:
    page = await (await chromium.new_context(viewport=NARROW, has_touch=True, is_mobile=True)).new_page()
    await page.goto(shop.url)
    await launcher(page).click()
    async with page.expect_file_chooser() as waited:
        await page.get_by_role("button", name="Take a photo or video").click()
    chooser = await waited.value
    assert await chooser.element.get_attribute("capture") == "environment"
    taken: Any = {"name": "IMG_1.png", "mimeType": "image/png", "buffer": marked(0.1)}
    await chooser.set_files(taken)
    await expect(page.locator(".attachment")).to_contain_text("Ready to send")
    await picture(page, "phone")
