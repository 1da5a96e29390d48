"""How records look: in the console, in the chat, by a link; in both languages and widths."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.browser.people import People
from tests.browser.records_world import Recorded, agent_place, row
from tests.browser.test_look import SIZES, Look

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_in_the_console(people: People, size: str, language: str) -> None:
    world = await Recorded().open(people)
    await world.conversation()
    external = await world.upload()
    page = await world.organisation.console(world.officer, "/records", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator("[data-points]").first).to_be_visible()
    await expect(page.locator(".row, .card").first).to_be_visible()
    await look.at("records")
    await page.evaluate(f"location.hash = '#/records/{await world.record_id()}'")
    await expect(row(page, "谢谢")).to_be_visible()
    await expect(page.get_by_role("img", name="lamp.png")).to_be_visible()
    await page.locator(".record-search input").fill("lamp")
    await expect(page.locator(".record-minimap")).to_be_visible()
    await look.at("record")
    await page.evaluate(f"location.hash = '#/records/{external}'")
    await expect(page.get_by_role("img", name="screen.png")).to_be_visible()
    await look.at("record-external")
    await page.locator(".record-actions button").nth(1).click()
    await expect(page.get_by_role("dialog").locator("button[type=submit]")).to_be_visible()
    await look.at("record-export")
    await page.keyboard.press("Escape")
    for view in ("exports", "holds", "policies"):
        await page.evaluate(f"location.hash = '#/records?view={view}'")
        await expect(page.locator(".tab-panel h2").first).to_be_visible()
        await look.at(f"records-{view}")
    await page.evaluate("location.hash = '#/records?q=lamp'")
    await expect(page.locator(".record-hit").first).to_be_visible()
    await look.at("records-search")
    assert look.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_agents(people: People, size: str, language: str) -> None:
    world = await Recorded().open(people)
    page = await world.organisation.console(world.officer, "/records?view=agents", size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator(".tab-panel h2").first).to_be_visible()
    await look.at("agents-none")
    device_id = await world.agents()
    await page.reload()
    await expect(page.locator(".row, .card").nth(1)).to_be_visible()
    await expect(page.get_by_role("tab", selected=True)).to_be_in_viewport(ratio=1)
    await look.at("agents")
    await page.evaluate("place => { location.hash = place }", agent_place(world.desk, device_id))
    await expect(page.locator(".agent-sources").nth(1)).to_be_visible()
    await look.at("agent")
    await page.get_by_role("dialog").locator("button:not([aria-label])").click()
    await expect(page.get_by_role("dialog")).to_have_count(2)
    await look.at("agent-end")
    await page.evaluate("location.hash = '#/records?view=agents&of=policies'")
    await page.reload()
    await expect(page.locator(".record-policies > li").nth(1)).to_be_visible()
    await look.at("agents-policies")
    await page.locator(".record-policies > li").nth(1).locator("button").first.click()
    await expect(page.get_by_role("dialog").locator("input[list]").first).to_be_visible()
    await look.at("agents-policy")
    assert look.findings == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("language", ["en-GB", "zh-CN"])
async def test_in_the_chat(people: People, size: str, language: str) -> None:
    world = await Recorded().open(people, consent="ask")
    await world.conversation()
    made = await world.share(whom="link")
    await world.share(whom="person", who=world.colleague.user_id, note="The third one this month")
    page = await people.sign_in(world.customer, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await page.evaluate(f"location.hash = '#/room/{world.room_id}'")
    await expect(page.locator(".handover-card")).to_be_visible()
    await look.at("consent")
    await page.locator(".recording-mark").click()
    await expect(page.locator(".recording-facts")).to_be_visible()
    await look.at("recording")
    found = look.findings
    page = await people.sign_in(world.colleague, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await expect(page.locator("#group-shared")).to_be_visible()
    await look.at("shared")
    await page.locator("a.room", has_text="The third one this month").click()
    await expect(row(page, "谢谢")).to_be_visible()
    await look.at("record-chat")
    found += look.findings
    page = await people.sign_in(world.desk, size=SIZES[size], language=language)
    look = Look(page, size, language)
    await page.evaluate(f"location.hash = '#/records/{await world.record_id()}'")
    await page.locator(".record-actions button").first.click()
    await expect(page.locator(".record-shares li").nth(1)).to_be_visible()
    await look.at("record-share")
    found += look.findings
    page = await people.open(size=SIZES[size], language=language, path=f"/record#{made['token']}")
    look = Look(page, size, language)
    await expect(row(page, "谢谢")).to_be_visible()
    await look.at("record-link")
    await page.evaluate("location.hash = '#gone'")
    await expect(page.get_by_role("status").locator("h2")).to_be_visible()
    await look.at("record-gone")
    assert found + look.findings == []
