"""Whether they are recorded, as visitors of somebody's web page see it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from tests.browser.test_widget import NARROW, built, chromium, visit, write
from tests.browser.widget_world import SCREENSHOTS, World, world

__all__ = ["built", "chromium"]


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[World]:
    """A server that asks its customers, and a page."""
    async with world(tmp_path) as made:
        policy = {"consent": "ask", "until_answer": False}
        await made.operator().ask("PUT", "/_roomkeeper/v1/records/policies", policy)
        yield made


async def test_visitors_agree_and_change_their_mind(shop: World, chromium: Browser) -> None:
    page = await visit(chromium, shop)
    await write(page, "Where is my order?")
    card = page.get_by_role("region", name="May this conversation be recorded?")
    await expect(card).to_contain_text("It is not recorded until you agree.")
    line = page.locator(".recording")
    await expect(line).to_contain_text("This conversation is not recorded.")
    for name, size in (("desktop", None), ("phone", NARROW)):
        if size is not None:
            await page.set_viewport_size(size)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=SCREENSHOTS / f"widget-records-{name}.png")
    await card.get_by_role("button", name="I agree").click()
    await expect(card).to_be_hidden()
    await expect(line).to_contain_text("This conversation is recorded.")
    path = f"/_roomkeeper/v1/records/consent/{await shop.desk.room()}"
    assert (await shop.desk.ask("GET", path))["consent"] == "given"
    await line.get_by_role("button", name="Change").click()
    await card.get_by_role("button", name="I refuse").click()
    await expect(line).to_contain_text("This conversation is not recorded.")
    said = await shop.desk.ask("GET", path)
    assert (said["recorded"], said["consent"]) == (False, "refused")
