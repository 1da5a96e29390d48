"""How screening looks: each state of files and messages, in both languages and widths."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from playwright.async_api import Page, expect

from tests.browser.people import Account, People
from tests.browser.screening_world import Marks, Reviewer, marked
from tests.browser.test_attachments import chip
from tests.browser.test_look import SIZES, Look
from tests.browser.test_screening import attach, marks, people

__all__ = ["marks", "people"]

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def send_picture(account: Account, room_id: str, body: str, score: float, size: int) -> None:
    """Send a picture, as a client does that knows nothing of screening."""
    headers = {"Authorization": f"Bearer {account.token}", "Content-Type": "image/png"}
    url = f"{account.url}/_matrix/media/v3/upload?filename={quote(body)}.png"
    async with aiohttp.ClientSession(headers=headers) as session, session.post(url, data=marked(score, size)) as answer:
        uri = (await answer.json())["content_uri"]
    content: dict[str, Any] = {"msgtype": "m.image", "body": body, "filename": f"{body}.png", "url": uri}
    content["info"] = {"w": size, "h": 200, "mimetype": "image/png"}
    await account.call("PUT", f"/rooms/{room_id}/send/m.room.message/{size}", content)


async def held(page: Page, body: str, state: str) -> None:
    """Wait until a message is in a state."""
    await expect(page.locator(".message", has_text=body).locator(f".held[data-state={state}]")).to_be_visible()


async def look_at_files(page: Page, look: Look, marks: Marks, folder: Path) -> None:
    """What stands above the place to write, in each state."""
    for number, score in ((300, 0.0), (310, 0.7), (320, 0.95)):
        await attach(page, folder, f"picture{number}.png", marked(score, number))
    await expect(chip(page, "picture300")).to_have_attribute("data-state", "ready")
    await expect(chip(page, "picture310")).to_have_attribute("data-state", "review")
    await expect(chip(page, "picture320")).to_have_attribute("data-state", "refused")
    marks.gate.clear()
    await attach(page, folder, "picture330.png", marked(0.0, 330))
    await expect(chip(page, "picture330")).to_have_attribute("data-state", "checking")
    await look.at("screening-files")
    marks.gate.set()
    for number in (300, 310, 330, 320):
        await expect(chip(page, f"picture{number}")).not_to_have_attribute("data-state", "checking")
        if number != 320:
            await chip(page, f"picture{number}").locator("button").last.click()


async def look_at_words(page: Page, look: Look, reviewer: Reviewer) -> None:
    """Words that are refused, and asking for a review."""
    await reviewer.list_words("block", "scoundrel")
    await page.locator(".composer textarea").first.fill("You scoundrel")
    await page.keyboard.press("Enter")
    await expect(page.locator(".refused")).to_be_visible()
    await look.at("screening-words")
    await page.locator(".refused button").first.click()
    await expect(page.get_by_role("dialog").locator("textarea")).to_be_visible()
    await look.at("screening-appeal")
    await page.get_by_role("dialog").locator("textarea").first.fill("It is the name of a play.")
    await page.get_by_role("dialog").locator("button[type=submit]").click()
    await expect(page.locator(".refused")).to_have_attribute("data-state", "asked")
    await look.at("screening-asked")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_states(people: People, marks: Marks, tmp_path: Path, size: str, language: str) -> None:
    room_id, [customer, desk] = await people.talking("Customer 4", "Front desk")
    reviewer = Reviewer(people.process)
    await send_picture(customer, room_id, "plan", 0.4, 240)
    await send_picture(customer, room_id, "statue", 0.7, 250)
    await reviewer.refuse("no people" if language == "en-GB" else "不能有人物")
    await send_picture(customer, room_id, "garden", 0.71, 260)
    await reviewer.approve()
    await send_picture(customer, room_id, "portrait", 0.72, 270)
    page = await people.sign_in(customer, size=SIZES[size], language=language)
    page.set_default_timeout(60_000)
    look = Look(page, size, language)
    await page.get_by_role("link", name="Delivery").click()
    await held(page, "statue", "refused")
    await held(page, "portrait", "waiting")
    await page.keyboard.press("End")
    await look.at("screening-held")

    await look_at_files(page, look, marks, tmp_path)
    await look_at_words(page, look, reviewer)
    await reviewer.policy(block=0.3)
    await held(page, "plan", "withheld")
    theirs = await people.sign_in(desk, size=SIZES[size], language=language)
    await theirs.get_by_role("link", name="Delivery").click()
    await expect(theirs.locator(".message .file", has_text="plan")).to_be_visible()
    withheld = Look(theirs, size, language)
    await withheld.at("screening-withheld")
    await page.evaluate("location.hash = '#/settings'")
    await page.get_by_role("radiogroup", name="Attachments" if language == "en-GB" else "附件").evaluate(
        "group => group.scrollIntoView({block: 'center'})"
    )
    await look.at("screening-settings")
    assert look.findings + withheld.findings == []
